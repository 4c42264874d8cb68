"""The only orchestrator: a question becomes a decision, written down before it is told.

Order of one question: secrets out → understand → search what the reader may read → judge →
extract, or consult a model → decide → check the audience once more → write down → answer.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from avatar.answering import decide, features, intent, messages, split
from avatar.answering.confidence import judge
from avatar.answering.consult import Terms, consult
from avatar.answering.decide import PRODUCT, Case
from avatar.answering.extract import extract
from avatar.answering.retrieve import weigh
from avatar.domain.audience import Audience
from avatar.domain.decisions import Answer, Band, Clarify, Confidence, Escalate, Outcome, Reason
from avatar.domain.evidence import Evidence, TermStatistics
from avatar.domain.journal import JournalEntry, OutcomeKind, SeenPassage
from avatar.domain.judgement import topic_of
from avatar.domain.questions import IntentKind, Question, ReplyAddress
from avatar.errors import IndexDamagedError, ModelUnavailableError, StoreUnavailableError
from avatar.learning.freshness import lines_of, span_of
from avatar.learning.rejected import served_by

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from avatar.answering.retrieve import Retriever
    from avatar.domain.audience import Reader
    from avatar.domain.chunks import Span
    from avatar.domain.decisions import Citation, Decision, Thresholds
    from avatar.domain.evidence import Passage
    from avatar.domain.judgement import Judgement
    from avatar.domain.questions import Intent
    from avatar.domain.weights import FusionWeights
    from avatar.escalation.desk import Desk
    from avatar.indexing.secrets import Redacted
    from avatar.learning.freshness import Freshness
    from avatar.learning.rejected import Rejections
    from avatar.ports import Clock, Journal, LanguageModel

LOG: Final = logging.getLogger(__name__)
DEPTH: Final = 10
"""Passages a decision looks at."""

NOTHING: Final = Evidence((), TermStatistics(0, {}))


@dataclass(frozen=True, slots=True)
class Manner:
    """How this stand-in answers: for whom, and what it leaves to the owner.

    `engine` names the models for the record.
    """

    owner: str
    never_answer: tuple[str, ...] = ()
    model_timeout_s: float = 20.0
    engine: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Means:
    """What the stand-in works with, behind ports where there is an outside.

    `judgement` gives what questions are judged by now; it is asked once for each question.
    """

    judgement: Callable[[], Judgement]
    retriever: Retriever
    desk: Desk
    journal: Journal
    freshness: Freshness
    rejections: Rejections
    clock: Clock
    redact: Callable[[str], Redacted]
    model: LanguageModel | None = None


@dataclass(frozen=True, slots=True)
class Weighed:
    """One question after thinking and before anything is written or told."""

    question: Question
    judgement: Judgement
    intent: Intent
    evidence: Evidence
    confidence: Confidence
    decision: Decision

    @property
    def band(self) -> Band:
        """Confidence as it is told to people."""
        return band(self.confidence.probability, self.judgement.thresholds)


class StandIn:
    """Answers in the owner's place, asks back, or hands the question to the owner."""

    def __init__(self, manner: Manner, means: Means) -> None:
        self._manner = manner
        self._means = means

    def handle(self, question: Question, *, record: bool = True) -> Outcome:
        """Decide one question; with `record` the decision is on disk when this returns.

        Raises `StateUnwritableError` or `StateDamagedError` when it could not be written down:
        then nothing was promised to anybody.
        """
        started = self._means.clock.monotonic()
        weighed = self._weigh(self._without_secrets(question))
        escalation_id = ""
        if record and isinstance(weighed.decision, Escalate):
            escalation_id = self._hand_over(weighed)
        outcome = Outcome(
            question_id=question.question_id,
            decision=weighed.decision,
            confidence=self._told(weighed),
            text=self._said(weighed),
            elapsed_ms=1000 * (self._means.clock.monotonic() - started),
            escalation_id=escalation_id,
            citations=_citations(weighed.decision),
            band=weighed.band,
        )
        if record:
            self._means.journal.record(self._entry(weighed, outcome))
        return outcome

    def search(self, text: str, *, reader: Reader, limit: int) -> Sequence[Passage]:
        """Return what the reader may read about a text, one passage per document, best first."""
        bare = Question(
            "", _whole(text), "", reader, Audience.owner_only(), ReplyAddress("", ""), 0.0
        )
        understood = intent.parse(bare)
        found = self._means.retriever.find(understood, reader=reader, limit=limit)
        return weigh(found, understood, self._means.judgement().fusion, limit).passages

    def _without_secrets(self, question: Question) -> Question:
        """Return the question, and what was said before it, as it may be searched and kept."""
        history = tuple(replace(turn, text=self._clean(turn.text)) for turn in question.history)
        return replace(question, text=self._clean(question.text), history=history)

    def _clean(self, text: str) -> str:
        return self._means.redact(_whole(text)).text

    def _weigh(self, question: Question) -> Weighed:
        manner, judgement = self._manner, self._means.judgement()
        understood = intent.parse(
            question, owner_names=(manner.owner,), never_answer=manner.never_answer
        )
        try:
            evidence = self._evidence(understood, question.reader, judgement.fusion)
        except (StoreUnavailableError, IndexDamagedError, ModelUnavailableError) as error:
            return self._without_index(question, judgement, understood, error)
        values = features.compute(understood, evidence, judgement.fusion)
        confidence = judge(values, evidence, understood, judgement.confidence)
        case = Case(
            intent=understood,
            evidence=evidence,
            confidence=confidence,
            options=split.find(evidence, understood),
            composed=extract(understood, evidence, reader=question.reader),
            stale=self._stale(evidence),
        )
        terms = Terms(judgement.thresholds, judgement.confidence, manner.model_timeout_s)
        case = consult(case, self._means.model, terms, reader=question.reader)
        case = replace(
            case,
            waiting=judgement.waiting(_topics(evidence, case.cited)),
            is_rejected=self._means.rejections.cover(understood.text, case.cited),
        )
        decision = decide.decide(case, judgement.thresholds, owner=manner.owner)
        guarded = decide.guard(
            decision,
            reader=question.reader,
            redact=self._means.redact,
            owner=manner.owner,
            language=understood.language,
        )
        return Weighed(question, judgement, understood, evidence, case.confidence, guarded)

    def _evidence(self, understood: Intent, reader: Reader, fusion: FusionWeights) -> Evidence:
        if understood.kind in {IntentKind.EMPTY, IntentKind.SMALL_TALK}:
            return NOTHING
        found = self._means.retriever.find(understood, reader=reader, limit=DEPTH)
        return weigh(found, understood, fusion, DEPTH)

    def _stale(self, evidence: Evidence) -> frozenset[str]:
        chunks = [c for passage in evidence.passages for c in (passage.chunk, *passage.also)]
        resting = [chunk for chunk in chunks if chunk.rests_on]
        return frozenset(
            chunk.chunk_id for chunk in resting if not self._means.freshness.is_fresh(chunk)
        )

    def _without_index(
        self, question: Question, judgement: Judgement, understood: Intent, error: Exception
    ) -> Weighed:
        """Hand over what cannot be looked up right now; silence is never an answer."""
        language, code = understood.language, "index-unavailable"
        LOG.warning("question %s: the index cannot be searched: %s", question.question_id, error)
        reason = Reason(code, messages.reason(code, language=language))
        text = messages.escalated(owner=self._manner.owner, language=language)
        confidence = Confidence(0.0, {}, (reason,))
        escalate = Escalate(text, (reason,))
        return Weighed(question, judgement, understood, NOTHING, confidence, escalate)

    def _hand_over(self, weighed: Weighed) -> str:
        """Put the question into the owner's inbox; it is on disk when this returns."""
        decision = weighed.decision
        assert isinstance(decision, Escalate)
        opened = self._means.desk.open(
            weighed.question,
            weighed.intent,
            decision.reasons,
            draft=decision.draft,
            draft_spans=spans_of(decision.draft.citations) if decision.draft else (),
        )
        return opened.escalation_id

    def _told(self, weighed: Weighed) -> Confidence:
        """Return the confidence with the decision's own reasons; manners are beyond doubt."""
        match weighed.decision:
            case Escalate(reasons=reasons):
                return replace(weighed.confidence, reasons=reasons)
            case Answer(by=by) if by == PRODUCT:
                return Confidence(1.0, {})
            case _:
                return weighed.confidence

    def _said(self, weighed: Weighed) -> str:
        decision = weighed.decision
        if not isinstance(decision, Answer) or decision.by == PRODUCT:
            return decision.text
        return messages.answered(
            messages.with_sources(decision.text, decision.citations),
            owner=self._manner.owner,
            band=weighed.band,
            language=weighed.intent.language,
        )

    def _entry(self, weighed: Weighed, outcome: Outcome) -> JournalEntry:
        question, confidence = weighed.question, outcome.confidence
        return JournalEntry(
            entry_id=uuid.uuid4().hex[:16],
            question_id=question.question_id,
            question=question.text,
            searched=weighed.intent.text,
            asker=question.asker,
            reader_labels=tuple(sorted(question.reader.labels)),
            channel=question.reply_to.channel,
            outcome=_kind(weighed.decision),
            reply=outcome.text,
            probability=confidence.probability,
            features=confidence.features,
            reasons=confidence.reasons,
            thresholds=weighed.judgement.thresholds,
            passages=tuple(_seen(passage) for passage in weighed.evidence.passages),
            cited=tuple(citation.chunk_id for citation in outcome.citations),
            engine={**(self._manner.engine or {}), "confidence": weighed.judgement.origin},
            decided_at=self._means.clock.now(),
            elapsed_ms=outcome.elapsed_ms,
            escalation_id=outcome.escalation_id,
            served=served_by(_rested_on(weighed.decision)),
        )


def _whole(text: str) -> str:
    """Return text without halves of characters, which terminals and JSON can bring along."""
    return text.encode("utf-8", "replace").decode("utf-8")


def band(probability: float, thresholds: Thresholds) -> Band:
    """Return confidence in one word; high is the upper half above the answer threshold."""
    if probability >= (1 + thresholds.answer) / 2:
        return Band.HIGH
    return Band.MEDIUM if probability >= thresholds.answer else Band.LOW


def spans_of(citations: Sequence[Citation]) -> tuple[Span, ...]:
    """Return the lines a draft rests on, with the hash of their text."""
    return tuple(
        span_of(citation.document_id, citation.start_line, lines_of(citation.quote))
        for citation in citations
    )


def _topics(evidence: Evidence, cited: Sequence[Citation]) -> list[str]:
    """Return the topics an answer would be from, that of the best passage first."""
    top = [evidence.top.chunk.document_id] if evidence.top else []
    found = (*top, *(citation.document_id for citation in cited))
    return [topic_of(document_id) for document_id in found]


def _citations(decision: Decision) -> tuple[Citation, ...]:
    return () if isinstance(decision, Escalate) else decision.citations


def _rested_on(decision: Decision) -> tuple[Citation, ...]:
    """Return what an answer rests on, or the draft that the owner gets in its place."""
    match decision:
        case Answer(citations=citations):
            return citations
        case Escalate(draft=draft) if draft is not None:
            return draft.citations
        case _:
            return ()


def _kind(decision: Decision) -> OutcomeKind:
    match decision:
        case Answer():
            return OutcomeKind.ANSWER
        case Clarify():
            return OutcomeKind.CLARIFY
        case Escalate():
            return OutcomeKind.ESCALATE


def _seen(passage: Passage) -> SeenPassage:
    chunk = passage.chunk
    return SeenPassage(
        chunk_id=chunk.chunk_id,
        document_id=chunk.document_id,
        start_line=chunk.start_line,
        end_line=chunk.end_line,
        content_sha256=chunk.content_sha256,
        score=passage.score,
        scores=passage.scores,
    )

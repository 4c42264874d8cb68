"""The stand-in as a channel meets it: one desk for its questions, its owner and its records."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from avatar.answering import intent
from avatar.answering.explain import raising
from avatar.domain.audience import Reader
from avatar.domain.decisions import Composed, Confidence, Escalate, Outcome, Reason
from avatar.domain.documents import SourceKind
from avatar.domain.escalations import NOT_KNOWN, EscalationState, Verdict
from avatar.domain.journal import OutcomeKind
from avatar.errors import AvatarError
from avatar.indexing.secrets import redact
from avatar.learning.answer_file import parse
from avatar.learning.freshness import lines_of, span_of
from avatar.learning.verdicts import GivenVerdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import tzinfo

    from avatar.domain.audience import Audience
    from avatar.domain.decisions import Answer, Citation
    from avatar.domain.escalations import Escalation
    from avatar.domain.journal import JournalEntry
    from avatar.domain.questions import Language, Question
    from avatar.escalation.deliveries import Deliveries
    from avatar.escalation.desk import Desk
    from avatar.indexing.library import Library
    from avatar.learning.certainty import Certainty
    from avatar.learning.freshness import Freshness
    from avatar.learning.past_answers import Kept, PastAnswers
    from avatar.learning.verdicts import VerdictLog
    from avatar.ports import Clock, Inbox, Journal, KnowledgeStore, Registry
    from avatar.standin import StandIn

LOG: Final = logging.getLogger(__name__)
FIRST_LOOK: Final = 200
"""Journal entries read at first to find those of today."""


@dataclass(frozen=True, slots=True)
class Day:
    """What happened since midnight; `gaps` are questions that nothing answered."""

    answered: int
    asked_back: int
    escalated: int
    gaps: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class KnownSource:
    """A source as it is named to colleagues."""

    name: str
    kind: SourceKind
    audience: Audience


@dataclass(frozen=True, slots=True)
class House:
    """What the profile says of people and sources; without `zone` the day is the machine's."""

    askers: Mapping[str, Sequence[str]]
    sources: Sequence[KnownSource]
    zone: tzinfo | None = None


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind the desk; `locate` turns a path on disk into document ids."""

    standin: StandIn
    desk: Desk
    deliveries: Deliveries
    inbox: Inbox
    past_answers: PastAnswers
    library: Library
    locate: Callable[[str], Sequence[str]]
    store: KnowledgeStore
    registry: Registry
    journal: Journal
    verdicts: VerdictLog
    freshness: Freshness
    certainty: Certainty
    clock: Clock


class FrontDesk:
    """Everything a channel needs of the stand-in; every method may be called from any thread."""

    def __init__(self, house: House, behind: Behind) -> None:
        self._house = house
        self._behind = behind
        self._held: dict[tuple[str, int, str], str] = {}

    def reader_of(self, names: Sequence[str], groups: Sequence[str]) -> Reader:
        """Return the colleague known by one of these names, also in these groups.

        Never the owner, whatever the names are: who that is, a channel knows by other means.
        """
        known = next((asker for name in names for asker in self._called(name)), "")
        own = self._house.askers.get(known, ())
        return Reader.colleague(known or names[-1], [*own, *groups])

    def handle(self, question: Question, *, record: bool = True) -> Outcome:
        """Decide one question; without `record` nothing is kept or escalated.

        The same question again, after a crash between deciding and sending, is decided as before.
        """
        standin = self._behind.standin
        known = self._behind.journal.of_question(question.question_id) if record else None
        if known is None:
            return standin.handle(question, record=record)
        if known.escalation_id:
            return _handed_over(known)
        anew = standin.handle(question, record=False)
        if not isinstance(anew.decision, Escalate):
            return anew
        return standin.handle(question)  # what it was answered from is gone by now

    def dispute(self, question: Question, answer: Answer, why: str) -> str:
        """Let the owner judge an answer that did not help; returns the escalation's id.

        The answer is its draft. The same question id twice is one escalation.
        """
        earlier = [replace(turn, text=redact(turn.text).text) for turn in question.history]
        asked = replace(question, text=redact(question.text).text, history=tuple(earlier))
        spans = [span_of(c.document_id, c.start_line, lines_of(c.quote)) for c in answer.citations]
        opened = self._behind.desk.open(
            asked,
            intent.parse(asked),
            [Reason("disputed", why)],
            draft=Composed(answer.text, answer.citations, answer.by),
            draft_spans=spans,
        )
        return opened.escalation_id

    def pending(self) -> Sequence[Escalation]:
        """Return what waits for the owner, oldest first."""
        return self._behind.inbox.list(EscalationState.PENDING)

    def escalation(self, escalation_id: str) -> Escalation | None:
        """Return one escalation as it stands."""
        return self._behind.inbox.get(escalation_id)

    def reply(self, escalation_id: str, text: str) -> Escalation:
        """Answer in the owner's words; the first reply stands, a second one is refused."""
        return self._behind.desk.reply(escalation_id, text)

    def approve(self, escalation_id: str) -> Escalation:
        """Send the draft as it is."""
        return self._behind.desk.approve(escalation_id)

    def dismiss(self, escalation_id: str) -> Escalation:
        """Close it without an answer; the askers are told."""
        return self._behind.desk.dismiss(escalation_id)

    def expire(self, older_than_s: float) -> Sequence[Escalation]:
        """Close what has waited longer than this and return it; the askers are told."""
        return self._behind.desk.expire(older_than_s)

    def deliver_pending(self) -> None:
        """Hand every reply that was not yet delivered to its channel."""
        for failed in self._behind.deliveries.bring().failed:
            LOG.warning("a reply was not delivered and is tried again: %s", failed)

    def keep(self, escalation_id: str, audience: Audience) -> str:
        """Keep an answered escalation as a past answer; returns its path in the profile."""
        behind = self._behind
        found = behind.desk.get(escalation_id)
        return self._indexed(behind.past_answers.keep(found, audience=audience))

    def save_answer(self, question: str, answer: str, audience: Audience) -> str:
        """Keep an answer the owner gives unasked; returns its path in the profile."""
        return self._indexed(self._behind.past_answers.teach([question], answer, audience))

    def feedback(self, question_id: str, *, good: bool, by_owner: bool) -> None:
        """Record what a reader thought of an answer that was sent; the owner's word stands."""
        if by_owner:
            verdict = Verdict.APPROVED if good else Verdict.REJECTED
        else:
            verdict = Verdict.HELPFUL if good else Verdict.NOT_HELPFUL
        self._behind.verdicts.record(GivenVerdict(question_id, verdict, self._behind.clock.now()))

    def still_holds(self, citation: Citation) -> bool:
        """Whether the cited lines still stand unchanged; True when that cannot be told now.

        A file is read again only when the index has seen it change.
        """
        recorded = self._behind.registry.get(citation.document_id)
        key = (citation.document_id, citation.start_line, citation.quote)
        if recorded is not None and self._held.get(key) == recorded.stamp:
            return True
        holds = self._stands(citation)
        if holds and recorded is not None:
            self._held[key] = recorded.stamp
        return holds

    def _stands(self, citation: Citation) -> bool:
        span = span_of(citation.document_id, citation.start_line, lines_of(citation.quote))
        if self._behind.freshness.holds(span) is not False:
            return True
        # a notebook's cell, or a part of a huge line, is no run of whole lines of its file
        try:
            return citation.chunk_id in self._behind.store.existing(citation.document_id)
        except AvatarError:
            return True

    def given_at(self, citation: Citation) -> float | None:
        """Return when the owner gave the past answer that is cited; None when it is none.

        In seconds since the epoch; 0 when its file does not say, or cannot be read now.
        """
        name = citation.document_id.partition("/")[0]
        kinds = {known.kind for known in self._house.sources if known.name == name}
        if kinds != {SourceKind.ANSWERS}:
            return None
        text = self._behind.freshness.text_of(citation.document_id)
        return 0.0 if text is None else parse(text).past_answer.answered_at

    def would_have_raised(self, escalation_id: str, language: Language) -> Sequence[str]:
        """Name what would have made the stand-in surer, most telling first, in words."""
        found = self._behind.inbox.get(escalation_id)
        entry = self._behind.journal.of_question(found.waiting[0].question_id) if found else None
        if entry is None:
            return ()
        weights = self._behind.certainty.judgement().confidence
        return raising(entry, language, is_calibrated=weights.is_calibrated)

    def day(self) -> Day:
        """Return what happened since midnight where the owner is."""
        entries = self._since(self._midnight())
        counted = {
            kind: sum(entry.outcome is kind for entry in entries)
            for kind in (OutcomeKind.CLARIFY, OutcomeKind.ESCALATE)
        }
        gaps = [
            " ".join(entry.question.split())
            for entry in entries
            if entry.outcome is OutcomeKind.ESCALATE
            and entry.reasons
            and entry.reasons[0].code in NOT_KNOWN
        ]
        return Day(
            # a greeting cites nothing and is no answer
            answered=sum(e.outcome is OutcomeKind.ANSWER and bool(e.cited) for e in entries),
            asked_back=counted[OutcomeKind.CLARIFY],
            escalated=counted[OutcomeKind.ESCALATE],
            gaps=tuple(dict.fromkeys(gaps)),
        )

    def sources_for(self, reader: Reader) -> Sequence[str]:
        """Name the sources this reader may be answered from, in words for people."""
        return [
            "past answers" if known.kind is SourceKind.ANSWERS else f"{known.name} ({known.kind})"
            for known in self._house.sources
            if reader.may_read(known.audience)
        ]

    def _called(self, name: str) -> list[str]:
        """Return the asker of this name; case may differ when that leaves one."""
        if name in self._house.askers:
            return [name]
        alike = [asker for asker in self._house.askers if asker.casefold() == name.casefold()]
        return alike if len(alike) == 1 else []

    def _indexed(self, kept: Kept) -> str:
        """Make what was kept known at once; when that fails, the watcher brings it later."""
        names = self._behind.locate(kept.path)
        try:
            self._behind.library.look_at(names)
        except AvatarError as error:
            LOG.warning("%s is kept but not known yet: %s", kept.path, error)
        return names[0]

    def _midnight(self) -> float:
        now = datetime.fromtimestamp(self._behind.clock.now(), tz=UTC)
        here = now.astimezone(self._house.zone)
        return here.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()

    def _since(self, moment: float) -> list[JournalEntry]:
        """Return the last decision on each question since then, newest first."""
        wanted = FIRST_LOOK
        while True:
            found = self._behind.journal.recent(wanted)
            if len(found) < wanted or found[-1].decided_at < moment:
                break
            wanted *= 4
        last: dict[str, JournalEntry] = {}
        for entry in found:
            if entry.decided_at >= moment:
                last.setdefault(entry.question_id, entry)
        return list(last.values())


def _handed_over(known: JournalEntry) -> Outcome:
    """Return what was decided when a question was handed over, as the journal has it."""
    return Outcome(
        question_id=known.question_id,
        decision=Escalate(known.reply, known.reasons),
        confidence=Confidence(known.probability, known.features, known.reasons),
        text=known.reply,
        elapsed_ms=known.elapsed_ms,
        escalation_id=known.escalation_id,
    )

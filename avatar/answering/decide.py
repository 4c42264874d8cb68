"""Answer, ask back, or hand over: the one place where that is decided, in a fixed order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

from avatar.answering import messages
from avatar.answering.contradiction import contradicting
from avatar.answering.extract import cite
from avatar.answering.fusion import CROSSING, pair_of
from avatar.answering.intent import Courtesy, courtesy
from avatar.answering.policy import explain
from avatar.answering.sanitise import harmless_prose
from avatar.domain.decisions import EXTRACTIVE, Answer, Clarify, Composed, Escalate, Reason
from avatar.domain.escalations import REJECTED
from avatar.domain.questions import IntentKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from avatar.answering.split import Option
    from avatar.domain.audience import Reader
    from avatar.domain.chunks import Chunk
    from avatar.domain.decisions import Citation, Confidence, Decision, Thresholds
    from avatar.domain.evidence import Evidence
    from avatar.domain.questions import Intent, Language

PRODUCT: Final = "product"
"""Who composed a text that rests on no document: the product itself."""
MAX_OPTIONS: Final = 4
APPROVAL: Final = "draft-mode"
"""The reason for which a sure answer is handed over."""


class Cleaned(Protocol):
    """A text without its secrets; `marks` is empty when it held none."""

    @property
    def text(self) -> str:
        """The text with each secret replaced by a mark."""
        ...

    @property
    def marks(self) -> Sequence[object]:
        """What was replaced."""
        ...


@dataclass(frozen=True, slots=True)
class Case:
    """All that a decision looks at.

    `stale` holds ids of past answers whose ground has moved. `waiting` is a topic the answer is
    from and whose answers wait for the owner, empty when it may be sent. `is_rejected` is whether
    the owner has said that what was composed is no answer to the question.
    """

    intent: Intent
    evidence: Evidence
    confidence: Confidence
    options: tuple[Option, ...] = ()
    composed: Composed | None = None
    stale: frozenset[str] = frozenset()
    waiting: str = ""
    is_rejected: bool = False

    @property
    def cited(self) -> tuple[Citation, ...]:
        """What the composed answer rests on; empty without one."""
        return self.composed.citations if self.composed else ()


def decide(case: Case, thresholds: Thresholds, *, owner: str) -> Decision:
    """Return the decision: manners first, then policy, then the evidence, then how sure it is."""
    return (
        _manners(case, owner)
        or _forbidden(case, owner)
        or _split(case, thresholds)
        or _doubtful(case, thresholds, owner)
        or _rejected(case, thresholds, owner)
        or _by_confidence(case, thresholds, owner)
    )


def _manners(case: Case, owner: str) -> Answer | None:
    """Greetings and empty messages get a friendly line; nothing is looked up for them."""
    language = case.intent.language
    if case.intent.kind is IntentKind.EMPTY:
        return Answer(messages.empty_question(owner=owner, language=language), (), PRODUCT)
    if case.intent.kind is IntentKind.SMALL_TALK and not case.intent.policy:
        return Answer(_courteous(case.intent, owner), (), PRODUCT)
    return None


def _courteous(intent: Intent, owner: str) -> str:
    match courtesy(intent.text):
        case Courtesy.THANKS:
            return messages.thanked(language=intent.language)
        case Courtesy.FAREWELL:
            return messages.farewell(language=intent.language)
        case Courtesy.GREETING:
            return messages.small_talk(owner=owner, language=intent.language)


def _forbidden(case: Case, owner: str) -> Escalate | None:
    """Some matters are the owner's whatever the evidence says; and nothing is said of nothing."""
    language = case.intent.language
    if case.intent.policy:
        reasons = tuple(Reason(code, explain(code, language)) for code in case.intent.policy)
        text = messages.left_to_owner(owner=owner, language=language)
        return Escalate(text, reasons)
    if not case.evidence.passages:
        return _escalated(case, owner, "no-evidence")
    return None


def _split(case: Case, thresholds: Thresholds) -> Clarify | None:
    options = [option for option in case.options if option.chunk.chunk_id not in case.stale]
    if len(options) < 2 or case.confidence.probability < thresholds.ask_back:
        return None
    options = options[:MAX_OPTIONS]
    labels = tuple(" ".join(harmless_prose(option.label).split()) for option in options)
    citations = tuple(_whole(option.chunk) for option in options)
    return Clarify(messages.ask_back(labels, language=case.intent.language), labels, citations)


def _whole(chunk: Chunk) -> Citation:
    return cite(chunk, chunk.start_line, chunk.end_line)


def _doubtful(case: Case, thresholds: Thresholds, owner: str) -> Escalate | None:
    """Past answers that disagree are a draft at best; those whose ground has moved not even that.

    What is not even good for a draft answers another question; nothing is said of its doubts.
    """
    if case.confidence.probability < min(thresholds.draft, thresholds.answer):
        return None
    rivals = contradicting(case.evidence)
    if rivals:
        text = messages.disagreeing([chunk.text for chunk in rivals], language=case.intent.language)
        citations = tuple(_whole(chunk) for chunk in rivals)
        both = Composed(text, citations, EXTRACTIVE)
        return _escalated(case, owner, "contradiction", draft=both)
    lapsed = [c for c in case.cited if c.chunk_id in case.stale]
    return _lapsed(case, owner, lapsed) if lapsed else None


def _lapsed(case: Case, owner: str, lapsed: Sequence[Citation]) -> Escalate:
    """Hand over with the place of the old answer, but without its words to send on unread.

    The draft is empty and still names its sources, which bound who may read a kept reply. Of what
    the old answer rests on only documents that were found for this reader are named: the colleague
    reads the reasons too.
    """
    assert case.composed is not None
    ids = {citation.chunk_id for citation in lapsed}
    seen = [c for passage in case.evidence.passages for c in (passage.chunk, *passage.also)]
    readable = {chunk.document_id for chunk in seen}
    grounds = dict.fromkeys(
        span.location
        for chunk in seen
        if chunk.chunk_id in ids
        for span in chunk.rests_on
        if span.document_id in readable
    )
    language = case.intent.language
    place = messages.location(lapsed[0])
    words = messages.ground_moved(place, tuple(grounds), language=language)
    reason = Reason("stale", words, names=place)
    text = messages.escalated(owner=owner, language=language)
    return Escalate(text, (reason, *case.confidence.reasons), replace(case.composed, text=""))


def _rejected(case: Case, thresholds: Thresholds, owner: str) -> Escalate | None:
    """What the owner has rejected is a draft, however sure; approving it takes that back."""
    is_draft = case.confidence.probability >= min(thresholds.draft, thresholds.answer)
    if not case.is_rejected or not is_draft:
        return None
    language = case.intent.language
    reason = Reason(REJECTED, messages.rejected_before(owner=owner, language=language))
    text = messages.escalated(owner=owner, language=language)
    return Escalate(text, (reason, *case.confidence.reasons), case.composed)


def _by_confidence(case: Case, thresholds: Thresholds, owner: str) -> Answer | Escalate:
    probability, composed = case.confidence.probability, case.composed
    top = case.evidence.top
    is_crossing = top is not None and pair_of(case.intent, top.chunk) == CROSSING
    needed = thresholds.needed(is_crossing=is_crossing)
    if composed is not None and probability >= needed:
        if case.waiting:
            return _for_approval(case, owner, composed)
        return Answer(composed.text, composed.citations, composed.by)
    draft = composed if probability >= thresholds.draft else None
    return _escalated(case, owner, "low-confidence", draft=draft, needed=needed)


def _for_approval(case: Case, owner: str, draft: Composed) -> Escalate:
    language = case.intent.language
    words = messages.waits_for_approval(case.waiting, language=language)
    reason = Reason(APPROVAL, words, names=case.waiting)
    text = messages.looked_at_first(owner=owner, language=language)
    return Escalate(text, (reason, *case.confidence.reasons), draft)


def _escalated(
    case: Case, owner: str, code: str, *, draft: Composed | None = None, needed: float = 0.0
) -> Escalate:
    language = case.intent.language
    if code == "low-confidence":
        sure = case.confidence.probability
        words = messages.not_sure_enough(sure, needed, language=language)
    else:
        words = messages.reason(code, language=language)
    text = messages.escalated(owner=owner, language=language)
    return Escalate(text, (Reason(code, words), *case.confidence.reasons), draft)


def guard(
    decision: Decision,
    *,
    reader: Reader,
    redact: Callable[[str], Cleaned],
    owner: str,
    language: Language,
) -> Decision:
    """Return the decision if it may be sent as it is, else a hand-over that leaks nothing.

    The last gate: every citation must be open to this reader, and no text may hold a secret.
    A draft is for the owner alone, so it is only freed of secrets.
    """
    if isinstance(decision, Escalate):
        return Escalate(decision.text, decision.reasons, _clean_draft(decision.draft, redact))
    code = _objection(decision, reader, redact)
    if not code:
        return decision
    draft = None
    if isinstance(decision, Answer) and code == "secret":
        draft = Composed(decision.text, decision.citations, decision.by)
    text = messages.escalated(owner=owner, language=language)
    reason = Reason(code, messages.reason(code, language=language))
    return Escalate(text, (reason,), _clean_draft(draft, redact))


def _objection(decision: Answer | Clarify, reader: Reader, redact: Callable[[str], Cleaned]) -> str:
    """Return why it may not be sent, as a reason code; empty when it may."""
    if not all(reader.may_read(citation.audience) for citation in decision.citations):
        return "not-readable"
    by_product = isinstance(decision, Answer) and decision.by == PRODUCT
    if not decision.citations and not by_product:
        return "uncited"
    texts = [decision.text, *(citation.quote for citation in decision.citations)]
    return "secret" if any(redact(text).marks for text in texts) else ""


def _clean_draft(draft: Composed | None, redact: Callable[[str], Cleaned]) -> Composed | None:
    if draft is None:
        return None
    citations = tuple(replace(c, quote=redact(c.quote).text) for c in draft.citations)
    return Composed(redact(draft.text).text, citations, draft.by)

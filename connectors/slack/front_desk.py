"""What this connector needs from the stand-in behind it; `avatar.bootstrap` provides it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar.domain.audience import Audience, Reader
    from avatar.domain.decisions import Answer, Citation, Outcome
    from avatar.domain.escalations import Escalation
    from avatar.domain.questions import Language, Question


@dataclass(frozen=True, slots=True)
class Day:
    """What happened since midnight, for the owner; `gaps` are questions nothing answers."""

    answered: int
    asked_back: int
    escalated: int
    gaps: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Gap:
    """Something asked and not known, by its most typical wording.

    `place` is the file in which a note would help, empty when no file is near.
    """

    question: str
    asked: int
    place: str = ""


@dataclass(frozen=True, slots=True)
class Demoted:
    """A run of rejected answers took a topic: its answers wait for the owner since `at`."""

    topic: str
    at: float


@dataclass(frozen=True, slots=True)
class PromiseBroken:
    """More of what was sent was wrong than promised and than chance explains.

    `wrong` of the last `judged` answers; `promise` and `bar` are shares. The bar for answering
    was raised to `bar` for it; at 1 nothing is sent without the owner.
    """

    wrong: int
    judged: int
    promise: float
    bar: float
    at: float


class FrontDesk(Protocol):
    """The stand-in as a channel sees it; every method may be called from any thread.

    All raise the errors of `avatar.errors` only: `OwnerMustActError` for what cannot be done as
    asked (the message is shown to the owner), `TryAgainLaterError` for what is tried again.
    """

    def reader_of(self, names: Sequence[str], groups: Sequence[str]) -> Reader:
        """Return the colleague known by one of these names, also in these groups."""
        ...

    def handle(self, question: Question, *, record: bool = True) -> Outcome:
        """Decide one question.

        `decision.text` of an answer carries neither label nor sources; `outcome.text` of the
        others is what the asker reads. The same question id twice is one decision, in the journal
        as in the inbox. Without `record` nothing is kept or escalated.
        """
        ...

    def dispute(self, question: Question, answer: Answer, why: str) -> str:
        """Let the owner judge an answer that did not help; returns the escalation's id.

        The answer is its draft. The same question id twice is one escalation.
        """
        ...

    def pending(self) -> Sequence[Escalation]:
        """Return what waits for the owner, oldest first."""
        ...

    def escalation(self, escalation_id: str) -> Escalation | None:
        """Return one escalation as it stands."""
        ...

    def reply(self, escalation_id: str, text: str) -> Escalation:
        """Answer in the owner's words; the first reply stands, a second one is refused."""
        ...

    def approve(self, escalation_id: str) -> Escalation:
        """Send the draft as it is."""
        ...

    def dismiss(self, escalation_id: str) -> Escalation:
        """Close it without an answer; the askers are told."""
        ...

    def expire(self, older_than_s: float) -> Sequence[Escalation]:
        """Close what has waited longer than this and return it; the askers are told."""
        ...

    def deliver_pending(self) -> None:
        """Hand every reply that was not yet delivered to its channel."""
        ...

    def keep(self, escalation_id: str, audience: Audience) -> str:
        """Keep an answered escalation as a past answer; returns its path."""
        ...

    def save_answer(self, question: str, answer: str, audience: Audience) -> str:
        """Keep an answer the owner gives unasked; returns its path."""
        ...

    def feedback(self, question_id: str, *, good: bool, by_owner: bool) -> None:
        """Record what a reader thought of an answer that was sent."""
        ...

    def still_holds(self, citation: Citation) -> bool:
        """Whether the cited lines still stand unchanged; True when that cannot be told now."""
        ...

    def given_at(self, citation: Citation) -> float | None:
        """Return when the owner gave the past answer that is cited; None when it is none.

        In seconds since the epoch; 0 when its file does not say, or cannot be read now.
        """
        ...

    def would_have_raised(self, escalation_id: str, language: Language) -> Sequence[str]:
        """Name what would have made the stand-in surer, most telling first, in words."""
        ...

    def setbacks(self) -> Sequence[Demoted | PromiseBroken]:
        """Return what verdicts have taken from the stand-in by itself and still holds."""
        ...

    def today(self) -> Day:
        """Return what happened since midnight."""
        ...

    def gaps(self) -> Sequence[Gap]:
        """Return what was asked in the last weeks and is not known yet, gravest first."""
        ...

    def sources_for(self, reader: Reader) -> Sequence[str]:
        """Name the sources this reader may be answered from, in words for people."""
        ...

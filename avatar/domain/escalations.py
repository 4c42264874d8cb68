"""Questions that wait for the owner, what the owner says, and what is kept of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from avatar.domain.audience import Audience
from avatar.domain.chunks import Span
from avatar.domain.decisions import Reason
from avatar.domain.questions import Language, ReplyAddress

REJECTED: Final = "rejected"
"""The reason for which what the owner has rejected is handed over."""

NOT_KNOWN: Final = frozenset({"no-evidence", "low-confidence", REJECTED})
"""Leading reasons of questions that nothing in the files answers."""


class EscalationState(StrEnum):
    """Where a question stands; only `pending` can still change."""

    PENDING = "pending"
    ANSWERED = "answered"
    DISMISSED = "dismissed"
    EXPIRED = "expired"


class Verdict(StrEnum):
    """What the owner said of a draft or an answer, and what colleagues thought of an answer."""

    APPROVED = "approved"
    EDITED = "edited"
    REJECTED = "rejected"
    OWN_ANSWER = "own-answer"
    DISMISSED = "dismissed"
    HELPFUL = "helpful"
    NOT_HELPFUL = "not-helpful"


@dataclass(frozen=True, slots=True)
class WaitingAsker:
    """A colleague who waits for the reply, with the question in their own words."""

    question_id: str
    asker: str
    text: str
    language: Language
    reply_to: ReplyAddress
    place: Audience
    asked_at: float


@dataclass(frozen=True, slots=True)
class Escalation:
    """One open or closed question of the owner's inbox; times in seconds since the epoch.

    `key` is equal for questions that are the same, so that they are merged while pending.
    `draft` is the proposed answer, empty when there is none; `draft_spans` are the lines it
    rests on. `audience` is the widest audience a kept answer may get.
    """

    escalation_id: str
    key: str
    text: str
    waiting: tuple[WaitingAsker, ...]
    reasons: tuple[Reason, ...]
    state: EscalationState
    opened_at: float
    audience: Audience
    draft: str = ""
    draft_spans: tuple[Span, ...] = ()
    reply: str = ""
    verdict: Verdict | None = None
    closed_at: float | None = None

    @property
    def told(self) -> tuple[WaitingAsker, ...]:
        """Who gets the reply: of those who asked again in the same place, the first question."""
        first: dict[ReplyAddress, WaitingAsker] = {}
        for asker in self.waiting:
            first.setdefault(asker.reply_to, asker)
        return tuple(first.values())


@dataclass(frozen=True, slots=True)
class PastAnswer:
    """An answer the owner gave and keeps: a Markdown file in the profile.

    `questions` are its question forms, the first one the title. `rests_on` are the lines it was
    given on, each with the hash of its text: when such lines change, it is stale. `answered_at`
    is in seconds since the epoch.
    """

    questions: tuple[str, ...]
    answer: str
    audience: Audience
    answered_at: float
    rests_on: tuple[Span, ...] = field(default=())
    escalation_id: str = ""


KEPT: Final = "past-answers"
"""The channel of a delivery that is not for an asker: its reply is to be kept as a past answer."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message that must reach one asker; kept until it was delivered.

    On the channel `KEPT` it is what remains to be kept, and its address is the audience.
    """

    delivery_id: str
    escalation_id: str
    question_id: str
    reply_to: ReplyAddress
    text: str
    created_at: float
    delivered_at: float | None = None

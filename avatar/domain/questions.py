"""What colleagues ask: the question as it came, and what was understood of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from avatar.domain.audience import Audience, Reader


class Language(StrEnum):
    """Languages the product itself speaks; anything else is answered in English."""

    ENGLISH = "en"
    CHINESE = "zh"


class IntentKind(StrEnum):
    """What kind of thing is wanted."""

    HOW_TO = "how-to"
    WHY = "why"
    WHERE = "where"
    WHO = "who"
    DEFINITION = "definition"
    DECISION = "decision"
    STATUS = "status"
    FACT = "fact"
    SMALL_TALK = "small-talk"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier message of the conversation."""

    text: str
    by_asker: bool


@dataclass(frozen=True, slots=True)
class ReplyAddress:
    """Where replies go: a channel (`slack`, `web`, `cli`) and its own opaque address."""

    channel: str
    address: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question with who asked it, who will read the reply, and where the reply goes.

    `asked_at` is in seconds since the epoch. `history` holds earlier turns, oldest first.
    `place` is the audience of the place it was asked in.
    """

    question_id: str
    text: str
    asker: str
    reader: Reader
    place: Audience
    reply_to: ReplyAddress
    asked_at: float
    history: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class Intent:
    """What was understood: the question made stand-alone, its kind, and its explicit keywords.

    `text` is what is searched. `identifiers` are code names, paths, versions and error codes
    that an answer must contain; `quoted` are quoted strings; `terms` are normalised content
    words (see `domain.terms`). `policy` holds the reasons why it must go to the owner whatever
    the evidence says.
    """

    text: str
    kind: IntentKind
    language: Language
    text_language: str
    terms: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    quoted: tuple[str, ...] = ()
    policy: tuple[str, ...] = field(default=())

"""Tables of the state database; migrations bring a file to this shape."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

from avatar.domain.audience import Audience


class CleanText(TypeDecorator[str]):
    """Text that any engine can store: no NUL, and no half of a surrogate pair."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace what cannot be encoded, so that an odd question is kept and not lost."""
        del dialect  # every engine gets the same text
        if value is None:
            return None
        return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


class Labels(TypeDecorator[Audience]):
    """An audience, as the list of its labels."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Audience | None, dialect: Dialect) -> list[str] | None:
        """Return the labels in a fixed order."""
        del dialect  # every engine gets the same list
        return None if value is None else sorted(value.labels)

    def process_result_value(self, value: list[str] | None, dialect: Dialect) -> Audience | None:
        """Return the audience that was kept."""
        del dialect
        return None if value is None else Audience(frozenset(value))


def _number() -> Column[int]:
    """Return the order in which rows came."""
    return Column("number", Integer, primary_key=True, autoincrement=True)


def _text(name: str) -> Column[str]:
    return Column(name, CleanText, nullable=False)


def _time(name: str) -> Column[float]:
    """Return seconds since the epoch."""
    return Column(name, Float, nullable=False)


def _escalation() -> Column[str]:
    """Return the escalation a row belongs to."""
    id_of = ForeignKey("escalations.escalation_id")
    return Column("escalation_id", CleanText, id_of, nullable=False)


def _reply_address() -> tuple[Column[str], Column[str]]:
    """Return where a reply goes: the channel, and what that channel calls the place."""
    return _text("channel"), _text("address")


metadata: Final = MetaData()

documents: Final = Table(
    "documents",
    metadata,
    Column("document_id", CleanText, primary_key=True),
    _text("stamp"),
    _text("fingerprint"),
    Column("chunks", Integer, nullable=False),
    _time("indexed_at"),
    _text("skipped_reason"),
    Column("is_fault", Boolean, nullable=False),
    Column("redactions", JSON, nullable=False),
)

forgotten: Final = Table(
    "forgotten",
    metadata,
    Column("prefix", CleanText, primary_key=True),
    _time("at"),
)

meta: Final = Table(
    "meta",
    metadata,
    Column("name", CleanText, primary_key=True),
    _text("value"),
)

escalations: Final = Table(
    "escalations",
    metadata,
    _number(),
    Column("escalation_id", CleanText, nullable=False, unique=True),
    _text("key"),
    _text("text"),
    Column("reasons", JSON, nullable=False),
    _text("state"),
    _time("opened_at"),
    Column("audience", Labels, nullable=False),
    _text("draft"),
    Column("draft_spans", JSON, nullable=False),
    _text("reply"),
    Column("verdict", CleanText),
    Column("closed_at", Float),
    Index(
        "one_pending_per_key",
        "key",
        unique=True,
        sqlite_where=text("state = 'pending'"),
        postgresql_where=text("state = 'pending'"),
    ),
    Index("escalations_by_state", "state"),
)

waiting_askers: Final = Table(
    "waiting_askers",
    metadata,
    _number(),
    _escalation(),
    Column("question_id", CleanText, nullable=False, unique=True),
    _text("asker"),
    _text("text"),
    _text("language"),
    *_reply_address(),
    Column("place", Labels, nullable=False),
    _time("asked_at"),
    Index("waiting_askers_by_escalation", "escalation_id"),
)

deliveries: Final = Table(
    "deliveries",
    metadata,
    _number(),
    Column("delivery_id", CleanText, nullable=False, unique=True),
    _escalation(),
    _text("question_id"),
    *_reply_address(),
    _text("text"),
    _time("created_at"),
    Column("delivered_at", Float),
    Index("deliveries_by_delivered_at", "delivered_at"),
)

journal: Final = Table(
    "journal",
    metadata,
    _number(),
    Column("entry_id", CleanText, nullable=False, unique=True),
    _text("question_id"),
    _text("escalation_id"),
    Column("body", JSON, nullable=False),
    Index("journal_by_question", "question_id"),
    Index("journal_by_escalation", "escalation_id"),
)

verdicts: Final = Table(
    "verdicts",
    metadata,
    _number(),
    _text("question_id"),
    _text("escalation_id"),
    _text("verdict"),
    _time("at"),
    UniqueConstraint("question_id", "escalation_id", name="one_verdict_per_question"),
)

mode_choices: Final = Table(
    "mode_choices",
    metadata,
    _number(),
    _text("topic"),
    _text("mode"),
    _text("over"),
    _time("at"),
    Column("after", Integer, nullable=False),
)

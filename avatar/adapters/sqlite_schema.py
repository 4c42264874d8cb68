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


metadata: Final = MetaData()

documents: Final = Table(
    "documents",
    metadata,
    Column("document_id", CleanText, primary_key=True),
    Column("stamp", CleanText, nullable=False),
    Column("fingerprint", CleanText, nullable=False),
    Column("chunks", Integer, nullable=False),
    Column("indexed_at", Float, nullable=False),
    Column("skipped_reason", CleanText, nullable=False),
    Column("is_fault", Boolean, nullable=False),
    Column("redactions", JSON, nullable=False),
)

forgotten: Final = Table(
    "forgotten",
    metadata,
    Column("prefix", CleanText, primary_key=True),
    Column("at", Float, nullable=False),
)

meta: Final = Table(
    "meta",
    metadata,
    Column("name", CleanText, primary_key=True),
    Column("value", CleanText, nullable=False),
)

escalations: Final = Table(
    "escalations",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("escalation_id", CleanText, nullable=False, unique=True),
    Column("key", CleanText, nullable=False),
    Column("text", CleanText, nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("state", CleanText, nullable=False),
    Column("opened_at", Float, nullable=False),
    Column("audience", JSON, nullable=False),
    Column("draft", CleanText, nullable=False),
    Column("draft_spans", JSON, nullable=False),
    Column("reply", CleanText, nullable=False),
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
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("escalation_id", CleanText, ForeignKey("escalations.escalation_id"), nullable=False),
    Column("question_id", CleanText, nullable=False, unique=True),
    Column("asker", CleanText, nullable=False),
    Column("text", CleanText, nullable=False),
    Column("language", CleanText, nullable=False),
    Column("channel", CleanText, nullable=False),
    Column("address", CleanText, nullable=False),
    Column("place", JSON, nullable=False),
    Column("asked_at", Float, nullable=False),
    Index("waiting_askers_by_escalation", "escalation_id"),
)

deliveries: Final = Table(
    "deliveries",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("delivery_id", CleanText, nullable=False, unique=True),
    Column("escalation_id", CleanText, ForeignKey("escalations.escalation_id"), nullable=False),
    Column("question_id", CleanText, nullable=False),
    Column("channel", CleanText, nullable=False),
    Column("address", CleanText, nullable=False),
    Column("text", CleanText, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("delivered_at", Float),
    Index("deliveries_by_delivered_at", "delivered_at"),
)

journal: Final = Table(
    "journal",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("entry_id", CleanText, nullable=False, unique=True),
    Column("question_id", CleanText, nullable=False),
    Column("escalation_id", CleanText, nullable=False),
    Column("body", JSON, nullable=False),
    Index("journal_by_question", "question_id"),
    Index("journal_by_escalation", "escalation_id"),
)

verdicts: Final = Table(
    "verdicts",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("question_id", CleanText, nullable=False),
    Column("escalation_id", CleanText, nullable=False),
    Column("verdict", CleanText, nullable=False),
    Column("at", Float, nullable=False),
    UniqueConstraint("question_id", "escalation_id", name="one_verdict_per_question"),
)

mode_choices: Final = Table(
    "mode_choices",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("topic", CleanText, nullable=False),
    Column("mode", CleanText, nullable=False),
    Column("over", CleanText, nullable=False),
    Column("at", Float, nullable=False),
    Column("after", Integer, nullable=False),
)

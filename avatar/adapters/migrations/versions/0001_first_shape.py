"""The first shape: documents, escalations with askers and deliveries, journal, verdicts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table."""
    _index_tables()
    _escalations()
    _askers_and_deliveries()
    _records()


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _number() -> sa.Column[int]:
    return sa.Column("number", sa.Integer(), primary_key=True, autoincrement=True)


def _index_tables() -> None:
    op.create_table(
        "documents",
        sa.Column("document_id", sa.Text(), primary_key=True),
        _text("stamp"),
        _text("fingerprint"),
        sa.Column("chunks", sa.Integer(), nullable=False),
        sa.Column("indexed_at", sa.Float(), nullable=False),
        _text("skipped_reason"),
        sa.Column("is_fault", sa.Boolean(), nullable=False),
        sa.Column("redactions", sa.JSON(), nullable=False),
    )
    op.create_table(
        "forgotten",
        sa.Column("prefix", sa.Text(), primary_key=True),
        sa.Column("at", sa.Float(), nullable=False),
    )
    op.create_table("meta", sa.Column("name", sa.Text(), primary_key=True), _text("value"))


def _escalations() -> None:
    op.create_table(
        "escalations",
        _number(),
        sa.Column("escalation_id", sa.Text(), nullable=False, unique=True),
        _text("key"),
        _text("text"),
        sa.Column("reasons", sa.JSON(), nullable=False),
        _text("state"),
        sa.Column("opened_at", sa.Float(), nullable=False),
        sa.Column("audience", sa.JSON(), nullable=False),
        _text("draft"),
        sa.Column("draft_spans", sa.JSON(), nullable=False),
        _text("reply"),
        _text("verdict", nullable=True),
        sa.Column("closed_at", sa.Float()),
    )
    op.create_index(
        "one_pending_per_key",
        "escalations",
        ["key"],
        unique=True,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index("escalations_by_state", "escalations", ["state"])


def _askers_and_deliveries() -> None:
    op.create_table(
        "waiting_askers",
        _number(),
        sa.Column(
            "escalation_id",
            sa.Text(),
            sa.ForeignKey("escalations.escalation_id"),
            nullable=False,
        ),
        sa.Column("question_id", sa.Text(), nullable=False, unique=True),
        _text("asker"),
        _text("text"),
        _text("language"),
        _text("channel"),
        _text("address"),
        sa.Column("place", sa.JSON(), nullable=False),
        sa.Column("asked_at", sa.Float(), nullable=False),
    )
    op.create_index("waiting_askers_by_escalation", "waiting_askers", ["escalation_id"])
    op.create_table(
        "deliveries",
        _number(),
        sa.Column("delivery_id", sa.Text(), nullable=False, unique=True),
        sa.Column(
            "escalation_id",
            sa.Text(),
            sa.ForeignKey("escalations.escalation_id"),
            nullable=False,
        ),
        _text("question_id"),
        _text("channel"),
        _text("address"),
        _text("text"),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("delivered_at", sa.Float()),
    )
    op.create_index("deliveries_by_delivered_at", "deliveries", ["delivered_at"])


def _records() -> None:
    op.create_table(
        "journal",
        _number(),
        sa.Column("entry_id", sa.Text(), nullable=False, unique=True),
        _text("question_id"),
        _text("escalation_id"),
        sa.Column("body", sa.JSON(), nullable=False),
    )
    op.create_index("journal_by_question", "journal", ["question_id"])
    op.create_index("journal_by_escalation", "journal", ["escalation_id"])
    op.create_table(
        "verdicts",
        _number(),
        _text("question_id"),
        _text("escalation_id"),
        _text("verdict"),
        sa.Column("at", sa.Float(), nullable=False),
        sa.UniqueConstraint("question_id", "escalation_id", name="one_verdict_per_question"),
    )

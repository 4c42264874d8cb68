"""Tables of the Slack log."""

from __future__ import annotations

from typing import Final

from sqlalchemy import JSON, Boolean, Column, Float, Index, Integer, MetaData, Table, Text

metadata: Final = MetaData()

jobs: Final = Table(
    "slack_jobs",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),
    Column("pool", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", JSON, nullable=False),
    Column("received_at", Float, nullable=False),
    Column("due_at", Float, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Index("slack_jobs_by_state", "state", "pool", "due_at"),
    Index("slack_jobs_by_lane", "lane", "state"),
)

messages: Final = Table(
    "slack_messages",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("delivery_id", Text, nullable=False, unique=True),
    Column("method", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("arguments", JSON, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("subject", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("about", JSON, nullable=False),
    Column("due_at", Float, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("is_uncertain", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("ts", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("sent_at", Float),
    Index("slack_messages_by_state", "state", "channel", "number"),
    Index("slack_messages_by_place", "channel", "ts"),
    Index("slack_messages_by_subject", "subject", "purpose"),
)

said: Final = Table(
    "slack_said",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("channel", Text, nullable=False),
    Column("thread", Text, nullable=False),
    Column("by_asker", Boolean, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("user", Text, nullable=False),
    Index("slack_said_by_thread", "channel", "thread"),
)

notes: Final = Table(
    "slack_notes",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

"""Rows of the Slack log, written and read inside a transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, update

from connectors.slack.log import Job, Outgoing, Pool, Purpose, SendState
from connectors.slack.log_schema import jobs, messages, said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Row

    from connectors.slack.log import Said


def add_job(connection: Connection, job: Job) -> bool:
    """Insert a job; False when its key is known."""
    row = insert(jobs).prefix_with("OR IGNORE")
    values = {
        "key": job.key,
        "pool": job.pool,
        "lane": job.lane,
        "kind": job.kind,
        "body": dict(job.body),
        "received_at": job.received_at,
        "due_at": job.due_at,
        "attempts": 0,
        "state": "waiting",
    }
    return connection.execute(row, values).rowcount == 1


def close_job(connection: Connection, key: str) -> None:
    """Mark a job done, or waiting when it was taken in again meanwhile."""
    again = (jobs.c.key == key, jobs.c.state == "working-again")
    values = {"state": "waiting", "attempts": 0}
    if not connection.execute(update(jobs).where(*again).values(values)).rowcount:
        connection.execute(update(jobs).where(jobs.c.key == key).values(state="done"))


def add_message(connection: Connection, message: Outgoing) -> None:
    """Insert a message unless its delivery id is known."""
    row = insert(messages).prefix_with("OR IGNORE")
    values = {
        "delivery_id": message.delivery_id,
        "method": message.method,
        "channel": message.channel,
        "arguments": dict(message.arguments),
        "purpose": message.purpose,
        "created_at": message.created_at,
        "subject": message.subject,
        "target": message.target,
        "about": dict(message.about),
        "due_at": message.due_at,
        "attempts": 0,
        "is_uncertain": False,
        "state": SendState.WAITING,
        "ts": "",
        "reason": "",
    }
    connection.execute(row, values)


def add_said(connection: Connection, lines: Sequence[Said]) -> None:
    """Insert what was said."""
    for line in lines:
        values = {
            "channel": line.channel,
            "thread": line.thread,
            "by_asker": line.by_asker,
            "text": line.text,
            "at": line.at,
            "user": line.user,
        }
        connection.execute(insert(said), values)


def change(connection: Connection, delivery_id: str, values: Mapping[str, Any]) -> None:
    """Change columns of one message."""
    wanted = messages.c.delivery_id == delivery_id
    connection.execute(update(messages).where(wanted).values(**values))


def job(row: Row[Any], attempts: int | None = None) -> Job:
    """Read a job from its row."""
    return Job(
        row.key,
        Pool(row.pool),
        row.lane,
        row.kind,
        row.body,
        row.received_at,
        row.due_at,
        row.attempts if attempts is None else attempts,
    )


def message(row: Row[Any], changed: Mapping[str, Any] | None = None) -> Outgoing:
    """Read a message from its row, with columns that were just changed."""
    now = {**row._mapping, **(changed or {})}  # noqa: SLF001 - SQLAlchemy's name for a public thing
    return Outgoing(
        delivery_id=now["delivery_id"],
        method=now["method"],
        channel=now["channel"],
        arguments=now["arguments"],
        purpose=Purpose(now["purpose"]),
        created_at=now["created_at"],
        subject=now["subject"],
        target=now["target"],
        about=now["about"],
        due_at=now["due_at"],
        attempts=now["attempts"],
        is_uncertain=now["is_uncertain"],
        state=SendState(now["state"]),
        ts=now["ts"],
    )

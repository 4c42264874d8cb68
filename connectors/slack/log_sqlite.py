"""The Slack log in a SQLite file of its own: on disk before anything is acknowledged."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, create_engine, delete, event, func, insert, or_, select, update
from sqlalchemy.engine import URL
from sqlalchemy.exc import DatabaseError, OperationalError

from avatar.errors import StateDamagedError, StateUnwritableError
from connectors.slack import log_rows as rows
from connectors.slack.log import Said, SendState
from connectors.slack.log_schema import jobs, messages, metadata, notes, said

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy import ColumnElement, Connection, Engine, Row, Select
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

    from connectors.slack.log import Job, Outgoing, Pool, Purpose

PRAGMAS: Final = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA fullfsync=ON",
    "PRAGMA busy_timeout=15000",
)


WORKING: Final = ("working", "working-again")
OPEN: Final = (SendState.WAITING, SendState.SENDING)


class SqliteSlackLog:
    """`SlackLog` on disk, readable by the owner alone."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writing = threading.Lock()
        self._claiming = threading.Lock()
        with self._errors():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            # parameters hold people's questions, which must not get into logs
            url = URL.create("sqlite", database=str(path))
            self._engine = create_engine(url, hide_parameters=True)
            event.listen(self._engine, "connect", _on_connect)
            # claims need no disk flush: after a power cut they are given back anyway
            self._light = create_engine(url, hide_parameters=True)
            event.listen(self._light, "connect", _on_light_connect)
            metadata.create_all(self._engine)

    def take_in(self, job: Job) -> bool:
        """Store a job; False when its key was taken in before."""
        with self._write() as connection:
            return rows.add_job(connection, job)

    def again(self, job: Job) -> None:
        """Take in a job that may have been done before; it is done once more."""
        with self._write() as connection:
            if not rows.add_job(connection, job):
                fresh = {
                    "state": "waiting",
                    "due_at": job.due_at,
                    "attempts": 0,
                    "body": dict(job.body),
                }
                known = jobs.c.key == job.key
                # one that is being done now has to be done again afterwards
                is_working = jobs.c.state.in_(WORKING)
                connection.execute(update(jobs).where(known, ~is_working).values(fresh))
                again = {"state": "working-again", "due_at": job.due_at}
                connection.execute(update(jobs).where(known, is_working).values(again))

    def claim_job(self, pool: Pool, now: float) -> Job | None:
        """Take the oldest due job whose lane is free, or None."""
        busy = select(jobs.c.lane).where(jobs.c.state.in_(WORKING))
        due = (
            select(jobs)
            .where(jobs.c.pool == pool, jobs.c.state == "waiting", jobs.c.due_at <= now)
            .where(jobs.c.lane.not_in(busy))
            .order_by(jobs.c.number)
            .limit(1)
        )
        with self._claiming:
            row = self._first(due)
            if row is None:
                return None
            values = {"state": "working", "attempts": row.attempts + 1}
            with self._write(self._light) as connection:
                connection.execute(update(jobs).where(jobs.c.key == row.key).values(values))
        return rows.job(row, attempts=row.attempts + 1)

    def finish(
        self,
        key: str,
        *,
        messages: Sequence[Outgoing] = (),
        jobs: Sequence[Job] = (),
        said: Sequence[Said] = (),
    ) -> None:
        """Close a job together with everything it leads to, in one transaction."""
        with self._write() as connection:
            rows.close_job(connection, key)
            for message in messages:
                rows.add_message(connection, message)
            for job in jobs:
                rows.add_job(connection, job)
            rows.add_said(connection, said)

    def put_off(self, key: str, due_at: float, *, counts: bool = True) -> None:
        """Give a claimed job back; it is due later."""
        with self._write() as connection:
            values: dict[str, Any] = {"state": "waiting", "due_at": due_at}
            if not counts:
                values["attempts"] = 0
            connection.execute(update(jobs).where(jobs.c.key == key).values(values))

    def hurry(self, prefix: str, now: float) -> int:
        """Make waiting jobs due whose key begins with `prefix`."""
        with self._write() as connection:
            wanted = (jobs.c.key.startswith(prefix, autoescape=True), jobs.c.state == "waiting")
            return connection.execute(update(jobs).where(*wanted).values(due_at=now)).rowcount

    def drop_lane(self, lane: str) -> int:
        """Close the waiting jobs of a lane undone."""
        with self._write() as connection:
            wanted = (jobs.c.lane == lane, jobs.c.state == "waiting")
            return connection.execute(update(jobs).where(*wanted).values(state="done")).rowcount

    def waiting_jobs(self, prefix: str = "") -> Sequence[Job]:
        """Return jobs that are not done, oldest first."""
        wanted = (jobs.c.key.startswith(prefix, autoescape=True), jobs.c.state != "done")
        with self._read() as connection:
            found = connection.execute(select(jobs).where(*wanted).order_by(jobs.c.number))
            return [rows.job(row) for row in found]

    def enqueue(self, messages: Sequence[Outgoing]) -> None:
        """Store messages to send; known delivery ids are ignored."""
        with self._write() as connection:
            for message in messages:
                rows.add_message(connection, message)

    def claim_message(self, now: float) -> Outgoing | None:
        """Take the first message of a channel none of whose messages is being sent."""
        is_open = messages.c.state.in_(OPEN)
        first = select(func.min(messages.c.number)).where(is_open).group_by(messages.c.channel)
        due = (
            select(messages)
            .where(messages.c.state == SendState.WAITING, messages.c.due_at <= now)
            .where(messages.c.number.in_(first))
            .order_by(messages.c.number)
            .limit(1)
        )
        with self._claiming:
            row = self._first(due)
            if row is None:
                return None
            values = {"state": SendState.SENDING, "attempts": row.attempts + 1}
            with self._write(self._light) as connection:
                rows.change(connection, row.delivery_id, values)
        return rows.message(row, values)

    def sent(self, delivery_id: str, ts: str, at: float) -> None:
        """Note that Slack has the message, under this id."""
        with self._write(self._light) as connection:
            values = {"state": SendState.SENT, "ts": ts, "sent_at": at, "is_uncertain": False}
            rows.change(connection, delivery_id, values)

    def try_again(self, delivery_id: str, due_at: float, *, is_uncertain: bool) -> None:
        """Give a message back; `is_uncertain` when Slack may have it already."""
        with self._write() as connection:
            values = {
                "state": SendState.WAITING,
                "due_at": due_at,
                "is_uncertain": is_uncertain,
            }
            rows.change(connection, delivery_id, values)

    def rewrite(self, delivery_id: str, arguments: Mapping[str, Any]) -> None:
        """Replace what is sent under this id, and send it now."""
        with self._write() as connection:
            values = {"state": SendState.WAITING, "due_at": 0.0, "arguments": dict(arguments)}
            rows.change(connection, delivery_id, values)

    def give_up(self, delivery_id: str, reason: str) -> None:
        """Note that a message cannot be sent."""
        with self._write() as connection:
            rows.change(connection, delivery_id, {"state": SendState.FAILED, "reason": reason})

    def message(self, delivery_id: str) -> Outgoing | None:
        """Return one message by its delivery id."""
        with self._read() as connection:
            wanted = messages.c.delivery_id == delivery_id
            row = connection.execute(select(messages).where(wanted)).first()
            return rows.message(row) if row else None

    def unsent(self) -> int:
        """Count messages that wait to be sent."""
        is_open = messages.c.state.in_(OPEN)
        with self._read() as connection:
            counted = select(func.count()).select_from(messages).where(is_open)
            return int(connection.execute(counted).scalar_one())

    def message_at(self, channel: str, ts: str) -> Outgoing | None:
        """Return the message of ours that stands there in Slack."""
        with self._read() as connection:
            wanted = (messages.c.channel == channel, messages.c.ts == ts)
            is_post = messages.c.method == "chat.postMessage"
            row = connection.execute(select(messages).where(*wanted, is_post)).first()
            return rows.message(row) if row else None

    def last_sent(self, channel: str) -> str:
        """Return Slack's id of the last message known to stand there, empty without one."""
        is_known = and_(messages.c.method == "chat.postMessage", messages.c.ts != "")
        wanted = (messages.c.channel == channel, is_known)
        last = select(messages.c.ts).where(*wanted).order_by(messages.c.number.desc()).limit(1)
        with self._read() as connection:
            return str(connection.execute(last).scalar() or "")

    def is_sending(self, channel: str) -> bool:
        """Whether a message may stand in this channel whose place is not known yet."""
        is_doubtful = and_(messages.c.state == SendState.WAITING, messages.c.is_uncertain)
        is_on_its_way = or_(messages.c.state == SendState.SENDING, is_doubtful)
        wanted = (messages.c.channel == channel, is_on_its_way)
        with self._read() as connection:
            return connection.execute(select(messages.c.number).where(*wanted)).first() is not None

    def messages(
        self, *purposes: Purpose, subject: str | None = None, since: float = 0.0
    ) -> Sequence[Outgoing]:
        """Return messages of these purposes, oldest first."""
        wanted = [messages.c.purpose.in_(purposes), messages.c.created_at >= since]
        if subject is not None:
            wanted.append(messages.c.subject == subject)
        with self._read() as connection:
            found = connection.execute(select(messages).where(*wanted).order_by(messages.c.number))
            return [rows.message(row) for row in found]

    def said_in(self, channel: str, thread: str) -> Sequence[Said]:
        """Return what was said in a thread, oldest first."""
        return self._said(said.c.channel == channel, said.c.thread == thread)

    def said_since(self, channel: str, since: float) -> Sequence[Said]:
        """Return what was said in a channel since a moment, in any thread, oldest first."""
        return self._said(said.c.channel == channel, said.c.at >= since)

    def _said(self, *wanted: ColumnElement[bool]) -> Sequence[Said]:
        with self._read() as connection:
            found = connection.execute(select(said).where(*wanted).order_by(said.c.number))
            return [
                Said(row.channel, row.thread, row.by_asker, row.text, row.at, row.user)
                for row in found
            ]

    def threads_since(self, since: float) -> Sequence[tuple[str, str]]:
        """Return (channel, thread) of conversations with something said since then."""
        with self._read() as connection:
            found = select(said.c.channel, said.c.thread).where(said.c.at >= since).distinct()
            return [(row.channel, row.thread) for row in connection.execute(found)]

    def note(self, name: str) -> str | None:
        """Return a note."""
        with self._read() as connection:
            value: str | None = connection.execute(
                select(notes.c.value).where(notes.c.name == name)
            ).scalar()
            return value

    def notes(self, prefix: str) -> Mapping[str, str]:
        """Return every note whose name begins with `prefix`."""
        wanted = notes.c.name.startswith(prefix, autoescape=True)
        with self._read() as connection:
            return {row.name: row.value for row in connection.execute(select(notes).where(wanted))}

    def set_note(self, name: str, value: str | None) -> None:
        """Keep a note, or forget it with None."""
        with self._write() as connection:
            connection.execute(delete(notes).where(notes.c.name == name))
            if value is not None:
                connection.execute(insert(notes).values(name=name, value=value))

    def note_once(self, name: str, value: str) -> bool:
        """Keep a note if there is none of this name; False when there is."""
        with self._write() as connection:
            row = insert(notes).prefix_with("OR IGNORE").values(name=name, value=value)
            return connection.execute(row).rowcount == 1

    def recover(self) -> None:
        """After a start: give back what was being worked on, doubt what was not noted as sent."""
        with self._write() as connection:
            working = jobs.c.state.in_(WORKING)
            connection.execute(update(jobs).where(working).values(state="waiting", due_at=0.0))
            # a power cut may have taken the note that one of these was sent
            values = {"state": SendState.WAITING, "is_uncertain": True, "due_at": 0.0}
            is_open = messages.c.state.in_(OPEN)
            connection.execute(update(messages).where(is_open).values(values))

    def purge(self, before: float) -> None:
        """Forget jobs done, messages sent and things said before a moment."""
        settled = messages.c.state.in_([SendState.SENT, SendState.FAILED])
        with self._write() as connection:
            connection.execute(
                delete(jobs).where(jobs.c.state == "done", jobs.c.received_at < before)
            )
            connection.execute(delete(messages).where(settled, messages.c.created_at < before))
            connection.execute(delete(said).where(said.c.at < before))

    def close(self) -> None:
        """Let go of the file; safe to call twice."""
        self._engine.dispose()
        self._light.dispose()

    def _first(self, query: Select[Any]) -> Row[Any] | None:
        with self._read() as connection:
            return connection.execute(query).first()

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with self._errors(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _write(self, engine: Engine | None = None) -> Iterator[Connection]:
        with self._errors(), self._writing, (engine or self._engine).connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.exec_driver_sql("ROLLBACK")
                raise
            connection.exec_driver_sql("COMMIT")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (OperationalError, OSError) as error:
            cause = getattr(error, "orig", None) or error
            raise StateUnwritableError(
                f"Slack's log {self._path} cannot be used ({cause}); nothing was recorded."
                " Free space or give permission; it is tried again."
            ) from error
        except DatabaseError as error:
            raise StateDamagedError(
                f"Slack's log {self._path} is damaged ({error.orig}); it was left untouched."
                " Restore it from a backup, or move the file aside to start empty."
            ) from error


def _on_light_connect(driver: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
    _on_connect(driver, entry)
    cursor = driver.cursor()
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()


def _on_connect(driver: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    assert isinstance(driver, sqlite3.Connection)
    driver.isolation_level = None  # `_write` begins transactions, not the driver
    cursor = driver.cursor()
    for pragma in PRAGMAS:
        cursor.execute(pragma)
    cursor.close()

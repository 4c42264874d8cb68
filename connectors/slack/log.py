"""What must survive a crash: jobs taken in, messages to send, what was said, small notes.

Everything that arrives becomes a `Job` before it is acknowledged; everything that leaves is an
`Outgoing` before it is sent. Both have a key, and a key is taken once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Pool(StrEnum):
    """Who works on a job: questions may be slow, the owner's clicks must not wait for them."""

    QUESTIONS = "questions"
    ACTIONS = "actions"


class Purpose(StrEnum):
    """Why a message is sent."""

    REPLY = "reply"
    RELAY = "relay"
    CARD = "card"
    CARD_UPDATE = "card-update"
    NOTE = "note"
    CORRECTION = "correction"


class SendState(StrEnum):
    """Where an outgoing message stands; `sending` after a crash means that nobody knows."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Job:
    """One thing to do, durable from before it was acknowledged.

    Jobs of one `lane` are worked on one at a time. `due_at` is in seconds since the epoch.
    """

    key: str
    pool: Pool
    lane: str
    kind: str
    body: Mapping[str, Any]
    received_at: float
    due_at: float = 0.0
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to Slack; `delivery_id` makes it one message however often it is tried.

    `arguments` go to `method` as they are; `target` names the delivery that `chat.update` changes,
    or in whose thread a message is to stand. `subject` is the question or escalation it is about,
    `about` what is needed later. `ts` is Slack's id of the message once it was sent.
    """

    delivery_id: str
    method: str
    channel: str
    arguments: Mapping[str, Any]
    purpose: Purpose
    created_at: float
    subject: str = ""
    target: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)
    due_at: float = 0.0
    attempts: int = 0
    is_uncertain: bool = False
    state: SendState = SendState.WAITING
    ts: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a conversation with the stand-in, kept so that follow-ups make sense."""

    channel: str
    thread: str
    by_asker: bool
    text: str
    at: float
    user: str = ""


class JobLog(Protocol):
    """The durable queue of what came in."""

    def take_in(self, job: Job) -> bool:
        """Store a job; False when its key was taken in before. On disk when this returns."""
        ...

    def claim_job(self, pool: Pool, now: float) -> Job | None:
        """Take the oldest due job whose lane is free, or None."""
        ...

    def finish(
        self,
        key: str,
        *,
        messages: Sequence[Outgoing] = (),
        jobs: Sequence[Job] = (),
        said: Sequence[Said] = (),
    ) -> None:
        """Close a job together with everything it leads to, in one transaction."""
        ...

    def put_off(self, key: str, due_at: float, *, counts: bool = True) -> None:
        """Give a claimed job back; it is due later. `counts` is False when it was not tried."""
        ...

    def again(self, job: Job) -> None:
        """Take in a job that may have been done before; it is done once more."""
        ...

    def hurry(self, prefix: str, now: float) -> int:
        """Make waiting jobs due whose key begins with `prefix`; returns how many."""
        ...

    def drop_lane(self, lane: str) -> int:
        """Close the waiting jobs of a lane undone; returns how many."""
        ...

    def waiting_jobs(self, prefix: str = "") -> Sequence[Job]:
        """Return jobs that are not done, oldest first."""
        ...


class MessageLog(Protocol):
    """The durable outbox and what became of it."""

    def enqueue(self, messages: Sequence[Outgoing]) -> None:
        """Store messages to send; known delivery ids are ignored. On disk when this returns."""
        ...

    def claim_message(self, now: float) -> Outgoing | None:
        """Take the first message of a channel none of whose messages is being sent."""
        ...

    def sent(self, delivery_id: str, ts: str, at: float) -> None:
        """Note that Slack has the message, under this id."""
        ...

    def try_again(self, delivery_id: str, due_at: float, *, is_uncertain: bool) -> None:
        """Give a message back; `is_uncertain` when Slack may have it already."""
        ...

    def rewrite(self, delivery_id: str, arguments: Mapping[str, Any]) -> None:
        """Replace what is sent under this id, and send it now."""
        ...

    def give_up(self, delivery_id: str, reason: str) -> None:
        """Note that a message cannot be sent."""
        ...

    def message(self, delivery_id: str) -> Outgoing | None:
        """Return one message by its delivery id."""
        ...

    def unsent(self) -> int:
        """Count messages that wait to be sent."""
        ...

    def message_at(self, channel: str, ts: str) -> Outgoing | None:
        """Return the message of ours that stands there in Slack."""
        ...

    def last_sent(self, channel: str) -> str:
        """Return Slack's id of the last message known to stand there, empty without one."""
        ...

    def is_sending(self, channel: str) -> bool:
        """Whether a message may stand in this channel whose place is not known yet.

        It is being sent, or it was and no receipt came.
        """
        ...

    def messages(
        self, *purposes: Purpose, subject: str | None = None, since: float = 0.0
    ) -> Sequence[Outgoing]:
        """Return messages of these purposes, oldest first."""
        ...


class Memory(Protocol):
    """What was said, and small notes by name."""

    def said_in(self, channel: str, thread: str) -> Sequence[Said]:
        """Return what was said in a thread, oldest first."""
        ...

    def said_since(self, channel: str, since: float) -> Sequence[Said]:
        """Return what was said in a channel since a moment, in any thread, oldest first."""
        ...

    def threads_since(self, since: float) -> Sequence[tuple[str, str]]:
        """Return (channel, thread) of conversations with something said since then."""
        ...

    def note(self, name: str) -> str | None:
        """Return a note."""
        ...

    def notes(self, prefix: str) -> Mapping[str, str]:
        """Return every note whose name begins with `prefix`."""
        ...

    def set_note(self, name: str, value: str | None) -> None:
        """Keep a note, or forget it with None."""
        ...

    def note_once(self, name: str, value: str) -> bool:
        """Keep a note if there is none of this name; False when there is."""
        ...


class SlackLog(JobLog, MessageLog, Memory, Protocol):
    """All of it, in one durable place; safe to call from every thread."""

    def recover(self) -> None:
        """After a start: give back what was being worked on, mark half-sent as uncertain."""
        ...

    def purge(self, before: float) -> None:
        """Forget jobs done, messages sent and things said before a moment."""
        ...

    def close(self) -> None:
        """Let go of the file; safe to call twice."""
        ...

"""What every part of the connector works with, made once at the start."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from connectors.slack.gateway import ReceiptPendingError
from connectors.slack.log import Job, Outgoing, Pool, Purpose

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from avatar.domain.questions import Language
    from avatar.ports import Clock
    from connectors.slack.audiences import Audiences, Identity
    from connectors.slack.config import SlackConfig
    from connectors.slack.front_desk import FrontDesk
    from connectors.slack.gateway import Slack
    from connectors.slack.log import SlackLog
    from connectors.slack.people import People
    from connectors.slack.slack_time import SlackTime
    from connectors.slack.status import StatusBoard

CHANNEL: Final = "slack"
MARK: Final = "avatar_delivery"
AWAITS: Final = "awaits-receipt/"


@dataclass(frozen=True, slots=True)
class Office:
    """The connector's tools: Slack, its log, its people, the stand-in, and who is who."""

    slack: Slack
    log: SlackLog
    people: People
    audiences: Audiences
    front_desk: FrontDesk
    identity: Identity
    config: SlackConfig
    clock: Clock
    slack_time: SlackTime
    status: StatusBoard
    owner_channel: str
    wake: Callable[[], None]

    @property
    def language(self) -> Language:
        """The language of everything said to the owner."""
        return self.config.owner_language

    def is_owner(self, user: str) -> bool:
        """Whether this user is the pinned owner."""
        return user == self.identity.owner

    def message_at(self, channel: str, ts: str) -> Outgoing | None:
        """Return the message of ours that stands there, None when it is none of ours.

        Raises `ReceiptPendingError` when that cannot be told yet: people can be quicker than
        Slack's receipt of what they react to.
        """
        found = self.log.message_at(channel, ts)
        if found is None and self.log.is_sending(channel):
            found = self.log.message_at(channel, ts)
            if found is None:
                raise ReceiptPendingError(channel)
        return found

    def await_receipt(self, job_key: str, channel: str) -> None:
        """Bring a job that was put off back as soon as the message it is about has its receipt."""
        self.log.set_note(f"{AWAITS}{channel}/{job_key}", job_key)
        if not self.log.is_sending(channel):  # it came in the meantime
            self.receipt_came(channel)

    def receipt_came(self, channel: str) -> None:
        """Hurry the jobs that waited to know where the messages of a channel stand."""
        for name, job_key in self.log.notes(f"{AWAITS}{channel}/").items():
            self.log.set_note(name, None)
            self.log.hurry(job_key, self.clock.now())

    def note_to_owner(self, delivery_id: str, arguments: Mapping[str, Any]) -> Outgoing:
        """Return a message to the owner's direct messages."""
        return self.post(delivery_id, self.owner_channel, arguments, Purpose.NOTE)

    def post(
        self,
        delivery_id: str,
        channel: str,
        arguments: Mapping[str, Any],
        purpose: Purpose,
        *,
        subject: str = "",
        about: Mapping[str, Any] | None = None,
    ) -> Outgoing:
        """Return a message to a channel, marked with its id; `thread_ts` is an argument."""
        full: dict[str, Any] = {**arguments, "metadata": mark(delivery_id)}
        return Outgoing(
            delivery_id=delivery_id,
            method="chat.postMessage",
            channel=channel,
            arguments=full,
            purpose=purpose,
            created_at=self.clock.now(),
            subject=subject,
            about=about or {},
        )

    def change(self, target: str, arguments: Mapping[str, Any], *, subject: str) -> Outgoing:
        """Return a change of a message that was, or is about to be, sent."""
        written = json.dumps(arguments, sort_keys=True, default=str)
        seal = hashlib.sha256(f"{written}{self.clock.now()}".encode()).hexdigest()[:12]
        original = self.log.message(target)
        return Outgoing(
            delivery_id=f"{target}/{seal}",
            method="chat.update",
            channel=original.channel if original else self.owner_channel,
            arguments={k: v for k, v in arguments.items() if not k.startswith("unfurl")},
            purpose=Purpose.CARD_UPDATE,
            created_at=self.clock.now(),
            subject=subject,
            target=target,
        )

    def job(self, key: str, kind: str, body: Mapping[str, Any], *, due_at: float = 0.0) -> Job:
        """Return a job of the connector's own, in the pool that never waits for questions."""
        return Job(key, Pool.ACTIONS, key, kind, body, self.clock.now(), due_at)


def mark(delivery_id: str) -> Mapping[str, Any]:
    """Return what makes a message recognisable as this delivery, for people invisible."""
    return {"event_type": MARK, "event_payload": {"id": delivery_id}}


def is_marked(message: Mapping[str, Any], delivery_id: str) -> bool:
    """Whether a message found in Slack is this delivery."""
    payload = (message.get("metadata") or {}).get("event_payload") or {}
    if payload.get("id") == delivery_id:
        return True
    return any(block.get("block_id") == delivery_id for block in message.get("blocks") or ())

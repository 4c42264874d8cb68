"""Sending: at least once, and looked for before it is sent a second time."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, Protocol

from avatar.errors import AvatarError
from connectors.slack.blocks import plain_message
from connectors.slack.gateway import SlackBusyError, SlackRefusedError, SlackUnreachableError
from connectors.slack.log import Outgoing, Purpose, SendState
from connectors.slack.office import is_marked, mark

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.slack.office import Office

logger = logging.getLogger(__name__)

FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 60.0
NOT_ALLOWED_PAUSE_S: Final = 120.0
CLOCKS_DIFFER_S: Final = 300.0
MOST_REFUSALS: Final = 5
SHORTEST_TEXT: Final = 600

TOO_RICH: Final = frozenset(
    {
        "invalid_blocks",
        "invalid_blocks_format",
        "msg_too_long",
        "msg_blocks_too_long",
        "block_mismatch",
        "invalid_metadata_format",
        "metadata_too_large",
        "invalid_arguments",
        "no_text",
    }
)
NOT_ALLOWED: Final = frozenset(
    {
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "missing_scope",
        "messages_tab_disabled",
        "access_denied",
    }
)
"""Refusals the owner has to mend; until then the message waits."""
PLACE_GONE: Final = frozenset({"channel_not_found", "not_in_channel", "is_archived"})


class Guard(Protocol):
    """Looks once more, at the last moment, whether a message may still go out."""

    def may_send(self, message: Outgoing) -> bool:
        """Whether it may; when not, the guard has seen to what happens instead."""
        ...

    def was_sent(self, message: Outgoing) -> None:
        """Hear that a message is in Slack, or never will be."""
        ...


class Outbox:
    """Takes one message at a time from the log to Slack."""

    def __init__(self, office: Office, guard: Guard) -> None:
        self._office = office
        self._guard = guard

    def send_next(self) -> bool:
        """Try the next message that is due; False when there is none."""
        log = self._office.log
        message = log.claim_message(self._office.clock.now())
        if message is None:
            return False
        try:
            ts = self._already_there(message)
            if not ts and not self._guard.may_send(message):
                log.give_up(message.delivery_id, "held back")
                self._guard.was_sent(message)
                return True
            ts = ts or self._send(message)
        except SlackBusyError as error:
            self._later(message, error.retry_after_s, is_uncertain=message.is_uncertain)
        except SlackUnreachableError:
            self._later(message, _pause(message.attempts), is_uncertain=True)
        except SlackRefusedError as error:
            self._refused(message, error)
        except AvatarError as error:
            logger.warning("message %s waits: %s", message.delivery_id, error)
            self._later(message, _pause(message.attempts), is_uncertain=message.is_uncertain)
        else:
            log.sent(message.delivery_id, ts, self._office.clock.now())
            self._guard.was_sent(message)
        return True

    def _later(self, message: Outgoing, pause_s: float, *, is_uncertain: bool) -> None:
        due = self._office.clock.now() + pause_s
        self._office.log.try_again(message.delivery_id, due, is_uncertain=is_uncertain)

    def _send(self, message: Outgoing) -> str:
        arguments = dict(message.arguments)
        if message.method == "chat.update":
            original = self._office.log.message(message.target)
            if original is None or original.state is SendState.FAILED:
                raise SlackRefusedError("chat.update", "message_not_found")
            arguments["ts"] = original.ts
        answer = self._office.slack.call(message.method, channel=message.channel, **arguments)
        return str(answer.get("ts", ""))

    def _already_there(self, message: Outgoing) -> str:
        """Return the message's id when an earlier attempt did reach Slack."""
        if not message.is_uncertain or message.method != "chat.postMessage":
            return ""
        oldest = f"{message.created_at - CLOCKS_DIFFER_S:.6f}"
        where: dict[str, Any] = {"channel": message.channel, "include_all_metadata": True}
        thread = message.arguments.get("thread_ts")
        try:
            if thread:
                rows = self._office.slack.pages(
                    "conversations.replies", "messages", ts=thread, oldest=oldest, **where
                )
            else:
                rows = self._office.slack.pages(
                    "conversations.history", "messages", oldest=oldest, **where
                )
            return next((row["ts"] for row in rows if is_marked(row, message.delivery_id)), "")
        except SlackRefusedError as error:
            logger.info("cannot look for %s: %s", message.delivery_id, error.code)
            return ""

    def _refused(self, message: Outgoing, error: SlackRefusedError) -> None:
        log = self._office.log
        if error.code in NOT_ALLOWED:
            logger.error("message %s waits: %s", message.delivery_id, error)
            self._later(message, NOT_ALLOWED_PAUSE_S, is_uncertain=message.is_uncertain)
        elif error.code in TOO_RICH and message.attempts < MOST_REFUSALS:
            log.rewrite(message.delivery_id, simpler(message))
        else:
            logger.error("message %s was not sent: %s", message.delivery_id, error)
            log.give_up(message.delivery_id, error.code)
            if error.code in PLACE_GONE:
                self._by_direct_message(message)
            self._guard.was_sent(message)

    def _by_direct_message(self, message: Outgoing) -> None:
        """Bring a reply to its asker when the place it was asked in is closed to us."""
        user = str(message.about.get("user", ""))
        if not user or message.purpose not in {Purpose.REPLY, Purpose.RELAY}:
            return
        try:
            channel = self._office.people.direct(user)
        except AvatarError as error:
            logger.error("message %s has no place to go: %s", message.delivery_id, error)  # noqa: TRY400 - the cause is told, a trace says no more
            return
        arguments = {k: v for k, v in message.arguments.items() if k != "thread_ts"}
        self._office.log.enqueue(
            [
                self._office.post(
                    f"{message.delivery_id}/dm",
                    channel,
                    arguments,
                    message.purpose,
                    subject=message.subject,
                    about={k: v for k, v in message.about.items() if k != "audiences"},
                )
            ]
        )


def simpler(message: Outgoing) -> Mapping[str, Any]:
    """Return the same message with less that Slack could refuse."""
    text = str(message.about.get("plain") or message.arguments.get("text") or "")
    if "blocks" not in message.arguments:
        text = text[:SHORTEST_TEXT]
    kept = {k: v for k, v in message.arguments.items() if k == "thread_ts"}
    made: dict[str, Any] = {**plain_message(text), **kept}
    if message.method == "chat.update":
        return {"text": made["text"], "blocks": []}
    return {**made, "metadata": mark(message.delivery_id)}


def _pause(attempts: int) -> float:
    return min(FIRST_PAUSE_S * 2.0 ** min(attempts - 1, 10), LONGEST_PAUSE_S)

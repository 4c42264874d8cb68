"""Sending: at least once, and looked for before it is sent a second time."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, Protocol

from avatar.errors import AvatarError
from connectors.slack import asking, blocks
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
MOST_REFUSALS: Final = 5
SHORTEST_TEXT: Final = 600
IN_DIRECT: Final = "/dm"

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
PLACE_GONE: Final = frozenset(
    {
        "channel_not_found",
        "not_in_channel",
        "is_archived",
        "invalid_thread_ts",
        "thread_not_found",
        "message_not_found",
        "cannot_reply_to_message",
        "restricted_action",
    }
)
"""Refusals that no other wording of the message would change."""
FOR_PEOPLE: Final = frozenset({Purpose.REPLY, Purpose.RELAY, Purpose.CORRECTION})


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
        except BaseException:  # a message that stays taken would hold up its channel for good
            self._later(message, LONGEST_PAUSE_S, is_uncertain=True)
            raise
        else:
            log.sent(message.delivery_id, ts, self._office.clock.now())
            self._office.slack_time.heard(ts)
            self._guard.was_sent(message)
            self._office.receipt_came(message.channel)
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
        else:
            arguments |= blocks.in_thread({}, self._thread(message))
        answer = self._office.slack.call(message.method, channel=message.channel, **arguments)
        return str(answer.get("ts", ""))

    def _thread(self, message: Outgoing) -> str:
        """Return the thread a message is for; that of another one is known once that was sent."""
        original = self._office.log.message(message.target) if message.target else None
        return original.ts if original else str(message.arguments.get("thread_ts") or "")

    def _already_there(self, message: Outgoing) -> str:
        """Return the message's id when an earlier attempt did reach Slack."""
        if not message.is_uncertain or message.method != "chat.postMessage":
            return ""
        where: dict[str, Any] = {"channel": message.channel, "include_all_metadata": True}
        thread = self._thread(message)
        try:
            if thread:
                rows = self._office.slack.pages(
                    "conversations.replies", "messages", ts=thread, **where
                )
            else:  # messages of one channel are sent one after another
                since = self._office.log.last_sent(message.channel)
                span = {"oldest": since} if since else {}
                rows = self._office.slack.pages(
                    "conversations.history", "messages", **where, **span
                )
            return next((row["ts"] for row in rows if self._is_it(row, message)), "")
        except SlackRefusedError as error:
            logger.info("cannot look for %s: %s", message.delivery_id, error.code)
            return ""

    def _is_it(self, row: Mapping[str, Any], message: Outgoing) -> bool:
        """Whether a message found in Slack is this delivery: by its mark, else by its words.

        By its words only when it is of ours, without a mark, and stands for no other delivery.
        """
        if is_marked(row, message.delivery_id):
            return True
        is_ours = row.get("bot_id") or row.get("user") == self._office.identity.bot_user
        if row.get("metadata") or not is_ours:
            return False
        is_same = _words(row.get("text")) == _words(message.arguments.get("text"))
        return is_same and self._office.log.message_at(message.channel, str(row["ts"])) is None

    def _refused(self, message: Outgoing, error: SlackRefusedError) -> None:
        log = self._office.log
        if error.code in NOT_ALLOWED:
            logger.error("message %s waits: %s", message.delivery_id, error)
            self._later(message, NOT_ALLOWED_PAUSE_S, is_uncertain=message.is_uncertain)
        elif self._may_be_simpler(message, error.code):
            log.rewrite(message.delivery_id, simpler(message))
        else:
            logger.error("message %s was not sent: %s", message.delivery_id, error)
            log.give_up(message.delivery_id, error.code)
            self._elsewhere(message)
            self._guard.was_sent(message)

    def _may_be_simpler(self, message: Outgoing, code: str) -> bool:
        """Whether less of it may be taken: known of some refusals, tried once for the others."""
        if code in TOO_RICH:
            return message.attempts < MOST_REFUSALS
        return code not in PLACE_GONE and "blocks" in message.arguments

    def _elsewhere(self, message: Outgoing) -> None:
        """Bring to its asker in direct messages what its own place does not take."""
        user, saved = str(message.about.get("user", "")), message.about.get("job")
        is_tried = message.delivery_id.endswith(IN_DIRECT)
        if not user or is_tried or message.purpose not in FOR_PEOPLE:
            return
        if saved and not message.about["is_direct"]:
            self._office.log.take_in(asking.direct_job(self._office, saved["key"], saved["body"]))
            return
        try:
            channel = self._office.people.direct(user)
        except AvatarError as error:
            logger.error("message %s has no place to go: %s", message.delivery_id, error)  # noqa: TRY400 - the cause is told, a trace says no more
            return
        arguments = {k: v for k, v in message.arguments.items() if k != "thread_ts"}
        again = self._office.post(
            f"{message.delivery_id}{IN_DIRECT}",
            channel,
            arguments,
            message.purpose,
            subject=message.subject,
            about=message.about,
        )
        self._office.log.enqueue([again])


def simpler(message: Outgoing) -> Mapping[str, Any]:
    """Return the same message with less that Slack could refuse."""
    text = str(message.about.get("plain") or message.arguments.get("text") or "")
    if "blocks" not in message.arguments:
        text = text[:SHORTEST_TEXT]
    kept = {k: v for k, v in message.arguments.items() if k == "thread_ts"}
    made: dict[str, Any] = {**blocks.plain_message(text), **kept}
    if message.method == "chat.update":
        return {"text": made["text"], "blocks": []}
    return {**made, "metadata": mark(message.delivery_id)}


def _words(text: object) -> str:
    """Return a text as Slack may give it back, with other spaces at the seams."""
    return " ".join(str(text or "").split())


def _pause(attempts: int) -> float:
    return min(FIRST_PAUSE_S * 2.0 ** min(attempts - 1, 10), LONGEST_PAUSE_S)

"""What was written while nobody listened: read from Slack's history after every connection."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from avatar.errors import AvatarError
from connectors.slack import cards, intake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors.slack.log import Job
    from connectors.slack.office import Office

logger = logging.getLogger(__name__)

LISTENED_UNTIL: Final = "listened-until"
OVERLAP_S: Final = 600.0
"""Slack gives up on an event five minutes after the first try."""
LONGEST_SILENCE_S: Final = 120.0
"""A longer one means that the machine slept."""
THREADS_OF_S: Final = 3 * 86_400.0
LONGEST_ABSENCE_S: Final = 7 * 86_400.0


class CatchUp:
    """Reads what was missed; what is known already is left out by its key."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def ask_for(self, oldest: float) -> None:
        """Let what was written since a moment be read."""
        now = self._office.clock.now()
        oldest = max(oldest, now - LONGEST_ABSENCE_S) - OVERLAP_S
        self._office.log.again(self._office.job("catch-up", "catch-up", {"oldest": oldest}))
        self._office.wake()

    def work(self, job: Job) -> None:
        """Take in every message since the last time somebody listened."""
        oldest = float(job.body["oldest"])
        taken = 0
        for event in self._missed(oldest):
            body = {"event": event}
            made = intake.message_job(body, self._office.identity, at=self._office.clock.now())
            if made is not None and self._office.log.take_in(made):
                taken += 1
        if taken:
            logger.info("caught up with %d messages", taken)
        self._office.log.finish(job.key)
        self._office.wake()

    def _missed(self, oldest: float) -> Iterator[dict[str, Any]]:
        for channel, kind in self._places():
            try:
                yield from self._since(channel, kind, oldest)
            except AvatarError as error:
                logger.warning("channel %s was not read: %s", channel, error)
        known = {channel for channel, _ in self._places("im")}
        for channel, thread in self._office.log.threads_since(oldest - THREADS_OF_S):
            if thread:
                kind = "im" if channel in known or channel.startswith("D") else "channel"
                try:
                    yield from self._thread_since(channel, thread, kind, oldest)
                except AvatarError as error:
                    logger.warning("thread %s was not read: %s", thread, error)
        yield from self._card_threads(oldest)

    def _places(self, *types: str) -> list[tuple[str, str]]:
        """Return the conversations we are in, with their kind as events name it."""
        wanted = types or ("im", "public_channel", "private_channel")
        found = []
        for kind in wanted:
            try:
                rows = self._office.slack.pages("users.conversations", "channels", types=kind)
                name = "im" if kind == "im" else "channel"
                found += [(str(row["id"]), name) for row in rows]
            except AvatarError as error:
                logger.warning("conversations of kind %s were not listed: %s", kind, error)
        return found

    def _since(self, channel: str, kind: str, oldest: float) -> Iterator[dict[str, Any]]:
        rows = self._office.slack.pages(
            "conversations.history", "messages", channel=channel, oldest=f"{oldest:.6f}"
        )
        for row in sorted(rows, key=lambda row: str(row.get("ts"))):
            yield self._event(row, channel, kind)

    def _thread_since(
        self, channel: str, thread: str, kind: str, oldest: float
    ) -> Iterator[dict[str, Any]]:
        rows = self._office.slack.pages(
            "conversations.replies",
            "messages",
            channel=channel,
            ts=thread,
            oldest=f"{oldest:.6f}",
        )
        for row in rows:
            if float(row.get("ts", 0)) > oldest:
                yield self._event(row, channel, kind)

    def _card_threads(self, oldest: float) -> Iterator[dict[str, Any]]:
        """Yield what the owner wrote under cards that are still open."""
        for name in self._office.log.notes(cards.OPEN_CARD):
            posted = self._office.log.message(cards.card_id(name.removeprefix(cards.OPEN_CARD)))
            if posted is not None and posted.ts:
                try:
                    yield from self._thread_since(posted.channel, posted.ts, "im", oldest)
                except AvatarError as error:
                    logger.warning("a card's thread was not read: %s", error)

    def _event(self, row: dict[str, Any], channel: str, kind: str) -> dict[str, Any]:
        """Return a message of the history as its event would have come."""
        mention = f"<@{self._office.identity.bot_user}>" in str(row.get("text") or "")
        is_mention = kind != "im" and mention
        return {
            **row,
            "type": "app_mention" if is_mention else "message",
            "channel": channel,
            "channel_type": kind,
        }

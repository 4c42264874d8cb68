"""What was written while nobody listened: read from Slack's history after every connection."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from connectors.slack import cards, intake
from connectors.slack.gateway import SlackRefusedError
from connectors.slack.log import Job, Pool

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.slack.office import Office

logger = logging.getLogger(__name__)

ALL: Final = "catch-up"
PLACE: Final = "catch-up-place"
PLACES: Final = (("im", "im"), ("public_channel", "channel"), ("private_channel", "group"))
LISTENED_UNTIL: Final = "listened-until"
"""Note: until when, by this machine's clock, somebody listened."""
OVERLAP_S: Final = 600.0
"""Slack gives up on an event five minutes after the first try."""
LONGEST_SILENCE_S: Final = 120.0
"""A longer one means that the machine slept."""
THREADS_OF_S: Final = 3 * 86_400.0
LONGEST_ABSENCE_S: Final = 7 * 86_400.0


class CatchUp:
    """Reads what was missed, place by place; what is known already is left out by its key.

    Each place is a job of its own, so that a busy Slack costs time and nothing else.
    """

    def __init__(self, office: Office) -> None:
        self._office = office

    def ask_for(self, oldest: float) -> None:
        """Let what was written since a moment of Slack's clock be read."""
        office = self._office
        oldest = max(oldest, office.slack_time.now() - LONGEST_ABSENCE_S) - OVERLAP_S
        # what was asked for before and is not done stays asked for
        asked = [float(job.body["oldest"]) for job in office.log.waiting_jobs(ALL)]
        office.log.again(_job(office, ALL, ALL, {"oldest": min([oldest, *asked])}))
        office.wake()

    def work(self, job: Job) -> None:
        """Make a job of every conversation we are in."""
        office, oldest = self._office, float(job.body["oldest"])
        for channel, kind in self._places(oldest).items():
            body = {"channel": channel, "channel_kind": kind, "oldest": oldest}
            office.log.again(_job(office, f"{ALL}:{channel}", PLACE, body))
        office.log.finish(job.key)
        office.wake()

    def read(self, job: Job) -> None:
        """Take in every message of one conversation since the last time somebody listened."""
        office = self._office
        channel, kind = str(job.body["channel"]), str(job.body["channel_kind"])
        try:
            rows = self._missed(channel, float(job.body["oldest"]))
        except SlackRefusedError as error:
            logger.warning("channel %s was not read: %s", channel, error)
            rows = {}
        taken = 0
        for ts in sorted(rows, key=float):
            body = {"event": self._event(rows[ts], channel, kind)}
            made = intake.message_job(body, office.identity, at=office.clock.now())
            taken += made is not None and office.log.take_in(made)
        if taken:
            logger.info("caught up with %d messages", taken)
        office.log.finish(job.key)
        office.wake()

    def _places(self, oldest: float) -> dict[str, str]:
        """Return the conversations we are in, with their kind as events name it."""
        log, found = self._office.log, dict[str, str]()
        for types, kind in PLACES:
            found |= dict.fromkeys(self._listed(types), kind)
        # of those that Slack does not list we know where we spoke
        for channel, _ in log.threads_since(self._here(oldest) - THREADS_OF_S):
            found.setdefault(channel, "im" if channel.startswith("D") else "channel")
        return {self._office.owner_channel: "im"} | found

    def _here(self, moment: float) -> float:
        return self._office.slack_time.here(moment)

    def _listed(self, types: str) -> list[str]:
        for method in ("users.conversations", "conversations.list"):
            try:
                rows = list(self._office.slack.pages(method, "channels", types=types))
                return [str(row["id"]) for row in rows if row.get("is_member", True)]
            except SlackRefusedError as error:
                logger.warning("conversations of kind %s were not listed: %s", types, error)
        return []

    def _missed(self, channel: str, oldest: float) -> dict[str, dict[str, Any]]:
        """Return what was written since a moment, by its time, in the channel and its threads."""
        missed: dict[str, dict[str, Any]] = {}
        threads = self._known_threads(channel, oldest)
        since = f"{oldest - THREADS_OF_S:.6f}"
        pages = self._office.slack.pages
        for row in pages("conversations.history", "messages", channel=channel, oldest=since):
            ts, latest = str(row.get("ts") or ""), row.get("latest_reply")
            self._office.slack_time.heard(ts)
            if _is_after(ts, oldest):
                missed[ts] = row
            if latest is not None and not _is_after(str(latest), oldest):
                threads.discard(ts)
            elif row.get("reply_count") or latest is not None:
                threads.add(ts)
        span = {"channel": channel, "oldest": f"{oldest:.6f}"}
        for thread in sorted(threads):
            for row in self._replies(thread, span):
                self._office.slack_time.heard(row.get("ts"))
                if _is_after(str(row.get("ts") or ""), oldest):
                    missed[str(row["ts"])] = row
        return missed

    def _replies(self, thread: str, span: dict[str, str]) -> list[dict[str, Any]]:
        try:
            pages = self._office.slack.pages
            return list(pages("conversations.replies", "messages", ts=thread, **span))
        except SlackRefusedError as error:
            logger.warning("thread %s was not read: %s", thread, error)
            return []

    def _known_threads(self, channel: str, oldest: float) -> set[str]:
        """Return threads of ours: where we spoke lately, and cards that are still open."""
        log = self._office.log
        spoken = log.threads_since(self._here(oldest) - THREADS_OF_S)
        found = {thread for place, thread in spoken if place == channel and thread}
        if channel == self._office.owner_channel:
            for name in log.notes(cards.OPEN_CARD):
                posted = log.message(cards.card_id(name.removeprefix(cards.OPEN_CARD)))
                if posted is not None and posted.ts:
                    found.add(posted.ts)
        return found

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


def _job(office: Office, key: str, kind: str, body: Mapping[str, Any]) -> Job:
    """Return a job of one lane, in the pool that the owner's clicks never wait for."""
    return Job(key, Pool.QUESTIONS, ALL, kind, body, office.clock.now())


def _is_after(ts: str, moment: float) -> bool:
    return bool(ts) and float(ts) > moment

"""What Slack shows of the work under a question: set, renewed, always cleared."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

from avatar.errors import AvatarError
from connectors.slack.gateway import SlackBusyError, SlackRefusedError

if TYPE_CHECKING:
    from avatar.ports import Clock
    from connectors.slack.gateway import Slack

logger = logging.getLogger(__name__)

RENEW_AFTER_S: Final = 90.0
"""Slack takes a status away after two minutes."""
PROCESSING: Final = "processing"
SUSPENDED: Final = "suspended"
ACTIVE: Final = "active"
"""States of an agent session: https://docs.slack.dev/ai/agent-sessions/"""
OF_THIS_PLACE: Final = frozenset(
    {
        "channel_not_found",
        "not_in_channel",
        "is_archived",
        "invalid_thread_ts",
        "thread_not_found",
        "message_not_found",
    }
)
"""Refusals that say nothing of other threads."""

Place = tuple[str, str]
"""Channel and thread."""


class StatusBoard:
    """Brings wanted statuses to Slack from its own thread; a status is never worth waiting for.

    Besides the line under a question it keeps the agent session of the thread: `processing`
    while the stand-in works, `suspended` while the owner is asked, `active` when it was told.
    """

    def __init__(self, slack: Slack, clock: Clock) -> None:
        self._slack = slack
        self._clock = clock
        self._changed = threading.Condition()
        self._wanted: dict[Place, str] = {}
        self._shown: dict[Place, tuple[str, float]] = {}
        self._sessions: dict[Place, str] = {}
        self._has_sessions = True
        self._sessions_from = 0.0
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="avatar-slack-status", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def begin(self, channel: str, thread: str, text: str) -> None:
        """Show a status under a thread."""
        self._want((channel, thread), text, PROCESSING)

    def end(self, channel: str, thread: str, session: str = ACTIVE) -> None:
        """Take the status away; the session of the thread is `active` or `suspended` now."""
        self._want((channel, thread), "", session)

    def _want(self, place: Place, text: str, session: str) -> None:
        with self._changed:
            self._wanted[place] = text
            self._sessions[place] = session
            self._changed.notify()

    def stop(self) -> None:
        """Clear what is shown and join the thread; safe to call twice."""
        with self._changed:
            for place in self._shown:
                self._wanted[place] = ""
                self._sessions[place] = ACTIVE
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(self._is_needed, timeout=1.0)
                self._renew()
                status, session = self._next(self._wanted), self._next_session()
                if status is None and session is None and self._stopping:
                    return
            if status is not None:
                self._show(*status)
            if session is not None:
                self._set_session(*session)

    def _is_needed(self) -> bool:
        is_due = self._clock.monotonic() >= self._sessions_from
        return bool(self._wanted or (self._sessions and is_due) or self._stopping)

    @staticmethod
    def _next(wanted: dict[Place, str]) -> tuple[Place, str] | None:
        place = next(iter(wanted), None)
        return None if place is None else (place, wanted.pop(place))

    def _next_session(self) -> tuple[Place, str] | None:
        if self._clock.monotonic() < self._sessions_from:
            return None
        return self._next(self._sessions)

    def _renew(self) -> None:
        now = self._clock.monotonic()
        for place, (text, since) in self._shown.items():
            if now - since >= RENEW_AFTER_S:
                self._wanted.setdefault(place, text)

    def _show(self, place: Place, text: str) -> None:
        with self._changed:
            if text:
                self._shown[place] = (text, self._clock.monotonic())
            else:  # also when it is not known: a crash may have left it there
                self._shown.pop(place, None)
        channel, thread = place
        try:
            self._slack.call(
                "assistant.threads.setStatus", channel_id=channel, thread_ts=thread, status=text
            )
        except AvatarError as error:
            logger.debug("status not shown: %s", error)

    def _set_session(self, place: Place, session: str) -> None:
        if not self._has_sessions:
            return
        channel, thread = place
        try:
            self._slack.call(
                "agents.sessions.setStatus", channel_id=channel, thread_ts=thread, status=session
            )
        except SlackBusyError as error:
            with self._changed:
                self._sessions.setdefault(place, session)
                self._sessions_from = self._clock.monotonic() + error.retry_after_s
        except SlackRefusedError as error:
            # an app that is no agent, or a Slack without sessions, is asked once
            self._has_sessions = error.code in OF_THIS_PLACE
            logger.info("no agent session: %s", error.code)
        except AvatarError as error:
            logger.debug("session not set: %s", error)

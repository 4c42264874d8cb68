"""The line under the question that says the stand-in is at work; set, renewed, always cleared."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

from avatar.errors import AvatarError

if TYPE_CHECKING:
    from avatar.ports import Clock
    from connectors.slack.gateway import Slack

logger = logging.getLogger(__name__)

RENEW_AFTER_S: Final = 90.0
"""Slack takes a status away after two minutes."""


class StatusBoard:
    """Brings wanted statuses to Slack from its own thread; a status is never worth waiting for."""

    def __init__(self, slack: Slack, clock: Clock) -> None:
        self._slack = slack
        self._clock = clock
        self._changed = threading.Condition()
        self._wanted: dict[tuple[str, str], str] = {}
        self._shown: dict[tuple[str, str], tuple[str, float]] = {}
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="avatar-slack-status", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def begin(self, channel: str, thread: str, text: str) -> None:
        """Show a status under a thread."""
        with self._changed:
            self._wanted[(channel, thread)] = text
            self._changed.notify()

    def end(self, channel: str, thread: str) -> None:
        """Take the status away."""
        with self._changed:
            self._wanted[(channel, thread)] = ""
            self._changed.notify()

    def stop(self) -> None:
        """Clear what is shown and join the thread; safe to call twice."""
        with self._changed:
            for key in self._shown:
                self._wanted[key] = ""
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._wanted or self._stopping, timeout=1.0)
                self._renew()
                if not self._wanted:
                    if self._stopping:
                        return
                    continue
                (channel, thread), text = next(iter(self._wanted.items()))
                del self._wanted[(channel, thread)]
            self._show(channel, thread, text)

    def _renew(self) -> None:
        now = self._clock.monotonic()
        for key, (text, since) in self._shown.items():
            if now - since >= RENEW_AFTER_S:
                self._wanted.setdefault(key, text)

    def _show(self, channel: str, thread: str, text: str) -> None:
        with self._changed:
            if not text:  # also when it is not known: a crash may have left it there
                self._shown.pop((channel, thread), None)
            else:
                self._shown[(channel, thread)] = (text, self._clock.monotonic())
        try:
            self._slack.call(
                "assistant.threads.setStatus", channel_id=channel, thread_ts=thread, status=text
            )
        except AvatarError as error:
            logger.debug("status not shown: %s", error)

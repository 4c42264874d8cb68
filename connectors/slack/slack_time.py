"""Slack's clock, as far as the stamps it gives tell: this machine's may be wrong, or jump."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar.ports import Clock

CLOCK_AHEAD: Final = "clock-ahead"
"""Note: by how many seconds this machine's clock was ahead of Slack's when last compared."""

WORTH_NOTING_S: Final = 1.0


class SlackTime:
    """What time it is at Slack; safe to call from every thread.

    The latest stamp is carried on by the hand that never jumps, so the estimate is never later
    than Slack's own time. Before any stamp it is this machine's time less `ahead_s`; `learned` is
    told by how much this machine is ahead when that turns out to be something else.
    """

    def __init__(self, clock: Clock, ahead_s: float, learned: Callable[[float], None]) -> None:
        self._clock = clock
        self._ahead_s = ahead_s
        self._learned = learned
        self._lock = threading.Lock()
        self._stamp: tuple[float, float] | None = None

    def heard(self, ts: object) -> None:
        """Take a stamp that Slack gave, now or earlier; what is none is left out."""
        try:
            moment = float(str(ts))
        except ValueError:
            return
        before = self.now()
        with self._lock:
            if self._stamp is None or moment > self._carried_on(self._stamp):
                self._stamp = (moment, self._clock.monotonic())
        if abs(self.now() - before) > WORTH_NOTING_S:
            self._learned(self.ahead_s())

    def now(self) -> float:
        """Return Slack's time, in seconds since the epoch."""
        with self._lock:
            stamp = self._stamp
        return self._clock.now() - self._ahead_s if stamp is None else self._carried_on(stamp)

    def ahead_s(self) -> float:
        """Return by how much this machine's clock is ahead of Slack's."""
        return self._clock.now() - self.now()

    def here(self, moment: float) -> float:
        """Return what this machine's clock says at a moment of Slack's."""
        return moment + self.ahead_s()

    def _carried_on(self, stamp: tuple[float, float]) -> float:
        moment, heard_at = stamp
        return moment + self._clock.monotonic() - heard_at

"""Stops calling what keeps failing, and tries again after a rest."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from avatar.ports import Clock


class CircuitBreaker:
    """Opens after `failures` failures in a row; after `rest_s` lets one trial call through.

    Safe to use from several threads.
    """

    def __init__(self, clock: Clock, *, failures: int = 3, rest_s: float = 30.0) -> None:
        self._clock = clock
        self._limit = failures
        self._rest_s = rest_s
        self._lock = threading.Lock()
        self._failures = 0
        self._closed_again_at: float | None = None

    def rest_left_s(self) -> float:
        """Return how long calls are still refused: 0 when this caller may go ahead.

        While resting, the first caller after the rest is the trial; others keep being refused
        until it reports, or until another rest has passed.
        """
        with self._lock:
            if self._closed_again_at is None:
                return 0.0
            now = self._clock.monotonic()
            if now < self._closed_again_at:
                return self._closed_again_at - now
            self._closed_again_at = now + self._rest_s
            return 0.0

    def succeeded(self) -> None:
        """Note a success: calls flow again."""
        with self._lock:
            self._failures = 0
            self._closed_again_at = None

    def failed(self) -> None:
        """Note a failure: enough of them in a row, or a failed trial, start a rest."""
        with self._lock:
            self._failures += 1
            if self._failures >= self._limit:
                self._closed_again_at = self._clock.monotonic() + self._rest_s

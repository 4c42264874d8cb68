"""A clock that stands still until it is told to move."""

from __future__ import annotations


class FakeClock:
    """A settable clock; `advance` moves both hands, `jump` only the one on the wall."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self._now = now
        self._monotonic = 1_000.0

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now += seconds
        self._monotonic += seconds

    def jump(self, now: float) -> None:
        """Set the system clock, as an administrator or a time server would."""
        self._now = now

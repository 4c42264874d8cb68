"""The machine's own time."""

from __future__ import annotations

import time


class SystemClock:
    """The `Clock` port over the machine's clocks."""

    def now(self) -> float:
        """Return seconds since the epoch."""
        return time.time()  # noqa: TID251 - this is the one place the ban points to

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()

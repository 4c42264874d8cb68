"""The machine's clocks are the ones that are read."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from avatar.adapters.system_clock import SystemClock


def test_now_counts_from_the_epoch_and_the_other_hand_never_runs_back() -> None:
    clock = SystemClock()
    assert datetime.fromtimestamp(clock.now(), UTC).year >= 2025
    before = time.monotonic()
    assert before <= clock.monotonic() <= time.monotonic()

"""How far a share that was counted can be trusted."""

from __future__ import annotations

import math
from typing import Final

STEPS: Final = 50
"""Halvings of an interval; the last is far below any double's precision."""


def lower_bound(right: int, asked: int, doubt: float) -> float:
    """Return the share that is certain but for `doubt`, when `right` of `asked` were right.

    The one-sided exact interval of Clopper and Pearson (Biometrika 26, 1934): the share at which
    so many right ones, or more, would be seen with probability `doubt`.
    """
    if right <= 0 or asked <= 0:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        if at_least(right, asked, middle) < doubt:
            low = middle
        else:
            high = middle
    return low


def at_least(right: int, asked: int, share: float) -> float:
    """Return the probability of `right` or more of `asked` when each is right with `share`."""
    if right <= 0:
        return 1.0
    if share <= 0:
        return 0.0
    if share >= 1:
        return 1.0
    log_share, log_rest = math.log(share), math.log1p(-share)
    terms = [
        math.exp(
            math.lgamma(asked + 1)
            - math.lgamma(count + 1)
            - math.lgamma(asked - count + 1)
            + count * log_share
            + (asked - count) * log_rest
        )
        for count in range(right, asked + 1)
    ]
    return min(1.0, math.fsum(terms))

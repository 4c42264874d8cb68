"""How far a share that was counted can be trusted."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from avatar.learning.measures import Floats

STEPS: Final = 50
"""Halvings of an interval; the last is far below any double's precision."""


def lower_bound(right: int, asked: int, doubt: float) -> float:
    """Return the share that is certain but for `doubt`, when `right` of `asked` were right.

    The one-sided exact interval of Clopper and Pearson (Biometrika 26, 1934): the share at which
    so many right ones, or more, would be seen with probability `doubt`.
    """
    if right <= 0 or asked <= 0:
        return 0.0
    ways = _log_ways(right, asked)
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        if _tail(ways, right, asked, middle) < doubt:
            low = middle
        else:
            high = middle
    return low


def at_least(right: int, asked: int, share: float) -> float:
    """Return the probability of `right` or more of `asked` when each is right with `share`."""
    if right <= 0:
        return 1.0
    if share <= 0 or right > asked:
        return 0.0
    if share >= 1:
        return 1.0
    return _tail(_log_ways(right, asked), right, asked, share)


def _log_ways(right: int, asked: int) -> Floats:
    """Return the logarithm of the binomial coefficient for each count from `right` on."""
    of_all = math.lgamma(asked + 1)
    return np.array(
        [
            of_all - math.lgamma(count + 1) - math.lgamma(asked - count + 1)
            for count in range(right, asked + 1)
        ]
    )


def _tail(ways: Floats, right: int, asked: int, share: float) -> float:
    counts = np.arange(right, asked + 1)
    terms = ways + counts * math.log(share) + (asked - counts) * math.log1p(-share)
    return min(1.0, float(np.exp(terms).sum()))

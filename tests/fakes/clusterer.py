"""A clusterer that looks at every pair of clusters each time: slow, and plain to check."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar.ports import Likeness


def mean_between(likeness: Likeness, one: Sequence[int], other: Sequence[int]) -> float:
    """Return the mean likeness over all pairs of two clusters."""
    return float(likeness[np.ix_(one, other)].mean())


class SlowClusterer:
    """Joins the nearest two again and again."""

    def clusters(self, likeness: Likeness, least: float) -> list[list[int]]:
        found = [[row] for row in range(len(likeness))]
        while len(found) > 1:
            one, other = max(
                itertools.combinations(found, 2), key=lambda two: mean_between(likeness, *two)
            )
            if mean_between(likeness, one, other) < least:
                break
            one += other
            found.remove(other)
        return sorted(sorted(rows) for rows in found)

"""Clusters by average linkage with SciPy, which is imported only when it is used.

scikit-learn's `AgglomerativeClustering` calls the same function for given distances, and its
import costs a daemon three times as much memory.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

import numpy as np

ROUNDING: Final = 1e-9
"""What sums of likenesses may be off by: who is like just enough is joined."""

if TYPE_CHECKING:
    from avatar.ports import Likeness


class ScipyClusterer:
    """The `Clusterer` of gaps."""

    def clusters(self, likeness: Likeness, least: float) -> list[list[int]]:
        """Return rows joined while two clusters are, on average, like this or more."""
        count = len(likeness)
        if count < 2:
            return [[row] for row in range(count)]
        from scipy.cluster.hierarchy import fcluster, linkage

        pairs = likeness[np.triu_indices(count, 1)]
        top = max(float(pairs.max()), least)
        # one pair that must stay apart keeps the mean of the largest two clusters beyond the cut
        apart = (top - least + 1.0) * count**2
        distances = np.where(np.isneginf(pairs), apart, top - pairs)
        labels = fcluster(linkage(distances, "average"), top - least + ROUNDING, "distance")
        members: dict[int, list[int]] = defaultdict(list)
        for row, label in enumerate(labels):
            members[int(label)].append(row)
        return list(members.values())

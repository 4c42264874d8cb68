"""What probabilities are worth, over examples whose truth is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

BINS = 10


def auroc(said: Floats, right: Flags) -> float:
    """Return how often a right one is said to be surer than a wrong one; .5 with one kind only.

    Ties count half (Mann-Whitney).
    """
    good, bad = said[right], said[~right]
    if not len(good) or not len(bad):
        return 0.5
    below = np.searchsorted(np.sort(bad), good, side="left").sum()
    not_above = np.searchsorted(np.sort(bad), good, side="right").sum()
    return float((below + not_above) / 2 / len(good) / len(bad))


def calibration_error(said: Floats, right: Flags) -> float:
    """Return the expected calibration error over ten bins of equal size."""
    if not len(said):
        return 0.0
    bins = np.array_split(np.argsort(said, kind="stable"), BINS)
    gaps = [len(own) * abs(said[own].mean() - right[own].mean()) for own in bins if len(own)]
    return float(sum(gaps) / len(said))


def best_coverage(said: Floats, right: Flags, wanted: float) -> float:
    """Return the largest share that can be answered with this precision, by any threshold."""
    order = np.argsort(-said, kind="stable")
    precision = np.cumsum(right[order]) / np.arange(1, len(said) + 1)
    # thresholds lie between different probabilities only
    ends = np.append(np.diff(said[order]) != 0, values=True)
    kept = np.flatnonzero((precision >= wanted) & ends)
    return float((kept[-1] + 1) / len(said)) if len(kept) else 0.0


def possible_coverage(right: Flags, wanted: float) -> float:
    """Return the share that a perfect judge could answer with this precision."""
    return min(1.0, float(right.mean()) / wanted) if len(right) else 0.0

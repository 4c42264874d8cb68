"""What a calibration shows of itself: the points of its pictures, from its judged labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from avatar.learning import promise as promises
from avatar.learning.bounds import lower_bound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar.domain.calibration import Calibration, Judged
    from avatar.learning.measures import Flags, Floats

BINS: Final = 10
LEAST_IN_A_BIN: Final = 8
DOUBT_EACH_SIDE: Final = 0.05
OTHER_PROMISES: Final = (0.8, 0.85, 0.9, 0.95, 0.98)


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """Answering whatever is at least this sure answers this share, of which so much is wrong.

    Questions count as they are really mixed, by the share that can be answered.
    """

    threshold: float
    coverage: float
    wrong: float


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """What was said on average, and which share was right, with its 90 % interval."""

    said: float
    right: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class KeptPromise:
    """What a promise comes to: `precision` is realised, `lower_bound` certain but for one in ten.

    `threshold` is None when no threshold could be promised; then nothing is answered. `answered`
    is the share of questions, as they are really mixed.
    """

    promise: float
    threshold: float | None
    answered: float
    precision: float
    lower_bound: float


def risk_coverage(calibration: Calibration) -> list[RiskPoint]:
    """Return the curve from the surest answer down to all of them, one point per probability."""
    if not calibration.judged:
        return []
    said, right = _said(calibration.judged), _right(calibration.judged)
    order = np.argsort(-said, kind="stable")
    weight = _weight(calibration)[order]
    answered = np.cumsum(weight)
    wrong = np.cumsum(np.where(right[order], 0.0, weight)) / answered
    ends = np.flatnonzero(np.append(np.diff(said[order]) != 0, values=True))
    return [
        RiskPoint(float(said[order][end]), float(answered[end] / answered[-1]), float(wrong[end]))
        for end in ends
    ]


def reliability(judged: Sequence[Judged]) -> list[ReliabilityBin]:
    """Return bins of equal size, the least sure first; ten of them when there are enough."""
    said, right = _said(judged), _right(judged)
    count = min(BINS, max(1, len(said) // LEAST_IN_A_BIN))
    bins = np.array_split(np.argsort(said, kind="stable"), count)
    return [_bin(said[own], right[own]) for own in bins if len(own)]


def _bin(said: Floats, right: Flags) -> ReliabilityBin:
    count, good = len(said), int(right.sum())
    return ReliabilityBin(
        said=float(said.mean()),
        right=good / count,
        low=lower_bound(good, count, DOUBT_EACH_SIDE),
        high=1 - lower_bound(count - good, count, DOUBT_EACH_SIDE),
        count=count,
    )


def kept_promises(calibration: Calibration) -> list[KeptPromise]:
    """Return what other promises would come to on the same labels, the owner's own among them."""
    wanted = sorted({*OTHER_PROMISES, calibration.promise})
    return [_kept(calibration, promise) for promise in wanted if 0 < promise < 1]


def in_force(calibration: Calibration) -> KeptPromise:
    """Return what the thresholds in force come to, also when they promise nothing."""
    thresholds = calibration.thresholds
    needed = np.array(
        [
            thresholds.needed(is_crossing=one.label.features.get("cross", 0.0) > 0)
            for one in calibration.judged
        ],
        dtype=np.float64,
    )
    sent = _said(calibration.judged) >= needed
    return _counted(calibration, calibration.promise, thresholds.answer, sent)


def confident_wrong(judged: Sequence[Judged], most: int = 10) -> list[Judged]:
    """Return the wrong answers it was surest of, each question once."""
    wrong = [one for one in judged if not one.label.is_right and one.label.served]
    wrong.sort(key=lambda one: (-one.probability, one.label.question))
    each = {one.label.question: one for one in reversed(wrong)}
    return sorted(each.values(), key=lambda one: (-one.probability, one.label.question))[:most]


def _kept(calibration: Calibration, promise: float) -> KeptPromise:
    judged = calibration.judged
    said, right, weight = _said(judged), _right(judged), _weight(calibration)
    groups = [one.label.group for one in judged]
    threshold = promises.promised(said, right, weight, groups, promise=promise)
    if threshold > 1:
        return KeptPromise(promise, None, 0.0, 1.0, 0.0)
    threshold = max(threshold, promises.EVEN)
    return _counted(calibration, promise, threshold, said >= threshold)


def _counted(
    calibration: Calibration, promise: float, threshold: float, sent: Flags
) -> KeptPromise:
    right, weight = _right(calibration.judged), _weight(calibration)
    answered, total = float(weight[sent].sum()), float(weight.sum())
    groups = np.unique([one.label.group for one in calibration.judged], return_inverse=True)[1]
    good, count = promises.effective(right[sent], weight[sent], groups[sent])
    return KeptPromise(
        promise=promise,
        threshold=threshold,
        answered=answered / total if total else 0.0,
        precision=float(weight[sent & right].sum()) / answered if answered else 1.0,
        lower_bound=lower_bound(good, count, promises.DOUBT),
    )


def _said(judged: Sequence[Judged]) -> Floats:
    return np.array([one.probability for one in judged], dtype=np.float64)


def _right(judged: Sequence[Judged]) -> Flags:
    return np.array([one.label.is_right for one in judged], dtype=bool)


def _weight(calibration: Calibration) -> Floats:
    """Return weights under which the labels are mixed as real questions are."""
    weight = np.array([one.label.weight for one in calibration.judged], dtype=np.float64)
    return promises.reweighted(_right(calibration.judged), weight, calibration.answerable_share)

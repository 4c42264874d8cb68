"""From "at most one in ten may be wrong" to the probability from which answers are sent.

Thresholds are tested from the top down and the last one that passes is taken (fixed-sequence
testing in Learn then Test, Angelopoulos et al. 2021, arXiv 2110.01052). One passes when the
Clopper-Pearson bound of its precision reaches the promise. Questions of one thread are not
independent, so counts are first reduced by the design effect (Korn and Graubard 1998).

What is promised is of the next answers, not of all there might ever be, and they have their own
luck. A promise of nine in ten is meant of any hundred: of as many as may hold ten wrong ones.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from avatar.learning.bounds import lower_bound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from avatar.learning.measures import Flags, Floats

DOUBT: Final = 0.1
"""How often a promise may be broken by chance."""

WRONG_ONES: Final = 10
"""Wrong answers a promise allows among the answers it is made for: so many, it can be seen kept."""

USUAL_SHARE: Final = 0.6
"""Of the questions colleagues ask, those that can be answered, until enough were seen."""

RECENT: Final = 100
"""Questions from which the share is estimated; fewer are mixed with the usual share."""

STEPS: Final = tuple(step / 100 for step in range(98, 9, -2))
"""Thresholds tried; each one more is an occasion for a good one to fail by chance."""

EVEN: Final = 0.5
"""What is more likely wrong than right is not sent, however right the surer ones are."""

NEVER: Final = 1.01


def promised(
    said: Floats,
    right: Flags,
    weight: Floats,
    groups: Sequence[str],
    *,
    promise: float,
    doubt: float = DOUBT,
) -> float:
    """Return the lowest threshold down to which the promise holds; `NEVER` when none does.

    A promise of 1 can never be proved by examples, and one of 0 needs no proof. Testing starts
    where the promise is most likely to be proved if what was said is true: where that is does not
    depend on what turned out right, so starting there costs no certainty, while the few answers
    above the highest thresholds would fail too often by chance.
    """
    if promise <= 0 or promise >= 1:
        return 0.0 if promise <= 0 else NEVER
    enough, names = math.log(doubt) / math.log(promise), np.unique(groups, return_inverse=True)[1]
    tests: list[tuple[float, int, int, float]] = []
    for step in STEPS:
        kept = said >= step
        good, count = ahead(*effective(right[kept], weight[kept], names[kept]), promise=promise)
        if count >= enough:
            hoped = float(np.average(said[kept], weights=weight[kept]))
            tests.append((step, good, count, lower_bound(math.floor(hoped * count), count, doubt)))
    lowest = NEVER
    start = max(range(len(tests)), key=lambda number: tests[number][3], default=0)
    for step, good, count, _ in tests[start:]:
        if lower_bound(good, count, doubt) < promise:
            break
        lowest = step
    return lowest


def kept_from(
    said: Floats, right: Flags, weight: Floats, *, promise: float, lowest: float
) -> float:
    """Return the first threshold from `lowest` up above which the promise was kept as counted.

    That proves nothing: it is for labels too few to prove anything, which may still contradict a
    threshold that others' questions brought: `lowest` where nothing reaches it. `NEVER` when the
    promise was not kept above any, and for a promise of 1.
    """
    if promise >= 1:
        return NEVER
    for step in (lowest, *(step for step in reversed(STEPS) if step > lowest)):
        kept = said >= step
        total = float(weight[kept].sum())
        if float(weight[kept & right].sum()) >= promise * total:
            return step if total > 0 or step == lowest else NEVER
    return NEVER


def effective(right: Flags, weight: Floats, groups: NDArray[np.integer]) -> tuple[int, int]:
    """Return right and all, as if they were so many independent observations of weight 1.

    Rounded against the promise: fewer in all, and of those fewer right.
    """
    total = float(weight.sum())
    if total <= 0:
        return 0, 0
    share = float(weight[right].sum()) / total
    residual = weight * (right - share)
    own = float((residual**2).sum())
    between = float((np.bincount(groups, residual) ** 2).sum())
    count = total**2 / float((weight**2).sum())
    if own > 0:
        count /= max(1.0, between / own)
    whole = math.floor(count + 1e-9)
    return math.floor(share * whole + 1e-9), whole


def ahead(good: int, count: int, *, promise: float) -> tuple[int, int]:
    """Return the counts that are as uncertain as what these foretell of the answers to come.

    The difference of two shares varies by 1/n + 1/m, as one share of nm / (n + m) does.
    """
    if not count:
        return 0, 0
    to_come = WRONG_ONES / (1 - promise)
    whole = math.floor(count * to_come / (count + to_come) + 1e-9)
    return math.floor(good * whole / count + 1e-9), whole


def answerable_share(said: Floats, fitted_share: float) -> float:
    """Estimate which share of recent questions can be answered, from what was said of them.

    Expectation maximisation of the prior (Saerens, Latinne and Decaestecker 2002), mixed with the
    usual share while there are few.
    """
    recent = said[-RECENT:]
    share = USUAL_SHARE
    for _ in range(100):
        odds = _odds(share) / _odds(fitted_share)
        fitted = odds * recent / (odds * recent + 1 - recent)
        share = (float(fitted.sum()) + USUAL_SHARE) / (len(recent) + 1)
    known = len(recent) / RECENT
    return min(0.95, max(0.05, known * share + (1 - known) * USUAL_SHARE))


def reweighted(right: Flags, weight: Floats, share: float) -> Floats:
    """Return weights under which this share of the examples is right; their sum stays."""
    total, good = float(weight.sum()), float(weight[right].sum())
    if not 0 < good < total:
        return weight
    return np.where(
        right, weight * share * total / good, weight * (1 - share) * total / (total - good)
    )


def _odds(share: float) -> float:
    return share / (1 - share)

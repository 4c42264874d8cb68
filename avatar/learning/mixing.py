"""How much words count beside meaning, learned from the owner's questions asked again.

The shipped weights are a good start for most libraries; one of part numbers wants more of words,
one of loose talk less. Each lexical weight is tried halved and doubled, alone. A change is kept
only when it helps threads it was not chosen on, and more of them than chance would have it: with
few threads, or none that differ, the shipped weights stay.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from avatar.domain.calibration import Origin
from avatar.learning.bounds import at_least
from avatar.learning.fitting import FOLDS, folds
from avatar.learning.replay import label

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from avatar.domain.weights import FusionWeights
    from avatar.learning.measures import Flags, Floats
    from avatar.learning.replay import Examiner, Replayed

FACTORS: Final = (0.5, 2.0)
"""What a weight is multiplied with; finer steps change few rankings."""

CHANCE: Final = 0.05
"""How likely so many threads must be, at most, to have got better by chance."""

LookedT = TypeVar("LookedT")


def fitted_fusion(
    replayed: Sequence[Replayed[LookedT]],
    examiner: Examiner[LookedT],
    shipped: FusionWeights,
    on_progress: Callable[[int, int, str], None] = lambda *_: None,
) -> FusionWeights:
    """Return the weights that serve the right answer to most questions, or the shipped ones.

    Only questions whose answer is there to be found can tell them apart.
    """
    known = [one for one in replayed if one.origin is Origin.REPLAYED]
    if not known:
        return shipped
    tried = candidates(shipped)
    rights = []
    for done, weights in enumerate((shipped, *tried)):
        rights.append([label(one, examiner, weights).is_right for one in known])
        on_progress(done + 1, 1 + len(tried), "ways to weigh words tried")
    groups = np.array([one.thread.group for one in known], dtype=np.str_)
    chosen = choice(np.array(rights, dtype=bool), groups)
    return shipped if chosen is None else tried[chosen]


def candidates(shipped: FusionWeights) -> list[FusionWeights]:
    """Return the shipped weights with one lexical weight changed, in every way that is tried."""
    return [
        replace(shipped, lexical={**shipped.lexical, name: factor * weight})
        for name, weight in shipped.lexical.items()
        for factor in FACTORS
    ]


def choice(right: Flags, groups: NDArray[np.str_]) -> int | None:
    """Return which candidate is kept, None for the shipped weights.

    `right` has a row for the shipped weights and one for each candidate, and a column for each
    question. A candidate is chosen on the threads of all folds but one and judged on that one, as
    the next calibration will judge it on new threads; the sign test over threads (Conover 1999)
    says whether what it won there is more than chance.
    """
    gains = _by_thread(right, groups)
    names = np.unique(groups)
    fold, won = folds(names), np.zeros(len(names))
    for number in range(FOLDS):
        others = gains[:, fold != number].sum(axis=1)
        if others.size and others.max(initial=0.0) > 0:
            won[fold == number] = gains[int(others.argmax()), fold == number]
    better, worse = int((won > 0).sum()), int((won < 0).sum())
    if better <= worse or at_least(better, better + worse, 0.5) > CHANCE:
        return None
    return int(gains.sum(axis=1).argmax())


def _by_thread(right: Flags, groups: NDArray[np.str_]) -> Floats:
    """Return what each candidate gains over the shipped weights, a thread's mean in a column."""
    numbers = np.unique(groups, return_inverse=True)[1]
    count = np.bincount(numbers)
    gained = right[1:].astype(float) - right[0].astype(float)
    sums = [np.bincount(numbers, row) for row in gained]
    result: Floats = np.array(sums).reshape(len(sums), len(count)) / count
    return result

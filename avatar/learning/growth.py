"""How confidence gets better with the number of past answers it is learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from avatar.domain.calibration import LearningPoint
from avatar.learning.fitting import FOLDS, examples, fit, folds, probabilities
from avatar.learning.measures import auroc, calibration_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar.domain.calibration import Label
    from avatar.domain.weights import ConfidenceWeights
    from avatar.learning.fitting import Fitter
    from avatar.learning.measures import Flags

THREADS: Final = (10, 20, 40, 80, 160, 320)


def learning_points(
    labels: Sequence[Label], base: ConfidenceWeights, fitter: Fitter, proves: Flags
) -> tuple[LearningPoint, ...]:
    """Return how well models do that saw so many threads only, as far as there are threads.

    Each is judged on threads it never saw, over the labels that prove something.
    """
    rows = examples(labels, base)
    fold = folds(rows.groups)
    threads = len(np.unique(rows.groups[proves]))
    points = []
    for count in THREADS:
        if count > threads * (FOLDS - 1) // FOLDS:
            break
        said = np.zeros(len(labels))
        for number in range(FOLDS):
            test = fold == number
            seen = np.unique(rows.groups[~test & proves])[:count]
            trained = ~test & (np.isin(rows.groups, seen) | ~proves)
            if test.any():
                said[test] = fit(rows.take(trained), base, fitter).log_odds(rows.inputs[test])
        right = rows.right[proves]
        chance = probabilities(said[proves])
        points.append(LearningPoint(count, auroc(chance, right), calibration_error(chance, right)))
    return tuple(points)

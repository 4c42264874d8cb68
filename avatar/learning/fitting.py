"""Fitting the confidence model to labels: towards the shipped one, each feature in its direction.

Inputs are standardised and clipped as the shipped model does. The shipped log-odds enter as one
more input, so few labels move little: what the fit gives it is folded back into the coefficients,
as it is linear in the same inputs. A feature whose coefficient would have the wrong sign is left
out (a monotone sanity check).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from avatar.domain import opinion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from avatar.domain.calibration import Label
    from avatar.domain.weights import ConfidenceWeights
    from avatar.learning.measures import Flags, Floats

STRENGTH: Final = 0.03
"""Inverse of the L2 penalty; the best of .003 to .3 on past answers and on paragraphs."""

FOLDS: Final = 5
RISING: Final = frozenset({
    "dense", "dense_gap", "dense_lead", "dense_z", "form", "lexical", "lexical_gap", "coverage",
    "coverage_three", "same_top", "lexical_cross", "coverage_cross", "coverage_lead", "window",
    "window_gap", *opinion.FAVOURABLE,
})  # fmt: skip
FALLING: Final = frozenset({
    "dense_below_best", "missing", "unknown", "identifiers_missing", "support", "missing_cross",
    opinion.REFUSED,
})  # fmt: skip
"""What must not count the other way round."""


KINDS: Final = frozenset({"answer", "code", "form"})
"""What keeps its share of the shipped weight: the right passage of a replayed question is a past
answer and the wrong one a note, because of what replay takes away, not because notes are wrong."""

LEAST_OPINIONS: Final = 40
LEAST_OF_A_KIND: Final = 10
"""Questions a model gave its opinion on from which that is fitted, ten for each of its features
that says something (Peduzzi et al. 1996), and as many of either truth as one feature needs."""


class Fitter(Protocol):
    """Fits plain models to numbers; an adapter brings the library."""

    def logistic(
        self, inputs: Floats, right: Flags, weight: Floats, strength: float
    ) -> tuple[Floats, float]:
        """Return coefficients and intercept of an L2 logistic regression."""
        ...

    def rising(self, said: Floats, right: Flags, weight: Floats) -> Sequence[tuple[float, float]]:
        """Return corners of the rising map from what was said to what is right."""
        ...


@dataclass(frozen=True, slots=True)
class Examples:
    """Labels as numbers: one row of standardised inputs each."""

    inputs: Floats
    right: Flags
    weight: Floats
    groups: NDArray[np.str_]

    def take(self, chosen: NDArray[np.generic]) -> Examples:
        """Return some of them."""
        return Examples(
            self.inputs[chosen], self.right[chosen], self.weight[chosen], self.groups[chosen]
        )


@dataclass(frozen=True, slots=True)
class Fitted:
    """A logistic model over standardised inputs."""

    coefficient: Floats
    intercept: float

    def log_odds(self, inputs: Floats) -> Floats:
        """Return log-odds, one per row."""
        result: Floats = inputs @ self.coefficient + self.intercept
        return result


def examples(labels: Sequence[Label], shipped: ConfidenceWeights) -> Examples:
    """Return labels as numbers, in the order of the shipped model's features."""
    names = list(shipped.coefficient)
    mean = np.array([shipped.mean[name] for name in names])
    scale = np.array([shipped.scale[name] for name in names])
    raw = np.array(
        [[label.features.get(name, shipped.mean[name]) for name in names] for label in labels]
    )
    standard = (raw.reshape(len(labels), len(names)) - mean) / scale
    return Examples(
        np.clip(standard, -shipped.clip, shipped.clip),
        np.array([label.is_right for label in labels], dtype=bool),
        np.array([label.weight for label in labels], dtype=float),
        np.array([label.group for label in labels], dtype=np.str_),
    )


def with_opinion(shipped: ConfidenceWeights, labels: Sequence[Label]) -> ConfidenceWeights:
    """Return the shipped model with a model's opinion in it, worth nothing as yet.

    Only labels say what an opinion is worth: with too few that have one it stays out.
    """
    right = [label.is_right for label in labels if label.features.get(opinion.ASKED)]
    if len(right) < LEAST_OPINIONS or min(sum(right), right.count(False)) < LEAST_OF_A_KIND:
        return shipped
    return replace(
        shipped,
        coefficient={**shipped.coefficient, **dict.fromkeys(opinion.NAMES, 0.0)},
        mean={**shipped.mean, **dict.fromkeys(opinion.NAMES, 0.0)},
        scale={**shipped.scale, **dict.fromkeys(opinion.NAMES, opinion.SCALE)},
    )


def as_fitted(shipped: ConfidenceWeights) -> Fitted:
    """Return the shipped model."""
    return Fitted(np.array([*shipped.coefficient.values()]), shipped.intercept)


def fit(
    rows: Examples, shipped: ConfidenceWeights, fitter: Fitter, *, without: Sequence[str] = ()
) -> Fitted:
    """Fit to all rows; `without` names features that must not be used.

    With labels of one class only it returns the shipped model.
    """
    if rows.right.all() or not rows.right.any():
        return as_fitted(shipped)
    names = list(shipped.coefficient)
    before = as_fitted(shipped)
    used = np.array([name not in without for name in names])
    prior = np.where(used, before.coefficient, 0.0)
    free = np.array([name not in KINDS for name in names])
    direction = np.array([(name in RISING) - (name in FALLING) for name in names])
    while True:
        inputs = np.column_stack([rows.inputs @ prior, rows.inputs * (used & free)])
        found, intercept = fitter.logistic(inputs, rows.right, rows.weight, STRENGTH)
        coefficient = max(0.0, float(found[0])) * prior + found[1:] * (used & free)
        against = used & (direction * coefficient < 0)
        if not against.any():
            return Fitted(coefficient, intercept)
        used &= ~against
        prior = np.where(used, prior, 0.0)


def out_of_fold(
    rows: Examples, shipped: ConfidenceWeights, fitter: Fitter, *, without: Sequence[str] = ()
) -> Floats:
    """Return log-odds for each row by a model that never saw its group."""
    fold = folds(rows.groups)
    result = np.zeros(len(rows.right))
    for number in range(FOLDS):
        test = fold == number
        if test.any():
            model = fit(rows.take(~test), shipped, fitter, without=without)
            result[test] = model.log_odds(rows.inputs[test])
    return result


def folds(groups: NDArray[np.str_]) -> NDArray[np.int64]:
    """Return a fold for each row: groups stay whole, and folds are about equally large."""
    names, numbers, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    filled = np.zeros(FOLDS)
    of_group = np.zeros(len(names), dtype=np.int64)
    for number in np.argsort(-sizes, kind="stable"):
        of_group[number] = int(filled.argmin())
        filled[of_group[number]] += sizes[number]
    return of_group[numbers]


def probabilities(log_odds: Floats) -> Floats:
    """Turn log-odds into probabilities."""
    result: Floats = 1 / (1 + np.exp(-np.clip(log_odds, -50, 50)))
    return result

"""What each group of features adds, by leaving it out and fitting again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from avatar.domain import opinion
from avatar.domain.calibration import FeatureWorth
from avatar.learning.fitting import examples, out_of_fold
from avatar.learning.measures import auroc

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avatar.domain.calibration import Label
    from avatar.domain.weights import ConfidenceWeights
    from avatar.learning.fitting import Fitter
    from avatar.learning.measures import Flags

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "meaning": ("dense", "dense_cross", "dense_z"),
    "words": (
        "lexical", "coverage", "coverage_three", "missing", "unknown", "identifiers_missing",
        "lexical_cross", "coverage_cross", "missing_cross", "window",
    ),
    "lead": (
        "dense_gap", "dense_lead", "dense_below_best", "lexical_gap", "same_top", "support",
        "coverage_lead", "window_gap",
    ),
    "past answers": ("form", "answer"),
    "kind": ("cross", "code", "han", "length"),
    "model": opinion.NAMES,
}  # fmt: skip


def worth_of(
    labels: Sequence[Label], base: ConfidenceWeights, fitter: Fitter, proves: Flags
) -> tuple[FeatureWorth, ...]:
    """Return the worth of each group that `base` has features of, that of most worth first.

    AUROC is out of fold, over the labels that prove something: in the group "model" over those
    of questions it was asked about, as the others cannot differ.
    """
    rows = examples(labels, base)
    whole = out_of_fold(rows, base, fitter)
    asked = np.array([bool(label.features.get(opinion.ASKED)) for label in labels], dtype=bool)
    found = []
    for name, members in GROUPS.items():
        if not base.coefficient.keys() & set(members):
            continue
        over = proves & asked if name == "model" else proves
        without = out_of_fold(rows, base, fitter, without=members)
        right = rows.right[over]
        found.append(FeatureWorth(name, auroc(whole[over], right), auroc(without[over], right)))
    return tuple(sorted(found, key=lambda worth: worth.auroc_without - worth.auroc_with))

"""Asking a language model about replayed questions, so that its opinion can be learned from.

Each question costs four calls, so only so many are put, those nearest to the bar first: there an
opinion can change what is decided. The rest keep the features of their evidence alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from avatar.learning.fitting import as_fitted, examples
from avatar.learning.replay import LESS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from avatar.domain.calibration import Label
    from avatar.learning.calibration import Shipped
    from avatar.learning.replay import Examiner, Replayed

LookedT = TypeVar("LookedT")

MOST: Final = 100
"""Questions put to the model in one calibration."""

IN_VAIN: Final = 3
"""So many questions in a row without an opinion end it: the model is down or too slow."""


def with_opinions(
    replayed: Sequence[Replayed[LookedT]],
    labels: Sequence[Label],
    examiner: Examiner[LookedT],
    shipped: Shipped,
    on_progress: Callable[[int, int, str], None],
) -> list[Label]:
    """Return the labels, those of questions the model was asked about with its opinion.

    `labels` are of `replayed`, in the same order. Questions that nobody asked are left out.
    """
    found = list(labels)
    chosen = [n for n in _nearest(labels, shipped) if labels[n].weight > LESS][:MOST]
    in_vain = 0
    for done, number in enumerate(chosen, start=1):
        opinion: Mapping[str, float] = examiner.opinion(replayed[number].looked)
        found[number] = replace(found[number], features={**found[number].features, **opinion})
        in_vain = 0 if opinion else in_vain + 1
        on_progress(done, len(chosen), f"questions put to the language model (at most {MOST})")
        if in_vain == IN_VAIN:
            break
    return found


def _nearest(labels: Sequence[Label], shipped: Shipped) -> list[int]:
    """Return the labels' places, that nearest to the shipped bar first, in log-odds."""
    rows = examples(labels, shipped.confidence)
    sure = as_fitted(shipped.confidence).log_odds(rows.inputs)
    bars = np.array(
        [
            shipped.thresholds.needed(is_crossing=label.features.get("cross", 0.0) > 0)
            for label in labels
        ]
    )
    away = np.abs(sure - np.log(bars / (1 - bars)))
    return [int(place) for place in np.argsort(away, kind="stable")]

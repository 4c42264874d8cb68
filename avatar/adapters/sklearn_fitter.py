"""Fits logistic and rising models with scikit-learn, which is imported only when it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar.learning.measures import Flags, Floats

ROUNDS: Final = 3000


class SklearnFitter:
    """The `Fitter` of calibration."""

    def logistic(
        self, inputs: Floats, right: Flags, weight: Floats, strength: float
    ) -> tuple[Floats, float]:
        """Return coefficients and intercept of an L2 logistic regression."""
        from sklearn.linear_model import LogisticRegression
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # no types

        model = LogisticRegression(C=strength, max_iter=ROUNDS)
        # a few hundred rows: threads that wait for each other take many times as long
        with threadpool_limits(1):
            model.fit(inputs, right, sample_weight=weight)
        return np.asarray(model.coef_[0], dtype=float), float(model.intercept_[0])

    def rising(self, said: Floats, right: Flags, weight: Floats) -> Sequence[tuple[float, float]]:
        """Return corners of the rising map from what was said to what is right."""
        from sklearn.isotonic import IsotonicRegression

        model = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
        model.fit(said, right.astype(float), sample_weight=weight)
        corners = zip(model.X_thresholds_, model.y_thresholds_, strict=True)
        return [(float(x), float(y)) for x, y in corners]

"""What scikit-learn fits is what plain arithmetic predicts."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.adapters.sklearn_fitter import SklearnFitter
from avatar.learning.fitting import Fitted, probabilities


def test_the_logistic_model_is_plain_arithmetic() -> None:
    from sklearn.linear_model import LogisticRegression

    random = np.random.default_rng(1)
    inputs, weight = random.standard_normal((80, 3)), random.uniform(0.5, 1, 80)
    right = inputs[:, 0] + random.standard_normal(80) > 0
    coefficient, intercept = SklearnFitter().logistic(inputs, right, weight, 0.3)
    reference = LogisticRegression(C=0.3, max_iter=3000).fit(inputs, right, sample_weight=weight)
    ours = probabilities(Fitted(coefficient, intercept).log_odds(inputs))
    assert ours == pytest.approx(reference.predict_proba(inputs)[:, 1])


def test_the_rising_map_never_falls_and_stays_between_nothing_and_certain() -> None:
    random = np.random.default_rng(2)
    said = random.random(300)
    corners = SklearnFitter().rising(said, random.random(300) < said**2, np.ones(300))
    ends, heights = zip(*corners, strict=True)
    assert list(ends) == sorted(ends)
    assert list(heights) == sorted(heights)
    assert 0 <= heights[0] <= heights[-1] <= 1

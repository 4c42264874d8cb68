"""Calibrations of a made-up owner, as the product's own calibration makes them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from avatar.adapters.sklearn_fitter import SklearnFitter
from avatar.answering.weights import load
from avatar.domain.calibration import FeatureWorth, Label, LearningPoint, Origin, TopicEvidence
from avatar.learning.calibration import Shipped, Wish, calibrate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avatar.domain.calibration import Calibration

NOON = 1_795_608_000.0
HOSTILE = '<script>alert("1")</script> & <img src=x onerror=alert(1)> \u202e怎么回滚?'


def labels(threads: int, *, seed: int = 7) -> Iterator[Label]:
    """Yield a question that has an answer and one that has none, for each thread."""
    _, weights, _ = load()
    rng = np.random.default_rng(seed)
    for number in range(threads):
        for is_right, origin in ((True, Origin.REPLAYED), (False, Origin.ABLATED)):
            shift = rng.normal(0.7 if is_right else -0.7, 0.55)
            features = {
                name: weights.mean[name]
                + weights.scale[name] * (np.sign(value) * shift + rng.normal(0, 0.8))
                for name, value in weights.coefficient.items()
            }
            features |= {"cross": 0.0}
            yield Label(
                question=f"How do we rotate key {number}?" if number else HOSTILE,
                group=f"answers/{number}.md",
                origin=origin,
                features={name: float(value) for name, value in features.items()},
                is_right=is_right,
                topic=("answers", "notes")[number % 2],
                served=f"{('answers', 'notes')[number % 2]}/key-{number}.md:3-9",
            )


def calibration(threads: int = 150, *, promise: float = 0.9) -> Calibration:
    """Calibrate on so many threads, with all that a calibration can tell."""
    found = calibrate(list(labels(threads)), Shipped(*load()), SklearnFitter(), Wish(promise, NOON))
    return replace(
        found,
        topics=(
            TopicEvidence("answers", 150, 61, 60, 0.937, may_promise=True),
            TopicEvidence("notes", 150, 52, 44, 0.764, may_promise=False),
            TopicEvidence("code", 4, 0, 0, 0.0, may_promise=False),
        ),
        learning=tuple(
            LearningPoint(count, 0.9 + 0.05 * (1 - 10 / count), 0.09 * (10 / count) ** 0.5)
            for count in (10, 20, 40, 80, 150)
        ),
        worth=(
            FeatureWorth("meaning", 0.95, 0.91),
            FeatureWorth("words", 0.95, 0.94),
            FeatureWorth("names", 0.95, 0.951),
        ),
    )

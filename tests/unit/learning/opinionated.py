"""Labels of questions about which a model had an opinion, good or worthless."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from avatar.answering import weights
from avatar.domain.calibration import Label, Origin
from avatar.domain.opinion import AGREEMENT, ASKED, REFUSED, SUFFICIENT, VERIFIED
from avatar.learning.calibration import Shipped

if TYPE_CHECKING:
    from collections.abc import Iterator

SHIPPED = Shipped(*weights.load())


def labels_with(
    count: int, *, knows: float, asked: float = 1.0, seed: int = 7, right: float = 0.5
) -> list[Label]:
    """Make labels of which the evidence tells little and a model, asked about a share, more.

    The model's verdict is right with probability `knows`; .5 is a coin.
    """
    return [*_made(random.Random(seed), count, knows, asked, right)]


def _made(
    luck: random.Random, count: int, knows: float, asked: float, right: float
) -> Iterator[Label]:
    for number in range(count):
        is_right = luck.random() < right
        features = {"dense": luck.gauss(0.8 if is_right else 0.7, 0.2), "coverage": luck.random()}
        if luck.random() < asked:
            says = is_right if luck.random() < knows else not is_right
            features |= {
                ASKED: 1.0,
                SUFFICIENT: float(says),
                AGREEMENT: luck.random(),
                VERIFIED: luck.random(),
                REFUSED: float(luck.random() < (0.2 if says else 0.5)),
            }
        yield Label(f"question {number}", f"thread {number}", Origin.REPLAYED, features, is_right)

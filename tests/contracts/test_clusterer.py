"""Every clusterer keeps the contract, and the real one joins what the slow one joins."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from avatar.adapters.scipy_clusterer import ScipyClusterer
from tests.contracts.clusterer import PATIENT, ClustererContract, likenesses
from tests.fakes.clusterer import SlowClusterer

if TYPE_CHECKING:
    from avatar.ports import Likeness


class TestSlowClusterer(ClustererContract):
    clusterer = SlowClusterer()


class TestScipyClusterer(ClustererContract):
    clusterer = ScipyClusterer()

    # which of equals comes first is free, so no two pairs are equal here, nor any two means
    @PATIENT
    @given(st.integers(0, 9), st.integers(0, 2**32 - 1), st.floats(0.1, 1.5))
    def test_it_joins_the_nearest_two_again_and_again(
        self, count: int, seed: int, least: float
    ) -> None:
        near = np.random.default_rng(seed).uniform(-1, 2, (count, count))
        near = (near + near.T) / 2
        assert self.clusterer.clusters(near, least) == SlowClusterer().clusters(near, least)

    @PATIENT
    @given(likenesses())
    def test_nothing_is_joined_where_nothing_is_like_enough(self, near: Likeness) -> None:
        rows = itertools.chain(*self.clusterer.clusters(near, 2.5))
        assert list(rows) == list(range(len(near)))

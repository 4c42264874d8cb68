"""What every `Clusterer` must do."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.clusterer import mean_between

if TYPE_CHECKING:
    from avatar.ports import Clusterer, Likeness

APART = float("-inf")

PATIENT = settings(deadline=None)
"""The first call may import a library."""


@st.composite
def likenesses(draw: st.DrawFn) -> Likeness:
    """Draw what is a little, much, or never to be joined."""
    count = draw(st.integers(0, 9))
    values = st.floats(-1, 2, allow_nan=False) | st.just(APART)
    near = np.zeros((count, count))
    for one, other in itertools.combinations(range(count), 2):
        near[one, other] = near[other, one] = draw(values)
    return near


def alike(*rows: tuple[float, ...]) -> Likeness:
    return np.array(rows, dtype=np.float64)


class ClustererContract:
    """A property is an inner function: Hypothesis runs one for each kind of clusterer."""

    clusterer: ClassVar[Clusterer]

    def test_every_row_is_in_one_cluster_and_both_rise(self) -> None:
        @PATIENT
        @given(likenesses(), st.floats(0.1, 1.5))
        def holds(near: Likeness, least: float) -> None:
            found = [list(rows) for rows in self.clusterer.clusters(near, least)]
            assert sorted(itertools.chain(*found)) == list(range(len(near)))
            assert found == sorted(sorted(rows) for rows in found)

        holds()

    def test_no_two_clusters_should_be_joined(self) -> None:
        @PATIENT
        @given(likenesses(), st.floats(0.1, 1.5))
        def holds(near: Likeness, least: float) -> None:
            found = self.clusterer.clusters(near, least)
            for one, other in itertools.combinations(found, 2):
                assert mean_between(near, one, other) < least + 1e-9

        holds()

    def test_what_must_stay_apart_does(self) -> None:
        @PATIENT
        @given(likenesses(), st.floats(0.1, 1.5))
        def holds(near: Likeness, least: float) -> None:
            for rows in self.clusterer.clusters(near, least):
                assert all(near[pair] > APART for pair in itertools.permutations(rows, 2))

        holds()

    def test_a_chain_of_near_neighbours_is_not_one_cluster(self) -> None:
        chain = alike((0, 1.1, 0, 0), (1.1, 0, 1.0, 0), (0, 1.0, 0, 1.05), (0, 0, 1.05, 0))
        assert [list(rows) for rows in self.clusterer.clusters(chain, 0.9)] == [[0, 1], [2, 3]]

    def test_what_is_like_just_enough_is_joined(self) -> None:
        found = self.clusterer.clusters(alike((0, 1, 1), (1, 0, 1), (1, 1, 0)), 1.0)
        assert [list(rows) for rows in found] == [[0, 1, 2]]

    def test_many_that_are_like_just_enough_are_joined_in_spite_of_rounding(self) -> None:
        near = np.ones((50, 50))
        near[0, 1] = near[1, 0] = 1.3
        assert len(self.clusterer.clusters(near, 1.0)) == 1

    def test_it_leaves_what_it_was_given_alone(self) -> None:
        near = alike((0.0, 1.0), (1.0, 0.0))
        self.clusterer.clusters(near, 0.5)
        assert near.tolist() == [[0.0, 1.0], [1.0, 0.0]]

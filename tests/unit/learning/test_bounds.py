"""Exact bounds agree with the textbook and with scipy."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar.learning.bounds import at_least, lower_bound


@pytest.mark.parametrize(
    ("right", "asked", "doubt"),
    [(22, 22, 0.1), (45, 50, 0.1), (1, 1, 0.05), (270, 300, 0.1), (5, 10, 0.025), (997, 1000, 0.1)],
)
def test_the_bound_is_the_quantile_of_clopper_and_pearson(
    right: int, asked: int, doubt: float
) -> None:
    from scipy.stats import beta

    expected = float(beta.ppf(doubt, right, asked - right + 1))
    assert lower_bound(right, asked, doubt) == pytest.approx(expected, abs=1e-9)


def test_all_right_needs_twenty_two_for_nine_in_ten() -> None:
    assert lower_bound(21, 21, 0.1) < 0.9 <= lower_bound(22, 22, 0.1)
    assert lower_bound(44, 44, 0.1) < 0.95 <= lower_bound(45, 45, 0.1)


def test_nothing_seen_or_nothing_right_promises_nothing() -> None:
    assert lower_bound(0, 0, 0.1) == 0.0
    assert lower_bound(0, 50, 0.1) == 0.0


@given(st.integers(1, 200), st.data())
def test_the_bound_lies_below_the_share_and_rises_with_it(asked: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, asked))
    bound = lower_bound(right, asked, 0.1)
    assert 0 <= bound <= right / asked
    assert right == 0 or bound > lower_bound(right - 1, asked, 0.1)


@given(st.integers(1, 60), st.floats(0.01, 0.99))
def test_the_tail_is_a_probability_that_falls(asked: int, share: float) -> None:
    tails = [at_least(right, asked, share) for right in range(asked + 2)]
    assert tails[0] == 1.0
    assert tails[-1] == 0.0
    assert all(0 <= later <= sooner + 1e-12 <= 1 + 1e-9 for sooner, later in pairwise(tails))


def test_certain_shares_are_certain() -> None:
    assert at_least(3, 5, 0.0) == 0.0
    assert at_least(3, 5, 1.0) == 1.0

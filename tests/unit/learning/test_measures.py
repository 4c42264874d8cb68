"""Figures by which probabilities are judged, against their definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar.learning.measures import auroc, best_coverage, calibration_error, possible_coverage

if TYPE_CHECKING:
    from avatar.learning.measures import Flags, Floats

JUDGED = st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=60)


def split(rows: list[tuple[int, bool]]) -> tuple[Floats, Flags]:
    said = np.array([value / 20 for value, _ in rows])
    return said, np.array([right for _, right in rows], dtype=bool)


@given(JUDGED)
def test_auroc_is_the_share_of_pairs_in_the_right_order(rows: list[tuple[int, bool]]) -> None:
    said, right = split(rows)
    pairs = [
        1.0 if good > bad else 0.5 if good == bad else 0.0
        for good in said[right]
        for bad in said[~right]
    ]
    expected = sum(pairs) / len(pairs) if pairs else 0.5
    assert auroc(said, right) == pytest.approx(expected)


@given(JUDGED, st.sampled_from([0.5, 0.8, 0.9, 1.0]))
def test_best_coverage_is_what_some_threshold_reaches(
    rows: list[tuple[int, bool]], wanted: float
) -> None:
    said, right = split(rows)
    reached = [
        float((said >= bar).mean()) for bar in set(said) if right[said >= bar].mean() >= wanted
    ]
    assert best_coverage(said, right, wanted) == pytest.approx(max(reached, default=0.0))
    assert best_coverage(said, right, wanted) <= possible_coverage(right, wanted) + 1e-9


def test_the_error_is_zero_when_every_bin_keeps_its_word_and_large_when_it_lies() -> None:
    said = np.repeat(np.arange(10) / 10 + 0.05, 20)
    honest = np.concatenate([np.arange(20) < round(20 * value) for value in said[::20]])
    assert calibration_error(said, honest) == pytest.approx(0.0, abs=1e-9)
    assert calibration_error(np.full(50, 0.9), np.zeros(50, dtype=bool)) == pytest.approx(0.9)


def test_nothing_judged_is_no_error_and_nothing_possible() -> None:
    nothing, none = np.zeros(0), np.zeros(0, dtype=bool)
    assert calibration_error(nothing, none) == 0.0
    assert possible_coverage(none, 0.9) == 0.0
    assert best_coverage(nothing, none, 0.9) == 0.0


def test_no_more_than_everything_can_be_answered() -> None:
    assert possible_coverage(np.ones(5, dtype=bool), 0.9) == 1.0
    assert possible_coverage(np.array([True, False]), 0.9) == pytest.approx(0.5 / 0.9)

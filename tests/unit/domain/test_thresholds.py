"""The bars of a decision move together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar.domain.decisions import Thresholds

SHIPPED = Thresholds(answer=0.6, draft=0.3, ask_back=0.15, answer_crossing=0.8)


def test_another_language_needs_more() -> None:
    assert SHIPPED.needed(is_crossing=False) == 0.6
    assert SHIPPED.needed(is_crossing=True) == 0.8
    assert Thresholds(0.6, 0.3, 0.1).needed(is_crossing=True) == 0.6


def test_the_same_bar_changes_nothing() -> None:
    assert SHIPPED.with_answer(0.6).answer_crossing == pytest.approx(0.8)


def test_a_higher_bar_raises_both_and_a_lower_one_lowers_both_and_the_draft() -> None:
    assert SHIPPED.with_answer(0.9).answer_crossing > 0.9
    lower = SHIPPED.with_answer(0.2)
    assert 0.2 < lower.answer_crossing < 0.8
    assert lower.draft == 0.2


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_the_bar_across_languages_never_lies_below(
    answer: float, crossing: float, wanted: float
) -> None:
    moved = Thresholds(answer, 0.0, 0.0, crossing).with_answer(wanted)
    assert moved.answer == wanted
    assert wanted <= moved.answer_crossing <= 1

"""From which probability on a promise holds, and how often it is broken when it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avatar.learning.promise import (
    NEVER,
    USUAL_SHARE,
    WRONG_ONES,
    ahead,
    answerable_share,
    effective,
    kept_from,
    promised,
    reweighted,
)

if TYPE_CHECKING:
    from avatar.learning.measures import Flags, Floats


def own_groups(count: int) -> list[str]:
    return [str(number) for number in range(count)]


def threshold(said: Floats, right: Flags, promise: float = 0.9) -> float:
    groups = own_groups(len(said))
    return promised(said, right, np.ones(len(said)), groups, promise=promise)


def test_twenty_eight_right_answers_promise_nothing_and_twenty_nine_do() -> None:
    for count, is_enough in ((28, False), (29, True)):
        bar = threshold(np.full(count, 0.95), np.ones(count, dtype=bool))
        assert (bar < 1) is is_enough


def test_high_thresholds_with_too_few_answers_are_passed_over() -> None:
    said = np.concatenate([np.full(2, 0.99), np.full(60, 0.8), np.full(60, 0.2)])
    right = np.concatenate([np.ones(62, dtype=bool), np.zeros(60, dtype=bool)])
    assert 0.2 < threshold(said, right) <= 0.8


def test_a_promise_of_one_can_never_be_proved() -> None:
    assert threshold(np.full(400, 0.99), np.ones(400, dtype=bool), promise=1.0) == NEVER


def test_a_promise_of_nothing_always_holds() -> None:
    assert threshold(np.full(40, 0.99), np.zeros(40, dtype=bool), promise=0.0) <= 0.1


def test_answers_that_are_as_often_wrong_are_never_promised() -> None:
    said = np.linspace(0, 1, 400)
    assert threshold(said, np.arange(400) % 2 == 0) == NEVER


def test_the_first_threshold_above_which_the_promise_was_kept_is_taken() -> None:
    said, right = np.array([0.95] * 9 + [0.75] * 9), np.ones(18, dtype=bool)

    def kept(right: Flags, promise: float = 0.9) -> float:
        return kept_from(said, right, np.ones(18), promise=promise, lowest=0.7)

    assert kept(right) == 0.7
    right[9:12] = False
    assert kept(right) == 0.76
    assert kept(right, promise=0.8) == 0.7
    assert kept(~right) == NEVER
    assert kept(np.ones(18, dtype=bool), promise=1.0) == NEVER


def test_a_threshold_nothing_reaches_is_not_contradicted() -> None:
    low, none = np.array([0.5, 0.6]), np.array([])
    for said in (low, none):
        right, weight = np.ones(len(said), dtype=bool), np.ones(len(said))
        assert kept_from(said, right, weight, promise=0.9, lowest=0.7) == 0.7


def test_wordings_of_one_thread_do_not_count_as_many() -> None:
    said, right = np.full(30, 0.95), np.ones(30, dtype=bool)
    right[:3] = False  # one thread, all its wordings wrong
    groups = [str(number // 3) for number in range(30)]
    together = effective(right, np.ones(30), np.repeat(np.arange(10), 3))
    apart = effective(right, np.ones(30), np.arange(30))
    assert together[1] < apart[1] == 30
    assert promised(said, right, np.ones(30), groups, promise=0.8) == NEVER


@given(st.integers(1, 5000), st.floats(0, 1), st.floats(0.5, 0.99))
def test_what_is_to_come_is_never_surer_than_what_was_seen(
    count: int, share: float, promise: float
) -> None:
    good = int(share * count)
    foretold, whole = ahead(good, count, promise=promise)
    assert 0 <= foretold <= whole < min(count, WRONG_ONES / (1 - promise)) + 1e-6
    assert foretold * count <= good * whole + 1e-6


def test_no_weight_is_no_evidence() -> None:
    assert effective(np.ones(3, dtype=bool), np.zeros(3), np.arange(3)) == (0, 0)


def test_unequal_weights_count_for_fewer() -> None:
    right = np.ones(10, dtype=bool)
    assert effective(right, np.array([10.0] + [0.1] * 9), np.arange(10))[1] < 3


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=80),
    st.floats(0.5, 0.99),
)
def test_what_is_promised_was_kept_where_it_was_measured(
    rows: list[tuple[float, bool]], promise: float
) -> None:
    said = np.array([value for value, _ in rows])
    right = np.array([is_right for _, is_right in rows], dtype=bool)
    bar = threshold(said, right, promise)
    if bar < 1:
        assert right[said >= bar].mean() >= promise


@pytest.mark.parametrize("promise", [0.8, 0.9, 0.95])
def test_a_promise_is_broken_among_the_next_answers_as_rarely_as_was_allowed(
    promise: float,
) -> None:
    """The truth is known here: a probability said is the chance of being right."""
    random = np.random.default_rng(7)
    future = random.beta(0.6, 0.4, 100_000)
    to_come = round(WRONG_ONES / (1 - promise))
    broken = made = 0
    for _ in range(300):
        said = random.beta(0.6, 0.4, 400)
        bar = threshold(said, random.random(400) < said, promise)
        if bar < 1:
            made += 1
            sent = random.choice(future[future >= bar], to_come)
            broken += float((random.random(to_come) < sent).mean()) < promise
    assert made > 100
    assert broken / made <= 0.13  # 0.1, and the chance of 300 trials


@pytest.mark.parametrize("share", [0.3, 0.7])
def test_the_share_of_answerable_questions_is_found_again(share: float) -> None:
    random = np.random.default_rng(3)
    is_known = random.random(100) < share
    log_odds = np.where(is_known, 2.5, -2.5) + random.standard_normal(100) * np.sqrt(5)
    assert answerable_share(1 / (1 + np.exp(-log_odds)), 0.5) == pytest.approx(share, abs=0.1)


def test_without_recent_questions_the_usual_share_is_taken() -> None:
    assert answerable_share(np.zeros(0), 0.5) == USUAL_SHARE
    assert answerable_share(np.full(5, 0.01), 0.5) > USUAL_SHARE - 0.06


@settings(max_examples=50)
@given(st.lists(st.booleans(), min_size=2, max_size=40), st.floats(0.05, 0.95))
def test_new_weights_have_the_share_and_the_same_sum(flags: list[bool], share: float) -> None:
    right = np.array(flags)
    weight = np.linspace(0.5, 1.0, len(flags))
    new = reweighted(right, weight, share)
    assert new.sum() == pytest.approx(weight.sum())
    if len(set(flags)) == 2:
        assert new[right].sum() / new.sum() == pytest.approx(share)
    else:
        assert np.array_equal(new, weight)

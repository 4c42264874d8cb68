"""The bar follows what verdicts show: up at once, down slowly, and alarms are not of chance."""

from __future__ import annotations

import random

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from avatar.domain.decisions import Thresholds
from avatar.domain.escalations import Verdict
from avatar.learning.drift import (
    A_DAY_S,
    FARTHEST,
    QUIET,
    WRONG_ONES,
    Drift,
    heard,
    recalibrated,
    was_at_stake,
)
from avatar.learning.verdicts import GivenVerdict
from tests.unit.learning.giving import given

PROMISE, BAR = 0.9, 0.8


def after(drift: Drift, *said: GivenVerdict) -> Drift:
    for one in said:
        drift = heard(drift, one, promise=PROMISE, calibrated=BAR)
    return drift


def test_a_wrong_answer_raises_the_bar_and_right_ones_lower_it_by_less() -> None:
    raised = after(Drift(), given(False))
    assert raised.bar(BAR) == pytest.approx(BAR + 0.2 * PROMISE / WRONG_ONES)
    lowered = after(raised, given(True, 2, at=1.0))
    step = raised.bar(BAR) - lowered.bar(BAR)
    assert step == pytest.approx(0.2 * 0.5 * 0.1 / WRONG_ONES)


def test_the_bar_is_never_below_where_calibration_set_it() -> None:
    drift = after(Drift(), *(given(True, number, at=A_DAY_S * number) for number in range(50)))
    assert drift.bar(BAR) == BAR


def test_a_stretch_of_wrong_answers_ends_in_nothing_being_sent() -> None:
    drift = Drift()
    for number in range(WRONG_ONES + 1):
        drift = after(drift, given(False, number, probability=1.0))
    assert drift.bar(BAR) == 1.0
    assert drift.is_closed
    for number in range(99):
        drift = after(drift, given(False, number, probability=1.0))
    assert drift.raised == FARTHEST


def test_drafts_that_would_not_have_been_sent_raise_nothing() -> None:
    unsure = given(False, probability=0.79)
    assert not was_at_stake(unsure)
    assert after(Drift(), unsure).raised == 0.0


def test_a_right_draft_above_calibrations_bar_helps_the_bar_down_again() -> None:
    raised = after(Drift(), given(False))
    held_back = given(True, 2, probability=0.82, at=1.0, thresholds=Thresholds(0.83, 0.4, 0.2))
    assert not was_at_stake(held_back)
    assert after(raised, held_back).raised < raised.raised


def test_what_only_the_raised_bar_held_back_keeps_it_up_while_it_is_wrong() -> None:
    careful = Thresholds(0.95, 0.4, 0.2)
    held = {"probability": 0.9, "thresholds": careful}
    raised = after(Drift(), given(False), given(False, 2))
    wrong = given(False, 3, at=1.0, **held)  # type: ignore[arg-type]
    assert not was_at_stake(wrong)
    assert after(raised, wrong).raised > raised.raised
    assert after(raised, wrong).recent == raised.recent


@pytest.mark.parametrize(
    "verdict", [Verdict.DISMISSED, Verdict.HELPFUL, Verdict.APPROVED, Verdict.OWN_ANSWER]
)
def test_what_judges_nothing_or_says_right_raises_nothing(verdict: Verdict) -> None:
    unsure = given(verdict, probability=0.9 if verdict is not Verdict.OWN_ANSWER else 0.1)
    assert after(Drift(), unsure).raised == 0.0
    unknown = GivenVerdict("q", verdict, 0.0)
    assert after(Drift(), unknown) == Drift()
    assert not was_at_stake(unknown)


def test_a_colleague_counts_less_than_the_owner_and_each_question_once() -> None:
    once = after(Drift(), given(Verdict.NOT_HELPFUL, question="q"))
    assert 0 < once.raised < after(Drift(), given(False)).raised
    again = after(once, given(Verdict.HELPFUL, 2, question="q"), given(Verdict.NOT_HELPFUL, 3))
    assert again.raised == pytest.approx(2 * once.raised)
    assert once.recent == ()


def test_across_languages_the_higher_bar_decides_what_was_at_stake() -> None:
    careful = Thresholds(0.8, 0.4, 0.2, 0.95)
    same = given(True, probability=0.9, thresholds=careful)
    assert was_at_stake(same)
    assert same.entry is not None
    crossing = given(True, probability=0.9, thresholds=careful)
    assert crossing.entry is not None
    object.__setattr__(crossing.entry, "features", {"cross": 1.0})
    assert not was_at_stake(crossing)
    wrong = given(False, probability=0.9, thresholds=careful)
    assert wrong.entry is not None
    object.__setattr__(wrong.entry, "features", {"cross": 1.0})
    assert after(Drift(), wrong).raised == 0.0


@over(
    st.lists(
        st.tuples(st.booleans(), st.floats(-2, 3), st.floats(0.5, 1.0)), min_size=1, max_size=60
    )
)
def test_in_no_24_hours_the_bar_goes_down_by_more_than_a_twentieth(
    steps: list[tuple[bool, float, float]],
) -> None:
    drift = Drift(raised=1.0)
    now = latest = 0.0
    trail = [(0.0, drift.bar(BAR))]
    for number, (is_right, days, sure) in enumerate(steps):
        now += days * A_DAY_S  # clocks are set back, too
        before = drift.bar(BAR)
        drift = after(drift, given(is_right, number, at=now, probability=sure))
        if now <= latest and latest > 0:
            assert before - drift.bar(BAR) <= 0.05
        latest = max(latest, now)
        trail.append((latest, drift.bar(BAR)))
        for at, bar in trail:
            if latest - at <= A_DAY_S:
                highest = max(other for when, other in trail if at <= when)
                assert bar - highest <= 1e-9 or bar - drift.bar(BAR) <= 0.05 + 1e-9
    assert BAR <= drift.bar(BAR) <= 1.0


def test_a_clock_that_was_set_back_never_lowers_the_bar() -> None:
    high = Drift(raised=1.0, latest=99 * A_DAY_S)
    drift = after(high, *(given(True, n, at=100 * A_DAY_S) for n in range(90)))
    spent = drift.bar(BAR)
    assert spent == pytest.approx(1.0 - 0.01)
    back = after(drift, *(given(True, n, at=float(n)) for n in range(100, 300)))
    assert back.bar(BAR) == spent


def test_so_many_wrong_ones_as_no_chance_explains_are_an_alarm_that_raises_the_bar() -> None:
    drift, number = Drift(), 0
    while drift.alarm is None:
        number += 1
        before = drift
        drift = after(drift, given(number % 3 > 0, number, at=float(number), probability=1.0))
    assert (drift.alarm.judged, drift.alarm.at) == (20, 30.0)
    assert drift.alarm.wrong == 7
    assert drift.bar(BAR) >= before.bar(BAR)
    assert (drift.recent, drift.judged) == ((), 0)
    assert before.precision == pytest.approx(20 / 29)


def test_looking_at_every_verdict_makes_no_alarms_of_chance() -> None:
    order = random.Random(7)
    alarms, judged = 0, 40 * QUIET
    drift = Drift()
    for number in range(judged):
        one = given(order.random() < PROMISE, number, at=float(number), probability=1.0)
        before, drift = drift, after(drift, one)
        alarms += drift.alarm is not before.alarm
    # one in a thousand at most is expected; so many above forty would be seen once in thousands
    assert alarms <= 64


def test_a_new_calibration_forgives_nothing_at_once() -> None:
    drift = after(Drift(), given(False), given(False, 2))
    bar = drift.bar(BAR)
    assert recalibrated(drift, BAR, 0.7).bar(0.7) == pytest.approx(bar)
    assert recalibrated(drift, BAR, 0.95).bar(0.95) == 0.95
    assert recalibrated(drift, BAR, 1.0).raised == 0.0
    assert recalibrated(Drift(), BAR, 0.7).bar(0.7) == 0.7


def test_where_calibration_sends_nothing_there_is_no_way_down() -> None:
    drift = heard(Drift(raised=0.5), given(True, probability=1.0), promise=0.9, calibrated=1.0)
    assert drift.raised == 0.5

"""What time it is at Slack, whatever this machine's clock says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connectors.slack.slack_time import SlackTime
from tests.fakes.clock import FakeClock

AT = 1_700_000_000.0


def test_before_any_stamp_it_is_our_time_less_what_was_known() -> None:
    time = SlackTime(FakeClock(AT), 60.0, lambda _ahead_s: None)
    assert (time.now(), time.ahead_s()) == (AT - 60, 60.0)
    for nothing in (None, "", "soon"):
        time.heard(nothing)
    assert time.now() == AT - 60


def test_a_stamp_is_carried_on_by_the_hand_that_never_jumps() -> None:
    learned: list[float] = []
    clock = FakeClock(AT)
    time = SlackTime(clock, 0.0, learned.append)
    time.heard(f"{AT - 500:.6f}")
    assert learned == [500.0]
    clock.advance(10)
    clock.jump(AT + 9_000)
    assert (time.now(), time.ahead_s(), time.here(AT)) == (AT - 490, 9_490.0, AT + 9_490)
    time.heard(f"{AT - 490.5:.6f}")
    assert time.now() == AT - 490
    assert learned == [500.0]


@given(st.lists(st.tuples(st.floats(0, 900), st.floats(0, 300), st.floats(-9e5, 9e5)), min_size=1))
def test_it_is_never_later_than_slacks_own(steps: list[tuple[float, float, float]]) -> None:
    clock = FakeClock(AT)
    time, slacks_own = SlackTime(clock, 0.0, lambda _ahead_s: None), AT + 77.0
    for passed_s, late_s, wrong_s in steps:
        clock.advance(passed_s)
        slacks_own += passed_s
        clock.jump(AT + wrong_s)
        time.heard(f"{slacks_own - late_s:.6f}")
        assert time.now() <= slacks_own + 1e-3

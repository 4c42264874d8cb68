from __future__ import annotations

from avatar.adapters.circuit_breaker import CircuitBreaker
from tests.fakes.clock import FakeClock


def opened(clock: FakeClock) -> CircuitBreaker:
    breaker = CircuitBreaker(clock, failures=3, rest_s=30)
    for _ in range(3):
        assert breaker.rest_left_s() == 0
        breaker.failed()
    return breaker


def test_three_failures_in_a_row_start_a_rest() -> None:
    clock = FakeClock()
    breaker = opened(clock)

    clock.advance(10)

    assert breaker.rest_left_s() == 20


def test_a_success_between_failures_starts_the_count_again() -> None:
    breaker = CircuitBreaker(FakeClock(), failures=2)
    breaker.failed()
    breaker.succeeded()
    breaker.failed()

    assert breaker.rest_left_s() == 0


def test_after_the_rest_one_trial_goes_through_and_others_wait() -> None:
    clock = FakeClock()
    breaker = opened(clock)
    clock.advance(30)

    assert breaker.rest_left_s() == 0
    assert breaker.rest_left_s() == 30


def test_a_trial_that_succeeds_lets_everything_flow() -> None:
    clock = FakeClock()
    breaker = opened(clock)
    clock.advance(31)
    assert breaker.rest_left_s() == 0
    breaker.succeeded()

    assert breaker.rest_left_s() == 0
    assert breaker.rest_left_s() == 0


def test_a_trial_that_fails_starts_another_rest() -> None:
    clock = FakeClock()
    breaker = opened(clock)
    clock.advance(31)
    assert breaker.rest_left_s() == 0
    breaker.failed()

    assert breaker.rest_left_s() == 30


def test_a_trial_that_never_reports_does_not_close_it_for_ever() -> None:
    clock = FakeClock()
    breaker = opened(clock)
    clock.advance(30)
    assert breaker.rest_left_s() == 0
    clock.advance(30)

    assert breaker.rest_left_s() == 0


def test_setting_the_system_clock_changes_nothing() -> None:
    clock = FakeClock()
    breaker = opened(clock)
    clock.jump(0)

    assert breaker.rest_left_s() == 30

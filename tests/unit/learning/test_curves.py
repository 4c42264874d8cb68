from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from avatar.domain.calibration import Judged
from avatar.learning.curves import (
    BINS,
    confident_wrong,
    in_force,
    kept_promises,
    reliability,
    risk_coverage,
)
from tests.unit.adapters.calibrations import calibration

MADE = calibration()


def test_the_curve_ends_where_everything_is_answered() -> None:
    curve = risk_coverage(MADE)
    assert curve[-1].coverage == pytest.approx(1.0)
    assert curve[-1].wrong == pytest.approx(1 - MADE.answerable_share)
    assert all(a.threshold > b.threshold for a, b in itertools.pairwise(curve))
    assert all(a.coverage < b.coverage for a, b in itertools.pairwise(curve))


def test_equal_confidences_are_one_point() -> None:
    same = tuple(Judged(one.label, 0.5) for one in MADE.judged)
    assert len(risk_coverage(replace(MADE, judged=same))) == 1


def test_bins_hold_every_question_once_and_the_truth_lies_between_their_ends() -> None:
    bins = reliability(MADE.judged)
    assert len(bins) == BINS
    assert sum(each.count for each in bins) == len(MADE.judged)
    assert all(0 <= each.low <= each.right <= each.high <= 1 for each in bins)
    assert [each.said for each in bins] == sorted(each.said for each in bins)
    assert len(reliability(MADE.judged[:20])) == 2


def test_what_is_kept_is_what_the_thresholds_in_force_come_to() -> None:
    own = next(one for one in kept_promises(MADE) if one.promise == MADE.promise)
    now = in_force(MADE)
    assert own.threshold == now.threshold == MADE.thresholds.answer
    assert (own.answered, own.precision) == (now.answered, now.precision)
    assert now.lower_bound >= MADE.promise
    assert now.precision >= now.lower_bound


def test_a_greater_promise_answers_less() -> None:
    kept = kept_promises(MADE)
    assert [one.promise for one in kept] == [0.8, 0.85, 0.9, 0.95, 0.98]
    answered = [one.answered for one in kept]
    assert answered == sorted(answered, reverse=True)


def test_what_cannot_be_promised_answers_nothing() -> None:
    (last,) = [one for one in kept_promises(calibration(30)) if one.promise == 0.98]
    assert last.threshold is None
    assert last.answered == 0.0


@pytest.mark.parametrize("promise", [0.0, 1.0])
def test_a_promise_of_all_or_nothing_is_not_put_into_the_picture(promise: float) -> None:
    kept = kept_promises(replace(MADE, promise=promise))
    assert promise not in [one.promise for one in kept]


def test_without_labels_there_is_nothing_to_show() -> None:
    empty = replace(MADE, judged=())
    assert risk_coverage(empty) == []
    assert reliability(()) == []
    assert in_force(empty).answered == 0.0


def test_the_surest_wrong_answers_come_first_each_question_once() -> None:
    wrong = confident_wrong((*MADE.judged, *MADE.judged), 10)
    assert len(wrong) == 10
    assert len({one.label.question for one in wrong}) == 10
    assert not any(one.label.is_right for one in wrong)
    said = [one.probability for one in wrong]
    assert said == sorted(said, reverse=True)
    others = [one.probability for one in MADE.judged if not one.label.is_right]
    assert said[0] == max(others)


def test_where_nothing_was_served_nothing_wrong_was_said() -> None:
    silent = [Judged(replace(one.label, served=""), one.probability) for one in MADE.judged]
    assert confident_wrong(silent) == []

"""From labels to weights and thresholds, and what is said when they prove too little."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avatar.adapters.sklearn_fitter import SklearnFitter
from avatar.answering import confidence
from avatar.domain.calibration import Calibration, Label, Origin
from avatar.learning.calibration import Wish, analysed, calibrate
from avatar.learning.fitting import (
    FALLING,
    RISING,
    as_fitted,
    examples,
    fit,
    folds,
    out_of_fold,
    probabilities,
)
from tests.unit.learning.libraries import all_of, shipped, some_labels

FITTER = SklearnFitter()


def calibrated(labels: list[Label], promise: float = 0.9) -> Calibration:
    return calibrate(labels, shipped(), FITTER, Wish(promise, 5.0))


@settings(max_examples=40)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=120))
def test_folds_never_split_a_thread(numbers: list[int]) -> None:
    groups = np.array([f"g{number}" for number in numbers])
    fold = folds(groups)
    assert all(len(set(fold[groups == name])) == 1 for name in set(groups))


def test_clear_labels_fulfil_the_promise_out_of_fold() -> None:
    found = calibrated(some_labels(120, clarity=4.0))
    assert found.is_promised
    assert not found.shortfall
    assert found.confidence.is_calibrated
    assert found.after.precision >= 0.9
    assert found.after.auroc >= 0.95
    assert found.threads == 120
    assert {topic.topic for topic in found.topics} == {"answers", "notes"}


def test_an_analysis_adds_what_a_report_tells_and_changes_no_decision() -> None:
    labels = some_labels(120, clarity=4.0)
    bare = calibrated(labels)
    found = analysed(bare, labels, shipped(), FITTER)
    assert [point.threads for point in found.learning] == [10, 20, 40, 80]
    assert found.worth
    assert replace(found, learning=(), worth=()) == bare


def test_nothing_is_told_of_a_calibration_that_left_the_shipped_numbers_in_force() -> None:
    labels = some_labels(3)
    bare = calibrated(labels)
    assert analysed(bare, labels, shipped(), FITTER) is bare


def test_what_the_product_says_is_what_was_fitted() -> None:
    labels = some_labels(60, clarity=2.0)
    found = calibrated(labels)
    rows = examples(labels, found.confidence)
    by_fit = probabilities(as_fitted(found.confidence).log_odds(rows.inputs))
    by_product = [
        confidence.probability(
            confidence.contributions(label.features, found.confidence), found.confidence
        )
        for label in labels
    ]
    assert by_product == pytest.approx(by_fit)


def test_the_same_labels_give_the_same_calibration() -> None:
    labels = some_labels(30)
    assert calibrated(labels) == calibrated(labels)


def test_a_thousand_labels_bring_a_rising_map() -> None:
    found = calibrated(some_labels(500, clarity=2.0))
    heights = [height for _, height in found.confidence.rising]
    assert len(found.judged) == 1000
    assert heights == sorted(heights)
    assert heights
    assert not calibrated(some_labels(100)).confidence.rising


def test_few_threads_keep_the_shipped_numbers_and_say_how_many_are_needed() -> None:
    found = calibrated(some_labels(7))
    assert found.shortfall == "not calibrated: 7 of about 60 answers"
    assert not found.is_promised
    assert found.confidence == shipped().confidence
    assert found.thresholds == shipped().thresholds


def test_threads_too_few_to_prove_a_bar_leave_the_shipped_one_until_they_contradict_it() -> None:
    clear, unclear = (calibrated(some_labels(30, clarity=clarity)) for clarity in (4.0, 1.0))
    for found in (clear, unclear):
        assert found.confidence.is_calibrated
        assert found.shortfall == "not calibrated: 30 of about 60 answers"
        assert not found.is_promised
    assert clear.thresholds.answer == shipped().thresholds.answer
    assert unclear.thresholds.answer > shipped().thresholds.answer


def test_many_wordings_of_few_threads_are_few() -> None:
    assert calibrated(some_labels(5, each=40)).confidence == shipped().confidence


@pytest.mark.parametrize(("are_right", "kind"), [(True, "right"), (False, "wrong")])
def test_answers_of_one_kind_keep_the_shipped_numbers_and_say_so(
    are_right: bool, kind: str
) -> None:
    found = calibrated(all_of(some_labels(80), are_right=are_right))
    assert f"every answer replayed was {kind}" in found.shortfall
    assert not found.is_promised
    assert found.confidence == shipped().confidence


def test_no_past_answers_at_all_is_a_normal_state() -> None:
    found = calibrated([])
    assert found.shortfall == "not calibrated: 0 of about 60 answers"
    assert found.thresholds == shipped().thresholds
    assert found.judged == ()


def test_labels_that_tell_nothing_apart_promise_nothing() -> None:
    found = calibrated(some_labels(100, clarity=0.0))
    assert not found.is_promised
    assert "no confidence is high enough to promise 90%" in found.shortfall
    assert found.thresholds.answer >= 0.9


def test_a_promise_of_one_is_never_made() -> None:
    found = calibrated(some_labels(100, clarity=5.0), promise=1.0)
    assert not found.is_promised
    assert found.thresholds.answer == 1.0


def test_invented_questions_prove_nothing() -> None:
    labels = some_labels(80)
    foreign = [
        replace(label, origin=Origin.FOREIGN, is_right=False, group=f"f{number}", weight=0.5)
        for number, label in enumerate(some_labels(30, seed=9))
    ]
    found = calibrated([*labels, *foreign])
    assert len(found.judged) == len(labels)
    assert found.counts[Origin.FOREIGN] == 60
    assert found.threads == 80


def test_a_few_labels_leave_the_shipped_direction_as_it_was() -> None:
    before = shipped().confidence
    start = as_fitted(before).coefficient
    after = fit(examples(some_labels(5, clarity=1.0, seed=4), before), before, FITTER).coefficient
    likeness = float(after @ start / np.linalg.norm(after) / np.linalg.norm(start))
    assert likeness > 0.75


def test_no_feature_counts_against_its_direction() -> None:
    before = shipped().confidence
    labels = [replace(one, is_right=not one.is_right) for one in some_labels(60)]
    found = fit(examples(labels, before), before, FITTER)
    for name, value in zip(before.coefficient, found.coefficient, strict=True):
        assert not (name in RISING and value < 0)
        assert not (name in FALLING and value > 0)


def test_what_replay_takes_away_is_not_held_against_notes() -> None:
    labels = [
        replace(label, features={**label.features, "answer": right, "code": 0.0, "form": right})
        for label in some_labels(80, clarity=1.0)
        for right in [float(label.is_right)]
    ]
    before, found = shipped().confidence.coefficient, calibrated(labels).confidence.coefficient
    for name in ("form", "code"):
        assert found[name] / found["answer"] == pytest.approx(before[name] / before["answer"])


def test_what_is_more_likely_wrong_than_right_is_not_sent() -> None:
    labels = some_labels(200, clarity=8.0)
    few_wrong = [one for number, one in enumerate(labels) if one.is_right or number % 20 == 1]
    assert calibrated(few_wrong, promise=0.6).thresholds.answer == 0.5


def test_a_feature_left_out_has_no_say() -> None:
    before = shipped().confidence
    found = fit(examples(some_labels(60), before), before, FITTER, without=["dense"])
    assert found.coefficient[list(before.coefficient).index("dense")] == 0.0


def test_a_thread_is_judged_by_a_model_that_never_saw_it() -> None:
    before = shipped().confidence
    labels = some_labels(40)
    said = out_of_fold(examples(labels, before), before, FITTER)
    lied = [
        replace(one, is_right=not one.is_right) if one.group == "thread 3" else one
        for one in labels
    ]
    own = [number for number, one in enumerate(labels) if one.group == "thread 3"]
    assert out_of_fold(examples(lied, before), before, FITTER)[own] == pytest.approx(said[own])

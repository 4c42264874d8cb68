"""The profile says who sends a topic's answers, the owner chooses, a run of rejections takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from avatar.domain.calibration import TopicEvidence
from avatar.domain.escalations import Verdict
from avatar.domain.judgement import Judgement, Mode
from avatar.learning.modes import (
    Choice,
    Demotion,
    Runs,
    TopicMode,
    Why,
    heard,
    in_force,
    longest_run,
    proposals,
)
from tests.unit.adapters.test_calibration_file import CONFIDENCE, FUSION, MADE, THRESHOLDS
from tests.unit.learning.giving import given

if TYPE_CHECKING:
    from avatar.learning.verdicts import GivenVerdict

from dataclasses import replace

PROFILE = {"notes": Mode.AUTO, "code": Mode.DRAFT}


def after(*said: GivenVerdict) -> Runs:
    runs = Runs()
    for one in said:
        runs = heard(runs, one, promise=0.9)
    return runs


@pytest.mark.parametrize(
    ("promise", "run"),
    [(0.9, 3), (0.8, 5), (0.5, 10), (0.95, 3), (0.97, 2), (0.999, 2), (1.0, 2), (0.0, 2)],
)
def test_a_run_is_as_long_as_chance_makes_in_one_of_a_thousand(promise: float, run: int) -> None:
    assert longest_run(promise) == run
    if 0 < promise < 1 and run > 2:
        assert (1 - promise) ** run <= 0.001 + 1e-12 < (1 - promise) ** (run - 1)


def test_three_rejections_in_a_row_demote_their_topic_alone() -> None:
    said = [given(False, number, at=10.0 * number) for number in (1, 2, 3)]
    assert after(*said[:2]).demoted == {}
    runs = after(given(False, 9, topic="code"), *said)
    assert runs.demoted == {"notes": Demotion(3, 30.0, 3)}


@pytest.mark.parametrize(
    ("between", "demotes"),
    [
        (given(True, 8), False),
        (given(Verdict.EDITED, 8), True),
        (given(Verdict.NOT_HELPFUL, 8), True),
        (given(Verdict.HELPFUL, 8), True),
        (given(True, 8, topic="code"), True),
        (given(True, 8, probability=0.5), True),
    ],
)
def test_only_an_approved_answer_of_the_topic_ends_a_run(
    between: GivenVerdict, *, demotes: bool
) -> None:
    runs = after(given(False, 1), given(False, 2), between, given(False, 3))
    assert bool(runs.demoted) is demotes


def test_rejected_drafts_that_would_not_have_been_sent_are_no_run() -> None:
    assert after(*(given(False, number, probability=0.5) for number in range(9))) == Runs()


def test_the_profile_says_the_mode_until_the_owner_chooses_another() -> None:
    assert list(in_force(PROFILE, [], {})) == [
        TopicMode("notes", Mode.AUTO),
        TopicMode("code", Mode.DRAFT),
    ]
    choices = [
        Choice("notes", Mode.DRAFT, Mode.AUTO, 1.0, 0),
        Choice("code", Mode.AUTO, Mode.DRAFT, 2.0, 0),
        Choice("gone", Mode.DRAFT, Mode.AUTO, 3.0, 0),
    ]
    assert list(in_force(PROFILE, choices, {})) == [
        TopicMode("notes", Mode.DRAFT, Why.CHOSEN, 1.0),
        TopicMode("code", Mode.AUTO, Why.CHOSEN, 2.0),
    ]


def test_a_choice_gives_way_when_the_profile_says_something_new() -> None:
    choice = Choice("notes", Mode.AUTO, Mode.AUTO, 1.0, 0)
    (found, _) = in_force(PROFILE | {"notes": Mode.DRAFT}, [choice], {})
    assert found == TopicMode("notes", Mode.DRAFT)


def test_a_demoted_topic_waits_until_the_owner_gives_it_back() -> None:
    demoted = {"notes": Demotion(5, 7.0, 3), "code": Demotion(5, 7.0, 3)}
    found = list(in_force(PROFILE, [], demoted))
    assert found == [
        TopicMode("notes", Mode.DRAFT, Why.DEMOTED, 7.0),
        TopicMode("code", Mode.DRAFT),
    ]
    before = Choice("notes", Mode.AUTO, Mode.AUTO, 99.0, after=4)
    assert next(iter(in_force(PROFILE, [before], demoted))).mode is Mode.DRAFT
    back = replace(before, at=0.0, after=5)  # whatever the clock says
    assert next(iter(in_force(PROFILE, [back], demoted))).mode is Mode.AUTO


def test_evidence_proposes_topics_that_wait_and_nothing_is_promoted_by_itself() -> None:
    evidence = TopicEvidence("code", 50, 40, 40, 0.94, may_promise=True)
    weak = TopicEvidence("notes", 50, 9, 9, 0.77, may_promise=False)
    made = replace(MADE, topics=(evidence, weak), made_at=100.0)
    topics = [TopicMode("code", Mode.DRAFT), TopicMode("notes", Mode.DRAFT)]
    assert proposals(topics, made) == [evidence]
    assert proposals([TopicMode("code", Mode.AUTO)], made) == []
    assert proposals(topics, None) == []
    assert proposals(topics, replace(made, is_promised=False)) == []
    demoted = [TopicMode("code", Mode.DRAFT, Why.DEMOTED, 101.0)]
    assert proposals(demoted, made) == []
    assert proposals(demoted, replace(made, made_at=102.0)) == [evidence]


def test_an_answer_waits_when_any_of_its_topics_does() -> None:
    judgement = Judgement(FUSION, CONFIDENCE, THRESHOLDS, modes=PROFILE)
    assert judgement.waiting(["notes", "code"]) == "code"
    assert judgement.waiting(["notes", "new"]) == ""
    assert replace(judgement, otherwise=Mode.DRAFT).waiting(["notes", "new"]) == "new"

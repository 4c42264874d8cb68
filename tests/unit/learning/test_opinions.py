from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar.adapters.sklearn_fitter import SklearnFitter
from avatar.domain.calibration import Label, Origin
from avatar.domain.opinion import ASKED, MODEL, NAMES, REFUSED, SUFFICIENT
from avatar.learning.calibration import Wish, analysed, calibrate
from avatar.learning.fitting import examples as as_examples
from avatar.learning.fitting import fit, with_opinion
from avatar.learning.opinions import IN_VAIN, MOST, with_opinions
from avatar.learning.replay import Replayed, Served, Thread
from avatar.learning.worth import GROUPS, worth_of
from tests.unit.learning.opinionated import SHIPPED, labels_with

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar.domain.calibration import Calibration
    from avatar.domain.weights import FusionWeights

FITTER = SklearnFitter()
OPINION = dict.fromkeys(NAMES, 1.0)


@dataclass
class Panel:
    """An examiner whose model answers `knows` of the questions it is asked; `asked` keeps them."""

    knows: int = 1000
    asked: list[str] = field(default_factory=list)

    def look(self, text: str) -> str | None:
        return text

    def serve(self, looked: str, fusion: FusionWeights | None = None) -> Served:
        raise NotImplementedError(looked, fusion)

    def about_nobody(self, looked: str) -> str:
        raise NotImplementedError(looked)

    def opinion(self, looked: str) -> Mapping[str, float]:
        self.asked.append(looked)
        return OPINION if len(self.asked) <= self.knows else {}


def asked_about(labels: list[Label], panel: Panel) -> tuple[list[Label], list[tuple[int, int]]]:
    replayed = [
        Replayed(label.question, label.origin, Thread(label.group, (), ()), label.question)
        for label in labels
    ]
    told: list[tuple[int, int]] = []

    def progress(done: int, total: int, what: str) -> None:
        assert f"at most {MOST}" in what
        told.append((done, total))

    return with_opinions(replayed, labels, panel, SHIPPED, progress), told


def calibrated(labels: list[Label], model: str = "m") -> Calibration:
    return calibrate(labels, SHIPPED, FITTER, Wish(0.9, 1.0, model=model))


def worth_of_the_model(labels: list[Label]) -> tuple[float, float]:
    whole = analysed(calibrated(labels), labels, SHIPPED, FITTER)
    (found,) = (worth for worth in whole.worth if worth.name == "model")
    return found.auroc_with, found.auroc_without


def test_only_so_many_questions_are_put_and_it_is_said_how_far() -> None:
    panel = Panel()
    found, told = asked_about(labels_with(MOST + 50, knows=0.5, asked=0), panel)

    assert len(panel.asked) == MOST
    assert sum(ASKED in label.features for label in found) == MOST
    assert told == [(n, MOST) for n in range(1, MOST + 1)]


def test_questions_near_the_bar_come_first_and_each_gets_its_own_opinion() -> None:
    sure, near = (
        {"dense": 9.0, "window_gap": 9.0},
        {"dense": 1.4, "window_gap": 0.8, "window": 0.6},
    )
    made = [Label(f"sure {n}", "a", Origin.REPLAYED, sure, is_right=True) for n in range(MOST)]
    labels = [*made, Label("near", "b", Origin.REPLAYED, near, is_right=True)]
    panel = Panel()

    found, _ = asked_about(labels, panel)

    assert panel.asked[0] == "near"
    assert found[-1].features == near | OPINION
    assert [label.question for label in found] == [label.question for label in labels]


def test_questions_nobody_asked_are_not_put() -> None:
    invented = [
        replace(label, origin=Origin.FOREIGN, weight=0.5)
        for label in labels_with(5, knows=0.5, asked=0)
    ]
    panel = Panel()

    assert asked_about(invented, panel)[0] == invented
    assert panel.asked == []


def test_a_model_that_falls_silent_is_not_asked_on_and_on() -> None:
    panel = Panel(knows=4)
    found, _ = asked_about(labels_with(50, knows=0.5, asked=0), panel)

    assert len(panel.asked) == 4 + IN_VAIN
    assert sum(ASKED in label.features for label in found) == 4


@pytest.mark.parametrize(
    "labels",
    [
        labels_with(300, knows=0.9, asked=0),
        labels_with(39, knows=0.9),
        labels_with(300, knows=0.9, right=0.0),
        labels_with(300, knows=0.9, right=1.0),
    ],
)
def test_too_few_opinions_teach_nothing(labels: list[Label]) -> None:
    assert with_opinion(SHIPPED.confidence, labels) is SHIPPED.confidence
    assert not calibrated(labels).confidence.coefficient.keys() & set(NAMES)


def test_a_model_that_knows_is_believed_and_its_worth_is_reported() -> None:
    labels = labels_with(300, knows=0.95)
    found = analysed(calibrated(labels, "wise"), labels, SHIPPED, FITTER)

    assert found.confidence.coefficient[SUFFICIENT] > 0
    assert found.confidence.models[MODEL] == "wise"
    ablated = worth_of_the_model(labels)
    assert ablated[0] > 0.9
    assert ablated[0] - ablated[1] > 0.15
    assert found.worth[0].name == "model"


def test_a_model_that_guesses_is_worth_nothing_and_moves_nothing() -> None:
    labels = labels_with(300, knows=0.5)
    found = calibrated(labels)
    with_it, without = worth_of_the_model(labels)

    assert abs(with_it - without) < 0.05
    assert abs(found.confidence.coefficient[SUFFICIENT]) < 0.5


def test_a_model_that_says_the_opposite_is_not_believed_the_other_way_round() -> None:
    found = calibrated(labels_with(300, knows=0.1))

    assert found.confidence.coefficient[SUFFICIENT] == 0
    assert found.confidence.coefficient[REFUSED] <= 0


def test_with_few_threads_the_shipped_caution_stays() -> None:
    few = [
        replace(label, group=f"thread {n % 9}") for n, label in enumerate(labels_with(60, knows=1))
    ]

    assert calibrated(few).confidence == SHIPPED.confidence


def test_questions_without_an_opinion_keep_what_their_evidence_says() -> None:
    labels = labels_with(300, knows=0.95, asked=0.5)
    base = with_opinion(SHIPPED.confidence, labels)
    rows = as_examples(labels, base)
    own = [[*base.coefficient].index(name) for name in NAMES]

    unasked = np.array([ASKED not in label.features for label in labels])
    assert not rows.inputs[unasked][:, own].any()
    assert rows.inputs[~unasked][:, own].any()
    model = fit(rows, base, FITTER)
    assert model.coefficient[[*base.coefficient].index(SUFFICIENT)] > 0


def test_every_feature_belongs_to_one_group() -> None:
    members = [name for group in GROUPS.values() for name in group]

    assert len(members) == len(set(members))
    assert set(members) == {*SHIPPED.confidence.coefficient, *NAMES}


def test_the_model_is_judged_over_the_questions_it_was_asked_about() -> None:
    labels = labels_with(400, knows=0.95, asked=0.4)
    base = with_opinion(SHIPPED.confidence, labels)
    everything = np.ones(len(labels), dtype=bool)

    by_name = {w.name: w for w in worth_of(labels, base, FITTER, everything)}

    assert by_name["model"].auroc_with > 0.9
    assert by_name["words"].auroc_with < by_name["model"].auroc_with

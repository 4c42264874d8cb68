from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from avatar.answering.consult import Terms, consult
from avatar.answering.decide import decide
from avatar.domain.audience import Audience
from avatar.domain.decisions import Answer, Escalate
from avatar.domain.opinion import AGREEMENT, ASKED, MODEL, NAMES, REFUSED, SUFFICIENT, VERIFIED
from avatar.errors import ModelUnavailableError
from tests.fakes.model import FakeModel, asks_for_a_verdict
from tests.unit.answering.consulting import BOB, THRESHOLDS, WEIGHTS, a_case, consulted
from tests.unit.answering.making import a_chunk, a_past_answer, an_intent, some_evidence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar.answering.decide import Case
    from avatar.domain.prompts import Prompt

RETRIES = "The client retries a request 5 times."
INTENT = an_intent("How many times does the client retry a request?")
EVIDENCE = some_evidence(INTENT, a_chunk(f"{RETRIES} It waits 2 seconds between retries."))
GOOD = FakeModel.saying((RETRIES, [1]), quote=RETRIES)
OPINION = {ASKED: -1.0, SUFFICIENT: 2.0, AGREEMENT: 1.0, VERIFIED: 1.0, REFUSED: -1.0}
FITTED = replace(
    WEIGHTS,
    coefficient={**WEIGHTS.coefficient, **OPINION},
    mean={**WEIGHTS.mean, **dict.fromkeys(OPINION, 0.0)},
    scale={**WEIGHTS.scale, **dict.fromkeys(OPINION, 1.0)},
    models={MODEL: "fake"},
    is_calibrated=True,
)
"""What a calibration may come to: the best opinion adds 3 to the log-odds, the worst takes 2."""


def outcome(case: Case) -> Answer | Escalate:
    found = decide(case, THRESHOLDS, owner="Dana")
    assert isinstance(found, Answer | Escalate)
    return found


def codes(case: Case) -> list[str]:
    return [reason.code for reason in case.confidence.reasons]


def test_a_good_opinion_leaves_confidence_as_it_was_and_is_on_record() -> None:
    case = consulted(GOOD, INTENT, EVIDENCE, sure=0.9)

    assert case.confidence.probability == pytest.approx(0.9)
    assert case.confidence.features[SUFFICIENT] == 1
    answer = outcome(case)
    assert isinstance(answer, Answer)
    assert (answer.text, answer.by) == (f"{RETRIES} [1]", "fake")


@pytest.mark.parametrize(
    ("model", "code"),
    [
        (FakeModel.saying((RETRIES, [1]), sufficient=False), "model-insufficient"),
        (FakeModel.saying((RETRIES, [1]), quote="50 times"), "model-insufficient"),
        (FakeModel.saying(answerable=False, sufficient=False), "model-refused"),
        (FakeModel.saying(("The client e-mails Ana.", [1]), quote=RETRIES), "model-unsupported"),
    ],
)
def test_what_a_model_doubts_goes_to_the_owner_with_the_reason(model: FakeModel, code: str) -> None:
    case = consulted(model, INTENT, EVIDENCE, sure=0.75)

    assert case.confidence.probability < 0.7
    assert code in codes(case)
    assert isinstance(outcome(case), Escalate)


def test_one_doubt_does_not_outweigh_very_good_evidence() -> None:
    case = consulted(FakeModel.saying((RETRIES, [1])), INTENT, EVIDENCE, sure=0.97)

    assert case.confidence.probability == pytest.approx(0.878, abs=0.001)
    assert isinstance(outcome(case), Answer)


def test_a_model_that_says_different_things_each_time_is_doubted() -> None:
    said = iter(["5 times", "6 times", "7 times"])

    def moody(prompt: Prompt) -> Mapping[str, object]:
        if asks_for_a_verdict(prompt):
            return {"quote": RETRIES, "sufficient": True}
        text = f"The client retries a request {next(said)}."
        return {"answerable": True, "sentences": [{"text": text, "cites": [1]}]}

    case = consulted(FakeModel(moody), INTENT, EVIDENCE, sure=0.75)

    assert case.confidence.features[AGREEMENT] == 0.5
    assert case.confidence.features[VERIFIED] == pytest.approx(1 / 3)
    assert isinstance(outcome(case), Escalate)


def test_a_lying_model_never_brings_an_answer_over_the_bar() -> None:
    liar = FakeModel.saying((RETRIES, [1]), quote=RETRIES)

    for sure in (0.3, 0.5, 0.69):
        case = consulted(liar, INTENT, EVIDENCE, sure=sure)
        assert case.confidence.probability == pytest.approx(sure)
        assert isinstance(outcome(case), Escalate)


@pytest.mark.parametrize(("sure", "calls"), [(0.1, 0), (0.5, 1), (0.8, 4), (0.995, 1)])
def test_an_opinion_is_only_asked_for_where_it_can_change_the_decision(
    sure: float, calls: int
) -> None:
    model = FakeModel.saying((RETRIES, [1]), quote=RETRIES)

    consulted(model, INTENT, EVIDENCE, sure=sure)

    assert len(model.asked) == calls


def test_a_matter_for_the_owner_is_no_matter_for_a_model() -> None:
    model = FakeModel.saying((RETRIES, [1]), quote=RETRIES)
    promised = an_intent(INTENT.text, policy=("commitment",))

    consulted(model, promised, EVIDENCE, sure=0.9)

    assert model.asked == []


def test_a_past_answer_is_doubted_like_any_other_passage_and_keeps_its_words() -> None:
    evidence = some_evidence(INTENT, a_past_answer("Five times. Never more."))
    doubting = FakeModel.saying(answerable=False, sufficient=False)

    case = consulted(doubting, INTENT, evidence, sure=0.75)

    assert isinstance(outcome(case), Escalate)
    trusting = consulted(FakeModel.saying(("Never.", [1])), INTENT, evidence, sure=0.99)
    assert trusting.composed is not None
    assert trusting.composed.text.startswith("Five times. Never more.")


@pytest.mark.parametrize("model", [FakeModel(), None])
def test_a_model_that_is_absent_or_down_leaves_the_evidences_own_confidence(
    model: FakeModel | None,
) -> None:
    case = consulted(model, INTENT, EVIDENCE, sure=0.9)

    assert case == a_case(INTENT, EVIDENCE, sure=0.9)


def test_a_model_that_writes_nonsense_is_no_ground_to_answer() -> None:
    case = consulted(FakeModel(lambda _: {}), INTENT, EVIDENCE, sure=0.9)

    assert isinstance(outcome(case), Escalate)
    assert case.composed is not None
    assert case.composed.text.startswith(RETRIES)


def test_what_the_reader_may_not_read_is_not_shown_for_an_opinion() -> None:
    private = a_chunk("The secret project is called Orion.", "b", audience=Audience.groups(["hr"]))
    evidence = some_evidence(INTENT, private, a_chunk(RETRIES))
    model = FakeModel.saying((RETRIES, [1]), quote=RETRIES)

    consulted(model, INTENT, evidence, sure=0.9)

    assert len(model.asked) == 4
    assert "Orion" not in "".join(asked.user + asked.system for asked in model.asked)


def test_a_fitted_opinion_can_bring_an_answer_over_the_bar() -> None:
    case = consulted(GOOD, INTENT, EVIDENCE, sure=0.5, weights=FITTED)

    assert case.confidence.probability == pytest.approx(0.953, abs=0.001)
    assert case.confidence.is_calibrated
    assert codes(case)[0] == "model-sufficient"
    assert isinstance(outcome(case), Answer)


@pytest.mark.parametrize(
    "model", [FakeModel(), None, FakeModel.saying((RETRIES, [1]), quote=RETRIES, name="other")]
)
def test_without_the_model_it_was_fitted_with_confidence_promises_nothing(
    model: FakeModel | None,
) -> None:
    case = consulted(model, INTENT, EVIDENCE, sure=0.8, weights=FITTED)

    assert isinstance(outcome(case), Escalate)
    assert codes(case)[0] == "model-silent"
    assert not case.confidence.features.keys() & set(NAMES)


def test_where_no_opinion_could_bring_an_answer_none_is_given_without_one() -> None:
    against_all = replace(FITTED, coefficient={**FITTED.coefficient, ASKED: -9.0})

    case = consulted(None, INTENT, EVIDENCE, sure=0.8, weights=against_all)

    assert isinstance(outcome(case), Escalate)
    assert case.confidence.probability < 0.1
    assert "model-silent" not in codes(case)


def test_a_model_that_is_slow_for_some_drafts_still_writes() -> None:
    def slow(prompt: Prompt) -> Mapping[str, object]:
        if asks_for_a_verdict(prompt) or prompt.temperature:
            raise ModelUnavailableError("The model is too slow.")
        return {"answerable": True, "sentences": [{"text": RETRIES, "cites": [1]}]}

    case = consulted(FakeModel(slow), INTENT, EVIDENCE, sure=0.9)

    assert case.composed is not None
    assert case.composed.by == "fake"
    assert case.confidence.probability == 0.9


def test_reasons_are_told_in_the_askers_language() -> None:
    intent = an_intent("客户端重试几次？")
    evidence = some_evidence(intent, a_chunk("客户端最多重试 5 次。"))
    doubting = FakeModel.saying(answerable=False, sufficient=False)

    case = consulted(doubting, intent, evidence, sure=0.8)

    assert "语言模型认为这些段落里没有答案" in [r.text for r in case.confidence.reasons]


def test_without_time_no_opinion_is_asked_for() -> None:
    model = FakeModel.saying((RETRIES, [1]), quote=RETRIES)
    case = a_case(INTENT, EVIDENCE, sure=0.9)

    assert consult(case, model, Terms(THRESHOLDS, WEIGHTS, 0.0), reader=BOB) == case
    assert model.asked == []

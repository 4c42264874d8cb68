"""A language model's opinion through the whole stand-in, on fakes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from avatar.answering.decide import APPROVAL
from avatar.domain.audience import Audience
from avatar.domain.decisions import Answer, Escalate
from avatar.domain.judgement import Mode
from avatar.domain.opinion import NAMES, REFUSED, SUFFICIENT
from avatar.examiner import Consulted, EvidenceExaminer
from tests.fakes.model import FakeModel
from tests.unit.test_standin_decisions import ASKED, KEY, Office

DOUBTING = FakeModel.saying(answerable=False, sufficient=False)


@pytest.fixture
def office() -> Office:
    """Give an office whose evidence alone is sure enough, and not beyond all doubt."""
    made = Office()
    made.knows("notes/webhooks.md", KEY)
    made.knows("notes/deploy.md", "We deploy from main with `make ship`.")
    sure = made.standin.handle(made.question(ASKED), record=False).confidence.probability
    bar = replace(made.judgement.thresholds, answer=sure - 0.02, answer_crossing=sure)
    made.judgement = replace(made.judgement, thresholds=bar)
    assert isinstance(made.standin.handle(made.question(ASKED)).decision, Answer)
    return made


def test_what_the_model_doubts_goes_to_the_owner_as_a_draft_and_on_record(office: Office) -> None:
    office.model = DOUBTING

    outcome = office.standin.handle(office.question(ASKED))

    assert isinstance(outcome.decision, Escalate)
    assert outcome.decision.draft is not None
    assert "make rotate-key" in outcome.decision.draft.text
    assert "model-insufficient" in [reason.code for reason in outcome.confidence.reasons]
    entry = office.journal.recent(1)[0]
    assert entry.features[REFUSED] == 1
    assert entry.features[SUFFICIENT] == 0
    assert entry.probability == outcome.confidence.probability


def test_a_model_that_finds_everything_sufficient_changes_no_decision(office: Office) -> None:
    office.knows("notes/gateway.md", "The gateway has a webhook for billing.")
    asked = "Which port does the billing webhook listen on?"
    alone = office.standin.handle(office.question(asked), record=False)
    office.model = FakeModel.saying(
        ("The gateway has a webhook for billing.", [1]), quote="webhook for billing"
    )

    outcome = office.standin.handle(office.question(asked), record=False)

    assert outcome.confidence.probability <= alone.confidence.probability
    assert isinstance(outcome.decision, type(alone.decision))


def test_drafts_that_wait_for_the_owner_carry_the_opinion_too(office: Office) -> None:
    office.model = FakeModel.saying((KEY, [1]), quote="make rotate-key")
    office.judgement = replace(office.judgement, otherwise=Mode.DRAFT)

    outcome = office.standin.handle(office.question(ASKED))

    assert isinstance(outcome.decision, Escalate)
    assert [reason.code for reason in outcome.decision.reasons][:1] == [APPROVAL]
    assert outcome.confidence.features[SUFFICIENT] == 1


def test_when_the_model_is_down_the_answer_goes_out_as_without_one(office: Office) -> None:
    office.model = FakeModel()

    outcome = office.standin.handle(office.question(ASKED))

    assert isinstance(outcome.decision, Answer)
    assert not outcome.confidence.features.keys() & set(NAMES)


def test_calibration_asks_for_the_same_opinion_about_the_same_passages(office: Office) -> None:
    model = FakeModel.saying((KEY, [1]), quote="make rotate-key")
    office.model = model
    outcome = office.standin.handle(office.question(ASKED))
    shown = [asked.user.count("passage 1 begins") for asked in model.asked]

    opinion = examiner_of(office, model).opinion

    looked = examiner_of(office, model).look(ASKED)
    assert looked is not None
    assert opinion(looked) == {name: outcome.confidence.features[name] for name in NAMES}
    assert [asked.user.count("passage 1 begins") for asked in model.asked[4:]] == shown


def test_without_a_model_or_passages_an_examiner_has_no_opinion(office: Office) -> None:
    alone, looked = examiner_of(office, None), examiner_of(office, None).look(ASKED)
    assert looked is not None
    assert alone.opinion(looked) == {}
    empty = Office()
    empty.knows("notes/hr.md", KEY, Audience.owner_only())
    nothing = examiner_of(empty, DOUBTING).look(ASKED)
    assert nothing is not None
    assert examiner_of(empty, DOUBTING).opinion(nothing) == {}


def examiner_of(office: Office, model: FakeModel | None) -> EvidenceExaminer:
    question = office.question(ASKED)
    return EvidenceExaminer(
        office.retriever,
        question.reader,
        office.judgement.fusion,
        Consulted(model, 5.0) if model else None,
    )

"""What is kept is for nobody more than its question and its sources allow."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar.domain.audience import Audience
from avatar.domain.chunks import Span
from avatar.domain.escalations import Escalation, EscalationState, Verdict
from avatar.errors import InvalidInputError, StateUnwritableError
from avatar.learning.answer_file import parse
from avatar.learning.past_answers import PastAnswers, question_forms
from tests.contracts.inbox import an_asker, an_escalation
from tests.fakes.answers_folder import MemoryAnswersFolder
from tests.fakes.clock import FakeClock

CORE, WEB = Audience.groups(["core"]), Audience.groups(["web"])
NAMES = ["core", "web", "qa"]


def secret_lines(text: str) -> list[tuple[int, str]]:
    lines = enumerate(text.split("\n"), start=1)
    return [(number, "password") for number, line in lines if "hunter2" in line]


@pytest.fixture
def folder() -> MemoryAnswersFolder:
    return MemoryAnswersFolder()


@pytest.fixture
def past_answers(folder: MemoryAnswersFolder) -> PastAnswers:
    return PastAnswers(folder, FakeClock(), secret_lines=secret_lines)


def answered(**changes: object) -> Escalation:
    return replace(
        an_escalation(an_asker("q1", text="How to rotate the key?")),
        **{  # type: ignore[arg-type]
            "escalation_id": "abcd2345",
            "state": EscalationState.ANSWERED,
            "reply": "Run `rotate`.\n\nThen restart.",
            "verdict": Verdict.OWN_ANSWER,
            **changes,
        },
    )


def test_a_kept_reply_reads_back_from_its_file(
    past_answers: PastAnswers, folder: MemoryAnswersFolder
) -> None:
    kept = past_answers.keep(answered())
    assert parse(folder.files[kept.path]).past_answer == kept.answer
    assert kept.answer.questions == ("How to rotate the key?",)
    assert kept.answer.answer == "Run `rotate`.\n\nThen restart."
    assert kept.answer.audience == Audience.everyone()
    assert kept.answer.answered_at == FakeClock().now()
    assert kept.answer.escalation_id == "abcd2345"


@pytest.mark.parametrize(
    ("verdict", "rests"),
    [
        (Verdict.APPROVED, True),
        (Verdict.EDITED, True),
        (Verdict.REJECTED, False),
        (Verdict.OWN_ANSWER, False),
    ],
)
def test_only_a_draft_that_was_used_makes_it_rest_on_lines(
    past_answers: PastAnswers, verdict: Verdict, rests: bool
) -> None:
    spans = (Span("notes/a.md", 3, 4, "ab" * 32),)
    kept = past_answers.keep(answered(verdict=verdict, draft_spans=spans))
    assert kept.answer.rests_on == (spans if rests else ())


def test_a_wider_audience_is_refused_and_the_widest_is_named(
    past_answers: PastAnswers, folder: MemoryAnswersFolder
) -> None:
    for wanted in (Audience.everyone(), WEB, Audience.groups(["core", "web"])):
        with pytest.raises(InvalidInputError, match="allow core at most"):
            past_answers.keep(answered(audience=CORE), audience=wanted)
    assert folder.files == {}
    assert past_answers.keep(answered(audience=CORE)).answer.audience == CORE


def test_the_owner_may_narrow_the_audience(past_answers: PastAnswers) -> None:
    kept = past_answers.keep(answered(), audience=Audience.owner_only())
    assert kept.answer.audience == Audience.owner_only()


@given(st.sets(st.sampled_from(NAMES)), st.sets(st.sampled_from([*NAMES, "everyone"])))
def test_nothing_is_ever_kept_for_more_people_than_allowed(
    allowed: set[str], wanted: set[str]
) -> None:
    past_answers = PastAnswers(MemoryAnswersFolder(), FakeClock(), secret_lines=secret_lines)
    escalation = answered(audience=Audience.groups(allowed))
    try:
        kept = past_answers.keep(escalation, audience=Audience.parse(",".join(wanted)))
    except InvalidInputError:
        assert not wanted <= allowed
    else:
        assert kept.answer.audience.within(escalation.audience)


def test_question_forms_are_the_wordings_its_readers_may_see() -> None:
    escalation = an_escalation(
        an_asker("q1", text="How to\nrotate?", place=CORE),
        an_asker("q2", text="how to rotate?", place=CORE),
        an_asker("q3", text="Rotation, how?"),
        an_asker("q4", text="  ", place=CORE),
        an_asker("q5", text="Of the web team", place=WEB),
    )
    assert question_forms(escalation, CORE) == ("How to rotate?", "Rotation, how?")
    assert question_forms(escalation, Audience.everyone()) == ("Rotation, how?",)
    hidden = replace(escalation, waiting=escalation.waiting[4:], text="its text")
    assert question_forms(hidden, CORE) == ("its text",)


@pytest.mark.parametrize(
    "escalation",
    [
        answered(state=EscalationState.PENDING),
        answered(reply=" "),
        answered(state=EscalationState.DISMISSED),
    ],
)
def test_what_was_not_answered_cannot_be_kept(
    past_answers: PastAnswers, escalation: Escalation
) -> None:
    with pytest.raises(InvalidInputError, match="no reply to keep"):
        past_answers.keep(escalation)


def test_a_secret_is_not_kept(past_answers: PastAnswers, folder: MemoryAnswersFolder) -> None:
    with pytest.raises(InvalidInputError, match="line 2") as told:
        past_answers.keep(answered(reply="Log in:\nhunter2"))
    assert "hunter2" not in str(told.value)
    with pytest.raises(InvalidInputError, match="secret"):
        past_answers.teach(["is hunter2 it?"], "no", CORE)
    assert folder.files == {}


def test_a_taught_answer_is_kept_under_its_first_question(
    past_answers: PastAnswers, folder: MemoryAnswersFolder
) -> None:
    kept = past_answers.teach(
        ["怎么发布？", "How to release?", "how to  release?"], "Tag it.", CORE
    )
    assert kept.answer.questions == ("怎么发布？", "How to release?")
    assert kept.answer.audience == CORE
    assert list(folder.files) == [kept.path]


@pytest.mark.parametrize(("questions", "answer"), [([], "a"), ([" "], "a"), (["q?"], " \n")])
def test_teaching_needs_a_question_and_an_answer(
    past_answers: PastAnswers, questions: list[str], answer: str
) -> None:
    with pytest.raises(InvalidInputError, match="at least one question"):
        past_answers.teach(questions, answer, CORE)


def test_a_full_disk_is_told(past_answers: PastAnswers, folder: MemoryAnswersFolder) -> None:
    folder.is_full = True
    with pytest.raises(StateUnwritableError):
        past_answers.keep(answered())


def test_the_marks_of_a_drafts_sources_are_not_kept(past_answers: PastAnswers) -> None:
    reply = "Run `rotate`. [1]\n\nThen restart `pods[1]`. [2]"

    kept = past_answers.keep(answered(verdict=Verdict.APPROVED, reply=reply))
    own = past_answers.keep(answered(verdict=Verdict.OWN_ANSWER, reply=reply))

    assert kept.answer.answer == "Run `rotate`.\n\nThen restart `pods[1]`."
    assert own.answer.answer == reply

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar.learning.evaluation import (
    FOR_ERROR,
    OF_EACH_KIND,
    Expected,
    Result,
    Trial,
    evaluate,
    result_of,
)


@pytest.mark.parametrize(
    ("wanted", "paths", "texts", "holds"),
    [
        ("notes/a.md", ["notes/a.md"], [], True),
        ("a.md", ["notes/a.md"], [], True),
        ("a.md", ["notes/aa.md"], [], False),
        ("notes/", ["notes/deep/a.md"], [], True),
        ("notes/", ["code/notes.py"], [], False),
        ("make rotate-key", [], ["Run  Make\nRotate-Key."], True),
        ("ｗｅｂｈｏｏｋ", [], ["a webhook"], True),
        ("值班电话", [], ["值班电话写在手册第一页。"], True),
        ("five", ["notes/a.md"], ["six"], False),
    ],
)
def test_an_answer_is_right_by_its_place_or_its_words(
    wanted: str, paths: list[str], texts: list[str], holds: bool
) -> None:
    assert Expected((wanted,)).holds(paths, texts) is holds


def test_any_of_what_is_expected_will_do_and_nothing_expected_is_never_held() -> None:
    assert Expected(("b.md", "a.md")).holds(["a.md"], [])
    assert Expected().is_unknown
    assert not Expected().holds(["a.md"], ["words"])


@pytest.mark.parametrize(
    ("answers", "decision", "is_right", "result"),
    [
        (("a",), "answer", True, Result.RIGHT),
        (("a",), "answer", False, Result.WRONG),
        ((), "answer", False, Result.WRONG),
        (("a",), "escalate", True, Result.MISSED),
        ((), "escalate", False, Result.HANDED_OVER),
        (("a",), "clarify", True, Result.ASKED_BACK),
    ],
)
def test_a_decision_is_worth_what_was_expected_of_it(
    answers: tuple[str, ...], decision: str, is_right: bool, result: Result
) -> None:
    assert result_of(Expected(answers), decision=decision, is_right=is_right) is result


def trials(right: int, wrong: int, handed_over: int = 0) -> list[Trial]:
    return [
        *[Trial(Result.RIGHT, 0.9, would_be_right=True)] * right,
        *[Trial(Result.WRONG, 0.8, would_be_right=False)] * wrong,
        *[Trial(Result.HANDED_OVER, 0.1, would_be_right=False)] * handed_over,
    ]


def test_figures_are_those_of_the_questions() -> None:
    found = evaluate(trials(18, 2, 20), [True] * 20 + [False] * 20, 0.95)
    assert (found.asked, found.precision, found.coverage, found.known) == (40, 0.9, 0.5, 0.5)
    assert found.results[Result.HANDED_OVER] == 20
    assert found.is_broken
    assert found.chance == pytest.approx(0.2642, abs=1e-4)  # 1 - binomial(0 or 1 of 20, .05)
    assert found.lower_bound < 0.9
    assert found.auroc == 1.0
    assert found.error is not None


def test_of_few_questions_nothing_more_is_said_than_they_tell() -> None:
    few = evaluate(trials(OF_EACH_KIND, OF_EACH_KIND - 1), [True] * 9, 0.9)
    assert few.auroc is None
    assert few.error is None
    assert evaluate(trials(FOR_ERROR, 0), [True] * FOR_ERROR, 0.9).error is not None


def test_without_answers_no_promise_is_broken() -> None:
    for found in (evaluate([], [], 0.9), evaluate(trials(0, 0, 3), [False] * 3, 0.9)):
        assert found.precision == 1.0
        assert found.coverage == 0.0
        assert not found.is_broken


@given(st.integers(0, 30), st.integers(0, 30), st.floats(0.5, 0.99))
def test_the_bound_never_lies_above_what_was_seen(right: int, wrong: int, promise: float) -> None:
    found = evaluate(trials(right, wrong), [True] * (right + wrong), promise)
    assert found.lower_bound <= found.precision
    assert found.is_broken is (found.precision < promise)
    assert 0 <= found.chance <= 1

"""Plain arithmetic on the weights, and reasons that name only what may be named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar.answering import confidence, features, weights
from avatar.answering.confidence import as_asked, contributions, judge, logistic
from avatar.domain.evidence import Evidence, Passage
from avatar.domain.weights import ConfidenceWeights
from tests.unit.answering.retrieved import ask, chunk, evidence

if TYPE_CHECKING:
    from avatar.domain.decisions import Confidence

FUSION, SHIPPED, _thresholds = weights.load()
SIMPLE = ConfidenceWeights(
    0.5, {"dense": 1.0}, {"dense": 2.0}, {"dense": 3.0, "absent": 9.0}, is_calibrated=True
)


def judged(
    question: str, *passages: Passage, frequency: dict[str, int] | None = None
) -> Confidence:
    asked = ask(question)
    found: Evidence = evidence(passages, frequency)
    return judge(features.compute(asked, found, FUSION), found, asked, SHIPPED)


def said(result: Confidence, code: str) -> str:
    return next((reason.text for reason in result.reasons if reason.code == code), "")


def test_the_probability_is_a_logistic_of_standardised_features() -> None:
    simple = ConfidenceWeights(0.5, {"dense": 1.0}, {"dense": 2.0}, {"dense": 3.0})
    assert contributions({"dense": 2.0}, simple) == {"dense": 1.5}
    found = evidence([Passage(chunk("a.md", "x"), 1.0, {})])
    assert judge({"dense": 2.0}, found, ask("x y z"), simple).probability == pytest.approx(
        1 / (1 + 2.718281828**-2.0)
    )


def test_an_extreme_feature_is_clipped_and_an_absent_one_is_silent() -> None:
    assert contributions({"dense": 1e9}, SIMPLE) == {"dense": 12.0}
    assert contributions({}, SIMPLE) == {}


def test_whether_it_was_fitted_on_the_owners_questions_is_told() -> None:
    found = evidence([Passage(chunk("a.md", "x"), 1.0, {})])
    assert judge({}, found, ask("x y"), SIMPLE).is_calibrated
    assert judge({}, evidence([]), ask("x y"), SIMPLE).is_calibrated
    assert not judge({}, found, ask("x y"), SHIPPED).is_calibrated


@given(st.floats(-1e6, 1e6))
def test_a_probability_is_a_probability(log_odds: float) -> None:
    assert 0.0 <= logistic(log_odds) <= 1.0


def test_nothing_found_is_no_confidence() -> None:
    result = judged("where is the log")
    assert result.probability == 0.0
    assert result.reasons[0].code == "nothing-found"


def test_better_evidence_gives_more_confidence() -> None:
    good = Passage(
        chunk("a.md", "The gateway will retry three times."),
        1.0,
        {"lexical": 9.0, "use": 0.6, "minilm": 0.8},
    )
    poor = Passage(
        chunk("b.md", "Lunch is at noon."), 0.2, {"lexical": 0.0, "use": 0.0, "minilm": 0.0}
    )
    question = "how often does the gateway retry"
    known = {"often": 9, "gateway": 3, "retry": 3}
    sure = judged(question, good, poor, frequency=known).probability
    unsure = judged(question, poor, frequency=known).probability
    assert sure > 2 * unsure


def test_an_identifier_that_occurs_nowhere_is_named() -> None:
    found = Passage(chunk("a.md", "error codes of the gateway"), 1.0, {"use": 0.4})
    result = judged("what does E1234 mean?", found)
    assert "I know nothing that mentions the identifier `E1234`" in said(
        result, "identifier-unknown"
    )
    assert "`E1234`" in said(judged("E1234 是什么意思", found), "identifier-unknown")


def test_an_identifier_in_another_passage_is_told_apart() -> None:
    first = Passage(chunk("a.md", "error codes of the gateway"), 1.0, {"use": 0.4})
    second = Passage(chunk("b.md", "E1234 and E77: disk full"), 0.5, {"use": 0.3})
    result = judged("what do E1234 and E77 mean?", first, second)
    assert "`E1234`, `E77`" in said(result, "identifier-elsewhere")


def test_words_nobody_wrote_are_named_as_they_were_asked() -> None:
    found = Passage(chunk("a.md", "the gateway retries"), 1.0, {"use": 0.3, "minilm": 0.3})
    result = judged("Does the gateway speak Esperantos?", found, frequency={"gateway": 3})
    assert "Esperantos" in said(result, "words-unknown")


def test_chinese_words_are_joined_again() -> None:
    found = Passage(chunk("a.md", "网关会重试三次"), 1.0, {"use": 0.3})
    result = judged("网关支持量子加密吗", found, frequency={"网关": 3})
    assert "量子加密" in said(result, "words-unknown")
    assert as_asked(["密"], "密") == "密"
    assert as_asked(["无"], "密") == "无"


def test_words_the_best_passage_lacks_are_named() -> None:
    found = Passage(chunk("a.md", "the gateway retries"), 1.0, {"use": 0.2, "minilm": 0.2})
    known = {"gateway": 3, "quota": 2, "bill": 2}
    result = judged("quota of billing", found, frequency=known)
    assert "quota" in said(result, "words-missing")


def test_everything_held_is_said() -> None:
    found = Passage(chunk("a.md", "the gateway will retry"), 1.0, {"use": 0.6, "minilm": 0.8})
    result = judged("gateway retry", found, frequency={"gateway": 3, "retry": 3})
    assert said(result, "words-covered")
    assert said(result, "close-passage")


def test_a_past_answer_worded_alike_is_said() -> None:
    def answer(likeness: float) -> Passage:
        return Passage(
            chunk("a.md", "Three times.", asked="How often does it retry?"),
            1.0,
            {"use": 0.5, "use-q": likeness, "minilm": 0.5, "minilm-q": likeness},
        )

    assert said(judged("How often does it retry?", answer(0.98)), "past-answer-same")
    assert said(judged("retry how often?", answer(0.6)), "past-answer-like")


def test_a_past_answer_in_another_language_is_never_called_word_for_word() -> None:
    asked = "How often does it retry?"
    found = Passage(chunk("a.md", "Three times.", asked=asked), 1.0, {"use": 0.5, "use-q": 0.9})
    assert said(judged("它多久重试一次？", found), "past-answer-like")


def test_far_passages_are_called_far() -> None:
    found = Passage(chunk("a.md", "lunch is at noon"), 0.1, {"use": 0.05, "minilm": 0.05})
    assert said(judged("gateway retry", found), "nothing-close")


def test_rivals_are_named_by_their_place() -> None:
    one = Passage(chunk("a.md", "retry gateway twice"), 1.0, {"use": 0.5, "minilm": 0.6})
    two = Passage(chunk("b.md", "retry gateway thrice"), 0.99, {"use": 0.5, "minilm": 0.6})
    assert said(judged("gateway retry", one, two), "several-close").endswith("a.md, b.md")


def test_a_passage_in_another_language_is_said() -> None:
    found = Passage(chunk("a.md", "the gateway retries"), 1.0, {"use": 0.3})
    result = judged("网关会重试吗", found)
    assert "不是同一种语言" in said(result, "crossed-languages")


def test_reasons_come_strongest_first_and_few() -> None:
    found = Passage(chunk("a.md", "the gateway"), 1.0, {"use": 0.1, "minilm": 0.1})
    result = judged("does E1234 of `nope_x` break the esperanto gateway?", found)
    strengths = [abs(reason.weight) for reason in result.reasons]
    assert strengths == sorted(strengths, reverse=True)
    assert len(strengths) <= confidence.REASONS_AT_MOST


def test_every_reason_is_worded_in_both_languages() -> None:
    for english, chinese in confidence.TEXTS.values():
        assert english.isascii()
        assert not chinese.isascii()
        assert ("{names}" in english) is ("{names}" in chinese)

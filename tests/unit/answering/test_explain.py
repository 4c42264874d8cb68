from __future__ import annotations

from dataclasses import replace

import pytest

from avatar.answering.confidence import TEXTS
from avatar.answering.decide import APPROVAL
from avatar.answering.explain import RAISED_BY, SAID_BY, STRONGEST, raised_by, raising, strongest
from avatar.answering.feature_words import ABSENT, WORDS, feature_words
from avatar.answering.features import NAMES
from avatar.answering.policy import PolicyCode
from avatar.answering.weights import load
from avatar.domain import opinion
from avatar.domain.decisions import Reason
from avatar.domain.journal import OutcomeKind
from avatar.domain.questions import Language
from avatar.domain.terms import HAN_RUN
from tests.contracts.journal import an_entry

EN, ZH = Language.ENGLISH, Language.CHINESE
WEIGHTS = load()[1]
UNSURE = Reason("low-confidence", "I am 40% sure")


def usual(**changes: float) -> dict[str, float]:
    """Features of which none says anything, but for these, in deviations."""
    return {
        name: WEIGHTS.mean[name] + WEIGHTS.scale[name] * changes.get(name, 0.0)
        for name in WEIGHTS.coefficient
    }


def test_the_strongest_reasons_come_first_and_a_conclusion_is_none() -> None:
    weak, strong = Reason("close-passage", "near", 0.3), Reason("words-unknown", "odd", -2.0)
    found = strongest(an_entry(reasons=(UNSURE, weak, strong), features=usual()), WEIGHTS, EN)
    assert found == (strong, weak)


def test_a_rule_that_decided_comes_before_the_evidence() -> None:
    rule = Reason("contradiction", "earlier answers do not agree")
    seen = Reason("close-passage", "near", 3.0)
    assert strongest(an_entry(reasons=(seen, rule), features={}), WEIGHTS, EN)[0] is rule


def test_what_the_evidence_says_besides_fills_up_to_three() -> None:
    near = Reason("past-answer-like", "like one", 1.5)
    features = usual(form=2, dense=3, support=3, window_gap=3)
    found = strongest(an_entry(reasons=(near,), features=features), WEIGHTS, EN)
    assert len(found) == STRONGEST
    assert found[0] is near
    assert [reason.code for reason in found[1:]] == ["sign-window_gap", "sign-support"]
    assert found[1].text == "lead of those two sentences over other passages' speaks for it"
    assert found[2].text == "other documents that come as close speaks against it"
    in_chinese = strongest(an_entry(reasons=(near,), features=features), WEIGHTS, ZH)
    assert in_chinese[1].text == "这两句领先其他段落的程度支持这个回答"


def test_the_parts_of_a_models_opinion_are_no_signs_of_their_own() -> None:
    features = usual(support=3) | dict.fromkeys(opinion.NAMES, 1.0)
    fitted = replace(
        WEIGHTS,
        coefficient={**WEIGHTS.coefficient, **dict.fromkeys(opinion.NAMES, 3.0)},
        mean={**WEIGHTS.mean, **dict.fromkeys(opinion.NAMES, 0.0)},
        scale={**WEIGHTS.scale, **dict.fromkeys(opinion.NAMES, 0.5)},
    )
    found = strongest(an_entry(reasons=(), features=features), fitted, EN)
    assert [reason.code for reason in found] == ["sign-support"]


def test_no_evidence_is_not_filled_up_with_nothing() -> None:
    nothing = Reason("nothing-found", "nothing speaks of this", -1.0)
    assert strongest(an_entry(reasons=(nothing,), features={}), WEIGHTS, EN) == (nothing,)


def test_what_is_missing_by_name_would_have_raised_it() -> None:
    reasons = (UNSURE, Reason("identifier-unknown", "…", -1.0, "the identifier `E1234`"))
    found = raising(an_entry(reasons=reasons, features={}), EN, is_calibrated=True)
    assert found == (
        "a note that mentions the identifier `E1234`",
        "a past answer to this very question",
    )
    assert raised_by((Reason("words-unknown", "…", -1.0, "flurb"),), ZH) == (
        "一条提到 flurb 的笔记",
    )


def test_where_nothing_was_fitted_calibrating_would_help() -> None:
    (*_, last) = raising(an_entry(reasons=(UNSURE,), features={}), EN, is_calibrated=False)
    assert "avatar calibrate" in last


def test_a_past_answer_that_was_like_it_need_not_be_given_again() -> None:
    entry = an_entry(reasons=(UNSURE,), features={"form": 1.4})
    assert raising(entry, EN, is_calibrated=True) == ()


@pytest.mark.parametrize("language", [EN, ZH])
@pytest.mark.parametrize("code", list(PolicyCode))
def test_what_is_the_owners_stays_the_owners(code: PolicyCode, language: Language) -> None:
    entry = an_entry(reasons=(Reason(code, "…"), Reason("words-unknown", "…", -1.0, "x")))
    (told,) = raising(entry, language, is_calibrated=False)
    assert bool(HAN_RUN.search(told)) is (language is ZH)


def test_an_answer_that_nothing_spoke_against_needs_nothing() -> None:
    good = (Reason("close-passage", "near", 1.0),)
    entry = an_entry(reasons=good, outcome=OutcomeKind.ANSWER, features={})
    assert raising(entry, EN, is_calibrated=False) == ()


def test_no_rule_of_the_owner_has_the_code_of_another_reason() -> None:
    assert not {str(code) for code in PolicyCode} & {*TEXTS, *RAISED_BY, APPROVAL}


def test_a_topic_in_draft_mode_names_the_command_that_lets_it_answer() -> None:
    reason = Reason("draft-mode", "answers from `notes` wait", names="notes")
    (told,) = raising(an_entry(reasons=(reason,), features={}), EN, is_calibrated=True)
    assert "avatar mode notes auto" in told


def test_the_same_help_is_named_once() -> None:
    reasons = [Reason("model-insufficient", "…", -1.0), Reason("model-refused", "…", -2.0)]
    assert len(raised_by(reasons, EN)) == 1


def test_every_reason_that_lowers_confidence_has_something_that_would_raise_it() -> None:
    raising_codes = {"past-answer-same", "past-answer-like", "close-passage", "words-covered"}
    assert set(TEXTS) - raising_codes <= set(RAISED_BY)
    assert set(SAID_BY) <= set(TEXTS)


def test_every_feature_has_words_in_both_languages() -> None:
    every = {*NAMES, *opinion.NAMES}
    assert every <= set(WORDS)
    for name in every:
        assert HAN_RUN.search(feature_words(name, ZH))
        assert not HAN_RUN.search(feature_words(name))
    assert feature_words("brand_new") == "brand new"


def test_a_sign_that_is_absent_speaks_by_its_contrary() -> None:
    features = usual(support=3) | {"cross": 0.0}
    fitted = replace(
        WEIGHTS,
        coefficient={**WEIGHTS.coefficient, "cross": -2.0},
        mean={**WEIGHTS.mean, "cross": 0.5},
        scale={**WEIGHTS.scale, "cross": 0.5},
    )
    found = strongest(an_entry(reasons=(), features=features), fitted, EN)
    assert [reason.code for reason in found] == ["sign-cross", "sign-support"]
    assert found[0].text == "question and passage in the same language speaks for it"
    in_chinese = strongest(an_entry(reasons=(), features=features), fitted, ZH)
    assert in_chinese[0].text == "问题和内容是同一种语言支持这个回答"


def test_only_known_features_have_a_contrary() -> None:
    assert set(ABSENT) < set(WORDS)

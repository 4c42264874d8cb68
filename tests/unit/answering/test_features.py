"""What the numbers say of the evidence, and what they must not give away."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar.answering import features, weights
from avatar.domain.documents import SourceKind
from avatar.domain.evidence import Evidence, Passage, TermStatistics
from tests.unit.answering.retrieved import ask, chunk, evidence

FUSION = weights.load()[0]
QUESTION = ask("How often does the gateway retry?")
GOOD = Passage(
    chunk("a.md", "The gateway will retry three times."),
    1.0,
    {"lexical": 8.0, "use": 0.5, "minilm": 0.7},
)
OTHER = Passage(
    chunk("b.md", "The cache holds an hour."), 0.4, {"lexical": 1.0, "use": 0.1, "minilm": 0.1}
)
BACKGROUND = {"use": (0.5, 0.1, 0.1), "minilm": (0.7, 0.1, 0.1), "lexical": (8.0, 1.0, 0.0)}
FREQUENCY = {"gateway": 2, "retry": 3, "often": 4}


def compute(found: Evidence) -> dict[str, float]:
    return features.compute(QUESTION, found, FUSION)


def test_every_feature_is_documented_and_always_there() -> None:
    assert features.__doc__ is not None
    assert all(f"`{name}`" in features.__doc__ for name in features.NAMES)
    assert set(compute(evidence([]))) == set(features.NAMES)
    three = [GOOD, OTHER, replace(OTHER, chunk=chunk("third.md", "a third note"))]
    assert set(compute(evidence(three, FREQUENCY, background=BACKGROUND))) == set(features.NAMES)


def test_standing_out_among_two_notes_counts_neither_way() -> None:
    two = compute(evidence([GOOD, OTHER], FREQUENCY, background=BACKGROUND))
    assert set(features.NAMES) - set(two) == {*features.LEADS}


def test_good_evidence_stands_out() -> None:
    good = compute(evidence([GOOD, OTHER], FREQUENCY, background=BACKGROUND))
    poor = compute(evidence([OTHER], FREQUENCY))
    assert good["dense"] > 1 > poor["dense"]
    assert good["dense_gap"] > 0.5
    assert good["dense_lead"] > 0.5
    assert good["dense_z"] > 1
    assert good["coverage"] > poor["coverage"]
    assert good["missing"] < poor["missing"] or good["coverage"] > 0.6
    assert good["same_top"] == 1.0


def test_a_word_that_occurs_nowhere_is_exactly_as_rare_as_can_be() -> None:
    statistics = TermStatistics(50, {"known": 7, "all": 50})
    assert features.rarity("unheard", statistics) == 1.0
    assert 0 < features.rarity("known", statistics) < 1
    assert features.rarity("all", statistics) < 0.01
    assert features.rarity("any", TermStatistics(0, {})) == 1.0


def test_taking_an_answer_away_leaves_no_trace_but_its_absence() -> None:
    """With its document frequencies corrected and the total fixed, nothing else may differ."""
    never_had = evidence([OTHER], {"gateway": 1, "retry": 2, "often": 0}, total=99)
    taken_away = evidence([OTHER], {"gateway": 1, "retry": 2}, total=99)
    assert compute(never_had) == compute(taken_away)


def test_the_total_hardly_shows() -> None:
    one = compute(evidence([OTHER], {"gateway": 1}, total=100))
    other = compute(evidence([OTHER], {"gateway": 1}, total=99))
    for name in one:
        assert one[name] == pytest.approx(other[name], abs=0.01)


def test_identifiers_that_are_missing_are_counted() -> None:
    asked = ask("what does E1234 in `load_config` mean?")
    found = Passage(chunk("a.md", "load_config reads the file"), 1.0, {"use": 0.4})
    assert features.compute(asked, evidence([found]), FUSION)["identifiers_missing"] == 0.5


def test_crossing_languages_only_shared_names_count_as_words() -> None:
    asked = ask("网关的 timeout_ms 是多少")
    found = Passage(chunk("a.md", "the timeout_ms of the gateway is 300"), 1.0, {"use": 0.3})
    result = features.compute(asked, evidence([found], {"timeout_ms": 1}), FUSION)
    assert result["cross"] == 1.0
    assert result["dense_cross"] == result["dense"]
    assert result["coverage_cross"] == 1.0
    assert result["coverage"] == result["coverage_three"] == 0.0


def test_crossing_languages_without_shared_names_says_nothing_of_words() -> None:
    found = Passage(chunk("a.md", "the gateway"), 1.0, {"use": 0.3})
    result = features.compute(ask("网关在哪里"), evidence([found]), FUSION)
    assert result["coverage"] == result["missing"] == result["unknown"] == 0.0


def test_kind_and_question_form_are_told() -> None:
    code = Passage(chunk("a.py", "def retry(): ...", kind=SourceKind.CODE), 1.0, {"use": 0.3})
    answer = Passage(
        chunk("a.md", "Three times.", asked="How often does it retry?"),
        1.0,
        {"use": 0.3, "use-q": 0.6},
    )
    assert compute(evidence([code]))["code"] == 1.0
    told = compute(evidence([answer]))
    assert told["answer"] == 1.0
    assert told["form"] > 1.0


def test_rivals_are_counted() -> None:
    rival = Passage(chunk("c.md", "The gateway retries."), 0.95, GOOD.scores)
    assert compute(evidence([GOOD, rival]))["support"] > compute(evidence([GOOD]))["support"]


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["lexical", "use", "minilm", "use-q"]), st.floats(-1, 1), min_size=1
        ),
        max_size=4,
    ),
    st.integers(0, 5),
)
def test_features_are_finite_whatever_was_found(scores: list[dict[str, float]], total: int) -> None:
    found = evidence(
        [Passage(chunk(f"{n}.md", "gateway retry"), 0.5, own) for n, own in enumerate(scores)],
        {"gateway": 9},
        total,
        {"use": (0.1, 0.1, 0.1)},
    )
    assert all(abs(value) < 100 for value in compute(found).values())

"""Passages in another language: the names they share with the question, and how close is close."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar.answering.ranking import LACKING, across_languages
from avatar.domain.evidence import Passage, TermStatistics
from tests.unit.answering.retrieved import ask, chunk

ASKED = ask("How do I set `timeout_ms` in http2?")
STATISTICS = TermStatistics(100, {"timeout_ms": 2, "http2": 20, "2": 60})
CLOSE = Passage(chunk("close.md", "网关默认重试三次。"), 0.62)
NAMED = Passage(chunk("named.md", "网关用 timeout_ms 设置超时，http2 也一样。"), 0.55)
ENGLISH = Passage(chunk("english.md", "The cache holds an hour."), 0.5)


def names(ranked: list[Passage]) -> list[str]:
    return [found.chunk.document_id for found in ranked]


def test_one_that_holds_the_names_stands_above_one_a_little_closer() -> None:
    ranked = across_languages([CLOSE, NAMED], ASKED, STATISTICS)
    assert names(ranked) == ["named.md", "close.md"]
    assert ranked[0] == NAMED
    assert ranked[1].score == pytest.approx(CLOSE.score - LACKING)


def test_a_rare_name_counts_for_more_than_a_common_one() -> None:
    rare = Passage(chunk("rare.md", "网关每次请求的超时时间由 timeout_ms 决定。"), 0.5)
    common = Passage(chunk("common.md", "网关的所有请求也都支持 http2。"), 0.5)
    assert names(across_languages([common, rare], ASKED, STATISTICS)) == ["rare.md", "common.md"]


def test_much_closer_still_comes_first() -> None:
    far_closer = Passage(CLOSE.chunk, 0.9)
    assert names(across_languages([far_closer, NAMED], ASKED, STATISTICS))[0] == "close.md"


def test_passages_in_the_language_of_the_question_keep_their_scores() -> None:
    ranked = across_languages([ENGLISH, NAMED], ASKED, STATISTICS)
    assert ENGLISH in ranked


def test_a_translation_does_not_outdo_the_passage_in_the_language_of_the_question() -> None:
    translated = Passage(NAMED.chunk, 1.3)
    english = Passage(chunk("english.md", "Set timeout_ms for http2."), 1.2)
    assert names(across_languages([translated, english], ASKED, STATISTICS))[0] == "english.md"


def test_passages_of_one_other_language_keep_their_order() -> None:
    asked = ask("How often does the gateway retry?")
    closest = [Passage(chunk(f"{n}.md", "网关默认重试三次。"), 1.5 - n / 10) for n in range(9)]
    ranked = across_languages(closest, asked, STATISTICS)
    assert names(ranked) == names(closest)
    assert ranked[0].score < closest[0].score


def test_a_question_without_names_leaves_all_as_it_was() -> None:
    found = [CLOSE, NAMED, ENGLISH]
    assert across_languages(found, ask("How often does the gateway retry?"), STATISTICS) == found
    assert across_languages([], ASKED, STATISTICS) == []


@given(st.lists(st.tuples(st.sampled_from([CLOSE, NAMED, ENGLISH]), st.floats(0, 1)), max_size=8))
def test_nothing_is_lost_or_added_and_the_best_comes_first(
    drawn: list[tuple[Passage, float]],
) -> None:
    found = [Passage(one.chunk, score) for one, score in drawn]
    ranked = across_languages(found, ASKED, STATISTICS)
    assert sorted(names(ranked)) == sorted(names(found))
    scores = [one.score for one in ranked]
    assert scores == sorted(scores, reverse=True)

"""A Chinese question is about what stands between the words that only ask."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar.domain.han import asked_pairs, bare, bridges, matter, whole_words
from avatar.domain.terms import asked_terms, terms

HAN = st.text(alphabet="会议数据部署网关什么时候能不可以的吗在是了目", max_size=24)


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("资料会存放吗", ["资料", "存放"]),
        ("怎么让替身连接企业微信", ["替身连接企业微信"]),
        ("你什么时候会把数据删除", ["数据删除"]),
        ("备份的目的是什么", ["备份", "目的"]),
        ("开会议的时候能不能申请请假", ["开会议", "申请请假"]),
        ("部署需要多长时间", ["部署"]),
        ("什么时候可以", []),
    ],
)
def test_words_that_only_ask_part_the_matter(question: str, about: list[str]) -> None:
    assert matter(question) == about


def test_no_pair_straddles_a_word_that_only_asks() -> None:
    assert asked_pairs("资料会存放吗") == ["资料", "存放"]
    assert asked_terms("资料会存放吗") == ("资料", "存放")


def test_a_question_that_holds_nothing_else_keeps_its_terms() -> None:
    assert asked_terms("锁是什么") == terms("锁是什么") == ("锁是",)
    assert asked_terms("锁") == ("锁",)
    assert bare("锁是") == "锁"
    assert bare("的是") == "的是"


def test_english_is_left_alone() -> None:
    assert asked_terms("How often does the gateway retry?") == ("often", "gateway", "retry")


def test_a_pair_between_two_known_words_is_a_joint() -> None:
    found = ("替身", "身连", "连接", "接企", "企业")
    assert bridges(found, {"替身", "连接"}.__contains__) == {"身连"}
    assert bridges(found, {"替身", "连接", "企业"}.__contains__) == {"身连", "接企"}
    assert bridges(found, {"替身"}.__contains__) == set()
    assert bridges(("retry", "ab", "body"), {"retry", "body"}.__contains__) == set()


def test_missing_words_are_shown_whole_and_without_neighbours() -> None:
    run = "怎么让替身连接企业微信"
    assert whole_words(run, {"身连", "接企", "企业", "业微", "微信"}) == ["企业微信"]
    assert whole_words("资料会存放吗", {"存放"}) == ["存放"]
    assert whole_words("密", {"密"}) == ["密"]
    assert whole_words("资料", set()) == []


@given(HAN)
def test_what_a_question_asks_is_among_its_terms(question: str) -> None:
    assert set(asked_terms(question)) <= set(terms(question))


@given(HAN)
def test_the_matter_stands_in_the_question_in_order(question: str) -> None:
    rest = question
    for part in matter(question):
        assert part in rest
        rest = rest[rest.index(part) + len(part) :]

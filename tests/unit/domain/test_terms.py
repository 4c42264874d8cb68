"""Words are the same everywhere: in the index, in features, in reasons."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar.domain.terms import (
    identifier_parts,
    identifiers,
    normalise,
    quoted,
    stem,
    terms,
    with_identifier_parts,
)


@pytest.mark.parametrize(
    ("word", "root"),
    [
        ("retries", "retry"),
        ("retrying", "retry"),
        ("running", "run"),
        ("deployed", "deploy"),
        ("classes", "class"),
        ("status", "status"),
        ("analysis", "analysis"),
        ("process", "process"),
        ("caches", "cach"),
        ("cache", "cach"),
        ("string", "string"),
        ("bus", "bus"),
        ("naïve", "naïve"),
        ("k8s", "k8s"),
        ("rolling", "roll"),
    ],
)
def test_inflection_is_stripped(word: str, root: str) -> None:
    assert stem(word) == root


def test_a_compound_name_keeps_its_whole_and_gives_its_parts() -> None:
    assert terms("parseHTTPResponse") == ("parsehttprespons", "pars", "http", "respons")
    assert set(terms("max_retry_count")) >= {"max_retry_count", "max", "retry", "count"}
    assert identifier_parts("plain") == []
    assert with_identifier_parts("use loadConfig now").endswith("load Config")
    assert with_identifier_parts("plain words") == "plain words"


def test_chinese_is_cut_into_pairs_without_question_words() -> None:
    assert terms("怎么部署网关") == ("么部", "部署", "署网", "网关")
    assert terms("锁") == ("锁",)
    assert terms("吗") == ()


def test_other_scripts_are_words_too() -> None:
    assert terms("настроить сервер") == ("настроить", "сервер")


def test_stopwords_and_possessives_say_nothing() -> None:
    assert terms("What is the gateway's limit?") == ("gateway", "limit")
    assert terms("how do I do it") == ()


def test_each_term_comes_once_in_order() -> None:
    assert terms("retry the retries of retrying clients") == ("retry", "client")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("what is E1234?", ("E1234",)),
        ("run `make deploy` now", ("make deploy",)),
        ("see app/main.py and ./run.sh", ("app/main.py", "./run.sh")),
        ("pass --dry-run", ("--dry-run",)),
        ("since v1.2.3.", ("v1.2.3",)),
        ("call os.path.join()", ("os.path.join()",)),
        ("the MAX_SIZE and maxSize of FooBar", ("MAX_SIZE", "maxSize", "FooBar")),
        ("at 0xdeadBEEF", ("0xdeadBEEF",)),
        ("it ended.Then it began", ()),
        ("plain words only", ()),
    ],
)
def test_identifiers_are_known_by_their_shape(text: str, found: tuple[str, ...]) -> None:
    assert identifiers(text) == found


def test_quoted_strings_are_found_in_both_languages() -> None:
    assert quoted('the error "disk full" and “no space” and 「磁盘已满」') == (
        "disk full",
        "no space",
        "磁盘已满",
    )


def test_hidden_characters_go_and_lines_stay() -> None:
    assert normalise("a\u200bb\u202ec\r\nd\re\x07f ｆｕｌｌ") == "abc\nd\ne f full"
    assert normalise("\U000e0041tag") == "tag"


@given(st.text(max_size=200))
def test_normalising_twice_changes_nothing_and_keeps_the_lines(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert "\r" not in once


@given(st.text(max_size=200))
def test_terms_never_repeat_and_never_say_nothing(text: str) -> None:
    found = terms(text)
    assert len(found) == len(set(found))
    assert all(found)


@pytest.mark.parametrize("hostile", ["a", "-", "a.", "a_", "A1", "a/", "--a", "`", "1.", "\u201c"])
def test_a_long_hostile_text_is_read_in_a_moment(hostile: str) -> None:
    text = hostile * (100_000 // len(hostile))
    started = time.perf_counter()
    identifiers(text)
    quoted(text)
    assert time.perf_counter() - started < 3.0

"""A past answer is fresh while every line it rests on still stands somewhere in its document."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar.domain.audience import Audience
from avatar.domain.chunks import Chunk, Span
from avatar.domain.documents import SourceKind
from avatar.learning import freshness
from avatar.learning.freshness import Freshness, hash_lines, lines_of, span_holds, span_of
from tests.fakes.source import MemorySource

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = "# Keys\nRun rotate-key.\nThen restart.\n\nAsk Lin."
LINE_LISTS = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=8))


def a_chunk(*spans: Span) -> Chunk:
    return Chunk(
        chunk_id="c1",
        document_id="answers/a.md",
        fingerprint="f",
        kind=SourceKind.ANSWERS,
        audience=Audience.everyone(),
        text="answer",
        start_line=1,
        end_line=1,
        content_sha256="ab",
        language="en",
        format="answer",
        rests_on=spans,
    )


def span_in(text: str, start: int, end: int, document_id: str = "notes/keys.md") -> Span:
    return span_of(document_id, start, lines_of(text)[start - 1 : end])


@pytest.fixture
def source() -> MemorySource:
    source = MemorySource()
    source.save("notes/keys.md", TEXT, audience=Audience.everyone())
    return source


def as_it_is(text: str) -> str:
    return text


def test_a_span_names_its_lines_and_their_hash() -> None:
    span = span_in(TEXT, 2, 3)
    assert (span.start_line, span.end_line) == (2, 3)
    assert span.sha256 == hash_lines(["Run rotate-key.  \r", "Then restart.\t"])
    assert span.sha256 != hash_lines(["Run rotate-key.", "  Then restart."])


@given(LINE_LISTS, LINE_LISTS.filter(bool), LINE_LISTS)
def test_edits_elsewhere_keep_a_span(above: list[str], kept: list[str], below: list[str]) -> None:
    span = span_of("notes/a.md", 1, kept)
    assert span_holds([*above, *kept, *below], span)


@given(LINE_LISTS, st.integers(0, 20), LINE_LISTS)
def test_a_changed_line_breaks_a_span(above: list[str], at: int, below: list[str]) -> None:
    kept = ["the one", "the two", "the three"]
    span = span_of("notes/a.md", at + 1, kept)
    assert not span_holds([*above, "the one", "the TWO", "the three", *below], span)


def test_a_span_longer_than_the_document_or_of_no_lines_does_not_hold() -> None:
    assert not span_holds(["one"], span_of("d", 1, ["one", "two"]))
    assert not span_holds(["one"], Span("d", 2, 1, hash_lines([])))


def test_an_answer_on_nothing_is_fresh(source: MemorySource) -> None:
    assert Freshness(source, as_it_is).is_fresh(a_chunk())
    assert source.reads == []


def test_only_the_spans_that_changed_have_lapsed(source: MemorySource) -> None:
    first, second = span_in(TEXT, 2, 2), span_in(TEXT, 5, 5)
    fresh = Freshness(source, as_it_is)
    assert fresh.is_fresh(a_chunk(first, second))
    assert source.reads == ["notes/keys.md"]
    newer = "new line\n" + TEXT.replace("Ask Lin", "Ask Kim")
    source.save("notes/keys.md", newer, audience=Audience.everyone())
    assert fresh.lapsed(a_chunk(first, second)) == (second,)
    source.save("notes/keys.md", TEXT, audience=Audience.everyone())
    assert fresh.is_fresh(a_chunk(first, second))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda source: source.vanishing.add("notes/keys.md"),
        lambda source: source.unavailable.add("notes"),
    ],
)
def test_what_is_gone_or_cannot_be_read_counts_as_lapsed(
    source: MemorySource, spoil: Callable[[MemorySource], None]
) -> None:
    span = span_in(TEXT, 2, 2)
    spoil(source)
    assert Freshness(source, as_it_is).lapsed(a_chunk(span)) == (span,)


def test_an_answer_on_lines_that_fewer_people_may_read_now_has_lapsed(
    source: MemorySource,
) -> None:
    span = span_in(TEXT, 2, 2)
    source.save("notes/keys.md", TEXT, audience=Audience.groups(["sre"]))
    fresh = Freshness(source, as_it_is)
    assert fresh.lapsed(a_chunk(span)) == (span,)
    assert fresh.is_fresh(replace(a_chunk(span), audience=Audience.groups(["sre"])))


def test_an_answer_on_a_document_that_names_fewer_people_itself_has_lapsed(
    source: MemorySource,
) -> None:
    span = span_in(TEXT, 2, 2)
    fresh = Freshness(source, as_it_is, lambda _document: Audience.owner_only())
    assert fresh.lapsed(a_chunk(span)) == (span,)


def test_lines_are_compared_without_their_secrets_as_the_index_has_them(
    source: MemorySource,
) -> None:
    source.save("notes/keys.md", "password: hunter2", audience=Audience.everyone())
    span = span_of("notes/keys.md", 1, ["password: [removed]"])
    assert not Freshness(source, as_it_is).is_fresh(a_chunk(span))
    clean = Freshness(source, lambda text: text.replace("hunter2", "[removed]"))
    assert clean.is_fresh(a_chunk(span))


def test_an_unchanged_document_is_hashed_once(source: MemorySource) -> None:
    cleaned: list[str] = []

    def remembering(text: str) -> str:
        cleaned.append(text)
        return text

    fresh = Freshness(source, remembering)
    chunk = a_chunk(span_in(TEXT, 2, 2))
    assert all(fresh.is_fresh(chunk) for _ in range(3))
    assert len(cleaned) == 1


def test_what_is_remembered_does_not_grow_without_end(source: MemorySource) -> None:
    fresh = Freshness(source, as_it_is)
    spans = [Span("notes/keys.md", 1, 1, f"{n}") for n in range(freshness.MOST_REMEMBERED + 5)]
    assert fresh.lapsed(a_chunk(*spans)) == tuple(spans)
    assert len(fresh._held) <= freshness.MOST_REMEMBERED

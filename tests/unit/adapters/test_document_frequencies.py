"""Counts by audience are exact after any order of additions and removals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from avatar.adapters.chunk_cache import ChunkCache
from avatar.adapters.document_frequencies import DocumentFrequencies
from tests.contracts.store import chunk

if TYPE_CHECKING:
    from pathlib import Path

SCOPES = st.sets(st.sampled_from(["everyone", "owner", "group:a", "group:b"]), min_size=1)
ENTRY = st.tuples(SCOPES, st.sets(st.sampled_from("abcdef")), st.sets(st.integers(0, 5)))


@given(st.lists(st.tuples(ENTRY, st.booleans())), SCOPES)
def test_counts_are_those_of_what_is_left(
    entries: list[tuple[tuple[set[str], set[str], set[int]], bool]], readable: set[str]
) -> None:
    counts = DocumentFrequencies()
    for entry, _ in entries:
        counts.add(*entry)
    for entry, is_removed in entries:
        if is_removed:
            counts.drop(*entry)
    left = [entry for entry, is_removed in entries if not is_removed and entry[0] & readable]
    scopes = sorted(readable)
    assert counts.total(scopes) == len(left)
    assert counts.of_terms("abcxyz", scopes) == {
        term: sum(term in words for _, words, _ in left) for term in "abcxyz"
    }
    weights = counts.inverse([0, 9], scopes)
    holding = sum(0 in tokens for *_, tokens in left)
    expected = {0: math.log(1 + (len(left) - holding + 0.5) / (holding + 0.5))} if holding else {}
    assert weights == expected


def test_saved_counts_are_read_back_for_the_same_stamp_only(tmp_path: Path) -> None:
    counts = DocumentFrequencies()
    counts.add(["t\neveryone"], ["retry"], [7])
    counts.save(tmp_path / "counts.json", {"points": 1})
    again = DocumentFrequencies.load(tmp_path / "counts.json", {"points": 1})
    assert again is not None
    assert again.of_terms(["retry"], ["t\neveryone"]) == {"retry": 1}
    assert again.inverse([7], ["t\neveryone"]).keys() == {7}
    assert DocumentFrequencies.load(tmp_path / "counts.json", {"points": 2}) is None


def test_the_cache_lets_go_of_what_was_unused_for_longest() -> None:
    one, two, three = chunk("one"), chunk("two"), chunk("three")
    cache = ChunkCache(capacity=2)
    cache.put(1, one)
    cache.put(2, two)
    assert cache.get(1) == one
    cache.put(3, three)
    assert cache.get(2) is None
    assert cache.get(1) == one
    cache.drop([1, 99])
    assert cache.get(1) is None

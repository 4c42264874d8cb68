"""In how many chunks a word occurs, by audience, so that a reader counts only their own."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

Scopes = tuple[str, ...]
Key = TypeVar("Key")


@dataclass(slots=True)
class Tally:
    """Chunks with one and the same audience: how many, and how many hold a term or token."""

    chunks: int = 0
    terms: Counter[str] = field(default_factory=Counter)
    tokens: Counter[int] = field(default_factory=Counter)


class DocumentFrequencies:
    """Exact counts by audience, changed along with the index; not safe for several threads.

    The engine could count too, but only by walking everything the reader may read: 8 ms a
    question at 20,000 chunks, where these tables take microseconds.
    """

    def __init__(self) -> None:
        self._tallies: dict[Scopes, Tally] = {}

    def add(self, scopes: Iterable[str], terms: Iterable[str], tokens: Iterable[int]) -> None:
        """Count a chunk in."""
        tally = self._tallies.setdefault(tuple(sorted(scopes)), Tally())
        tally.chunks += 1
        tally.terms.update(terms)
        tally.tokens.update(tokens)

    def drop(self, scopes: Iterable[str], terms: Iterable[str], tokens: Iterable[int]) -> None:
        """Count a chunk out, which was counted in with the same words."""
        key = tuple(sorted(scopes))
        tally = self._tallies[key]
        tally.chunks -= 1
        for term in terms:
            _take(tally.terms, term)
        for token in tokens:
            _take(tally.tokens, token)
        if not tally.chunks:
            del self._tallies[key]

    def total(self, readable: Sequence[str]) -> int:
        """Count the chunks in any of these scopes."""
        return sum(tally.chunks for tally in self._readable(readable))

    def of_terms(self, terms: Iterable[str], readable: Sequence[str]) -> dict[str, int]:
        """Count per term the chunks in any of these scopes that hold it."""
        tallies = self._readable(readable)
        return {term: sum(tally.terms[term] for tally in tallies) for term in terms}

    def inverse(self, tokens: Sequence[int], readable: Sequence[str]) -> dict[int, float]:
        """Return the BM25 weight of each token that occurs at all in these scopes."""
        tallies = self._readable(readable)
        total = sum(tally.chunks for tally in tallies)
        counts = {token: sum(tally.tokens[token] for tally in tallies) for token in tokens}
        return {
            token: math.log(1 + (total - count + 0.5) / (count + 0.5))
            for token, count in counts.items()
            if count
        }

    def _readable(self, readable: Sequence[str]) -> list[Tally]:
        wanted = frozenset(readable)
        return [tally for key, tally in self._tallies.items() if not wanted.isdisjoint(key)]

    def save(self, path: Path, stamp: Mapping[str, Any]) -> None:
        """Write the counts, with a stamp that `load` must find again."""
        document = {
            "stamp": dict(stamp),
            "tallies": [
                [key, tally.chunks, tally.terms, tally.tokens]
                for key, tally in self._tallies.items()
            ],
        }
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        partial.replace(path)

    @classmethod
    def load(cls, path: Path, stamp: Mapping[str, Any]) -> DocumentFrequencies | None:
        """Read counts; None when there are none, or not for this stamp, or they are unreadable."""
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            if document["stamp"] != dict(stamp):
                return None
            counts = cls()
            for key, chunks, terms, tokens in document["tallies"]:
                counts._tallies[tuple(key)] = Tally(
                    chunks, Counter(terms), Counter({int(t): n for t, n in tokens.items()})
                )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return counts


def _take(counter: Counter[Key], key: Key) -> None:
    if counter[key] > 1:
        counter[key] -= 1
    else:
        del counter[key]

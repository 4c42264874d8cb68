"""A knowledge store in memory: exact cosine, plain BM25, and every promise of the port."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from avatar.domain.evidence import Hit
from avatar.domain.terms import terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from avatar.domain.audience import Reader
    from avatar.domain.chunks import Chunk
    from avatar.domain.documents import SourceKind
    from avatar.ports import Vector

K1 = 1.2
B = 0.75


@dataclass(slots=True)
class Point:
    """A stored chunk with its vectors and the embedders it still waits for."""

    chunk: Chunk
    vectors: dict[str, Vector]
    waiting: set[str] = field(default_factory=set)


def _nothing(_call: str) -> None:
    return None


class MemoryStore:
    """Chunks in a dictionary; `embedders` names the models each chunk waits for until it has them.

    `on_call` is told the name of each method before it does anything, and `NAME half-way` in the
    middle of one that takes several chunks, so that a test can raise there.
    """

    def __init__(
        self, embedders: Sequence[str] = ("fake",), on_call: Callable[[str], None] = _nothing
    ) -> None:
        self.embedders = tuple(embedders)
        self.on_call = on_call
        self.vacuums = 0
        self.closed = False
        self.points: dict[str, Point] = {}
        self._lock = threading.RLock()

    def existing(self, document_id: str) -> Mapping[str, Chunk]:
        self.on_call("existing")
        with self._lock:
            return {
                chunk_id: point.chunk
                for chunk_id, point in self.points.items()
                if point.chunk.document_id == document_id
            }

    def known_vectors(self, content_hashes: Iterable[str]) -> Mapping[str, Mapping[str, Vector]]:
        self.on_call("known_vectors")
        wanted = set(content_hashes)
        known: dict[str, dict[str, Vector]] = {}
        with self._lock:
            for point in self.points.values():
                if point.chunk.content_sha256 in wanted:
                    known.setdefault(point.chunk.content_sha256, {}).update(point.vectors)
        return known

    def write(self, chunks: Sequence[Chunk], vectors: Mapping[str, Mapping[str, Vector]]) -> None:
        self.on_call("write")
        with self._lock:
            for number, chunk in enumerate(chunks):
                if number and number == len(chunks) // 2:
                    self.on_call("write half-way")
                own = dict(vectors.get(chunk.chunk_id, {}))
                waiting = {name for name in self.embedders if name not in own}
                self.points[chunk.chunk_id] = Point(chunk, own, waiting)

    def restate(self, chunks: Sequence[Chunk]) -> None:
        self.on_call("restate")
        with self._lock:
            for chunk in chunks:
                if chunk.chunk_id in self.points:
                    self.points[chunk.chunk_id].chunk = chunk

    def remove_chunks(self, chunk_ids: Sequence[str]) -> None:
        self.on_call("remove_chunks")
        with self._lock:
            for number, chunk_id in enumerate(chunk_ids):
                if number and number == len(chunk_ids) // 2:
                    self.on_call("remove_chunks half-way")
                self.points.pop(chunk_id, None)

    def remove_documents(self, document_ids: Sequence[str]) -> None:
        self.on_call("remove_documents")
        gone = set(document_ids)
        with self._lock:
            for chunk_id, point in list(self.points.items()):
                if point.chunk.document_id in gone:
                    del self.points[chunk_id]

    def lacking(self, vector_name: str, limit: int) -> Sequence[Chunk]:
        self.on_call("lacking")
        with self._lock:
            waiting = [p.chunk for p in self.points.values() if vector_name in p.waiting]
        return waiting[:limit]

    def add_vectors(self, vectors: Mapping[str, Mapping[str, Vector]], *, settles: str) -> None:
        self.on_call("add_vectors")
        with self._lock:
            for chunk_id, own in vectors.items():
                if chunk_id in self.points:
                    self.points[chunk_id].vectors.update(own)
                    self.points[chunk_id].waiting.discard(settles)

    def search(
        self,
        text: str,
        vectors: Mapping[str, Vector],
        *,
        reader: Reader,
        limit: int,
        kinds: Sequence[SourceKind] = (),
        document_ids: Sequence[str] = (),
    ) -> Sequence[Hit]:
        self.on_call("search")
        readable = self._readable(reader)
        lexical = _bm25(terms(text), readable)
        scored: dict[str, dict[str, float]] = {}
        for point in readable:
            if (not kinds or point.chunk.kind in kinds) and (
                not document_ids or point.chunk.document_id in document_ids
            ):
                scored[point.chunk.chunk_id] = {
                    "lexical": lexical[point.chunk.chunk_id],
                    **{
                        name: float(vector @ point.vectors[name])
                        for name, vector in vectors.items()
                        if name in point.vectors
                    },
                }
        chunks = {point.chunk.chunk_id: point.chunk for point in readable}
        return [Hit(chunks[i], scored[i]) for i in _best(scored, ("lexical", *vectors), limit)]

    def term_frequencies(self, terms: Sequence[str], *, reader: Reader) -> Mapping[str, int]:
        self.on_call("term_frequencies")
        readable = self._readable(reader)
        held = [_terms_of(point) for point in readable]
        return {"": len(readable)} | {term: sum(term in words for words in held) for term in terms}

    def document_ids(self) -> Mapping[str, int]:
        self.on_call("document_ids")
        counts: dict[str, int] = {}
        with self._lock:
            for point in self.points.values():
                counts[point.chunk.document_id] = counts.get(point.chunk.document_id, 0) + 1
        return counts

    def count(self) -> int:
        with self._lock:
            return len(self.points)

    def describe(self) -> Mapping[str, str]:
        return {"engine": "memory", "models": ", ".join(self.embedders)}

    def vacuum(self) -> None:
        self.on_call("vacuum")
        self.vacuums += 1

    def close(self) -> None:
        self.closed = True

    def _readable(self, reader: Reader) -> list[Point]:
        with self._lock:
            return [p for p in self.points.values() if reader.may_read(p.chunk.audience)]


def _terms_of(point: Point) -> set[str]:
    return set(terms(point.chunk.indexed_text))


def _bm25(asked: Sequence[str], points: Sequence[Point]) -> dict[str, float]:
    held = {point.chunk.chunk_id: _terms_of(point) for point in points}
    average = sum(map(len, held.values())) / len(held) if held else 1.0
    weights = {}
    for term in asked:
        frequency = sum(term in words for words in held.values())
        weights[term] = math.log(1 + (len(held) - frequency + 0.5) / (frequency + 0.5))
    return {
        chunk_id: sum(
            weights[term] * (K1 + 1) / (1 + K1 * (1 - B + B * len(words) / (average or 1.0)))
            for term in asked
            if term in words
        )
        for chunk_id, words in held.items()
    }


def _best(
    scored: Mapping[str, Mapping[str, float]], channels: Sequence[str], limit: int
) -> list[str]:
    chosen: dict[str, None] = {}
    for channel in channels:
        ranked = [i for i in scored if channel in scored[i]]
        if channel == "lexical":
            ranked = [i for i in ranked if scored[i][channel] > 0]
        ranked.sort(key=lambda i, name=channel: (-scored[i][name], i))  # type: ignore[misc]
        chosen.update(dict.fromkeys(ranked[:limit]))
    return list(chosen)

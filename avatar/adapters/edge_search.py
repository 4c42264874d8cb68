"""One question to Qdrant Edge: every channel's best, then every hit's score in every channel."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from avatar.adapters.qdrant_schema import (
    CHUNK_FIELDS,
    HAS_QUESTION,
    LEXICAL,
    SCOPE,
    is_question_form,
    to_chunk,
)
from avatar.domain.evidence import Hit

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import qdrant_edge

    from avatar.adapters.chunk_cache import ChunkCache
    from avatar.domain.chunks import Chunk
    from avatar.ports import Vector


def equals(key: str, value: str) -> qdrant_edge.FieldCondition:
    """Return the condition that a field holds a value."""
    from qdrant_edge import FieldCondition, MatchValue

    return FieldCondition(key, match=MatchValue(value))


def among(key: str, values: Sequence[str]) -> qdrant_edge.FieldCondition:
    """Return the condition that a field holds any of the values."""
    from qdrant_edge import FieldCondition, MatchAny

    return (
        equals(key, values[0])
        if len(values) == 1
        else FieldCondition(key, match=MatchAny([*values]))
    )


def readable(scopes: Sequence[str]) -> qdrant_edge.FieldCondition | qdrant_edge.Filter:
    """Return the condition that a chunk is in one of the scopes.

    Alternatives of single values take a third less time than one `MatchAny`.
    """
    from qdrant_edge import Filter

    if len(scopes) == 1:
        return equals(SCOPE, scopes[0])
    return Filter(should=[equals(SCOPE, scope) for scope in scopes])


def channels(
    weights: Mapping[int, float], vectors: Mapping[str, Vector], stored: Mapping[str, str]
) -> dict[str, qdrant_edge.Query]:
    """Return the query of each channel; no lexical one when no word of the question occurs."""
    from qdrant_edge import Query, SparseVector

    queries = {
        name: Query.Nearest(vector.tolist(), using=stored[name])
        for name, vector in vectors.items()
        if name in stored
    }
    if weights:
        sparse = SparseVector([*weights], [*weights.values()])
        queries[LEXICAL] = Query.Nearest(sparse, using=LEXICAL)
    return queries


def search(
    shard: qdrant_edge.EdgeShard,
    queries: Mapping[str, qdrant_edge.Query],
    conditions: Sequence[qdrant_edge.FieldCondition | qdrant_edge.Filter],
    limit: int,
    cache: ChunkCache,
) -> list[Hit]:
    """Return what meets the conditions and is among a channel's best, with all its scores."""
    from qdrant_edge import Filter, QueryBatchRequest, QueryRequest

    names = list(queries)
    requests = []
    for name in names:
        narrowed = [equals(HAS_QUESTION, "yes")] if is_question_form(name) else []
        requests.append(
            QueryRequest(limit, query=queries[name], filter=Filter(must=[*conditions, *narrowed]))
        )
    best = shard.query_batch(QueryBatchRequest(requests))
    found: dict[int, qdrant_edge.PointId] = {}
    scores: dict[str, dict[int, float]] = {}
    for name, points in zip(names, best, strict=True):
        scores[name] = of = {}
        for point in points:
            number = number_of(point.id)
            of[number] = point.score
            found.setdefault(number, point.id)
    if not found:
        return []
    chunks = _chunks(shard, found, cache)
    asking = {number for number, chunk in chunks.items() if chunk.question}
    _complete(shard, queries, scores, found, asking)
    channels_of = {number: {LEXICAL: 0.0} for number in chunks}
    for name, of in scores.items():
        for number, score in of.items():
            channels_of[number][name] = score
    return [Hit(chunk, channels_of[number]) for number, chunk in chunks.items()]


def number_of(point_id: qdrant_edge.PointId) -> int:
    """Return an id as a number: a `UUID` hashes and prints itself in Python, ten times slower."""
    assert isinstance(point_id, UUID)
    return point_id.int


def _chunks(
    shard: qdrant_edge.EdgeShard, found: Mapping[int, qdrant_edge.PointId], cache: ChunkCache
) -> dict[int, Chunk]:
    chunks = {}
    unread: list[qdrant_edge.PointId] = []
    for number, point_id in found.items():
        chunk = cache.get(number)
        if chunk is None:
            unread.append(point_id)
        else:
            chunks[number] = chunk
    if unread:
        for record in shard.retrieve(unread, [*CHUNK_FIELDS], with_vector=False):
            number = number_of(record.id)
            chunks[number] = to_chunk(str(record.id), record.payload or {})
            cache.put(number, chunks[number])
    return chunks


def _complete(
    shard: qdrant_edge.EdgeShard,
    queries: Mapping[str, qdrant_edge.Query],
    scores: Mapping[str, dict[int, float]],
    found: Mapping[int, qdrant_edge.PointId],
    asking: Collection[int],
) -> None:
    """Add to each channel the scores of what only other channels found."""
    from qdrant_edge import Filter, HasIdCondition, QueryBatchRequest, QueryRequest

    missing: dict[str, set[qdrant_edge.PointId]] = {}
    for name, of in scores.items():
        wanted = asking if is_question_form(name) else found
        missing[name] = {found[number] for number in wanted if number not in of}
    names = [name for name, ids in missing.items() if ids]
    requests = [
        QueryRequest(
            len(missing[name]),
            query=queries[name],
            filter=Filter(must=[HasIdCondition(missing[name])]),
        )
        for name in names
    ]
    for name, points in zip(names, shard.query_batch(QueryBatchRequest(requests)), strict=True):
        scores[name].update((number_of(point.id), point.score) for point in points)

"""One question to Qdrant Edge: every channel's best, then every hit's score in every channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID

from avatar.adapters.qdrant_schema import (
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

OVERSAMPLING: Final = 3.0
"""Of how many times the limit a compressed vector brings the exact score is computed."""


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
    # one by one: a batch goes through the engine's thread pool, which costs more than it saves
    found: dict[int, qdrant_edge.PointId] = {}
    scores: dict[str, dict[int, float]] = {}
    for name, query in queries.items():
        is_rare = is_question_form(name)
        narrowed = [equals(HAS_QUESTION, "yes")] if is_rare else []
        how = _exact() if is_rare else _scan()
        scores[name] = of = {}
        for point in _best(shard, query, [*conditions, *narrowed], limit, how):
            point_id = point.id
            number = number_of(point_id)
            of[number] = point.score
            found.setdefault(number, point_id)
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
        for record in shard.retrieve(unread, with_payload=True, with_vector=False):
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
    from qdrant_edge import HasIdCondition

    how = _exact()
    for name, of in scores.items():
        wanted = asking if is_question_form(name) else found
        missing = {found[number] for number in wanted if number not in of}
        if missing:
            own = HasIdCondition(missing)
            for point in _best(shard, queries[name], [own], len(missing), how):
                of[number_of(point.id)] = point.score


def _scan() -> qdrant_edge.QuantizationSearchParams:
    """Look through the compressed vectors, then score the best of them exactly."""
    from qdrant_edge import QuantizationSearchParams

    return QuantizationSearchParams(rescore=True, oversampling=OVERSAMPLING)


def _exact() -> qdrant_edge.QuantizationSearchParams:
    """Score exactly at once: for points that are known."""
    from qdrant_edge import QuantizationSearchParams

    return QuantizationSearchParams(ignore=True)


def _best(
    shard: qdrant_edge.EdgeShard,
    query: qdrant_edge.Query,
    conditions: Sequence[
        qdrant_edge.FieldCondition | qdrant_edge.Filter | qdrant_edge.HasIdCondition
    ],
    limit: int,
    how: qdrant_edge.QuantizationSearchParams,
) -> list[qdrant_edge.ScoredPoint]:
    from qdrant_edge import Filter, QueryRequest, SearchParams

    return shard.query(
        QueryRequest(
            limit,
            query=query,
            filter=Filter(must=[*conditions]),
            params=SearchParams(quantization=how),
        )
    )

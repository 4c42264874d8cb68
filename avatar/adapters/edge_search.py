"""One question to Qdrant Edge: every channel's best, then every hit's score in every channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from avatar.adapters.edge_points import ASKED_SCOPE, chunk_of, number_of
from avatar.adapters.qdrant_schema import LEXICAL, SCOPE, is_question_form
from avatar.domain.evidence import Hit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import qdrant_edge

    from avatar.adapters.chunk_cache import ChunkCache
    from avatar.domain.chunks import Chunk
    from avatar.ports import Vector

    Condition = qdrant_edge.FieldCondition | qdrant_edge.Filter | qdrant_edge.HasIdCondition

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


def readable(
    scopes: Sequence[str], field: str = SCOPE
) -> qdrant_edge.FieldCondition | qdrant_edge.Filter:
    """Return the condition that a chunk is in one of the scopes.

    Alternatives of single values take a third less time than one `MatchAny`.
    """
    from qdrant_edge import Filter

    if len(scopes) == 1:
        return equals(field, scopes[0])
    return Filter(should=[equals(field, scope) for scope in scopes])


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What a question may look at: for any chunk, and for those with a question form.

    Both hold the reader's scopes. Those of the few with a question form are a field of their own:
    two conditions on one chunk are looked up one by one, which takes longer than to score it.
    """

    conditions: tuple[Condition, ...]
    asked: tuple[Condition, ...]

    @classmethod
    def to(
        cls, scopes: Sequence[str], kinds: Sequence[str] = (), document_ids: Sequence[str] = ()
    ) -> Narrowed:
        """Narrow to what is in one of the scopes, and to these kinds and documents, if any."""
        given = (("kind", kinds), ("document_id", document_ids))
        others = tuple(among(field, values) for field, values in given if values)
        return cls((readable(scopes), *others), (readable(scopes, ASKED_SCOPE), *others))


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
    narrowed: Narrowed,
    limit: int,
    cache: ChunkCache,
) -> list[Hit]:
    """Return what may be read and is among a channel's best, with all its scores."""
    # one by one: a batch goes through the engine's thread pool, which costs more than it saves
    scores: dict[str, dict[int, float]] = {}
    for name, query in queries.items():
        where, how = narrowed.conditions, _scan()
        if is_question_form(name):
            where, how = narrowed.asked, _exact()
        scores[name] = _best(shard, query, where, limit, how)
    found = dict.fromkeys(number for of in scores.values() for number in of)
    if not found:
        return []
    chunks = _chunks(shard, found, cache)
    _complete(shard, queries, scores, chunks)
    channels_of = {number: {LEXICAL: 0.0} for number in chunks}
    for name, of in scores.items():
        for number, score in of.items():
            channels_of[number][name] = score
    return [Hit(chunk, channels_of[number]) for number, chunk in chunks.items()]


def _chunks(
    shard: qdrant_edge.EdgeShard, found: Iterable[int], cache: ChunkCache
) -> dict[int, Chunk]:
    chunks = {}
    unread: list[qdrant_edge.PointId] = []
    for number in found:
        chunk = cache.get(number)
        if chunk is None:
            unread.append(number)
        else:
            chunks[number] = chunk
    if unread:
        for record in shard.retrieve(unread, with_payload=True, with_vector=False):
            number = number_of(record.id)
            chunks[number] = chunk_of(record.payload)
            cache.put(number, chunks[number])
    return chunks


def _complete(
    shard: qdrant_edge.EdgeShard,
    queries: Mapping[str, qdrant_edge.Query],
    scores: Mapping[str, dict[int, float]],
    chunks: Mapping[int, Chunk],
) -> None:
    """Add to each channel the scores of what only other channels found."""
    from qdrant_edge import HasIdCondition

    how = _exact()
    asking = {number for number, chunk in chunks.items() if chunk.question}
    for name, of in scores.items():
        wanted = asking if is_question_form(name) else chunks.keys()
        missing = wanted - of.keys()
        if missing:
            own = HasIdCondition({*missing})
            of.update(_best(shard, queries[name], [own], len(missing), how))


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
    conditions: Sequence[Condition],
    limit: int,
    how: qdrant_edge.QuantizationSearchParams,
) -> dict[int, float]:
    """Return the scores of the best points by their numbers."""
    from qdrant_edge import Filter, QueryRequest, SearchParams

    points = shard.query(
        QueryRequest(
            limit,
            query=query,
            filter=Filter(must=[*conditions]),
            params=SearchParams(quantization=how),
        )
    )
    return {number_of(point.id): point.score for point in points}

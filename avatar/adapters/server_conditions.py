"""Filters and requests for a Qdrant server, so that the store reads like its contract."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from avatar.adapters.qdrant_schema import HAS_QUESTION, LEXICAL, SCOPE, is_question_form

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from qdrant_client import models

PointId = Any


def among(key: str, values: Sequence[str]) -> models.FieldCondition:
    """Return the condition that a field holds any of the values."""
    from qdrant_client import models

    if len(values) == 1:
        return models.FieldCondition(key=key, match=models.MatchValue(value=values[0]))
    return models.FieldCondition(key=key, match=models.MatchAny(any=[*values]))


def readable(scopes: Sequence[str]) -> models.FieldCondition:
    """Return the condition that a chunk is in one of the scopes."""
    return among(SCOPE, scopes)


def matching(
    conditions: Sequence[models.FieldCondition],
    *,
    without: Sequence[models.FieldCondition] = (),
    ids: Collection[PointId] | None = None,
) -> models.Filter:
    """Return the filter that all conditions hold and none of `without` does."""
    from qdrant_client import models

    must: list[Any] = [*conditions]
    if ids is not None:
        must.append(models.HasIdCondition(has_id=[*ids]))
    return models.Filter(must=must, must_not=[*without] or None)


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel of one question: its name, where its vectors lie, and what is asked of them."""

    name: str
    stored_name: str
    query: Any


def request(
    channel: Channel, chosen: models.Filter, corpus: models.Filter, limit: int
) -> models.QueryRequest:
    """Return the request for one channel, word frequencies counted over `corpus`."""
    from qdrant_client import models

    params = None
    if channel.name == LEXICAL:
        params = models.SearchParams(idf=models.IdfCorpusParams(corpus=corpus))
    return models.QueryRequest(
        query=channel.query,
        using=channel.stored_name,
        filter=chosen,
        params=params,
        limit=limit,
        with_payload=False,
    )


def of_channel(
    channel: Channel, conditions: Sequence[models.FieldCondition]
) -> list[models.FieldCondition]:
    """Return the conditions within a channel: question forms stand on few chunks only."""
    if is_question_form(channel.name):
        return [*conditions, among(HAS_QUESTION, ["yes"])]
    return [*conditions]

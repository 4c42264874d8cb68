"""A chunk as a point of Qdrant Edge: its number there, and back from what is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from avatar.adapters.qdrant_schema import (
    CHUNK_FIELDS,
    HAS_QUESTION,
    KEYWORD_FIELDS,
    SCOPE,
    to_chunk,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import qdrant_edge

    from avatar.domain.chunks import Chunk

CHUNK_ID: Final = "chunk_id"
ASKED_SCOPE: Final = "asked_scope"
"""The scopes again, of chunks that have a question form, and of no others."""

INDEXED_FIELDS: Final = (*(name for name in KEYWORD_FIELDS if name != HAS_QUESTION), ASKED_SCOPE)
"""Question forms are found by their scopes here."""
STORED_FIELDS: Final = (CHUNK_ID, *CHUNK_FIELDS)
"""The payload keys from which a chunk is made again."""

LOW: Final = (1 << 64) - 1


def point_number(chunk_id: str) -> int:
    """Return the number a chunk is stored under: the two halves of its UUID, one over the other.

    The engine makes a `UUID` of Python anew wherever it names a point, which takes ten times as
    long as a number; a question names a thousand. Of a million chunks two share a number with a
    chance of one in thirty million.
    """
    whole = UUID(chunk_id).int
    return (whole >> 64) ^ (whole & LOW)


def number_of(point_id: qdrant_edge.PointId) -> int:
    """Return a point's id, which is always a number here."""
    assert isinstance(point_id, int)
    return point_id


def with_own_fields(payload: Mapping[str, Any], chunk_id: str) -> dict[str, Any]:
    """Return the payload of a chunk with what only an embedded index keeps beside it."""
    asked = {ASKED_SCOPE: payload[SCOPE]} if payload["question"] else {}
    return {**payload, CHUNK_ID: chunk_id, **asked}


def chunk_of(payload: Mapping[str, Any] | None) -> Chunk:
    """Read a chunk back from what is stored of it."""
    assert payload is not None
    return to_chunk(payload[CHUNK_ID], payload)

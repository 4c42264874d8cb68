"""An embedded index of an earlier version, copied into one of this version, vectors and all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from avatar.adapters.edge_points import point_number, with_own_fields
from avatar.adapters.qdrant_schema import LEXICAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    import qdrant_edge

EARLIER: Final = {1: "shard"}
"""The folder of the engine's files by earlier schema.

1: a point's id was the chunk's UUID, question forms had no scope of their own, and vectors may
not have been kept compressed beside themselves.
"""

PAGE: Final = 250
FLUSH_AFTER: Final = 2000


def copy_points(
    old: qdrant_edge.EdgeShard, new: qdrant_edge.EdgeShard, vector_names: Sequence[str]
) -> None:
    """Write every point of `old` into `new`, under the number it has there.

    Nothing is embedded again and no file is read. Written twice is the same as once.
    """
    from qdrant_edge import ScrollRequest, UpdateOperation

    offset, unflushed = None, 0
    while True:
        records, offset = old.scroll(
            ScrollRequest(
                offset=offset, limit=PAGE, with_payload=True, with_vector=[*vector_names, LEXICAL]
            )
        )
        if records:
            new.update(UpdateOperation.upsert_points([_point(record) for record in records]))
        unflushed += len(records)
        if offset is None or unflushed >= FLUSH_AFTER:
            new.flush()
            unflushed = 0
        if offset is None:
            return


def _point(record: qdrant_edge.Record) -> qdrant_edge.Point:
    from qdrant_edge import Point

    chunk_id, vectors = str(record.id), cast("Any", record.vector or {})
    payload = with_own_fields(record.payload or {}, chunk_id)
    return Point(point_number(chunk_id), vectors, payload)

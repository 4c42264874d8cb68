"""Chunks that were read lately, so that a search need not read them again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from avatar.domain.chunks import Chunk

CAPACITY: Final = 5_000
"""About 12 MB of usual chunks."""


class ChunkCache:
    """Keeps the chunks used last; reading a hundred from the engine takes a millisecond."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._chunks: dict[Hashable, Chunk] = {}

    def get(self, point_id: Hashable) -> Chunk | None:
        """Return a chunk and count it as just used."""
        chunk = self._chunks.pop(point_id, None)
        if chunk is not None:
            self._chunks[point_id] = chunk
        return chunk

    def put(self, point_id: Hashable, chunk: Chunk) -> None:
        """Keep a chunk, letting go of the one unused for longest when there are too many."""
        self._chunks.pop(point_id, None)
        self._chunks[point_id] = chunk
        if len(self._chunks) > self._capacity:
            del self._chunks[next(iter(self._chunks))]

    def drop(self, point_ids: Iterable[Hashable]) -> None:
        """Let go of chunks that changed or are gone."""
        for point_id in point_ids:
            self._chunks.pop(point_id, None)

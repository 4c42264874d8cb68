"""The second speed: vectors of slow or new models, made while nothing else is to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from avatar.indexing.vectors import make_vectors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar.ports import Embedder, KnowledgeStore

CHUNKS_AT_ONCE: Final = 16
"""Few, since a file that is saved meanwhile waits for the step to end."""


class Backfill:
    """Gives stored chunks the vectors they still wait for, a bounded step at a time.

    What waits is marked in the store, so it goes on after any interruption where it was. Fast
    models are looked after too: one that was added or changed has no vectors yet.
    """

    def __init__(self, store: KnowledgeStore, embedders: Sequence[Embedder]) -> None:
        self._store = store
        self._embedders = sorted(embedders, key=lambda embedder: not embedder.is_fast)

    def step(self, limit: int = CHUNKS_AT_ONCE) -> int:
        """Settle up to `limit` chunks of one model; return how many, 0 when none waits."""
        for embedder in self._embedders:
            waiting = self._store.lacking(embedder.name, limit)
            if waiting:
                made = make_vectors(embedder, waiting, {})
                self._store.add_vectors(
                    {chunk.chunk_id: made.get(chunk.content_sha256, {}) for chunk in waiting},
                    settles=embedder.name,
                )
                return len(waiting)
        return 0

"""A copy of a library out of which chunks can be taken for a while; the original never changes.

What a question would find if its answer had never been written can only be told by a library
without it: then document frequencies are right by themselves. The number of chunks must not
betray that something was taken out, so empty ones stand in for what is missing.
"""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from avatar.domain.chunks import CHUNK_NAMESPACE, content_sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from avatar.domain.chunks import Chunk
    from avatar.ports import Embedder, KnowledgeStore, Vector

BATCH: Final = 500
WORDLESS: Final = "\u2014"


class ScratchLibrary:
    """A store that may be changed at will, filled with what another one holds."""

    def __init__(self, store: KnowledgeStore, embedders: Sequence[Embedder]) -> None:
        self.store = store
        self._embedders = tuple(embedders)

    def fill(
        self, library: KnowledgeStore, on_progress: Callable[[int, int, str], None]
    ) -> Sequence[Chunk]:
        """Copy every chunk with its vectors; return the question forms of past answers."""
        names = sorted(library.document_ids())
        forms: list[Chunk] = []
        waiting: list[Chunk] = []
        for done, name in enumerate(names, start=1):
            waiting += library.existing(name).values()  # none when it has gone in the meantime
            if len(waiting) >= BATCH or done == len(names):
                vectors = library.known_vectors(chunk.content_sha256 for chunk in waiting)
                self.store.write(
                    waiting,
                    {chunk.chunk_id: vectors.get(chunk.content_sha256, {}) for chunk in waiting},
                )
                forms += [chunk for chunk in waiting if chunk.question]
                waiting = []
                on_progress(done, len(names), "documents copied")
        return forms

    def sources(self, answer: Chunk) -> Iterator[Chunk]:
        """Yield the passages that hold lines a past answer rests on."""
        for span in answer.rests_on:
            for chunk in self.store.existing(span.document_id).values():
                if chunk.start_line <= span.end_line and span.start_line <= chunk.end_line:
                    yield chunk

    @contextmanager
    def without(self, chunks: Sequence[Chunk], instead: Sequence[Chunk] = ()) -> Iterator[None]:
        """Take chunks out, put others in their place, and undo it at the end."""
        known = self.store.known_vectors(chunk.content_sha256 for chunk in chunks)
        missing = chunks[len(instead) :]
        put = [*instead, *(_wordless(chunk) for chunk in missing)]
        self.store.remove_chunks([chunk.chunk_id for chunk in chunks])
        self.store.write(put, self._embedded(instead))
        try:
            yield
        finally:
            self.store.remove_chunks([chunk.chunk_id for chunk in put])
            self.store.write(
                chunks, {chunk.chunk_id: known.get(chunk.content_sha256, {}) for chunk in chunks}
            )

    def _embedded(self, chunks: Sequence[Chunk]) -> Mapping[str, Mapping[str, Vector]]:
        return {
            chunk.chunk_id: {
                model.name: model.embed_passages([chunk.indexed_text])[0]
                for model in self._embedders
                if model.covers(chunk.indexed_text)
            }
            for chunk in chunks
        }


def plain(chunk: Chunk) -> Chunk:
    """Return a past answer as if nobody had ever asked for it: its text alone."""
    return _as(replace(chunk, question=""), chunk.text, "plain")


def _wordless(chunk: Chunk) -> Chunk:
    """Return a chunk that counts as one for the same readers, and that no question finds."""
    return _as(replace(chunk, question="", headings=(), symbol="", rests_on=()), WORDLESS, "empty")


def _as(chunk: Chunk, text: str, what: str) -> Chunk:
    return replace(
        chunk,
        chunk_id=str(uuid.uuid5(CHUNK_NAMESPACE, f"{chunk.chunk_id}\n{what}")),
        text=text,
        content_sha256=content_sha256(chunk.breadcrumb, "", text),
    )

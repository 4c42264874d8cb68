"""Sparse vectors of the lexical channel: Qdrant's own BM25 over its multilingual tokenizer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from avatar.adapters.qdrant_schema import lexical_query, lexical_text

if TYPE_CHECKING:
    import qdrant_edge

    from avatar.domain.chunks import Chunk


@dataclass(frozen=True, slots=True)
class Sparse:
    """Token numbers and their weights."""

    indices: list[int]
    values: list[float]


class LexicalVectors:
    """Turns texts into BM25 weights; inverse document frequencies are not in them."""

    def of_chunk(self, chunk: Chunk) -> Sparse:
        """Return the saturated term frequencies of a chunk."""
        vector = self._bm25.embed_document(lexical_text(chunk))
        return Sparse(vector.indices, vector.values)

    def of_question(self, text: str) -> Sparse:
        """Return each token of a question once, with weight 1."""
        vector = self._bm25.embed_query(lexical_query(text))
        return Sparse(vector.indices, vector.values)

    @cached_property
    def _bm25(self) -> qdrant_edge.Bm25:
        from qdrant_edge import Bm25, Bm25Config, TokenizerType

        return Bm25(Bm25Config(tokenizer=TokenizerType.Multilingual))

"""The search: one query over every channel, fused, one passage per document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from avatar.answering.fusion import QUESTION_FORM, fuse, merge
from avatar.answering.ranking import across_languages
from avatar.domain.evidence import Evidence, Found, TermStatistics
from avatar.domain.questions import IntentKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avatar.domain.audience import Reader
    from avatar.domain.documents import SourceKind
    from avatar.domain.evidence import Hit
    from avatar.domain.questions import Intent
    from avatar.domain.weights import FusionWeights
    from avatar.ports import Embedder, KnowledgeStore, Vector

DEPTH: Final = 32
"""Least candidates per channel.

50 brought no better nDCG@10 on nine sets of up to 26,800 documents, and confidence was the same
within .001 on average; 24 cost .1 on the first set.
"""

TERMS_AT_MOST: Final = 64


class Retriever:
    """Finds what the reader may read about a question; never anything else."""

    def __init__(
        self, store: KnowledgeStore, embedders: Sequence[Embedder], fusion: FusionWeights
    ) -> None:
        """Search `store` with these embedders and weights."""
        self._store = store
        self._embedders = tuple(embedders)
        self._fusion = fusion

    def retrieve(
        self,
        intent: Intent,
        *,
        reader: Reader,
        limit: int = 10,
        kinds: Sequence[SourceKind] = (),
    ) -> Evidence:
        """Return the best passage of each of the `limit` best documents, best first.

        Raises `StoreUnavailableError` or `IndexDamagedError` from the store.
        """
        found = self.find(intent, reader=reader, limit=limit, kinds=kinds)
        return weigh(found, intent, self._fusion, limit)

    def find(
        self,
        intent: Intent,
        *,
        reader: Reader,
        limit: int,
        kinds: Sequence[SourceKind] = (),
    ) -> Found:
        """Return what any channel brings, with all its raw scores; raises as `retrieve`."""
        if intent.kind is IntentKind.EMPTY or not intent.text:
            return Found((), TermStatistics(0, {}))
        depth = max(DEPTH, 2 * limit)  # some candidates are of one document
        vectors = self._vectors(intent.text)
        hits = self._store.search(intent.text, vectors, reader=reader, limit=depth, kinds=kinds)
        counted = self._store.term_frequencies(intent.terms[:TERMS_AT_MOST], reader=reader)
        frequency = {term: number for term, number in counted.items() if term}
        return Found(tuple(hits), TermStatistics(counted.get("", 0), frequency))

    def _vectors(self, text: str) -> dict[str, Vector]:
        vectors: dict[str, Vector] = {}
        for embedder in self._embedders:
            if embedder.covers(text):
                vector = embedder.embed_question(text)
                vectors[embedder.name] = vectors[embedder.name + QUESTION_FORM] = vector
        return vectors


def weigh(found: Found, intent: Intent, fusion: FusionWeights, limit: int) -> Evidence:
    """Return the best passage of each of the `limit` best documents by these weights."""
    merged = merge(fuse(found.hits, intent, fusion), limit)
    ranked = across_languages(merged, intent, found.statistics)
    return Evidence(tuple(ranked), found.statistics, background(found.hits))


def background(hits: Sequence[Hit]) -> Mapping[str, tuple[float, ...]]:
    """Return each channel's raw scores over all hits, highest first."""
    found: dict[str, list[float]] = {}
    for hit in hits:
        for channel, score in hit.scores.items():
            found.setdefault(channel, []).append(score)
    return {channel: tuple(sorted(scores, reverse=True)) for channel, scores in found.items()}

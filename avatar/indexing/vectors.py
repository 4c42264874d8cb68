"""Which vectors a chunk gets from an embedder, and making them in well-filled batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from avatar.domain.chunks import Chunk
    from avatar.ports import Embedder, Vector

QUESTION_SUFFIX: Final = "-q"


def wanted(embedder: Embedder, chunk: Chunk) -> dict[str, str]:
    """Return the text to embed by vector name; empty when the model knows none of it."""
    texts = {embedder.name: chunk.indexed_text}
    if chunk.question:
        texts[embedder.name + QUESTION_SUFFIX] = chunk.question
    return {name: text for name, text in texts.items() if embedder.covers(text)}


def make_vectors(
    embedder: Embedder,
    chunks: Iterable[Chunk],
    known: Mapping[str, Mapping[str, Vector]],
) -> dict[str, dict[str, Vector]]:
    """Return this embedder's vectors by content hash, leaving out those that are known.

    Texts of like length are embedded side by side, so that short ones are not padded to long ones.
    """
    missing: dict[tuple[str, str], str] = {}
    for chunk in chunks:
        have = known.get(chunk.content_sha256, {})
        for name, text in wanted(embedder, chunk).items():
            if name not in have:
                missing[chunk.content_sha256, name] = text
    places = sorted(missing, key=lambda place: (len(missing[place]), place))
    made: dict[str, dict[str, Vector]] = {}
    for place, vector in zip(places, _embed(embedder, [missing[p] for p in places]), strict=True):
        made.setdefault(place[0], {})[place[1]] = vector
    return made


def _embed(embedder: Embedder, texts: Sequence[str]) -> Sequence[Vector]:
    return list(embedder.embed_passages(texts)) if texts else []

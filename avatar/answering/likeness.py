"""How like questions are to each other, whatever language each is in.

A cosine between two questions means something else than one between a question and its passage,
so the scales are others than those of `fusion`. They, and the mixture of models, were chosen on
paraphrased questions (StackFAQ, 63 threads of one kind of site, five wordings each: pairs joined
are right to .93, pairs to be joined are joined to .88) and on translated ones (XQuAD).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from avatar.answering.fusion import ANY, CROSSING, language_pair
from avatar.domain.language import text_language
from avatar.domain.weights import Scale

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from avatar.domain.weights import FusionWeights
    from avatar.ports import Embedder, Likeness

SAME: Final[Mapping[str, Scale]] = {
    "minilm": Scale(0.03, 0.59),
    "use": Scale(0.05, 0.54),
    ANY: Scale(0.0, 0.7),
}
ACROSS: Final[Mapping[str, Scale]] = {"use": Scale(0.04, 0.47), ANY: Scale(0.0, 0.6)}


def likeness(
    texts: Sequence[str], embedders: Sequence[Embedder], fusion: FusionWeights
) -> Likeness:
    """Return how like each text is to each: 0 for unrelated ones, 1 from where they ask the same.

    The models count for what they count for in a search. Shape (len(texts), len(texts)).
    """
    count = len(texts)
    total, weights = np.zeros((count, count)), np.zeros((count, count))
    languages = [text_language(text) for text in texts]
    for embedder in embedders:
        covered = [row for row, text in enumerate(texts) if embedder.covers(text)]
        if not covered:
            continue
        vectors = np.stack([embedder.embed_question(texts[row]) for row in covered])
        cosines = vectors.astype(np.float64) @ vectors.T.astype(np.float64)
        for first, second in _pairs(languages[row] for row in covered):
            rows = [i for i, row in enumerate(covered) if languages[row] == first]
            columns = [i for i, row in enumerate(covered) if languages[row] == second]
            pair = language_pair(first, second)
            weight = fusion.dense[pair].get(embedder.name, fusion.dense[pair][ANY])
            scales = ACROSS if pair == CROSSING else SAME
            scale = scales.get(embedder.name, scales[ANY])
            within = np.ix_([covered[i] for i in rows], [covered[i] for i in columns])
            near = cosines[np.ix_(rows, columns)]
            total[within] += weight * (near - scale.unrelated) / (scale.right - scale.unrelated)
            weights[within] += weight
    return np.divide(total, weights, out=np.zeros_like(total), where=weights > 0)


def _pairs(languages: Iterable[str]) -> list[tuple[str, str]]:
    there = sorted(set(languages))
    return [(first, second) for first in there for second in there]

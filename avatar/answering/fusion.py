"""From raw scores per channel to one ranking; which channels count depends on the languages.

Cosines of different models mean different things, so each is put on a common scale first. A
passage that waits for its slow vector is scored by the fast model alone on that scale, so it
neither wins nor loses by waiting.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from avatar.domain.documents import SourceKind
from avatar.domain.evidence import Passage
from avatar.domain.language import holds_chinese

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avatar.domain.chunks import Chunk
    from avatar.domain.evidence import Hit
    from avatar.domain.questions import Intent
    from avatar.domain.weights import FusionWeights

LEXICAL: Final = "lexical"
QUESTION_FORM: Final = "-q"
ANY: Final = "*"
CROSSING: Final = "cross"
"""The pair of a question and a passage in different languages."""

ALSO_AT_MOST: Final = 4
NEARLY_AS_GOOD: Final = 0.8
WORDS: Final = re.compile(r"\w+")


def language_pair(asked: str, written: str) -> str:
    """Name the pair of a question's and a passage's language the weights are keyed by."""
    if asked == written:
        return {"en": "latin", "zh": "han"}.get(asked, "other")
    return CROSSING


def pair_of(intent: Intent, chunk: Chunk) -> str:
    """Name the pair a passage is weighed by; code asked for in a Latin script has its own.

    Commands in a Chinese note are mostly Latin, but no translation of what a Chinese question
    asks: weighed as one, they would stand above the sentences that explain them.
    """
    is_mixed = intent.text_language == "zh" != chunk.language and holds_chinese(chunk.indexed_text)
    pair = language_pair(intent.text_language, "zh" if is_mixed else chunk.language)
    return "code" if pair == "latin" and chunk.kind is SourceKind.CODE else pair


def dense(scores: Mapping[str, float], pair: str, weights: FusionWeights) -> float | None:
    """Return the dense evidence on the common scale; None when no model scored the passage.

    A past answer has two cosines per model, to its question form and to the whole; their mean
    counts.
    """
    scales = weights.scales[pair]
    models = weights.dense[pair]
    total = weight_sum = 0.0
    for name, cosine in scores.items():
        if name == LEXICAL or name.endswith(QUESTION_FORM):
            continue
        weight = models.get(name, models[ANY])
        if weight > 0:
            form = scores.get(name + QUESTION_FORM)
            value = cosine if form is None else (cosine + form) / 2
            total += weight * scales.get(name, scales[ANY]).apply(value)
            weight_sum += weight
    return total / weight_sum if weight_sum else None


def form_likeness(scores: Mapping[str, float], pair: str, weights: FusionWeights) -> float:
    """Return how like the question a past answer's question form is; 0 for other passages."""
    forms = {
        name.removesuffix(QUESTION_FORM): cosine
        for name, cosine in scores.items()
        if name.endswith(QUESTION_FORM)
    }
    return max(0.0, dense(forms, pair, weights) or 0.0)


def lexical_weight(chunk: Chunk, pair: str, weights: FusionWeights) -> float:
    """Return what matching words count for, beside dense evidence that counts 1."""
    return weights.lexical["answers" if chunk.question and pair != CROSSING else pair]


def fuse(hits: Sequence[Hit], intent: Intent, weights: FusionWeights) -> list[Passage]:
    """Score every hit and return them best first; each keeps its raw scores."""
    best_lexical = max((hit.scores.get(LEXICAL, 0.0) for hit in hits), default=0.0)
    passages = []
    for hit in hits:
        pair = pair_of(intent, hit.chunk)
        weight = lexical_weight(hit.chunk, pair, weights)
        words = hit.scores.get(LEXICAL, 0.0) / best_lexical if best_lexical > 0 else 0.0
        near = dense(hit.scores, pair, weights)
        score = words if near is None else (near + weight * words) / (1 + weight)
        if intent.identifiers:
            score += weights.identifier * held_share(intent.identifiers, hit.chunk)
        passages.append(Passage(hit.chunk, score, dict(hit.scores)))
    return sorted(passages, key=lambda found: (-found.score, found.chunk.chunk_id))


def held_share(identifiers: Sequence[str], chunk: Chunk) -> float:
    """Return the share of the identifiers that stand in the chunk or in its path."""
    if not identifiers:
        return 0.0
    text = f"{chunk.document_id}\n{chunk.indexed_text}".lower()
    return sum(holds(name, text) for name in identifiers) / len(identifiers)


def holds(identifier: str, lowered: str) -> bool:
    """Whether the identifier stands in the lower-cased text as a whole name."""
    name = identifier.lower().removesuffix("()")
    start = lowered.find(name)
    while start >= 0:
        end = start + len(name)
        before = lowered[start - 1] if start else " "
        after = lowered[end] if end < len(lowered) else " "
        if not (_joins(before) and _joins(name[0])) and not (_joins(after) and _joins(name[-1])):
            return True
        start = lowered.find(name, start + 1)
    return False


def _joins(letter: str) -> bool:
    return letter == "_" or (letter.isascii() and letter.isalnum())


def merge(ranked: Sequence[Passage], limit: int) -> list[Passage]:
    """Return one passage per document, its best chunk, best first.

    `also` holds what was merged into it: its document's other chunks that are nearly as good,
    and copies of it that stand in other documents.
    """
    kept: dict[str, Passage] = {}
    also: dict[str, list[Chunk]] = {}
    shapes: dict[str, str] = {}
    for passage in ranked:
        chunk = passage.chunk
        home = chunk.document_id
        if home not in kept:
            if len(kept) >= limit:
                continue
            home = shapes.setdefault(_shape(chunk), home)
            if home == chunk.document_id:
                kept[home], also[home] = passage, []
                continue
        if _belongs(passage, kept[home], also[home]):
            also[home].append(chunk)
    return [_with_also(passage, also[home]) for home, passage in kept.items()]


def _with_also(passage: Passage, chunks: Sequence[Chunk]) -> Passage:
    return Passage(passage.chunk, passage.score, passage.scores, tuple(chunks))


def _belongs(passage: Passage, best: Passage, chunks: Sequence[Chunk]) -> bool:
    is_copy = passage.chunk.document_id != best.chunk.document_id
    is_good = is_copy or passage.score >= NEARLY_AS_GOOD * best.score
    return is_good and len(chunks) < ALSO_AT_MOST


def _shape(chunk: Chunk) -> str:
    """Return the words alone: copies share it, texts that differ in one word do not.

    A runbook for staging and one for production may differ in nothing else, and must stay two.
    """
    return " ".join(WORDS.findall(chunk.indexed_text)).casefold() or chunk.chunk_id

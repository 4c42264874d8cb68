"""What the evidence says about itself, as named numbers; pure, from what the reader may read.

| name | meaning |
|---|---|
| `dense` | dense evidence of the served passage on the common scale |
| `dense_cross` | the same when question and passage are in different languages, else 0 |
| `dense_gap` | how far it is above the best passage of another document |
| `dense_lead` | how far it is above the mean of the other passages |
| `dense_z` | how many deviations the best cosine stands above all candidates' |
| `dense_below_best` | how far the served passage is below the best dense one |
| `form` | likeness to a past answer's question form, 0 when it has none |
| `lexical` | BM25 of the served passage over the most the question's terms could give |
| `lexical_gap` | its lead over the best other document's, as a share |
| `coverage` | share of the question's terms in the served passage, weighted by rarity |
| `coverage_three` | the same for the three best passages together |
| `coverage_lead` | lead of `coverage` over the mean of the other passages |
| `window` | the same share for the best two neighbouring sentences of the served passage |
| `window_gap` | its lead over the best window of the other passages |
| `missing` | rarity of the rarest term the served passage lacks, 1 = occurs nowhere |
| `unknown` | share of terms that occur nowhere |
| `identifiers_missing` | share of the asked identifiers the served passage lacks |
| `same_top` | whether words and dense evidence prefer the same document |
| `support` | how many other documents come close |
| `cross`, `code`, `answer`, `han` | language pair, kind and language of the served passage |
| `lexical_cross`, `coverage_cross`, `missing_cross` | the same three across languages |
| `length` | logarithm of the number of terms |

Nothing may betray that a passage was taken away: rarity is a share of the greatest possible
rarity for the same total, and an unknown term is exactly 1. When languages are crossed, word
features are computed on the words both can share, and those are few: a year that stands in both
says far less than all the words of a question, so they then count under names of their own.
"""

from __future__ import annotations

import math
from statistics import fmean, pstdev
from typing import TYPE_CHECKING, Final

from avatar.answering.fusion import (
    CROSSING,
    LEXICAL,
    QUESTION_FORM,
    dense,
    form_likeness,
    held_share,
    pair_of,
)
from avatar.answering.sentences import split_sentences
from avatar.domain.documents import SourceKind
from avatar.domain.han import bridges
from avatar.domain.terms import terms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from avatar.domain.evidence import Evidence, Passage, TermStatistics
    from avatar.domain.questions import Intent
    from avatar.domain.weights import FusionWeights

NAMES: Final = (
    "dense", "dense_cross", "dense_gap", "dense_lead", "dense_z", "dense_below_best", "form",
    "lexical", "lexical_gap", "coverage", "coverage_three", "missing", "unknown",
    "identifiers_missing", "same_top", "support", "cross", "code", "answer", "han", "length",
    "lexical_cross", "coverage_cross", "missing_cross", "coverage_lead", "window",
    "window_gap",
)  # fmt: skip
LEADS: Final = ("coverage_lead", "window_gap")
FEW: Final = 2
"""Passages up to which a lead over the others says nothing."""

NEARBY: Final = 0.9
COMPARED: Final = 5
"""Passages whose sentences are looked at; cutting them takes time."""

SATURATION: Final = 2.2
"""BM25 gives a term at most k1 + 1 times its inverse document frequency."""


def compute(intent: Intent, evidence: Evidence, fusion: FusionWeights) -> dict[str, float]:
    """Return the features of `NAMES`; all 0 when nothing was found.

    Those of `LEADS` are left out, and so count neither way, where hardly anything was found: to
    stand out among two notes is no sign of anything.
    """
    found = dict.fromkeys(NAMES, 0.0)
    top = evidence.top
    found["length"] = math.log1p(len(intent.terms))
    if top is None:
        return found
    pair = pair_of(intent, top.chunk)
    found |= _dense(intent, evidence.passages, pair, fusion)
    found["dense_z"] = _z(top, evidence.background)
    words = _lexical(intent, evidence, pair)
    found |= _across(words) if pair == CROSSING else words
    found |= {
        "cross": float(pair == CROSSING),
        "code": float(top.chunk.kind is SourceKind.CODE),
        "answer": float(bool(top.chunk.question)),
        "han": float(intent.text_language == "zh"),
        "form": form_likeness(top.scores, pair, fusion),
        "support": math.log1p(_support(evidence.passages)),
    }
    if len(evidence.passages) <= FEW:
        for name in LEADS:
            del found[name]
    if intent.identifiers:
        found["identifiers_missing"] = 1.0 - held_share(intent.identifiers, top.chunk)
    return found


def rarity(term: str, statistics: TermStatistics) -> float:
    """Return how rare a term is: 1 when it occurs nowhere, 0 when everywhere."""
    if statistics.total <= 0:
        return 1.0
    count = min(statistics.frequency.get(term, 0), statistics.total)
    return _idf(count, statistics.total) / _idf(0, statistics.total)


def words_of(passage: Passage) -> frozenset[str]:
    """Return the terms of a passage as they were indexed."""
    return frozenset(terms(passage.chunk.indexed_text))


def shareable(asked: Sequence[str], pair: str) -> list[str]:
    """Return the terms a passage of the other language could hold: names and numbers."""
    if pair != CROSSING:
        return [*asked]
    return [term for term in asked if not term.isalpha() and term.isascii()]


def meant(intent: Intent, statistics: TermStatistics, pair: str) -> list[str]:
    """Return the terms a passage is held to: none that merely joins two words of the notes."""
    joints = bridges(intent.terms, lambda term: bool(statistics.frequency.get(term)))
    return [term for term in shareable(intent.terms, pair) if term not in joints]


def _idf(count: int, total: int) -> float:
    return math.log(1 + (total - count + 0.5) / (count + 0.5))


def _dense(
    intent: Intent, passages: Sequence[Passage], pair: str, fusion: FusionWeights
) -> dict[str, float]:
    scores = [
        dense(found.scores, pair_of(intent, found.chunk), fusion) or 0.0 for found in passages
    ]
    served, others = scores[0], scores[1:]
    return {
        "dense": served,
        "dense_cross": served if pair == CROSSING else 0.0,
        "dense_gap": served - max(others) if others else 0.0,
        "dense_lead": served - fmean(others) if others else 0.0,
        "dense_below_best": max(scores) - served,
    }


def _z(top: Passage, background: Mapping[str, tuple[float, ...]]) -> float:
    """Average, over the models, of the served passage's distance from the candidates."""
    values = []
    for name, scores in background.items():
        if name == LEXICAL or name.endswith(QUESTION_FORM) or len(scores) < 3:
            continue
        deviation = pstdev(scores)
        if name in top.scores and deviation > 0:
            values.append((top.scores[name] - fmean(scores)) / deviation)
    return fmean(values) if values else 0.0


def _lexical(intent: Intent, evidence: Evidence, pair: str) -> dict[str, float]:
    asked = meant(intent, evidence.statistics, pair)
    rare = {term: rarity(term, evidence.statistics) for term in asked}
    total = sum(rare.values())
    top, *others = evidence.passages
    of_top = max(0.0, top.scores.get(LEXICAL, 0.0))
    best_other = max((max(0.0, found.scores.get(LEXICAL, 0.0)) for found in others), default=0.0)
    greatest = max(of_top, best_other)
    by_words = max(evidence.passages, key=lambda found: found.scores.get(LEXICAL, 0.0))
    result = {
        "lexical_gap": (of_top - best_other) / greatest if greatest > 0 else 0.0,
        "same_top": float(by_words is top),
        "unknown": 0.0,
    }
    if not total:
        return result
    held = words_of(top)
    result |= _concentration(evidence.passages, rare)
    three = held.union(*(words_of(found) for found in evidence.passages[1:3]))
    most = SATURATION * total * _idf(0, max(evidence.statistics.total, 1))
    return result | {
        "lexical": min(2.0, of_top / most),
        "coverage": sum(rare[term] for term in asked if term in held) / total,
        "coverage_three": sum(rare[term] for term in asked if term in three) / total,
        "missing": max((rare[term] for term in asked if term not in held), default=0.0),
        "unknown": sum(not evidence.statistics.frequency.get(term) for term in asked) / len(asked),
    }


def _concentration(passages: Sequence[Passage], rare: Mapping[str, float]) -> dict[str, float]:
    """Return how much of the question one place holds: an answer stands in few sentences."""

    def share(held: AbstractSet[str]) -> float:
        return sum(value for term, value in rare.items() if term in held) / total

    total = sum(rare.values())
    covered = [share(words_of(found)) for found in passages]
    best = [max(map(share, _windows(found)), default=0.0) for found in passages[:COMPARED]]
    return {
        "coverage_lead": covered[0] - fmean(covered[1:]) if covered[1:] else 0.0,
        "window": best[0],
        "window_gap": best[0] - max(best[1:]) if best[1:] else 0.0,
    }


def _windows(passage: Passage) -> list[frozenset[str]]:
    """Return the terms of each two neighbouring sentences."""
    cut = [frozenset(terms(text)) for text in split_sentences(passage.chunk.indexed_text)]
    return [one | other for one, other in zip(cut, [*cut[1:], frozenset()], strict=True)]


def _across(words: Mapping[str, float]) -> dict[str, float]:
    """Return what matching words say of a passage in another language."""
    return {f"{name}_cross": words.get(name, 0.0) for name in ("lexical", "coverage", "missing")}


def _support(passages: Sequence[Passage]) -> int:
    best = passages[0].score
    return sum(found.score >= NEARBY * best for found in passages[1:])

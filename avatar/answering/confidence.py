"""How sure the evidence makes us, as a probability with reasons in words.

The probability is plain arithmetic on the shipped weights. Reasons name only what stands in the
question or in passages this reader may read.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from avatar.answering.features import meant, rarity, words_of
from avatar.answering.fusion import CROSSING, holds, pair_of
from avatar.domain.decisions import Confidence, Reason
from avatar.domain.han import bare, whole_words
from avatar.domain.questions import Language
from avatar.domain.terms import HAN_RUN, WORD, stem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar.domain.evidence import Evidence, Passage
    from avatar.domain.questions import Intent
    from avatar.domain.weights import ConfidenceWeights

REASONS_AT_MOST: Final = 4
WORDS_AT_MOST: Final = 5
SAME_WORDS: Final = 1.6
"""Likeness to a question form from which it is called almost word for word."""
NEAR: Final = 0.8
FAR: Final = 0.45
RARE: Final = 0.4
MOSTLY: Final = 0.5
ABOUT_WORDS: Final = (
    "coverage", "coverage_lead", "window", "window_gap", "missing", "unknown", "coverage_cross",
    "missing_cross",
)  # fmt: skip

TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    "nothing-found": (
        "nothing I can share with you speaks of this",
        "我能分享给你的内容里没有提到这个",
    ),
    "identifier-unknown": (
        "I know nothing that mentions {names}",
        "我的资料里没有出现过 {names}",
    ),
    "identifier-elsewhere": (
        "the closest passage does not mention {names}",
        "最接近的段落没有提到 {names}",
    ),
    "words-unknown": (
        "I know nothing that mentions: {names}",
        "我的资料里没有提到：{names}",
    ),
    "words-missing": (
        "the closest passage does not mention: {names}",
        "最接近的段落没有提到：{names}",
    ),
    "nothing-close": ("nothing I know comes close to the question", "我知道的内容都和问题不太接近"),
    "several-close": (
        "several documents come equally close: {names}",
        "有几份文档同样接近：{names}",
    ),
    "past-answer-same": (
        "it matches a past answer almost word for word",
        "和一条以往的回答几乎一字不差",
    ),
    "past-answer-like": (
        "it is much like a question answered before",
        "和以前回答过的一个问题很像",
    ),
    "close-passage": (
        "one passage comes very close to the question",
        "有一段内容和问题非常接近",
    ),
    "words-covered": (
        "the passage holds every word of the question",
        "这段内容包含问题里的全部词语",
    ),
    "crossed-languages": (
        "the passage is in another language than the question",
        "找到的内容和问题不是同一种语言",
    ),
}


def judge(
    features: Mapping[str, float],
    evidence: Evidence,
    intent: Intent,
    weights: ConfidenceWeights,
) -> Confidence:
    """Return the probability that the best passage answers, and why, strongest reason first."""
    if evidence.top is None:
        reason = _reason("nothing-found", intent.language)
        return Confidence(0.0, dict(features), (reason,), weights.is_calibrated)
    parts = contributions(features, weights)
    return Confidence(
        probability(parts, weights),
        dict(features),
        _reasons(features, evidence, intent, parts),
        weights.is_calibrated,
    )


def probability(parts: Mapping[str, float], weights: ConfidenceWeights) -> float:
    """Return the probability that these contributions add up to."""
    plain = logistic(weights.intercept + sum(parts.values()))
    corners = weights.rising
    if not corners:
        return plain
    after = next((i for i, (x, _) in enumerate(corners) if x >= plain), len(corners))
    if after in {0, len(corners)}:
        return corners[min(after, len(corners) - 1)][1]
    (left, low), (right, high) = corners[after - 1], corners[after]
    return low + (high - low) * (plain - left) / (right - left)


def contributions(features: Mapping[str, float], weights: ConfidenceWeights) -> dict[str, float]:
    """Return what each feature adds to the log-odds; a feature that is absent adds nothing."""
    parts = {}
    for name, coefficient in weights.coefficient.items():
        if name in features:
            standard = (features[name] - weights.mean[name]) / weights.scale[name]
            parts[name] = coefficient * max(-weights.clip, min(weights.clip, standard))
    return parts


def logistic(log_odds: float) -> float:
    """Turn log-odds into a probability without overflow."""
    if log_odds >= 0:
        return 1.0 / (1.0 + math.exp(-log_odds))
    odds = math.exp(log_odds)
    return odds / (1.0 + odds)


def _reasons(
    features: Mapping[str, float],
    evidence: Evidence,
    intent: Intent,
    parts: Mapping[str, float],
) -> tuple[Reason, ...]:
    top = evidence.passages[0]
    found = [
        *_about_identifiers(evidence, intent, parts),
        *_about_words(evidence, intent, parts, known=features.get("coverage", 0.0)),
        *_about_closeness(features, evidence, intent, parts),
    ]
    if pair_of(intent, top.chunk) == CROSSING:
        found.append(_reason("crossed-languages", intent.language, weight=parts.get("cross", 0.0)))
    found.sort(key=lambda reason: -abs(reason.weight))
    return tuple(found[:REASONS_AT_MOST])


def _about_identifiers(
    evidence: Evidence, intent: Intent, parts: Mapping[str, float]
) -> list[Reason]:
    texts = [
        f"{chunk.document_id}\n{chunk.indexed_text}".lower()
        for passage in evidence.passages
        for chunk in (passage.chunk, *passage.also)
    ]
    weight = -abs(parts.get("identifiers_missing", 0.0)) - 0.5
    nowhere = [name for name in intent.identifiers if not any(holds(name, text) for text in texts)]
    elsewhere = [
        name for name in intent.identifiers if name not in nowhere and not holds(name, texts[0])
    ]
    found = []
    if nowhere:
        names = _ticked(nowhere, intent.language)
        found.append(_reason("identifier-unknown", intent.language, names, weight))
    if elsewhere:
        names = _ticked(elsewhere, intent.language)
        found.append(_reason("identifier-elsewhere", intent.language, names, weight / 2))
    return found


def _ticked(names: list[str], language: Language) -> str:
    listed = ", ".join(f"`{name}`" for name in names[:WORDS_AT_MOST])
    if language is Language.ENGLISH and len(names) == 1:
        return f"the identifier {listed}"
    return listed


def _about_words(
    evidence: Evidence, intent: Intent, parts: Mapping[str, float], *, known: float
) -> list[Reason]:
    top = evidence.passages[0]
    pair = pair_of(intent, top.chunk)
    asked = meant(intent, evidence.statistics, pair)
    if not asked:
        return []
    held = words_of(top)
    weight = sum(parts.get(name, 0.0) for name in ABOUT_WORDS)
    nowhere = [term for term in asked if not evidence.statistics.frequency.get(term)]
    absent = [
        term
        for term in asked
        if term not in held and term not in nowhere and rarity(term, evidence.statistics) > RARE
    ]
    found = []
    if nowhere:
        names = as_asked(nowhere, intent.text)
        found.append(_reason("words-unknown", intent.language, names, -abs(weight)))
    elif absent and (weight < 0 or known < MOSTLY):
        names = as_asked(absent, intent.text)
        found.append(_reason("words-missing", intent.language, names, -abs(weight)))
    if known >= 0.999 and len(asked) > 1 and pair != CROSSING:
        found.append(_reason("words-covered", intent.language, weight=abs(weight)))
    return found


def _about_closeness(
    features: Mapping[str, float],
    evidence: Evidence,
    intent: Intent,
    parts: Mapping[str, float],
) -> list[Reason]:
    near = features.get("dense", 0.0)
    weight = parts.get("dense", 0.0) + parts.get("dense_cross", 0.0) + parts.get("form", 0.0)
    form = features.get("form", 0.0)
    if form >= NEAR:
        is_crossed = pair_of(intent, evidence.passages[0].chunk) == CROSSING
        is_same = form >= SAME_WORDS and not is_crossed
        code = "past-answer-same" if is_same else "past-answer-like"
        return [_reason(code, intent.language, weight=abs(weight))]
    if near <= FAR:
        return [_reason("nothing-close", intent.language, weight=-abs(weight))]
    rivals = [found for found in evidence.passages[1:4] if _is_rival(found, evidence.passages[0])]
    if rivals:
        places = [evidence.passages[0], *rivals]
        names = ", ".join(found.chunk.document_id for found in places)
        gap = -abs(parts.get("dense_gap", 0.0))
        return [_reason("several-close", intent.language, names, gap)]
    if near >= NEAR:
        return [_reason("close-passage", intent.language, weight=abs(weight))]
    return []


def _is_rival(found: Passage, top: Passage) -> bool:
    return found.score >= 0.95 * top.score


def as_asked(found: list[str], text: str) -> str:
    """Return the words of the question behind the terms, as they were typed."""
    wanted = set(found)
    words = [
        word
        for word in WORD.findall(text)
        if stem(word.lower().removesuffix("'s")) in wanted or word.lower() in wanted
    ]
    for run in HAN_RUN.findall(text):
        words.extend(whole_words(run, wanted))
    longer = [word for word in words if len(word) > 1]
    shown = list(dict.fromkeys(longer or words or map(bare, found)))
    return ", ".join(shown[:WORDS_AT_MOST])


def _reason(code: str, language: Language, names: str = "", weight: float = 0.0) -> Reason:
    english, chinese = TEXTS[code]
    text = chinese if language is Language.CHINESE else english
    return Reason(code, text.format(names=names) if names else text, weight, names)

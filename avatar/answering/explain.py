"""Why a decision was taken, and what would have made it surer, in words for the owner.

Derived from the record alone, so that it can be asked of any decision, also of old ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from avatar.answering.confidence import ABOUT_WORDS, NEAR, contributions
from avatar.answering.feature_words import feature_words
from avatar.answering.policy import PolicyCode
from avatar.domain import opinion
from avatar.domain.decisions import Reason
from avatar.domain.journal import OutcomeKind
from avatar.domain.questions import Language

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from avatar.domain.journal import JournalEntry
    from avatar.domain.weights import ConfidenceWeights

STRONGEST: Final = 3
SAYS_NOTHING: Final = 0.05
"""Log-odds below which a sign is not worth a word."""

CONCLUSIONS: Final = frozenset({"low-confidence", "no-evidence"})
"""Reasons that sum up what the evidence says, and are none themselves."""

SAID_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "identifier-unknown": ("identifiers_missing",),
    "identifier-elsewhere": ("identifiers_missing",),
    "words-unknown": ABOUT_WORDS,
    "words-missing": ABOUT_WORDS,
    "words-covered": ABOUT_WORDS,
    "nothing-close": ("dense", "dense_cross", "form"),
    "close-passage": ("dense", "dense_cross", "form"),
    "past-answer-same": ("dense", "dense_cross", "form"),
    "past-answer-like": ("dense", "dense_cross", "form"),
    "several-close": ("dense_gap",),
    "crossed-languages": ("cross",),
}
"""The features a reason in words has spoken for already."""

RAISED_BY: Final[Mapping[str, tuple[str, str]]] = {
    "identifier-unknown": ("a note that mentions {names}", "一条提到 {names} 的笔记"),
    "identifier-elsewhere": (
        "a passage that answers it and mentions {names}",
        "一段既回答问题又提到 {names} 的内容",
    ),
    "words-unknown": ("a note that mentions: {names}", "一条提到 {names} 的笔记"),
    "words-missing": (
        "a passage that answers it and mentions: {names}",
        "一段既回答问题又提到 {names} 的内容",
    ),
    "nothing-found": (
        "a note about this that the asker may read",
        "一条关于这件事、提问者可以读到的笔记",
    ),
    "nothing-close": ("a note about this, in the question's words", "一条用问题里的说法写的笔记"),
    "several-close": (
        "one place that says it instead of several: {names}",
        "只在一处写明，而不是分散在几处：{names}",
    ),
    "crossed-languages": (
        "the same text in the language of the question",
        "用提问的语言写一份同样的内容",
    ),
    "draft-mode": (
        "your leave to answer from there by itself: `avatar mode {names} auto`",
        "允许它自己用那里的内容回答：`avatar mode {names} auto`",
    ),
    "rejected": (
        "other lines in your files, or your approval of this draft",
        "资料中改写过的内容，或由你确认这份草稿",
    ),
    "contradiction": (
        "past answers that agree: correct or forget one of them",
        "前后一致的以往回答：改正或删掉其中一条",
    ),
    "stale": (
        "a past answer that was looked at since its lines changed",
        "在依据改动之后重新确认过的以往回答",
    ),
    "not-readable": (
        "a source with an audience the asker belongs to",
        "一份提问者有权读到的资料",
    ),
    "secret": ("a file without the secret in it", "一份不含密码或密钥的文件"),
    "index-unavailable": (
        "an index that can be searched: `avatar doctor`",
        "可以检索的索引：`avatar doctor`",
    ),
    "model-insufficient": ("a passage that states the very detail", "一段写明这个细节的内容"),
    "model-refused": ("a passage that states the very detail", "一段写明这个细节的内容"),
    "model-disagrees": ("a passage that says it outright", "一段直接写明答案的内容"),
    "model-unsupported": ("a passage that says it outright", "一段直接写明答案的内容"),
    "model-silent": ("a language model that replies", "能够答复的语言模型"),
}
"""What would have raised confidence, by the reason that lowered it, in English and Chinese."""

PAST_ANSWER: Final = ("a past answer to this very question", "一条对这个问题的以往回答")
CALIBRATION: Final = (
    "a calibration on your own answers: `avatar calibrate`",
    "用你自己的回答做一次校准：`avatar calibrate`",
)
YOURS: Final = (
    "nothing: such questions are always yours",
    "没有：这类问题总是由你本人答复",
)
SIGNS: Final = (
    ("{sign} speaks for it", "{sign}支持这个回答"),
    ("{sign} speaks against it", "{sign}不利于这个回答"),
)


def strongest(
    entry: JournalEntry, weights: ConfidenceWeights, language: Language
) -> tuple[Reason, ...]:
    """Return the three strongest reasons of a decision, filled up from its bare evidence.

    `weights` are those in force now; what was said at the time comes before what they add.
    """
    first = [r for r in entry.reasons if not r.weight and r.code not in CONCLUSIONS]
    weighed = sorted((r for r in entry.reasons if r.weight), key=lambda r: -abs(r.weight))
    found = [*first, *weighed][:STRONGEST]
    # a model's opinion is one thing, told in the reasons if at all; its parts alone mislead
    spoken = {name for reason in found for name in SAID_BY.get(reason.code, ())} | {*opinion.NAMES}
    parts = contributions(entry.features, weights)
    left = sorted((n for n in parts if n not in spoken), key=lambda name: -abs(parts[name]))
    signs = [
        _sign(name, parts[name], language, is_absent=not entry.features[name])
        for name in left
        if abs(parts[name]) > SAYS_NOTHING
    ]
    return (*found, *signs[: STRONGEST - len(found)])


def raising(entry: JournalEntry, language: Language, *, is_calibrated: bool) -> tuple[str, ...]:
    """Return what would have raised confidence, or let it answer, most telling first.

    Empty for an answer that nothing spoke against.
    """
    if any(reason.code in set(PolicyCode) for reason in entry.reasons):
        return (_in(YOURS, language),)
    found = list(raised_by(entry.reasons, language))
    is_unsure = entry.outcome is OutcomeKind.ESCALATE and any(
        reason.code in CONCLUSIONS for reason in entry.reasons
    )
    if is_unsure and entry.features.get("form", 0.0) < NEAR:
        found.append(_in(PAST_ANSWER, language))
    if is_unsure and not is_calibrated:
        found.append(_in(CALIBRATION, language))
    return tuple(found)


def raised_by(reasons: Iterable[Reason], language: Language) -> tuple[str, ...]:
    """Return what would have taken each of these reasons away."""
    texts = [
        _in(RAISED_BY[reason.code], language).format(names=reason.names or "…")
        for reason in reasons
        if reason.code in RAISED_BY
    ]
    return tuple(dict.fromkeys(texts))


def _sign(name: str, weight: float, language: Language, *, is_absent: bool) -> Reason:
    words = feature_words(name, language, is_absent=is_absent)
    text = _in(SIGNS[weight < 0], language).format(sign=words)
    return Reason(f"sign-{name}", text, weight)


def _in(texts: tuple[str, str], language: Language) -> str:
    english, chinese = texts
    return chinese if language is Language.CHINESE else english

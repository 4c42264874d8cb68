"""Which language a text is written in, by its script."""

from __future__ import annotations

import re
from typing import Final

from avatar.domain.questions import Language

HAN: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
OTHER_SCRIPT: Final = re.compile(
    r"[\u0370-\u03ff\u0400-\u052f\u0590-\u06ff\u0900-\u0dff\u0e00-\u0e7f\u3040-\u30ff\uac00-\ud7af]"
)
LATIN: Final = re.compile(r"[A-Za-z\u00c0-\u024f]")

HAN_WEIGHT: Final = 3
"""One Han character carries about as much as three Latin letters."""

CHINESE_WORDS: Final = 8
"""Han characters: more than a name in an English text, fewer than a heading and a comment."""


def text_language(text: str) -> str:
    """Return `zh`, `en` (any Latin script) or `other`, whichever script carries most of it."""
    han = HAN_WEIGHT * len(HAN.findall(text))
    other = HAN_WEIGHT * len(OTHER_SCRIPT.findall(text))
    latin = len(LATIN.findall(text))
    if other > max(han, latin):
        return "other"
    if han and han >= latin / HAN_WEIGHT:
        return "zh"
    return "en" if latin else "other"


def holds_chinese(text: str) -> bool:
    """Whether a text in any script is part of a Chinese one: commands under a Chinese heading."""
    return len(HAN.findall(text)) >= CHINESE_WORDS


def reply_language(text: str) -> Language:
    """Return the language the product answers in: Chinese when any is spoken, else English."""
    return Language.CHINESE if text_language(text) == "zh" else Language.ENGLISH

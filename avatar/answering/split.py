"""Split evidence: several equally good passages that differ in one slot the question left open.

Only then is it worth asking back, and only with options that stand in the evidence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from avatar.domain.terms import STOPWORDS, WORD, terms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avatar.domain.chunks import Chunk
    from avatar.domain.evidence import Evidence
    from avatar.domain.questions import Intent

CLOSE: Final = 0.85
OPTIONS_AT_MOST: Final = 4
LOOKED_AT: Final = 6
TITLE_TERMS_AT_MOST: Final = 12

ENVIRONMENTS: Final[Mapping[str, str]] = {
    "staging": "staging", "stage": "staging", "预发": "staging", "预发布": "staging",
    "production": "production", "prod": "production", "live": "production",
    "生产": "production", "线上": "production", "正式环境": "production",
    "development": "development", "dev": "development", "开发环境": "development",
    "test": "test", "testing": "test", "测试环境": "test", "qa": "qa", "uat": "uat",
    "sandbox": "sandbox", "沙箱": "sandbox", "local": "local", "本地": "local",
    "canary": "canary", "灰度": "canary", "preprod": "preprod",
}  # fmt: skip
VERSION: Final = re.compile(r"\bv?\d+(?:\.\d+)*\b|\bv\d+\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Option:
    """One way to read the question: what it is called in the evidence, and where that stands."""

    label: str
    chunk: Chunk


@dataclass(frozen=True, slots=True)
class _Candidate:
    title: str
    words: tuple[str, ...]
    chunk: Chunk


def find(evidence: Evidence, intent: Intent) -> tuple[Option, ...]:
    """Return the options to ask back with; empty unless the evidence is truly split."""
    if evidence.top is None or evidence.top.score <= 0 or intent.identifiers:
        return ()  # what is unlike the question altogether cannot be split about it
    lead, *rest = _candidates(evidence)
    options = [lead]
    for other in rest:
        if all(_is_rival(other, seen, intent) for seen in options):
            options.append(other)
    if len(options) < 2 or _names_one(options, intent):
        return ()
    labels = _labels(options[:OPTIONS_AT_MOST])
    return tuple(
        Option(label, candidate.chunk)
        for label, candidate in zip(labels, options[:OPTIONS_AT_MOST], strict=True)
    )


def _candidates(evidence: Evidence) -> list[_Candidate]:
    best = evidence.passages[0].score
    chunks = [
        chunk
        for passage in evidence.passages[:LOOKED_AT]
        if passage.score >= CLOSE * best
        for chunk in (passage.chunk, *(c for c in passage.also if _same_home(c, passage.chunk)))
    ]
    return [_Candidate(title(chunk), _words(title(chunk)), chunk) for chunk in chunks]


def _same_home(chunk: Chunk, other: Chunk) -> bool:
    return chunk.document_id == other.document_id and not chunk.question


def title(chunk: Chunk) -> str:
    """Return what a passage is about in a few words: its question, heading, symbol or file."""
    if chunk.question:
        return chunk.question
    if chunk.headings:
        return chunk.headings[-1]
    name = chunk.document_id.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return chunk.symbol or re.sub(r"[-_]+", " ", name)


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(terms(text)))


def _is_rival(one: _Candidate, other: _Candidate, intent: Intent) -> bool:
    """Whether two titles say the same about the question but differ in exactly one slot."""
    mine, theirs = _difference(one, other)
    if not mine or not theirs or max(len(one.words), len(other.words)) > TITLE_TERMS_AT_MOST:
        return False
    asked = set(intent.terms)
    shared = set(one.words) & set(other.words)
    if not shared or not shared & asked:
        return False
    if {_slot(mine), _slot(theirs)} <= {"environment", "version"}:
        return _slot(mine) == _slot(theirs) and _value(mine) != _value(theirs)
    if len(shared) < 2:
        return False
    if _is_one_word(mine) and _is_one_word(theirs):
        return True
    return _subject(one.title) == _subject(other.title) != ""


def _difference(one: _Candidate, other: _Candidate) -> tuple[str, str]:
    """Return the run of text in which each title differs from the other."""
    a, b = _tokens(one.title), _tokens(other.title)
    start = 0
    while start < min(len(a), len(b)) and a[start].lower() == b[start].lower():
        start += 1
    end = 0
    room = min(len(a), len(b)) - start
    while end < room and a[-1 - end].lower() == b[-1 - end].lower():
        end += 1
    joint = "" if _is_han(one.title) else " "
    return joint.join(a[start : len(a) - end]), joint.join(b[start : len(b) - end])


def _is_han(text: str) -> bool:
    return bool(re.search(r"[\u4e00-\u9fff]", text))


def _tokens(text: str) -> list[str]:
    return re.findall(r"[\u4e00-\u9fff]|[A-Za-z0-9_][\w.:/-]*", text)


def _slot(difference: str) -> str:
    if difference.lower() in ENVIRONMENTS:
        return "environment"
    if VERSION.fullmatch(difference.removeprefix("version ").strip()):
        return "version"
    return ""


def _value(difference: str) -> str:
    return ENVIRONMENTS.get(difference.lower(), difference.lower())


def _is_one_word(difference: str) -> bool:
    words = [word for word in WORD.findall(difference) if word.lower() not in STOPWORDS]
    if _is_han(difference):
        return 2 <= len(difference) <= 5 and not words
    return len(words) == 1


def _subject(title: str) -> str:
    """Return what stands before the colon of `Subject: variant`; empty when there is no colon."""
    subject, colon, variant = title.replace("：", ":").partition(":")
    return subject.strip().lower() if colon and variant.strip() else ""


def _names_one(options: Sequence[_Candidate], intent: Intent) -> bool:
    """Whether the question says which of them is meant."""
    lowered = intent.text.lower()
    asked = set(intent.terms)
    for one in options:
        for other in options:
            mine = _difference(one, other)[0]
            if one is other or not mine:
                continue
            if set(terms(mine)) & asked or _value_named(mine, lowered):
                return True
    return False


def _value_named(difference: str, lowered: str) -> bool:
    value = _value(difference)
    names = [name for name, meant in ENVIRONMENTS.items() if meant == value] or [value]
    return any(
        (name in lowered if _is_han(name) else re.search(rf"\b{re.escape(name)}\b", lowered))
        for name in names
    )


def _labels(options: Sequence[_Candidate]) -> list[str]:
    """Label each option by the slot alone when that says it, else by its whole title."""
    first, second = options[0], options[1]
    labels = [_difference(first, second)[0]]
    labels.extend(_difference(other, first)[0] for other in options[1:])
    if len(set(labels)) == len(labels) and all(labels):
        return labels
    return [option.title for option in options]

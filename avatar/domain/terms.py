"""Words of a text, the same way everywhere: in the index, in features, and in reasons.

English words are lower-cased and stripped of inflection, identifiers keep their whole form and
give their parts besides, Chinese is cut into overlapping pairs of characters.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from avatar.domain.han import asked_pairs, pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

INVISIBLE: Final = re.compile(
    r"[\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
"""Zero-width, direction-changing and tag characters: they hide text from people."""

CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
WORD: Final = re.compile(r"[A-Za-z\u00c0-\u024f0-9_]+(?:[.'\u2019:/-][A-Za-z\u00c0-\u024f0-9_]+)*")
HAN_RUN: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
OTHER_WORD: Final = re.compile(
    r"[^\W\d_A-Za-z\u00c0-\u024f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+"
)
CAMEL_PART: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
JOINTS: Final = re.compile(r"[^A-Za-z\u00c0-\u024f0-9]+")

IDENTIFIER: Final = re.compile(
    r"`[^`\n]{1,80}`"
    r"|(?<![\w.-])(?:~?/|\./|\.\./)?[\w.-]++(?:/[\w.-]++)+"
    r"|(?<![\w-])--?[A-Za-z][\w-]+(?:=\S+)?"
    r"|\b[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+\b(?:\(\))?"
    r"|\b[A-Za-z]\w*_\w+\b|\b_\w+\b"
    r"|\b[a-z]+[A-Z]\w*\b|\b[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]*)+\b"
    r"|\b[A-Za-z](?=[A-Za-z]{0,40}\d)[A-Za-z0-9]{5,80}\b"
    r"|\b[A-Z]{1,6}-?\d{2,}\w*\b|\bv?\d+(?:\.\d+)+\b|\b0x[0-9a-fA-F]+\b",
    re.ASCII,
)
"""Code names, paths, flags, error codes and versions, by their shape."""

SENTENCE_JOIN: Final = re.compile(r"^[a-z]+\.[A-Z][a-z]+$")
QUOTED: Final = re.compile(
    r"\"([^\"\n]{2,120})\"|\u201c([^\u201d\n]{2,120})\u201d|\u300c([^\u300d\n]{2,120})\u300d"
)

_ENGLISH_STOPWORDS: Final = """
    a about above after again all also am an and any are as at be because been before being below
    between both but by can cannot could did do does doing don down during each either else ever few
    for from further get give gives go got had has have having he hello her here hers hey hi him his
    how however i if in into is it its itself just know let like lot made make makes many may me
    might mine more most much must my near need no nor not now of off ok on once one only or other
    our ours out over own please possible same say she should so some such tell than thank thanks
    that the their theirs them then there these they this those through to too under until up upon
    us use used uses using very want was way we were what when where whether which while who whom
    whose why will with within would you your yours s t re ve ll d m im isn aren wasn doesn didn
"""
STOPWORDS: Final = frozenset(_ENGLISH_STOPWORDS.split())

_HAN_STOPWORDS: Final = """
    什么 怎么 怎样 如何 哪里 哪个 哪些 哪儿 为什 多少 是否 可以 能否 能不 不能 请问 一下 一个
    我们 你们 他们 这个 那个 这些 那些 有没 没有 的是 是什 么是 了吗 是的 吗 呢 吧 的 了 是 在
    有 和 与 或 及 我 你 他 她 它 这 那 个 们 么 请 问 会 要 想 能 可 以 把 被 让 给 对 从 到 就
    都 也 还 又 很
"""
HAN_STOPWORDS: Final = frozenset(_HAN_STOPWORDS.split())


def normalise(text: str) -> str:
    """Return the text in NFKC without invisible and control characters; line breaks stay."""
    cleaned = INVISIBLE.sub("", CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")))
    return unicodedata.normalize("NFKC", cleaned)


def identifier_parts(word: str) -> list[str]:
    """Return the parts of a camelCase, snake_case or dotted name; empty when it has only one."""
    if word.isalpha() and (word.islower() or word[1:].islower()):
        return []
    parts = [part for joint in JOINTS.split(word) for part in CAMEL_PART.findall(joint)]
    return parts if len(parts) > 1 else []


def with_identifier_parts(text: str) -> str:
    """Return the text with the parts of each compound name appended, for the lexical channel.

    The multilingual tokenizer cuts Chinese well but leaves `camelCase` whole; appending keeps
    the whole name and makes its parts findable.
    """
    extra = [part for word in WORD.findall(text) for part in identifier_parts(word)]
    return f"{text}\n{' '.join(extra)}" if extra else text


def stem(word: str) -> str:
    """Strip common English inflection from a lower-case word; never below three letters."""
    if len(word) <= 3 or not (word.isascii() and word.isalpha()):
        return word
    for ending, instead in (
        ("ies", "y"),
        ("sses", "ss"),
        ("ss", "ss"),
        ("us", "us"),
        ("is", "is"),
        ("s", ""),
    ):
        if word.endswith(ending):
            word = word[: len(word) - len(ending)] + instead
            break
    for ending in ("ingly", "edly", "ing", "ed"):
        root = word.removesuffix(ending)
        if root != word and len(root) >= 3 and any(vowel in root for vowel in "aeiouy"):
            doubled = len(root) > 3 and root[-1] == root[-2] and root[-1] not in "lsz"
            word = root[:-1] if doubled else root
            break
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


def terms(text: str) -> tuple[str, ...]:
    """Return the content terms of a text in order of first appearance, each once."""
    return _terms(text, pairs)


def asked_terms(text: str) -> tuple[str, ...]:
    """Return those terms of a question that speak of its matter, in order, each once.

    They are among its `terms`, so what is indexed need not know that a question was asked.
    """
    return _terms(text, asked_pairs) or terms(text)


def _terms(text: str, pairs_of: Callable[[str], Sequence[str]]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for word in dict.fromkeys(WORD.findall(text)):  # a word is often there several times
        whole = word.lower().replace("\u2019", "'")
        parts = identifier_parts(word)
        for part in (whole, *(part.lower() for part in parts)) if parts else (whole,):
            if part not in STOPWORDS and (len(part) > 1 or part.isdigit()):
                found.setdefault(stem(part.removesuffix("'s")))
    for run in HAN_RUN.findall(text):
        for pair in pairs_of(run):
            if pair not in HAN_STOPWORDS:
                found.setdefault(pair)
    for word in OTHER_WORD.findall(text):
        found.setdefault(word.lower())
    return tuple(found)


def identifiers(text: str) -> tuple[str, ...]:
    """Return code names, paths, flags, versions and error codes in a text, each once."""
    found: dict[str, None] = {}
    for match in IDENTIFIER.finditer(text):
        name = match.group().strip("`").rstrip(".,;:!?")
        if len(name) > 1 and not SENTENCE_JOIN.match(name):
            found.setdefault(name)
    return tuple(found)


def quoted(text: str) -> tuple[str, ...]:
    """Return the quoted strings in a text."""
    return tuple(
        next(group for group in match.groups() if group) for match in QUOTED.finditer(text)
    )

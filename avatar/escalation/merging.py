"""Whether two questions are the same one, so that the owner is asked once.

Merging wrongly gives somebody a reply to another question, so only wordings that differ in
politeness, in the way of asking, or in the order of plain words are taken as the same.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from avatar.domain.terms import HAN_RUN, identifiers, normalise, quoted, stem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from avatar.domain.audience import Audience

POLITE: Final = re.compile(
    r"\b(?:hi|hello|hey)(?:\s+(?:there|all|everyone|team))?\b[,!.]?"
    r"|\bgood (?:morning|afternoon|evening)\b[,!.]?"
    r"|\b(?:many )?thanks(?: a lot| in advance)?\b[!.]?|\bthank you\b[!.]?|\bplease\b,?"
    r"|\b(?:can|could|would) (?:you|someone|anyone|anybody) (?:please )?"
    r"(?:tell|explain to|remind) (?:me|us)\b"
    r"|\bdo (?:you|we) (?:happen to )?know\b|\bdoes any(?:one|body) know\b"
    r"|\b(?:i|we) (?:was|were|am|are) wondering\b|\bjust wondering\b|\bquick question\b[:,]?",
    re.IGNORECASE,
)
ASKING: Final = re.compile(
    r"\bhow (?:do|can|could|should|would|may) (?:i|we|you|one)\b|\bhow to\b", re.IGNORECASE
)
HAN_POLITE: Final = re.compile(
    "请问一下|请问|麻烦问一下|想问一下|问一下|麻烦|你好|您好|大家好|各位好|谢谢|多谢|有人知道|有谁知道|[吗呢吧啊呀]"
)
HAN_SAME: Final = (
    (re.compile("怎么样|怎样|如何|要怎么|该怎么|应该怎么"), "怎么"),
    (re.compile("在哪里|在哪儿|哪儿"), "哪里"),
    (re.compile("什么时候|几时|何时"), "何时"),
)
WORD: Final = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
ARTICLES: Final = frozenset({"a", "an", "the"})

RELATIONS: Final = re.compile(
    "from|into|onto|to|after|before|than|versus|vs|over|under|between|instead|per|via|through"
    "|against|by|rather|without|if|when|while|because|unless|until|since"
)
"""Words that make the order of the others matter: `from kafka to redis` is not the reverse."""

OPENERS: Final = re.compile(
    "(?:do|does|did|is|are|was|were|am|can|could|may|might|must|should|shall|will|would|has|have"
    "|had|wo)(?:n't)?|can't"
)
"""Words that open a question of yes or no, in which order tells who does what to whom."""

EXACT: Final = re.compile(
    r".*\d.*|.+n't|no|not|never|none|nothing|nobody|neither|nor|without|cannot"
    "|prod|production|live|staging|stage|stg|preprod|dev|development|test|testing|qa|uat|sandbox"
    "|local|localhost|canary|demo|beta|alpha|eu|us|cn|asia|emea|apac"
)
"""Numbers, negations, environments and regions: an answer for one is wrong for another."""


def same_question_key(text: str) -> str:
    """Return a key that is equal for wordings of the same question, and for those only.

    Numbers, identifiers, quoted strings, negations and environments must be equal and in the same
    order; the other words must be the same ones, in any order where no word tells of a relation.
    """
    plain = _plain(text)
    words = _words(plain)
    content = [stem(word) for word in words if word not in ARTICLES]
    exact = [word for word in words if EXACT.fullmatch(word)]
    is_ordered = bool(words and OPENERS.fullmatch(words[0])) or any(
        RELATIONS.fullmatch(word) for word in words
    )
    names = [*identifiers(plain), *quoted(plain)]
    symbols = re.findall(r"[^\w\s,.;:!?'\"()\u3000-\u303f\uff00-\uffef\u2018-\u201d]+", plain)
    return _digest(
        ["o" if is_ordered else "u", *(content if is_ordered else sorted(content))],
        exact,
        names,
        symbols,
    )


def exact_names(text: str) -> frozenset[str]:
    """Return what must be equal in questions that one answer serves.

    Numbers, identifiers, quoted strings, negations and environments, in lower case.
    """
    plain = _plain(text)
    exact = (word for word in _words(plain) if EXACT.fullmatch(word))
    return frozenset([*exact, *(name.lower() for name in (*identifiers(plain), *quoted(plain)))])


def merge_key(text: str, sources: Iterable[Audience]) -> str:
    """Return the key under which questions share one escalation.

    A draft rests on sources its asker may read, and is sent to everybody who waits when the owner
    approves it: only askers whose drafts rest on equally restricted sources wait together.
    """
    restricted = sorted({str(source) for source in sources if not source.is_everyone})
    return _digest([same_question_key(text)], restricted)


def _plain(text: str) -> str:
    """Return the text without politeness, and ways of asking that mean the same as one."""
    plain = normalise(text)
    for pattern, instead in ((POLITE, " "), (ASKING, "how "), (HAN_POLITE, " "), *HAN_SAME):
        plain = pattern.sub(instead, plain)
    return plain


def _words(plain: str) -> list[str]:
    return [word.lower().replace("\u2019", "'") for word in WORD.findall(_apart(plain))]


def _apart(text: str) -> str:
    """Return the text with runs of Han set apart from what they touch."""
    return HAN_RUN.sub(lambda run: f" {run.group()} ", text)


def _digest(*parts: Iterable[str]) -> str:
    joined = "\x1d".join("\x1f".join(part) for part in parts)
    return hashlib.sha256(joined.encode("utf-8", "replace")).hexdigest()[:32]

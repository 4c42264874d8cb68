"""Past answers that disagree: the stand-in must not pick one of them by itself."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from itertools import combinations
from typing import TYPE_CHECKING, Final

from avatar.answering.claims import has_opposites, read_claims
from avatar.domain.documents import SourceKind
from avatar.domain.terms import normalise, terms

if TYPE_CHECKING:
    from avatar.domain.chunks import Chunk
    from avatar.domain.evidence import Evidence

CLOSE: Final = 0.85
"""Only past answers that score this share of the best passage compete for the question."""
SAME_QUESTION: Final = 0.8
SAME_SUBJECT: Final = 0.4
EDITED: Final = 0.6
"""The share of words in the same order from which one text counts as the other, edited."""
MOST_PLACES: Final = 2
LONGEST_PLACE: Final = 4
"""Words that an edit puts in the place of others; more is another way of saying it."""

PIECE: Final = re.compile(r"[\u3400-\u9fff]|\w+")
"""A word, or a character of a script that does not divide words."""


def contradicting(evidence: Evidence) -> tuple[Chunk, ...]:
    """Return the two best past answers to one question that say different things, or nothing."""
    top = evidence.top
    if top is None or top.chunk.kind is not SourceKind.ANSWERS:
        return ()
    rivals = [
        passage.chunk
        for passage in evidence.passages
        if passage.chunk.kind is SourceKind.ANSWERS and passage.score >= CLOSE * top.score
    ]
    for one, other in combinations(rivals, 2):
        if one.document_id != other.document_id and _disagree(one, other):
            return (one, other)
    return ()


def _disagree(one: Chunk, other: Chunk) -> bool:
    if _overlap(one.question, other.question) < SAME_QUESTION:
        return False
    first, second = read_claims(one.text), read_claims(other.text)
    numbers_differ = bool(first.numbers - second.numbers) and bool(second.numbers - first.numbers)
    if numbers_differ or has_opposites(one.text, other.text) or _is_edit(one.text, other.text):
        return True
    same_subject = _overlap(one.text, other.text) >= SAME_SUBJECT
    return same_subject and (first.negations > 0) != (second.negations > 0)


def _is_edit(one: str, other: str) -> bool:
    """Whether one text is the other with something else in a place or two.

    An addition is none: it can say more without saying otherwise.
    """
    first, second = PIECE.findall(normalise(one)), PIECE.findall(normalise(other))
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    if matcher.ratio() < EDITED:
        return False
    replaced = [
        (first[start:end], second[since:until])
        for step, start, end, since, until in matcher.get_opcodes()
        if step == "replace"
    ]
    told = [pair for pair in replaced if all(terms(" ".join(side)) for side in pair)]
    return 0 < len(told) <= MOST_PLACES and all(
        len(side) <= LONGEST_PLACE for pair in replaced for side in pair
    )


def _overlap(one: str, other: str) -> float:
    """Return the share of the shorter text's terms that the other one holds."""
    first, second = set(terms(normalise(one))), set(terms(normalise(other)))
    return len(first & second) / max(min(len(first), len(second)), 1)

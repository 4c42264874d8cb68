"""Whether a model's sentence really stands in the passages it cites; when in doubt, it does not.

A sentence is verified when one sentence of one cited passage says it: all its content words, every
number with its unit, every name, identifier and quotation, the same negation, no stronger
modality, no dropped condition. What fails is dropped by the caller: saying less is better than
saying something wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from avatar.answering.claims import (
    Claims,
    clauses,
    has_opposites,
    read_claims,
    squeezed,
    words,
)
from avatar.answering.sentences import BlockKind, Sentence, blocks, sentences, split_sentences
from avatar.answering.trim import REFERS_BACK
from avatar.domain.terms import normalise, terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar.domain.audience import Reader
    from avatar.domain.chunks import Chunk

COVERAGE: Final = 1.0
"""Share of a sentence's content terms that its support must hold. Measured on the tests' pairs
.9 verifies no more faithful sentences, and a real model got a garbled word through."""

FEWEST_WORDS: Final = 2

OWN_SHARE: Final = 0.5
"""Share that must stand in the supporting sentence itself, not in its headings."""

ORDER: Final = 0.75
"""Share of the common words that must come in the same order: who does what to whom. Names and
numbers must all do so."""

SELF_TALK: Final = re.compile(
    r"\b(?:as an? (?:ai|assistant|language model|llm)|language model|i am an?|i'm|i cannot|"
    r"i can't|i do not|i don't|i think|i believe|i would|my (?:instructions|prompt|knowledge)|"
    r"system prompt|ignore (?:all|any|your|previous|the above))\b"
    r"|作为一?[个名]?\s?(?:AI|人工智能|语言模型|助手)|我(?:是|不能|无法|认为|觉得)|忽略(?:以上|之前|所有)",
    re.IGNORECASE,
)
QUESTION: Final = re.compile(r"[?？]\s*[\"'”』」）)]*\s*$")


@dataclass(frozen=True, slots=True)
class Support:
    """The lines of a passage that say what a sentence says."""

    cite: int
    start_line: int
    end_line: int


@dataclass(frozen=True, slots=True)
class Verified:
    """The sentence stands; `support` names where, one entry per cited passage that says it."""

    text: str
    support: tuple[Support, ...]


@dataclass(frozen=True, slots=True)
class Rejected:
    """The sentence does not stand, and why in words."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Statement:
    """A sentence of a passage with what its place adds: headings, a list's opening, its "it"."""

    text: str
    context: str
    opening: str
    start_line: int
    end_line: int


def verify(
    text: str, cites: Sequence[int], chunks: Sequence[Chunk], *, reader: Reader
) -> Verified | Rejected:
    """Check one sentence against the passages it cites, numbered from 1."""
    problem = _problem_of_form(text) or _problem_of_cites(cites, chunks, reader)
    if problem:
        return Rejected(text, problem)
    support: list[Support] = []
    for sentence in split_sentences(normalise(text)):
        found: list[Support] = []
        reason = "no passage is cited"
        for cite in dict.fromkeys(cites):
            outcome = _supported(sentence, chunks[cite - 1])
            if isinstance(outcome, str):
                reason = outcome
            else:
                found.append(Support(cite, outcome.start_line, outcome.end_line))
        if not found:
            return Rejected(text, reason)
        support += found
    return Verified(text, tuple(dict.fromkeys(support)))


def _problem_of_form(text: str) -> str:
    if len(words(text)) < FEWEST_WORDS:
        return "it says nothing"
    if QUESTION.search(text):
        return "it is a question"
    if SELF_TALK.search(normalise(text)):
        return "it talks of itself"
    return ""


def _problem_of_cites(cites: Sequence[int], chunks: Sequence[Chunk], reader: Reader) -> str:
    if not cites:
        return "no passage is cited"
    if any(not 1 <= cite <= len(chunks) for cite in cites):
        return "it cites a passage that does not exist"
    if any(not reader.may_read(chunks[cite - 1].audience) for cite in cites):
        return "it cites a passage this reader may not read"
    return ""


def _supported(sentence: str, chunk: Chunk) -> _Statement | str:
    """Return the passage's sentence that says it, or why the closest one does not."""
    said = read_claims(sentence)
    statements = _statements(chunk)
    ranked = sorted(statements, key=lambda s: -_coverage(said, s))
    reason = "the cited passage says nothing like it"
    for n, statement in enumerate(ranked):
        if _coverage(said, statement) < COVERAGE:
            break
        problem = _difference(sentence, said, statement)
        if not problem:
            return statement
        reason = problem if n == 0 else reason
    return reason


def _statements(chunk: Chunk) -> list[_Statement]:
    """Return the passage's sentences, each with what its place adds to its meaning."""
    found: list[_Statement] = []
    heading = chunk.breadcrumb
    previous = ""
    for block in blocks(normalise(chunk.text), chunk.start_line):
        if block.kind is BlockKind.HEADING:
            heading, previous = f"{chunk.breadcrumb} {block.text}", ""
            continue
        for sentence in _cut(block.kind, sentences(block)):
            refers = bool(REFERS_BACK.match(sentence.text))
            context = " ".join([heading, chunk.question, previous if refers else ""])
            found.append(
                _Statement(
                    sentence.text, context, block.lead_in, sentence.start_line, sentence.end_line
                )
            )
            previous = sentence.text
    return found


def _cut(kind: BlockKind, found: list[Sentence]) -> list[Sentence]:
    """Cut code into its lines, each a statement of its own."""
    if kind is not BlockKind.CODE:
        return found
    return [
        Sentence(line, block.start_line + n, block.start_line + n)
        for block in found
        for n, line in enumerate(block.text.split("\n"))
        if terms(line)
    ]


def _coverage(said: Claims, statement: _Statement) -> float:
    """Return the share of the sentence's words that stand there; at least half not by context."""
    own = frozenset(words(f"{statement.text} {statement.opening}"))
    around = own.union(words(statement.context))
    if sum(word in own for word in said.words) < OWN_SHARE * max(len(said.words), 1):
        return 0.0
    return sum(word in around for word in said.words) / max(len(said.words), 1)


def _difference(sentence: str, said: Claims, statement: _Statement) -> str:
    """Return how the sentence departs from the statement; empty when it does not."""
    whole = f"{statement.opening} {statement.text}".strip()
    meant = read_claims(whole)
    around = f"{whole} {statement.context}"
    return (
        _difference_of_facts(said, meant, around)
        or _difference_of_polarity(sentence, said, whole, meant)
        or _difference_of_strength(said, meant)
        or _difference_of_order(said, meant)
        or _difference_of_pairing(sentence, whole)
        or ("a word has become its opposite" if has_opposites(sentence, whole) else "")
    )


def _difference_of_facts(said: Claims, meant: Claims, around: str) -> str:
    for number, unit in said.numbers:
        if (number, unit) not in meant.numbers:
            return f"the number {number} does not stand there like that"
    known = read_claims(around)
    missing = said.names - known.names - frozenset(known.words)
    if missing:
        return f"the name {min(missing)} does not stand there"
    text = squeezed(normalise(around))
    absent = [string for string in said.exact if not _stands_in(string, text)]
    return f"{min(absent)} does not stand there" if absent else ""


def _stands_in(string: str, text: str) -> bool:
    """Whether it stands there whole: `v1.2` does not stand in `v1.23`."""
    left = r"(?<![a-z0-9_])" if string[:1].isalnum() else ""
    right = r"(?![a-z0-9_])" if string[-1:].isalnum() else ""
    return bool(re.search(f"{left}{re.escape(string)}{right}", text))


def _difference_of_polarity(sentence: str, said: Claims, whole: str, meant: Claims) -> str:
    if said.negations != meant.negations:
        return "a negation differs"
    if said.negations and not _same_scope(sentence, whole):
        return "a negation has moved"
    return ""


def _same_scope(sentence: str, whole: str) -> bool:
    """Whether each clause is as negated as the clause of the statement it resembles most."""
    known = [(frozenset(words(c)), read_claims(c).negations > 0) for c in clauses(whole)]
    if len({negated for _, negated in known}) < 2:
        return True
    for clause in clauses(sentence):
        own = frozenset(words(clause))
        likeness = [len(own & other) / max(len(own | other), 1) for other, _ in known]
        best = max(likeness)
        alike = {
            negated for (_, negated), value in zip(known, likeness, strict=True) if value == best
        }
        if (read_claims(clause).negations > 0) not in alike:
            return False
    return True


def _difference_of_strength(said: Claims, meant: Claims) -> str:
    if said.strong - meant.strong:
        return "it is said more strongly"
    if meant.hedges - said.hedges:
        return "a reservation was dropped"
    if meant.conditions - said.conditions:
        return "a condition was dropped"
    return ""


def _difference_of_order(said: Claims, meant: Claims) -> str:
    common = [word for word in said.words if word in meant.words]
    places = [meant.words.index(word) for word in common]
    anchors = said.anchors | meant.anchors
    fixed = [place for word, place in zip(common, places, strict=True) if word in anchors]
    if fixed != sorted(fixed) or _longest_rise(places) < ORDER * len(places):
        return "its words come in another order"
    return ""


def _difference_of_pairing(sentence: str, whole: str) -> str:
    """Return whether words of different clauses were put together: Bob's work given to Ana."""
    known = [frozenset(words(clause)) for clause in clauses(whole)]
    if sum(len(found) > 1 for found in known) < 2:
        return ""
    everything = frozenset().union(*known)
    for clause in clauses(sentence):
        own = frozenset(words(clause)) & everything
        if not any(own <= found for found in known):
            return "words of different clauses were put together"
    return ""


def _longest_rise(places: Sequence[int]) -> int:
    longest: list[int] = []
    for n, place in enumerate(places):
        longest.append(1 + max((longest[m] for m in range(n) if places[m] < place), default=0))
    return max(longest, default=0)

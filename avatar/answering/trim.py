"""Which parts of a passage answer a question: those that cover its terms, and what keeps them true.

A sentence cut out of its place can turn into its opposite. So a chosen part brings along its
list's opening, its code, the sentence its "it" refers to, and every condition or negation next
to it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from avatar.answering.sentences import Block, BlockKind, blocks, sentences
from avatar.domain.language import HAN
from avatar.domain.terms import normalise, terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from avatar.domain.chunks import Chunk
    from avatar.domain.evidence import TermStatistics

LIMIT: Final = 1200
"""The size of an answer that a colleague still likes to read in a chat; see `_size`."""

SHORT: Final = 500
"""Paragraphs and lists up to here are taken whole."""

LONELY: Final = 300
"""Sentences are given neighbours of their paragraph up to here."""

SHORT_SECTION: Final = 350
"""Sections up to here are taken whole."""

WORTH_ADDING: Final = 0.15
"""Share of the question's weight that a further part must add."""

HEADING_SHARE: Final = 0.5
"""A heading that covers this much of the question, and no less than any of the parts under it,
makes its whole section the answer."""

CONDITION: Final = re.compile(
    r"\b(?:unless|except|excluding|otherwise|however|but|only|never|not|no|cannot|without|"
    r"beware|careful|caution|warning|important|instead|provided|until|\w+n['\u2019]t)\b"
    r"|除非|除了|例外|但|不过|否则|仅|只|不|没|无|禁止|切勿|请勿|勿|注意|警告|务必|必须先",
    re.IGNORECASE,
)
REFERS_BACK: Final = re.compile(
    r"^(?:it|its|this|that|these|those|they|them|he|she|then|both|such|there|also|so)\b"
    r"|^(?:它|其|该|此|这|那|他|她|然后|同时|因此|所以|两者)",
    re.IGNORECASE,
)
ORDERED: Final = re.compile(r"^\s*\d{1,3}[.)\u3001]")


@dataclass(frozen=True, slots=True)
class Part:
    """What is taken or left: a sentence of a long paragraph, or a whole block.

    `order` counts the parts of a passage, so that neighbours are known as such.
    """

    order: int
    kind: BlockKind
    text: str
    start_line: int
    end_line: int
    block: Block
    section: int
    covers: frozenset[str]

    @property
    def is_conditional(self) -> bool:
        """Whether leaving it out could make its neighbour say too much."""
        return self.kind is not BlockKind.CODE and bool(CONDITION.search(self.text))


@dataclass(frozen=True, slots=True)
class Trimmed:
    """The chosen parts of one passage in reading order, and the question's terms they cover."""

    chunk: Chunk
    parts: tuple[Part, ...]
    covers: frozenset[str]


def term_weights(wanted: Iterable[str], statistics: TermStatistics) -> dict[str, float]:
    """Return each term's weight: the rarer in what the reader may read, the heavier."""
    total = max(statistics.total, 1)
    return {
        term: math.log(1 + (total + 1) / (statistics.frequency.get(term, 0) + 0.5))
        for term in wanted
    }


def trim(chunk: Chunk, weights: Mapping[str, float]) -> Trimmed:
    """Return the parts of a prose chunk that answer a question with these weighted terms."""
    parts, headings = _parts(chunk)
    if not parts:
        return Trimmed(chunk, (), frozenset())
    picks = _picks(parts, headings, weights)
    groups = [_with_context(parts, pick, headings, weights) for pick in picks]
    chosen: set[int] = set()
    for group in _without_idle(parts, headings, groups, weights):
        if not chosen or _length(parts, chosen | group) <= LIMIT:
            chosen |= group
    covered = frozenset().union(
        *(parts[at].covers for at in chosen),
        *(headings[parts[at].section] for at in chosen),
    )
    return Trimmed(chunk, tuple(parts[at] for at in sorted(chosen)), covered & weights.keys())


def _parts(chunk: Chunk) -> tuple[list[Part], list[frozenset[str]]]:
    """Cut a chunk into parts; the second value holds the heading terms of each section."""
    headings = [_terms_of(" ".join([*chunk.headings[-1:], chunk.question]))]
    parts: list[Part] = []
    for block in blocks(chunk.text, chunk.start_line):
        if block.kind is BlockKind.HEADING:
            headings.append(_terms_of(block.text))
            continue
        is_long = block.kind is BlockKind.PARAGRAPH and _size(block.text) > SHORT
        for s in sentences(block) if is_long else [block]:
            parts.append(
                Part(
                    order=len(parts),
                    kind=block.kind,
                    text=s.text,
                    start_line=s.start_line,
                    end_line=s.end_line,
                    block=block,
                    section=len(headings) - 1,
                    covers=_terms_of(s.text),
                )
            )
    return parts, headings


def _terms_of(text: str) -> frozenset[str]:
    return frozenset(terms(normalise(text)))


def _weight(found: Iterable[str], weights: Mapping[str, float]) -> float:
    return sum(weights[term] for term in found if term in weights)


def _picks(
    parts: Sequence[Part], headings: Sequence[frozenset[str]], weights: Mapping[str, float]
) -> list[int]:
    """Choose parts greedily by the weight of the terms they add; at least one."""
    left = set(weights)
    total = sum(weights.values())
    picks: list[int] = []
    while len(picks) < len(parts):
        gains = {
            at: _weight(part.covers & left, weights)
            + HEADING_SHARE * _weight((headings[part.section] - part.covers) & left, weights)
            for at, part in enumerate(parts)
            if at not in picks
        }
        best = max(gains, key=lambda at: (gains[at], -at))
        if picks and gains[best] <= WORTH_ADDING * total:
            break
        picks.append(best)
        left -= parts[best].covers | headings[parts[best].section]
    return picks


def _without_idle(
    parts: Sequence[Part],
    headings: Sequence[frozenset[str]],
    groups: list[set[int]],
    weights: Mapping[str, float],
) -> list[set[int]]:
    """Drop groups whose terms the others and their headings cover, the first to be found first."""
    kept = list(groups)
    for group in groups:
        others = [other for other in kept if other is not group]
        around = {at for other in others for at in other}
        known = frozenset().union(
            *(parts[at].covers | headings[parts[at].section] for at in around)
        )
        own = frozenset().union(*(parts[at].covers | headings[parts[at].section] for at in group))
        if others and own & weights.keys() <= known:
            kept = others
    return kept


def _length(parts: Sequence[Part], chosen: Iterable[int]) -> int:
    return sum(_size(parts[at].text) + 1 for at in chosen)


def _size(text: str) -> int:
    """Count characters, a Chinese one as two: it says about as much."""
    return len(text) + len(HAN.findall(text))


def _with_context(
    parts: Sequence[Part],
    pick: int,
    headings: Sequence[frozenset[str]],
    weights: Mapping[str, float],
) -> set[int]:
    section = {at for at, part in enumerate(parts) if part.section == parts[pick].section}
    size = _length(parts, section)
    heading_weight = _weight(headings[parts[pick].section], weights)
    by_heading = heading_weight >= max(
        HEADING_SHARE * sum(weights.values()),
        *(_weight(parts[at].covers, weights) for at in section),
    )
    if size <= SHORT_SECTION or (size <= LIMIT and weights and by_heading):
        return section
    if not weights.keys() & frozenset().union(*(part.covers for part in parts)):
        return _from_start(parts, section)
    near = _with_surroundings(parts, pick)
    near = _with_conditions(parts, _with_structure(parts, near))
    return _with_structure(parts, near) & section


def _with_surroundings(parts: Sequence[Part], pick: int) -> set[int]:
    """Add the sentences after and before a sentence of a long paragraph while it is lonely."""
    near = {pick}
    for at in (pick + 1, pick - 1, pick + 2):
        same = 0 <= at < len(parts) and parts[at].block is parts[pick].block
        if same and _length(parts, near | {at}) <= LONELY:
            near.add(at)
    return near


def _from_start(parts: Sequence[Part], section: set[int]) -> set[int]:
    """Without a common word (another language), take the section from its beginning."""
    taken: set[int] = set()
    for at in sorted(section):
        if taken and _length(parts, taken | {at}) > LIMIT:
            break
        taken.add(at)
    return _with_structure(parts, taken)


def _with_conditions(parts: Sequence[Part], chosen: set[int]) -> set[int]:
    beside = {at + step for at in chosen for step in (-1, 1)} - chosen
    return chosen | {
        at
        for at in beside
        if 0 <= at < len(parts) and parts[at].is_conditional and _size(parts[at].text) <= SHORT
    }


def _with_structure(parts: Sequence[Part], chosen: set[int]) -> set[int]:
    """Add what the chosen parts cannot stand without, until nothing more is needed."""
    while True:
        needed = chosen.union(*(_needs(parts, at) for at in chosen))
        if needed == chosen:
            return chosen
        chosen = needed


def _needs(parts: Sequence[Part], at: int) -> set[int]:
    part = parts[at]
    needed: set[int] = set()
    before = parts[at - 1] if at else None
    if before is not None and before.section == part.section:
        lonely_code = part.kind is BlockKind.CODE and before.kind is not BlockKind.CODE
        if lonely_code or before.block.announces or _refers_back(part, before):
            needed.add(at - 1)
    if part.kind in {BlockKind.ITEM, BlockKind.ROW}:
        needed |= _of_list(parts, at)
    after = parts[at + 1] if at + 1 < len(parts) else None
    if after is not None and after.section == part.section and part.kind is not BlockKind.CODE:
        ends_block = after.block is not part.block
        if after.kind is BlockKind.CODE or (ends_block and part.block.announces):
            needed.add(at + 1)
    return needed


def _refers_back(part: Part, before: Part) -> bool:
    in_paragraph = part.kind is BlockKind.PARAGRAPH and before.kind is BlockKind.PARAGRAPH
    return in_paragraph and bool(REFERS_BACK.match(part.text))


def _of_list(parts: Sequence[Part], at: int) -> set[int]:
    """Return the rest of a list or table: all of it if short or ordered, else what opens it."""
    kind = parts[at].kind
    first = last = at
    while first and parts[first - 1].kind is kind:
        first -= 1
    while last + 1 < len(parts) and parts[last + 1].kind is kind:
        last += 1
    whole = set(range(first, last + 1))
    opening = {first - 1} if first and parts[at].block.lead_in == parts[first - 1].text else set()
    ordered = bool(ORDERED.match(parts[first].text))
    if _length(parts, whole) <= (LIMIT if ordered else SHORT):
        return whole | opening
    if kind is BlockKind.ROW:
        return {first, min(first + 1, last)}
    return opening


def runs(parts: Sequence[Part]) -> list[list[Part]]:
    """Group parts that follow each other without a gap in the document."""
    groups: list[list[Part]] = [[parts[0]]] if parts else []
    for before, part in pairwise(parts):
        if part.order == before.order + 1 and part.section == before.section:
            groups[-1].append(part)
        else:
            groups.append([part])
    return groups

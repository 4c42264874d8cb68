"""Sections of prose into pieces: paragraphs gathered, code, tables and lists kept whole."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from avatar.adapters.splitting.lines import MOST_TOKENS, exact, tokens_in, windows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from avatar.domain.chunks import Piece

TINY_TOKENS: Final = 40
FULL_TOKENS: Final = 200
FENCE: Final = re.compile(r"[ \t]*(?:[-*+>][ \t]+|\d+[.)][ \t]+)?(`{3,}|~{3,})")
LIST_ITEM: Final = re.compile(r"[ \t]*(?:[-*+•]|\d{1,9}[.)、])[ \t]+|[ \t]{2,}\S")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: the first and last line it takes, its level from 1, and its words."""

    line: int
    last_line: int
    level: int
    title: str


@dataclass(frozen=True, slots=True)
class Section:
    """Lines under one heading, the heading included, with the path that leads there."""

    start: int
    end: int
    headings: tuple[str, ...]


def sections(count: int, headings: Sequence[Heading], above: tuple[str, ...] = ()) -> list[Section]:
    """Cut `count` lines at their headings; `above` stands before every path."""
    found: list[Section] = []
    path: list[tuple[int, str]] = []
    start = 1
    for heading in headings:
        found.append(Section(start, heading.line - 1, _titles(path, above)))
        path = [(level, title) for level, title in path if level < heading.level]
        path.append((heading.level, heading.title))
        start = heading.line
    found.append(Section(start, count, _titles(path, above)))
    return [section for section in found if section.start <= section.end]


def _titles(path: Sequence[tuple[int, str]], above: tuple[str, ...]) -> tuple[str, ...]:
    titles = tuple(title for _, title in path if title)
    return titles if above and titles[:1] == above else (*above, *titles)


def prose_pieces(lines: Sequence[str], found: Sequence[Section]) -> list[Piece]:
    """Cut sections into pieces of 200 to 400 tokens along their paragraphs."""
    return [
        piece
        for section in _without_tiny(lines, found)
        for start, end in _gathered(lines, section)
        for piece in exact(lines, start, end, headings=section.headings)
    ]


def _without_tiny(lines: Sequence[str], found: Sequence[Section]) -> list[Section]:
    """Join a section of a few words with the child or sibling that follows it."""
    merged: list[Section] = []
    for section in found:
        last = merged[-1] if merged else None
        path = _joined_path(last, section) if last else None
        if last and path is not None and _tokens(lines, last.start, last.end) < TINY_TOKENS:
            merged[-1] = Section(last.start, section.end, path)
        else:
            merged.append(section)
    return merged


def _joined_path(first: Section, second: Section) -> tuple[str, ...] | None:
    """Return the path of two joined sections, None when they are neither child nor sibling."""
    depth = len(first.headings)
    if second.headings[:depth] == first.headings:
        return second.headings
    if len(second.headings) == depth and second.headings[:-1] == first.headings[:-1]:
        return first.headings[:-1] if depth > 1 else second.headings
    return None


def _tokens(lines: Sequence[str], start: int, end: int) -> int:
    total = 0
    for number in range(start, end + 1):
        total += tokens_in(lines[number - 1])
        if total > MOST_TOKENS:
            break
    return total


def _gathered(lines: Sequence[str], section: Section) -> Iterator[tuple[int, int]]:
    """Yield runs of blocks up to the budget; a block that is too big is cut by lines."""
    first, last, filled = 0, 0, 0
    for start, end in _blocks(lines, section):
        weight = _tokens(lines, start, end)
        if (
            first
            and filled + weight > MOST_TOKENS
            and (filled >= TINY_TOKENS or weight > MOST_TOKENS)
        ):
            yield first, last
            first, filled = 0, 0
        if weight > MOST_TOKENS:
            yield from windows(lines, start, end, most=MOST_TOKENS, size=tokens_in)
            continue
        first, last, filled = first or start, end, filled + weight
        if filled >= FULL_TOKENS * 3 // 2:
            yield first, last
            first, filled = 0, 0
    if first:
        yield first, last


def _blocks(lines: Sequence[str], section: Section) -> list[tuple[int, int]]:
    """Return runs of lines that belong together: paragraph with its code, table, list."""
    blocks: list[tuple[int, int]] = []
    for start, end in _paragraphs(lines, section):
        if blocks and _belongs(lines, blocks[-1], (start, end)):
            blocks[-1] = (blocks[-1][0], end)
        else:
            blocks.append((start, end))
    return blocks


def _belongs(lines: Sequence[str], before: tuple[int, int], after: tuple[int, int]) -> bool:
    opening = lines[after[0] - 1]
    is_list = LIST_ITEM.match(opening) and LIST_ITEM.match(lines[before[0] - 1])
    if not (is_list or FENCE.match(opening)):
        return False
    return _tokens(lines, before[0], before[1]) + _tokens(lines, *after) <= MOST_TOKENS


def _paragraphs(lines: Sequence[str], section: Section) -> Iterator[tuple[int, int]]:
    """Yield runs between blank lines; blank lines inside a fence do not end a run."""
    start, fence = 0, ""
    for number in range(section.start, section.end + 1):
        line = lines[number - 1]
        if not line.strip() and not fence:
            if start:
                yield start, number - 1
            start = 0
            continue
        start = start or number
        fence = fence_after(line, fence)
    if start:
        yield start, section.end


def fence_after(line: str, fence: str) -> str:
    """Return the fence that is open after this line, empty when none is."""
    match = FENCE.match(line)
    if not match:
        return fence
    if not fence:
        return "" if "`" in line[match.end() :] and match[1][0] == "`" else match[1]
    is_end = match[1].startswith(fence) and not line[match.end() :].strip()
    return "" if is_end else fence

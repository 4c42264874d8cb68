"""Pieces by lines: the way that always works, and what all other ways end with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from avatar.domain.chunks import Piece

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

LINES_IN_A_PIECE: Final = 40
MOST_TOKENS: Final = 400
LONGEST_LINE_TOKENS: Final = 600
CHARACTERS_IN_A_CUT: Final = 1200
LATIN_WORD: Final = re.compile(r"[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
CJK: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
GOOD_END: Final = re.compile(r"[.!?;。！？；][\s\"'”）)]*|\s+|[,，、]")


def tokens_in(text: str) -> int:
    """Estimate the tokens of a text: 1.3 a Latin word, one a CJK character."""
    han = len(CJK.findall(text)) if not text.isascii() else 0
    return max(int(len(LATIN_WORD.findall(text)) * 1.3) + han, len(text) // 6)


def ink_in(text: str) -> int:
    """Count the characters that are not white space."""
    return sum(map(len, text.split()))


def by_lines(lines: Sequence[str]) -> list[Piece]:
    """Cut a text nobody knows the structure of into pieces of whole lines."""
    return [
        piece
        for start, end in windows(
            lines, 1, len(lines), most=MOST_TOKENS * 2, size=tokens_in, count=LINES_IN_A_PIECE
        )
        for piece in exact(lines, start, end)
    ]


def windows(
    lines: Sequence[str],
    start: int,
    end: int,
    *,
    most: int,
    size: Callable[[str], int],
    count: int = 1_000_000,
) -> Iterator[tuple[int, int]]:
    """Yield runs of whole lines of at most `most` in size and `count` in number.

    A run that is half full ends early at a blank line, so that paragraphs stay together.
    """
    first, filled = start, 0
    for number in range(start, end + 1):
        weight = size(lines[number - 1])
        is_blank = not lines[number - 1].strip()
        is_full = filled + weight > most or number - first >= count
        if number > first and (is_full or (is_blank and filled > most * 2 // 3)):
            yield first, number - 1
            first, filled = number, 0
        filled += weight
    if first <= end:
        yield first, end


def exact(
    lines: Sequence[str],
    start: int,
    end: int,
    *,
    headings: tuple[str, ...] = (),
    symbol: str = "",
) -> Iterator[Piece]:
    """Yield the piece of lines `start` to `end`, blank ends left off; huge lines are cut.

    Yields nothing when no line says anything.
    """
    while start <= end and not lines[start - 1].strip():
        start += 1
    while end >= start and not lines[end - 1].strip():
        end -= 1
    if start > end:
        return
    text = "\n".join(lines[start - 1 : end])
    parent = " › ".join(headings) or symbol
    texts = cut_line(text) if start == end else [text]
    for part in texts:
        yield Piece(part, start, end, headings=headings, symbol=symbol, parent=parent)


def cut_line(line: str) -> list[str]:
    """Cut one line that is too long to embed, at sentence ends or spaces where there are any."""
    if tokens_in(line) <= LONGEST_LINE_TOKENS:
        return [line]
    longest = CHARACTERS_IN_A_CUT // 3 if CJK.search(line) else CHARACTERS_IN_A_CUT
    parts, at = [], 0
    while at < len(line):
        end = min(at + longest, len(line))
        if end < len(line):
            ends = [match.end() for match in GOOD_END.finditer(line, at + longest // 2, end)]
            end = ends[-1] if ends else end
        parts.append(line[at:end])
        at = end
    return [part for part in parts if part.strip()]

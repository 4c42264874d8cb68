"""Headings of Markdown and of plain text written like it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from avatar.adapters.splitting.prose import Heading, fence_after, prose_pieces, sections

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar.domain.chunks import Piece

HASHES: Final = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*)|[ \t]*)$")
UNDERLINE: Final = re.compile(r" {0,3}(?:=+|-{2,})[ \t]*$")
NO_TITLE: Final = re.compile(r"[ \t]*(?:[-*+>|#]|\d+[.)][ \t]|$)|    |\t")
LINK: Final = re.compile(r"!?\[([^\]\n]{0,200})\]\([^)\n]{0,500}\)")
TITLE: Final = re.compile(r"title[ \t]*:[ \t]*[\"']?(.*?)[\"']?[ \t]*$", re.IGNORECASE)


def markdown_pieces(lines: Sequence[str]) -> list[Piece]:
    """Cut Markdown by heading and paragraph."""
    body_start, title = _front_matter(lines)
    above = (title,) if title else ()
    return prose_pieces(lines, sections(len(lines), headings_of(lines, body_start), above))


def headings_of(lines: Sequence[str], first: int = 1) -> list[Heading]:
    """Return the headings, `#` and underlined ones, from line `first` on, outside of fences."""
    found: list[Heading] = []
    fence = ""
    for number in range(first, len(lines) + 1):
        line = lines[number - 1]
        was_open, fence = bool(fence), fence_after(line, fence)
        if was_open or fence:
            continue
        hashes = HASHES.match(line)
        if hashes:
            title = plain_title((hashes[2] or "").rstrip().rstrip("#"))
            found.append(Heading(number, number, len(hashes[1]), title))
        elif UNDERLINE.match(line) and _is_title(lines, number - 1, first):
            level = 1 if line.strip()[0] == "=" else 2
            found.append(Heading(number - 1, number, level, plain_title(lines[number - 2])))
    return found


def plain_title(text: str) -> str:
    """Return the words of a heading without its markup."""
    return LINK.sub(r"\1", text).replace("`", "").replace("**", "").strip()


def _is_title(lines: Sequence[str], number: int, first: int) -> bool:
    """Whether the line stands alone as a paragraph, so that an underline makes it a heading."""
    if number < first or NO_TITLE.match(lines[number - 1]):
        return False
    return number == first or not lines[number - 2].strip()


def _front_matter(lines: Sequence[str]) -> tuple[int, str]:
    """Return the first line after the front matter, and the title it names."""
    if not lines or lines[0].rstrip() not in {"---", "+++"}:
        return 1, ""
    title = ""
    for index in range(1, min(len(lines), 200)):
        if lines[index].rstrip() == lines[0].rstrip():
            return index + 2, title
        match = TITLE.match(lines[index])
        title = match[1] if match else title
    return 1, ""

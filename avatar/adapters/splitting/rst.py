"""Headings of reStructuredText: titles underlined, or over- and underlined."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from avatar.adapters.splitting.prose import Heading, prose_pieces, sections

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar.domain.chunks import Piece

RULE: Final = re.compile(r"([!-/:-@\[-`{-~])\1{2,}[ \t]*$")


def rst_pieces(lines: Sequence[str]) -> list[Piece]:
    """Cut reStructuredText by heading and paragraph."""
    return prose_pieces(lines, sections(len(lines), _headings(lines)))


def _headings(lines: Sequence[str]) -> list[Heading]:
    """Return the headings; a way of underlining gets its level where it is first seen."""
    found: list[Heading] = []
    levels: dict[tuple[str, bool], int] = {}
    number = 2
    while number <= len(lines):
        rule, title = RULE.match(lines[number - 1]), lines[number - 2].rstrip()
        if not rule or not _is_title(title, rule.group().rstrip()):
            number += 1
            continue
        above = lines[number - 3].rstrip() if number > 2 else ""
        has_overline = above == rule.group().rstrip()
        if above and not has_overline:
            number += 1
            continue
        level = levels.setdefault((rule[1], has_overline), len(levels) + 1)
        start = number - 2 if has_overline else number - 1
        found.append(Heading(start, number, level, title.strip()))
        number += 2
    return found


def _is_title(title: str, rule: str) -> bool:
    is_words = bool(title.strip()) and not RULE.match(title)
    return is_words and len(rule) >= min(len(title.strip()), 4)

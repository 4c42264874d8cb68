"""Code along its syntax tree: whole definitions, big classes by their methods."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from avatar.adapters.splitting.lines import by_lines, exact, ink_in, windows
from avatar.adapters.splitting.syntax import (
    COMMENTS,
    SYNTAX,
    Syntax,
    body_of,
    definition_in,
    members,
    name_of,
    parser_for,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tree_sitter import Node, Parser

    from avatar.domain.chunks import Piece

BUDGET: Final = 1500
"""Characters that are not white space in one piece of code."""

SMALL: Final = 100
"""Definitions with less than this are merged with their neighbours."""

LONGEST_LINE: Final = 20_000
"""Characters; longer lines are made by machines, and some grammars take minutes over them."""
DEEPEST: Final = 20


@dataclass(frozen=True, slots=True)
class _Unit:
    """Lines of one definition, or of what stands between definitions (no node)."""

    start: int
    end: int
    headings: tuple[str, ...]
    symbol: str = ""
    node: Node | None = None


class CodeSplitter:
    """Cuts code of the languages there is a grammar for; keeps one parser a language."""

    def __init__(self) -> None:
        self._parsers: dict[str, Parser] = {}

    def pieces(self, text: str, lines: Sequence[str], language: str) -> list[Piece]:
        """Return pieces along definitions; syntax errors are just lines between them."""
        if max(map(len, lines), default=0) > LONGEST_LINE:
            return by_lines(lines)
        parser = self._parsers.get(language)
        if parser is None:
            parser = self._parsers.setdefault(language, parser_for(language))
        root = parser.parse(text.encode(errors="replace")).root_node
        syntax = SYNTAX[language]
        units = _cut(lines, _units(members(root, syntax), 1, len(lines), (), syntax), syntax)
        if not any(unit.symbol for unit in units):
            return by_lines(lines)
        return [piece for unit in _merged(lines, units) for piece in _pieces(lines, unit)]


def _pieces(lines: Sequence[str], unit: _Unit) -> Iterator[Piece]:
    runs: Iterable[tuple[int, int]] = [(unit.start, unit.end)]
    if _ink(lines, unit) > BUDGET:
        runs = windows(lines, unit.start, unit.end, most=BUDGET, size=ink_in)
    for start, end in runs:
        yield from exact(lines, start, end, headings=unit.headings, symbol=unit.symbol)


def _units(
    nodes: Sequence[Node], first: int, last: int, headings: tuple[str, ...], syntax: Syntax
) -> list[_Unit]:
    """Give each line from `first` to `last` to a definition or to the lines between."""
    units: list[_Unit] = []
    at = first
    lead = 0
    lead_end = 0
    for node in nodes:
        start, end = _rows(node)
        if start < first or end > last:
            continue
        definition = definition_in(node, syntax)
        if definition is None:
            is_comment = node.type in COMMENTS and start >= at
            if is_comment and (not lead or start > lead_end + 1):
                lead = start
            lead, lead_end = (lead, end) if is_comment else (0, 0)
            continue
        begin = lead if lead and lead_end + 1 >= start else start
        lead = 0
        if begin < at:
            units = _stretched(units, end)
            at = max(at, end + 1)
            continue
        if begin > at:
            units.append(_Unit(at, begin - 1, headings))
        symbol = ".".join(name for name in (*headings, name_of(definition)) if name)
        units.append(_Unit(begin, end, headings, symbol, definition))
        at = end + 1
    if at <= last:
        units.append(_Unit(at, last, headings))
    return units


def _stretched(units: list[_Unit], end: int) -> list[_Unit]:
    """Let the last unit reach to `end`: a definition that begins on its last line joins it."""
    if not units:
        return units
    return [*units[:-1], replace(units[-1], end=max(end, units[-1].end), node=None)]


def _rows(node: Node) -> tuple[int, int]:
    start, end = node.start_point.row + 1, node.end_point.row + 1
    return start, end - 1 if node.end_point.column == 0 and end > start else end


def _cut(lines: Sequence[str], units: Sequence[_Unit], syntax: Syntax) -> list[_Unit]:
    """Replace each class that is too big by its header and its members."""
    done: list[_Unit] = []
    for unit in units:
        node = unit.node
        is_big = _ink(lines, unit) > BUDGET
        is_container = node is not None and node.type in syntax.containers
        body = body_of(node) if node and is_big and is_container else None
        if body is None or len(unit.headings) >= DEEPEST:
            done.append(unit)
            continue
        path = (*unit.headings, unit.symbol.removeprefix(".".join(unit.headings)).lstrip("."))
        inner = _units(members(body, syntax), unit.start, unit.end, path, syntax)
        named = [replace(part, symbol=part.symbol or unit.symbol) for part in inner[:1]]
        done += _cut(lines, [*named, *inner[1:]], syntax)
    return done


def _ink(lines: Sequence[str], unit: _Unit) -> int:
    return sum(ink_in(line) for line in lines[unit.start - 1 : unit.end])


def _merged(lines: Sequence[str], units: Sequence[_Unit]) -> list[_Unit]:
    """Join small neighbours under the same headings up to the budget."""
    merged: list[_Unit] = []
    filled = 0
    is_last_small = False
    for unit in units:
        size = _ink(lines, unit)
        last = merged[-1] if merged else None
        if (
            last
            and last.headings == unit.headings
            and filled + size <= BUDGET
            and _may_join(last, unit, are_small=is_last_small and size < SMALL, size=size)
        ):
            merged[-1] = replace(last, end=unit.end, symbol=last.symbol or unit.symbol)
            filled += size
            is_last_small = is_last_small and size < SMALL
        else:
            merged.append(unit)
            filled, is_last_small = size, size < SMALL
    return merged


def _may_join(last: _Unit, unit: _Unit, *, are_small: bool, size: int) -> bool:
    """Whether two units are both small, or one is only a few lines around a definition."""
    if are_small:
        return bool(not unit.headings or last.symbol != ".".join(unit.headings))
    return size < SMALL and not unit.symbol

"""Jupyter notebooks: cells in order, without outputs, on the lines of the file."""

from __future__ import annotations

import json
from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from avatar.adapters.splitting.lines import exact, tokens_in, windows
from avatar.adapters.splitting.markdown import headings_of
from avatar.adapters.splitting.prose import prose_pieces, sections

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avatar.domain.chunks import Piece

MOST_CODE_TOKENS = 500


@dataclass(frozen=True, slots=True)
class _Cell:
    kind: str
    lines: tuple[str, ...]
    places: tuple[int, ...]


def notebook_pieces(text: str) -> list[Piece] | None:
    """Cut a notebook by cells, None when it is not one; lines are those of the file."""
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError):
        return None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        return None
    pieces: list[Piece] = []
    path: tuple[str, ...] = ()
    for cell in _cells(text, cells):
        if cell.kind == "markdown":
            found = sections(len(cell.lines), headings_of(cell.lines))
            if found and not found[0].headings:
                found[0] = replace(found[0], headings=path)
            path = found[-1].headings if found and found[-1].headings else path
            made = prose_pieces(cell.lines, found)
        else:
            made = [
                piece
                for start, end in windows(
                    cell.lines, 1, len(cell.lines), most=MOST_CODE_TOKENS, size=tokens_in
                )
                for piece in exact(cell.lines, start, end, headings=path)
            ]
        pieces += [_on_file_lines(piece, cell) for piece in made]
    return pieces


def _on_file_lines(piece: Piece, cell: _Cell) -> Piece:
    return replace(
        piece,
        start_line=cell.places[piece.start_line - 1],
        end_line=cell.places[piece.end_line - 1],
    )


def _cells(text: str, cells: list[object]) -> Iterator[_Cell]:
    """Yield each cell's source with the file line of each of its lines."""
    breaks = [index for index, char in enumerate(text) if char == "\n"]
    at = 0
    for cell in cells:
        if not isinstance(cell, dict):
            continue
        source = cell.get("source")
        parts = [source] if isinstance(source, str) else source
        if not isinstance(parts, list):
            continue
        at = max(at, text.find('"source"', at))
        lines: list[str] = []
        places: list[int] = []
        for part in (part for part in parts if isinstance(part, str)):
            at = _place(text, part, at)
            own = part.removesuffix("\n").split("\n")
            lines += own
            places += [bisect_left(breaks, at) + 1] * len(own)
        if lines:
            yield _Cell(str(cell.get("cell_type", "")), tuple(lines), tuple(places))


def _place(text: str, part: str, at: int) -> int:
    """Return where this source string stands in the file, the last place when it is not found."""
    for is_ascii in (False, True):
        written = json.dumps(part, ensure_ascii=is_ascii)
        found = text.find(written, at)
        if found >= 0:
            return found + len(written)
    return at

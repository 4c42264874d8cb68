"""The splitter of the index loop: chooses the way of cutting by the document's format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar.adapters.splitting.answers import answer_pieces
from avatar.adapters.splitting.code import CodeSplitter
from avatar.adapters.splitting.html import html_pieces
from avatar.adapters.splitting.lines import by_lines
from avatar.adapters.splitting.markdown import markdown_pieces
from avatar.adapters.splitting.notebook import notebook_pieces
from avatar.adapters.splitting.rst import rst_pieces
from avatar.adapters.splitting.syntax import SYNTAX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar.domain.chunks import Piece
    from avatar.domain.documents import Document


class FormatSplitter:
    """Cuts each document along its own structure, by lines when none is known."""

    def __init__(self) -> None:
        self._code = CodeSplitter()

    def split(self, document: Document) -> Sequence[Piece]:
        """Return pieces in reading order; every line that says something is in some piece."""
        if document.format == "answer":
            return answer_pieces(document)
        if document.format == "html":
            return html_pieces(document.text)
        if document.format == "notebook":
            pieces = notebook_pieces(document.text)
            return by_lines(document.text.split("\n")) if pieces is None else pieces
        return self._by_own_lines(document.text, document.format)

    def _by_own_lines(self, text: str, format_name: str) -> Sequence[Piece]:
        """Cut a text whose pieces are exactly its own lines."""
        lines = text.split("\n")
        if format_name in SYNTAX:
            return self._code.pieces(text, lines, format_name)
        if format_name == "rst":
            return rst_pieces(lines)
        if format_name in {"markdown", "text"}:
            return markdown_pieces(lines)
        return by_lines(lines)

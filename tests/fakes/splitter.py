"""A splitter that cuts at blank lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar.domain.chunks import Piece

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar.domain.documents import Document


class ParagraphSplitter:
    """One piece per paragraph; a line `# …` names the headings of what follows it.

    In a document of format `answer`, each first line `Q: …` is a question form: the rest of the
    document becomes one piece per form.
    """

    def split(self, document: Document) -> Sequence[Piece]:
        lines = document.text.splitlines()
        if document.format == "answer":
            return _answer(lines)
        return _paragraphs(lines)


def _paragraphs(lines: Sequence[str]) -> list[Piece]:
    pieces: list[Piece] = []
    headings: tuple[str, ...] = ()
    start = 0
    for number, line in enumerate([*lines, ""]):
        if line.strip():
            continue
        block = lines[start:number]
        if block:
            if block[0].startswith("# "):
                headings = (block[0][2:].strip(),)
            pieces.append(Piece("\n".join(block), start + 1, number, headings))
        start = number + 1
    return pieces


def _answer(lines: Sequence[str]) -> list[Piece]:
    forms = [line[2:].strip() for line in lines if line.startswith("Q:")]
    body = [line for line in lines if not line.startswith("Q:")]
    text = "\n".join(body)
    if not text.strip():
        return []
    first = len(lines) - len(body) + 1
    return [Piece(text, first, len(lines), question=form) for form in forms or [""]]

"""Past answers: one piece per question form, each with the whole answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar.domain.chunks import Piece
from avatar.learning.answer_file import parse

if TYPE_CHECKING:
    from avatar.domain.documents import Document


def answer_pieces(document: Document) -> list[Piece]:
    """Return one piece per question form of a past answer; empty when it answers nothing."""
    name = document.document_id.rpartition("/")[2]
    parsed = parse(document.text, stem=name.rpartition(".")[0] or name)
    answer = parsed.past_answer
    if not answer.answer.strip():
        return []
    end = parsed.body_start_line + answer.answer.count("\n")
    return [
        Piece(
            text=answer.answer,
            start_line=parsed.body_start_line,
            end_line=end,
            question=question,
            parent=document.document_id,
            rests_on=answer.rests_on,
        )
        for question in answer.questions
    ]

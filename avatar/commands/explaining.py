"""Why it was decided so, as rows of `explain` and of one escalation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar.answering.explain import raising, strongest
from avatar.answering.extract import cite
from avatar.domain.language import reply_language
from avatar.errors import StoreUnavailableError
from avatar.learning.freshness import lines_of, span_of

if TYPE_CHECKING:
    from avatar.commands.contract import Row
    from avatar.commands.rooms import Rooms
    from avatar.domain.chunks import Span
    from avatar.domain.escalations import Escalation
    from avatar.domain.journal import JournalEntry


def source_rows(rooms: Rooms, escalation: Escalation) -> list[Row]:
    """Return what a draft rests on, in the order of its marks, for the owner's eyes.

    `quote` is the text of the lines while it stands there as it was; null when it does not, or
    cannot be looked up now.
    """
    return [
        {
            "path": span.document_id,
            "start_line": span.start_line,
            "end_line": span.end_line,
            "quote": _quote(rooms, span),
        }
        for span in escalation.draft_spans
    ]


def _quote(rooms: Rooms, span: Span) -> str | None:
    try:
        chunks = rooms.store.existing(span.document_id).values()
    except StoreUnavailableError:
        return None
    for chunk in chunks:
        if chunk.start_line <= span.start_line and span.end_line <= chunk.end_line:
            quote = cite(chunk, span.start_line, span.end_line).quote
            if span_of(span.document_id, span.start_line, lines_of(quote)) == span:
                return quote
    return None


def explained_row(rooms: Rooms, entry: JournalEntry | None) -> Row:
    """Return the strongest reasons and what would have raised it; empty without a record."""
    if entry is None:
        return {"strongest": [], "would_have_raised": []}
    language, weights = reply_language(entry.question), rooms.certainty.judgement().confidence
    return {
        "strongest": [
            {"code": reason.code, "text": reason.text, "weight": reason.weight}
            for reason in strongest(entry, weights, language)
        ],
        "would_have_raised": list(raising(entry, language, is_calibrated=weights.is_calibrated)),
    }

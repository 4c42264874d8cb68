"""Why it was decided so, as rows of `explain` and of one escalation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar.answering.explain import raising, strongest
from avatar.domain.language import reply_language

if TYPE_CHECKING:
    from avatar.commands.contract import Row
    from avatar.commands.rooms import Rooms
    from avatar.domain.journal import JournalEntry


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

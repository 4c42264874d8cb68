"""Who may ask: members of the owner's own team; everybody else is refused, politely."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.slack.people import Person


class Refusal(StrEnum):
    """Why somebody gets no answer."""

    BOT = "bot"
    DEACTIVATED = "deactivated"
    GUEST = "guest"
    EXTERNAL = "external"
    UNCONFIRMED = "unconfirmed"


def refusal(person: Person, *, team: str, event_team: str = "") -> Refusal | None:
    """Return why this person may not ask, None when they may.

    `event_team` is the team the message says it comes from; a different one is an external.
    """
    checks = (
        (person.is_bot, Refusal.BOT),
        (person.is_deleted, Refusal.DEACTIVATED),
        (person.is_stranger or person.team != team, Refusal.EXTERNAL),
        (bool(event_team) and event_team != team, Refusal.EXTERNAL),
        (person.is_guest, Refusal.GUEST),
        (not person.is_confirmed, Refusal.UNCONFIRMED),
    )
    return next((why for holds, why in checks if holds), None)

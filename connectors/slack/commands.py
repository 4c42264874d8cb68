"""`pause`, `resume` and `today`: typed as a message to the stand-in or after `/avatar`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.slack import blocks, owner_texts
from connectors.slack.asking import PAUSED
from connectors.slack.owner_texts import word

if TYPE_CHECKING:
    from connectors.slack.office import Office


class Commands:
    """What the owner can say in one word; returns what is answered, as mrkdwn."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def run(self, name: str) -> str:
        """Do it and say so; an unknown word is answered with the known ones."""
        if name == "pause":
            return self._pause()
        if name == "resume":
            return self._resume()
        if name == "today":
            return self.today()
        return word("usage", self._office.language)

    def _pause(self) -> str:
        self._office.log.set_note(PAUSED, str(self._office.clock.now()))
        return word("paused", self._office.language)

    def _resume(self) -> str:
        self._office.log.set_note(PAUSED, None)
        for kept in ("message:", "direct:", "choice:"):
            self._office.log.hurry(kept, self._office.clock.now())
        self._office.wake()
        return word("resumed", self._office.language)

    def today(self) -> str:
        """Sum up the day and list what waits."""
        office = self._office
        day = office.front_desk.today()
        pending = office.front_desk.pending()
        lines = [
            owner_texts.day(
                office.language,
                answered=day.answered,
                asked_back=day.asked_back,
                escalated=day.escalated,
                waiting=len(pending),
            )
        ]
        lines += [f"• {_line(escalation.text)}" for escalation in pending[:10]]
        if day.gaps:
            lines.append(f"*{word('gaps', office.language)}*")
            lines += [f"• {_line(gap)}" for gap in day.gaps[:10]]
        return "\n".join(lines)


def _line(text: str) -> str:
    return blocks.escaped(blocks.quiet(blocks.shortened(text, 150)))

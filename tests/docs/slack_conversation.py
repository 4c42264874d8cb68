"""The conversation the README shows, held with the real product: `python -m` prints it."""

from __future__ import annotations

import re
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.fakes.slack_office import ANA, BEN, DANA, new_workspace
from tests.fakes.slack_render import rendered
from tests.stories.place import Place
from tests.stories.slack_storm import prepared, up

if TYPE_CHECKING:
    from tests.fakes.slack_server import FakeSlack
    from tests.fakes.slack_world import Row

DATABASE = (
    "# Database\n\n## Failing over\n\n"
    "To fail over the database, promote the replica with `pgctl promote`, then point the service"
    " at it.\n"
)
KNOWN = "How do I fail over the database?"
UNKNOWN = "Who may approve a rollback at night?"
WORDS = "The on-call lead, nobody else."
WIDTH = 10
DAY = re.compile(r"\d{4}-\d\d-\d\d")


class Conversation:
    """What each side read and wrote, as lines with who said them."""

    def __init__(self, slack: FakeSlack) -> None:
        self._slack = slack
        self.lines: list[str] = []

    def wrote(self, name: str, text: str) -> None:
        self.lines.append(f"{name:{WIDTH}}{text}")

    def read(self, message: Row, note: str = "") -> None:
        first, *others = rendered(self._slack.world, message)
        self.lines.append(f"{'standin':{WIDTH}}{first}{note}")
        self.lines += [f"{'':{WIDTH}}{line}".rstrip() for line in others]

    def later(self) -> None:
        self.lines.append(f"{'':{WIDTH - 2}}…")

    def __str__(self) -> str:
        return DAY.sub("2026-11-25", "\n".join(self.lines))


def conversation(folder: Path) -> tuple[str, str]:
    """Return what colleagues see and what the owner sees."""
    with new_workspace() as slack:
        place = Place(folder)
        prepared(place, slack)
        (place.folder / "notes" / "webhooks.md").unlink()
        place.write("notes/database.md", DATABASE)
        daemon = up(place)
        try:
            slack.wait(lambda: slack.sockets.count, within_s=60, why="the daemon listens")
            return _held(slack)
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(60)


def _held(slack: FakeSlack) -> tuple[str, str]:
    colleagues, owner = Conversation(slack), Conversation(slack)
    ana, ben, dana = (slack.world.dm(user) for user in (ANA, BEN, DANA))
    human = slack.human

    known = human.says(ANA, KNOWN)
    colleagues.wrote("Ana", KNOWN)
    colleagues.read(human.reads(ana, known, within_s=30))

    asked = human.says(ANA, UNKNOWN)
    colleagues.wrote("Ana", UNKNOWN)
    colleagues.read(human.reads(ana, asked))
    slack.wait(lambda: human.bot_messages(dana), why="a card")
    (card,) = human.bot_messages(dana)
    owner.read(card)
    human.says(DANA, WORDS, thread=card["ts"])
    owner.wrote("Dana", WORDS)
    colleagues.later()
    colleagues.read(human.reads(ana, asked, count=2))
    offer = human.reads(dana, card["ts"])
    owner.read(offer)
    human.clicks(DANA, dana, offer["ts"], "card_keep")
    owner.wrote("Dana", "presses [Keep as a past answer]")
    kept = slack.wait(lambda: _changed(slack, offer), within_s=30, why="kept")
    owner.read(kept)

    again = human.says(BEN, UNKNOWN)
    colleagues.wrote("Ben", UNKNOWN)
    reply = human.reads(ben, again, within_s=30)
    colleagues.read(reply)
    human.clicks(BEN, ben, reply["ts"], "feedback", value="bad")
    colleagues.wrote("Ben", "presses [Bad answer]")
    colleagues.read(human.reads(ben, again, count=2))
    slack.wait(lambda: len(_roots(slack)) == 2, why="a second card")
    owner.later()
    owner.read(_roots(slack)[1])
    return str(colleagues), str(owner)


def _roots(slack: FakeSlack) -> list[Row]:
    said = slack.human.bot_messages(slack.world.dm(DANA))
    return [row for row in said if "thread_ts" not in row]


def _changed(slack: FakeSlack, offer: Row) -> Row | None:
    shown = slack.world.dm(DANA).find(offer["ts"])
    return shown if shown is not None and "edited" in shown else None


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as spare:
        sys.stdout.write("\n\n".join(conversation(Path(spare))) + "\n")

"""The fake desk the connector's stories use, and the real one, keep the same promises."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from avatar import furnishing, profile, wiring
from avatar.channels import SlackChannel
from avatar.domain.audience import Audience
from connectors.slack.front_desk import Demoted, PromiseBroken
from tests.contracts.front_desk import KNOWN, FrontDeskContract, Office
from tests.fakes.channel import MemoryChannel
from tests.fakes.clock import FakeClock
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.front_desk import Fact, FakeFrontDesk
from tests.fakes.secrets import MemorySecrets
from tests.stories.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCES = (
    '[[sources]]\npath = "notes"\naudience = "everyone"\n'
    '[[sources]]\npath = "sre"\naudience = "sre"\n'
)
REST = '[askers]\nana = ["sre"]\n[channels.slack]\nowner_id = "U1"\n'
KEY = "# Webhooks\n\nRotate the webhook key with `make rotate-key`.\n"
PAGER = "# Pager\n\nThe pager rota is kept in the `oncall-rota` sheet.\n"


def note(_text: str) -> None:
    """Hear what the owner should know."""


class SlackInTest(SlackChannel):
    """Slack's wiring with a channel whose messages can be read."""

    def __init__(self, place: Place, seen: MemoryChannel) -> None:
        secrets = MemorySecrets({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"})
        loaded = profile.load(place.folder)
        super().__init__(loaded, place.state, place.home, secrets)
        self.seen = seen

    @property
    def channel(self) -> MemoryChannel:
        return self.seen


class TestFakeFrontDesk(FrontDeskContract):
    @pytest.fixture
    def office(self) -> Office:
        clock = FakeClock()
        desk, channel = FakeFrontDesk(clock), MemoryChannel("slack")
        desk.channel = channel
        desk.groups = {"ana": ["sre"]}
        note = "Rotate the webhook key with `make rotate-key`."
        sre = Audience.groups(["sre"])
        desk.facts = [
            Fact(("rotate", "webhook"), note, document_id="notes/webhooks.md"),
            Fact(("pager", "rota"), "It is in `oncall-rota`.", sre, "sre/pager.md"),
        ]
        return Office(
            desk,
            channel,
            clock,
            lambda: desk.changed_documents.add("notes/webhooks.md"),
            lambda: list(desk.outcomes),
        )


class TestFrontDesk(FrontDeskContract):
    @pytest.fixture
    def office(self, tmp_path: Path) -> Iterator[Office]:
        place = Place(tmp_path, SOURCES, REST)
        place.write("notes/webhooks.md", KEY)
        place.write("sre/pager.md", PAGER)
        seen, clock = MemoryChannel("slack"), FakeClock()
        slack = SlackInTest(place, seen)
        opened = profile.load(place.folder)
        wired = wiring.wire(opened, place.state, note, [FakeEmbedder("use")])
        wired = replace(wired, clock=clock)
        rooms = furnishing.rooms_of(wired, note, worker=None, slack=slack)
        rooms.library.refresh(lambda *_: None)
        desk = slack.desk(rooms, wired.database, furnishing.freshness_of(wired.source))

        def edit() -> None:
            place.write("notes/webhooks.md", KEY.replace("make rotate-key", "ops key rotate"))
            rooms.library.refresh(lambda *_: None)

        def recorded() -> list[str]:
            return [entry.question_id for entry in reversed(rooms.journal.recent(50))]

        yield Office(desk, seen, clock, edit, recorded)
        wired.close()
        slack.stop()

    def test_what_verdicts_took_is_told_as_long_as_it_holds(self, office: Office) -> None:
        asked = [f"q{number}" for number in range(10)]
        for question_id in asked:
            office.asks(KNOWN, question_id=question_id)
        for question_id in asked:
            office.clock.advance(60.0)
            office.desk.feedback(question_id, good=False, by_owner=True)
        demoted, broken = office.desk.setbacks()
        assert isinstance(demoted, Demoted)
        assert isinstance(broken, PromiseBroken)
        assert (demoted.topic, demoted.at < broken.at) == ("notes", True)
        assert (broken.wrong, broken.judged, broken.promise) == (10, 10, 0.9)
        assert broken.bar == 1.0

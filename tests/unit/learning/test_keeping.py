"""What is to be kept is kept once, whenever it is finished."""

from __future__ import annotations

import pytest

from avatar.domain.audience import Audience
from avatar.domain.escalations import KEPT, Delivery
from avatar.domain.questions import ReplyAddress
from avatar.errors import InvalidInputError, StateUnwritableError
from avatar.escalation.desk import Desk
from avatar.learning.keeping import Keeping
from avatar.learning.past_answers import PastAnswers
from tests.contracts.inbox import an_asker, an_escalation
from tests.fakes.answers_folder import MemoryAnswersFolder
from tests.fakes.clock import FakeClock
from tests.fakes.inbox import MemoryInbox


class Office:
    def __init__(self) -> None:
        self.inbox, self.clock, self.folder = MemoryInbox(), FakeClock(), MemoryAnswersFolder()
        self.secrets: list[tuple[int, str]] = []
        past = PastAnswers(self.folder, self.clock, secret_lines=lambda _: self.secrets)
        self.keeping = Keeping(self.inbox, past, self.clock)
        self.desk = Desk(self.inbox, self.clock, owner="Dana", secret_lines=lambda _: [])
        self.escalation_id = self.inbox.open(
            an_escalation(an_asker("q1", text="How to rotate?"))
        ).escalation_id


def test_a_reply_that_is_kept_is_one_file_however_often_it_is_finished() -> None:
    office = Office()
    office.desk.reply(office.escalation_id, "Run it.", keep=Audience.everyone())
    (remaining,) = [d for d in office.inbox.undelivered() if d.reply_to.channel == KEPT]
    first = office.keeping.finish()
    assert list(first) == [office.escalation_id]
    assert office.keeping.finish() == {}
    office.clock.advance(60)
    again = Delivery("again", office.escalation_id, "", remaining.reply_to, "Run it.", 0.0)
    office.inbox._deliveries["again"] = again  # as after a crash between writing and noting
    assert office.keeping.finish() == first
    assert len(office.folder.files) == 1


def test_what_is_not_to_be_kept_leaves_no_file() -> None:
    office = Office()
    office.desk.reply(office.escalation_id, "Run it.")
    assert office.keeping.finish() == {}
    assert office.folder.files == {}
    assert len(office.inbox.undelivered()) == 1


def test_on_a_full_disk_it_remains_to_be_kept() -> None:
    office = Office()
    office.desk.reply(office.escalation_id, "Run it.", keep=Audience.owner_only())
    office.folder.is_full = True
    with pytest.raises(StateUnwritableError):
        office.keeping.finish()
    office.folder.is_full = False
    (path,) = office.keeping.finish().values()
    assert 'audience: "owner"' in office.folder.files[path]


def test_what_may_not_be_kept_is_told_once_and_given_up() -> None:
    office = Office()
    office.desk.reply(office.escalation_id, "Run it.", keep=Audience.everyone())
    office.secrets.append((1, "password"))
    with pytest.raises(InvalidInputError, match="secret"):
        office.keeping.finish()
    assert office.keeping.finish() == {}


def test_it_is_never_kept_for_more_than_the_question_allows() -> None:
    office = Office()
    office.desk.reply(office.escalation_id, "Run it.", keep=Audience.groups(["core"]))
    office.inbox._deliveries = {
        "wide": Delivery(
            "wide", office.escalation_id, "", ReplyAddress(KEPT, "everyone"), "Run it.", 0.0
        ),
        "lost": Delivery("lost", "gone", "", ReplyAddress(KEPT, "everyone"), "Run it.", 0.0),
    }
    (path,) = office.keeping.finish().values()
    allowed = office.desk.get(office.escalation_id).audience
    assert f'audience: "{allowed}"' in office.folder.files[path]

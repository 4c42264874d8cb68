"""The owner's word on a sent answer is kept, and a wrong one is taken back from all who got it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from avatar.domain.escalations import EscalationState, Verdict
from avatar.domain.journal import OutcomeKind
from avatar.errors import InvalidInputError, NotFoundError, TryAgainLaterError
from avatar.escalation.deliveries import Deliveries
from avatar.escalation.desk import Desk
from avatar.escalation.judging import Judging
from tests.contracts.journal import an_entry
from tests.fakes.clock import FakeClock
from tests.fakes.inbox import MemoryInbox
from tests.fakes.journal import MemoryJournal, MemoryVerdicts

if TYPE_CHECKING:
    from avatar.escalation.deliveries import WaitingReply

ASKED = "Which port is it?"


class Office:
    """Answers that were sent on `cli`, where askers fetch, and on `chat`, which recalls."""

    def __init__(self) -> None:
        self.journal = MemoryJournal()
        self.verdicts = MemoryVerdicts(self.journal)
        self.inbox = MemoryInbox(self.verdicts)
        clock = FakeClock()
        self.desk = Desk(self.inbox, clock, owner="Dana", secret_lines=lambda _: [])
        self.deliveries = Deliveries(self.inbox, clock, {})
        self.recalled: list[str] = []
        self.judging = Judging(
            self.journal,
            self.verdicts,
            self.desk,
            clock,
            recalls={"chat": self.recall},
            fetched={"cli"},
        )

    def recall(self, question_id: str) -> int:
        self.recalled.append(question_id)
        return 2

    def sent(self, name: str, *, channel: str = "cli", **changes: object) -> None:
        entry: dict[str, object] = {
            "question_id": name,
            "question": ASKED,
            "searched": ASKED,
            "asker": f"asker-{name}",
            "channel": channel,
            "outcome": OutcomeKind.ANSWER,
        }
        self.journal.record(an_entry(f"j-{name}", **(entry | changes)))

    def told(self, name: str) -> list[WaitingReply]:
        return [*self.deliveries.replies_for(f"asker-{name}", {"cli"})]


@pytest.fixture
def office() -> Office:
    return Office()


def test_a_right_answer_is_a_verdict_and_nobody_is_told(office: Office) -> None:
    office.sent("q1")
    done = office.judging.judge("q1", right=True)
    assert (done.question_id, done.question, done.verdict, done.told) == (
        "q1",
        ASKED,
        Verdict.APPROVED,
        0,
    )
    assert office.verdicts.on_sent("q1") is Verdict.APPROVED
    assert office.told("q1") == []


def test_a_wrong_answer_is_taken_back_from_everybody_who_got_the_same_one(office: Office) -> None:
    office.sent("q1")
    office.sent("q2")
    office.sent("q3", cited=("other",))
    office.sent("q4", searched="Which host is it?")
    office.sent("q5", outcome=OutcomeKind.ESCALATE)
    office.sent("q6", channel="chat")
    done = office.judging.judge("j-q1", right=False)
    assert done.told == 4
    assert office.recalled == ["q6"]
    for name, is_told in {"q1": 1, "q2": 1, "q3": 0, "q4": 0, "q5": 0}.items():
        assert len(office.told(name)) == is_told, name
    (told,) = office.told("q1")
    assert "was wrong" in told.text
    assert ASKED in told.text
    assert [given.verdict for given in office.verdicts.all()] == [Verdict.REJECTED]
    assert office.inbox.list(EscalationState.PENDING) == []


def test_the_notice_is_in_the_askers_language(office: Office) -> None:
    office.sent("q1", question="端口是多少？")
    office.judging.judge("q1", right=False)
    (told,) = office.told("q1")
    assert "有误" in told.text


def test_the_same_word_again_tells_nobody_twice(office: Office) -> None:
    office.sent("q1")
    assert [office.judging.judge("q1", right=False).told for _ in range(2)] == [1, 0]
    assert len(office.told("q1")) == 1
    assert len(office.verdicts.all()) == 1


def test_the_owners_first_word_stands(office: Office) -> None:
    office.sent("q1")
    office.judging.judge("q1", right=True)
    with pytest.raises(InvalidInputError, match="already"):
        office.judging.judge("q1", right=False)
    assert office.told("q1") == []


def test_people_are_told_and_counted_once_however_often_they_asked(office: Office) -> None:
    for name in ("q1", "q2", "q3"):
        office.sent(name, asker="asker-cy")
    office.sent("q4")
    office.sent("q5", channel="chat", asker="asker-bo")
    office.sent("q6", channel="chat", asker="asker-bo")
    assert office.judging.judge("q2", right=False).told == 4  # two by their chat
    assert office.recalled == ["q5", "q6"]
    assert [len(office.told(name)) for name in ("cy", "q4")] == [1, 1]
    assert office.judging.judge("q3", right=False).told == 2  # the chat counts for itself
    assert [len(office.told(name)) for name in ("cy", "q4")] == [1, 1]


def test_who_got_it_again_is_told_again(office: Office) -> None:
    office.sent("q1", asker="asker-cy")
    assert office.judging.judge("q1", right=False).told == 1
    office.sent("q2", asker="asker-cy")
    assert office.judging.judge("q2", right=False).told == 1
    assert len(office.told("cy")) == 2


@pytest.mark.parametrize(
    "changes", [{"outcome": OutcomeKind.ESCALATE}, {"outcome": OutcomeKind.CLARIFY}, {"cited": ()}]
)
def test_only_answers_can_be_judged(office: Office, changes: dict[str, object]) -> None:
    office.sent("q1", **changes)  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match="nothing to judge"):
        office.judging.judge("q1", right=True)


def test_what_nobody_recorded_cannot_be_judged(office: Office) -> None:
    with pytest.raises(NotFoundError, match="'q9'"):
        office.judging.judge("q9", right=True)


def test_nothing_is_kept_when_the_channel_cannot_be_reached(office: Office) -> None:
    office.sent("q1", channel="slack")
    with pytest.raises(TryAgainLaterError, match="avatar up"):
        office.judging.judge("q1", right=False)
    assert office.verdicts.on_sent("q1") is None
    assert office.judging.judge("q1", right=True).verdict is Verdict.APPROVED

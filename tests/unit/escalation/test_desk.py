"""The desk: nothing lost, nothing told before it is kept, nobody told what is not theirs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from avatar.domain.audience import Audience, Reader
from avatar.domain.chunks import Span
from avatar.domain.decisions import Citation, Composed, Reason
from avatar.domain.escalations import (
    Delivery,
    Escalation,
    EscalationState,
    Verdict,
)
from avatar.domain.questions import (
    Intent,
    IntentKind,
    Language,
    Question,
    ReplyAddress,
    Turn,
)
from avatar.errors import InvalidInputError, NotFoundError, TryAgainLaterError
from avatar.escalation.deliveries import Deliveries
from avatar.escalation.desk import ATTEMPTS_AT_CLOSING, Desk, verdict_on
from tests.contracts.inbox import an_asker
from tests.fakes.channel import MemoryChannel
from tests.fakes.clock import FakeClock
from tests.fakes.inbox import MemoryInbox
from tests.fakes.journal import MemoryJournal, MemoryVerdicts

if TYPE_CHECKING:
    from collections.abc import Sequence

ASKED = "How do I rotate the deploy key?"
DRAFT = "Run rotate-key twice, then restart the gateway and tell the team about the change."
CORE = Audience.groups(["core"])


def secret_lines(text: str) -> list[tuple[int, str]]:
    lines = enumerate(text.split("\n"), start=1)
    return [(number, "password") for number, line in lines if "hunter2" in line]


def a_question(question_id: str = "q1", text: str = ASKED, **changes: object) -> Question:
    question = Question(
        question_id=question_id,
        text=text,
        asker=f"asker-{question_id}",
        reader=Reader.colleague("x"),
        place=Audience.everyone(),
        reply_to=ReplyAddress("memory", f"address-{question_id}"),
        asked_at=1_700_000_000.0,
    )
    return replace(question, **changes)  # type: ignore[arg-type]


def an_intent(text: str = ASKED, language: Language = Language.ENGLISH) -> Intent:
    return Intent(text, IntentKind.HOW_TO, language, language.value)


def a_draft(*audiences: Audience) -> Composed:
    cited = [
        Citation(f"c{n}", "notes/keys.md", 3, 5, "", "text", audience, "ab")
        for n, audience in enumerate(audiences)
    ]
    return Composed(DRAFT, tuple(cited), "extractive")


class Office:
    """A desk with everything around it in memory."""

    def __init__(self, inbox: MemoryInbox | None = None) -> None:
        self.verdicts = MemoryVerdicts(MemoryJournal())
        self.inbox = inbox or MemoryInbox(self.verdicts)
        self.clock = FakeClock()
        self.channel = MemoryChannel()
        self.desk = Desk(
            self.inbox,
            self.clock,
            owner="Dana",
            secret_lines=secret_lines,
        )
        self.deliveries = Deliveries(self.inbox, self.clock, {"memory": self.channel})

    def ask(
        self,
        question_id: str = "q1",
        text: str = ASKED,
        *,
        language: Language = Language.ENGLISH,
        draft: Composed | None = None,
        **changes: object,
    ) -> Escalation:
        spans = [Span("notes/keys.md", 3, 5, "ab"), Span("notes/keys.md", 9, 9, "cd")]
        return self.desk.open(
            a_question(question_id, text, **changes),
            an_intent(text, language),
            [Reason("weak", "nothing says so")],
            draft=draft,
            draft_spans=spans,
        )

    def texts(self) -> dict[str, str]:
        """What every asker was told, by address."""
        self.deliveries.bring()
        return {shown.reply_to.address: shown.text for shown in self.channel.shown}


@pytest.fixture
def office() -> Office:
    return Office()


def test_an_opened_question_is_in_the_inbox_with_all_that_is_known(office: Office) -> None:
    opened = office.ask(draft=a_draft(Audience.everyone()))
    assert office.inbox.get(opened.escalation_id) == opened
    assert (opened.text, opened.draft, opened.state) == (ASKED, DRAFT, EscalationState.PENDING)
    assert opened.reasons == (Reason("weak", "nothing says so"),)
    assert opened.draft_spans[0].document_id == "notes/keys.md"
    assert opened.waiting[0].asker == "asker-q1"
    assert opened.opened_at == office.clock.now()


def test_without_a_draft_there_are_no_lines_it_rests_on(office: Office) -> None:
    assert office.ask().draft_spans == ()


def test_a_follow_up_is_handed_over_as_it_was_understood(office: Office) -> None:
    opened = office.desk.open(
        a_question(text="and for prod?", history=(Turn("deploy on staging?", by_asker=True),)),
        an_intent("deploy on staging? and for prod?"),
        [],
    )
    other = office.desk.open(
        a_question("q2", text="and for prod?", history=(Turn("who pays?", by_asker=True),)),
        an_intent("who pays? and for prod?"),
        [],
    )
    assert opened.text == opened.waiting[0].text == "deploy on staging? and for prod?"
    assert other.escalation_id != opened.escalation_id


def test_what_may_be_kept_is_never_wider_than_place_and_sources(office: Office) -> None:
    assert office.ask("q1", "one?", place=CORE).audience == CORE
    assert office.ask("q2", "two?", draft=a_draft(CORE, Audience.everyone())).audience == CORE
    qa = Audience.groups(["qa"])
    assert office.ask("q3", "three?", place=qa, draft=a_draft(CORE)).audience == (
        Audience.owner_only()
    )


def test_what_only_the_owner_may_say_is_kept_for_nobody_else(office: Office) -> None:
    intent = replace(an_intent("What is Kim's salary?"), policy=("personal-data",))
    opened = office.desk.open(a_question(text="What is Kim's salary?"), intent, [])
    assert opened.audience == Audience.owner_only()


def test_everybody_who_waits_gets_the_owners_words_in_their_own_frame(office: Office) -> None:
    office.ask("q1")
    opened = office.ask("q2", "Hi! How to rotate the deploy key", language=Language.CHINESE)
    closed = office.desk.reply(opened.escalation_id, "Ask *me*.\n\n  Verbatim {x}. ")
    texts = office.texts()
    assert closed.state is EscalationState.ANSWERED
    assert closed.reply == "Ask *me*.\n\n  Verbatim {x}. "
    assert all("Ask *me*.\n\n  Verbatim {x}. " in text for text in texts.values())
    assert "Dana's own words" in texts["address-q1"]
    assert "Dana 本人的原话" in texts["address-q2"]


def test_merged_askers_see_neither_the_other_name_nor_the_other_wording(office: Office) -> None:
    office.ask("q1", "How do I rotate the deploy key?", place=CORE)
    opened = office.ask("q2", "hello, how to rotate the deploy key", place=Audience.groups(["qa"]))
    assert len(opened.waiting) == 2
    office.desk.reply(opened.escalation_id, "Like this.")
    texts = office.texts()
    assert "How do I rotate" not in texts["address-q2"]
    assert "hello" not in texts["address-q1"]
    assert "asker-q1" not in texts["address-q2"]
    assert opened.audience == Audience.owner_only()


def test_a_draft_on_a_groups_notes_never_reaches_an_asker_outside_it(office: Office) -> None:
    drafted = office.ask("q1", place=CORE, draft=a_draft(CORE))
    outside = office.ask("q2", draft=a_draft(Audience.everyone()))
    assert outside.escalation_id != drafted.escalation_id
    office.desk.approve(drafted.escalation_id)
    assert list(office.texts()) == ["address-q1"]


def test_an_approved_draft_is_sent_as_such_with_its_sources(office: Office) -> None:
    opened = office.ask(draft=a_draft(Audience.everyone()))
    closed = office.desk.approve(opened.escalation_id[:6])
    text = office.texts()["address-q1"]
    assert (closed.reply, closed.verdict) == (DRAFT, Verdict.APPROVED)
    assert DRAFT in text
    assert "approved by Dana" in text
    assert "own words" not in text
    assert "Sources:\n[1] notes/keys.md:3-5\n[2] notes/keys.md:9" in text


def test_an_approved_draft_without_lines_names_no_sources(office: Office) -> None:
    opened = office.desk.open(
        a_question(), an_intent(language=Language.CHINESE), [], draft=a_draft()
    )
    office.desk.approve(opened.escalation_id)
    assert "来源" not in office.texts()["address-q1"]


def test_approving_without_a_draft_is_refused(office: Office) -> None:
    with pytest.raises(InvalidInputError, match="no draft"):
        office.desk.approve(office.ask().escalation_id)


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        (DRAFT, Verdict.APPROVED),
        (f" {DRAFT}\n", Verdict.APPROVED),
        (DRAFT.replace("twice", "once"), Verdict.EDITED),
        ("No idea, ask Lin about certificates.", Verdict.REJECTED),
    ],
)
def test_the_verdict_is_what_the_reply_says_of_the_draft(
    office: Office, reply: str, verdict: Verdict
) -> None:
    opened = office.ask(draft=a_draft(Audience.everyone()))
    assert office.desk.reply(opened.escalation_id, reply).verdict is verdict
    assert [(given.question_id, given.verdict) for given in office.verdicts.all()] == [
        ("q1", verdict)
    ]
    assert verdict_on("", reply) is Verdict.OWN_ANSWER
    assert verdict_on("Rotate it with gatectl.", "用 gatectl 轮换。") is Verdict.OWN_ANSWER


def test_a_dismissal_is_told_with_the_note(office: Office) -> None:
    opened = office.ask(language=Language.CHINESE)
    closed = office.desk.dismiss(opened.escalation_id, note="请看公告")
    assert (closed.state, closed.verdict) == (EscalationState.DISMISSED, Verdict.DISMISSED)
    assert "没有给出答复" in office.texts()["address-q1"]
    assert "请看公告" in office.texts()["address-q1"]


def test_a_dismissal_without_a_note_says_only_so(office: Office) -> None:
    office.desk.dismiss(office.ask().escalation_id)
    assert office.texts()["address-q1"] == f"Dana closed your question “{ASKED}” without an answer."


def test_a_long_question_is_quoted_short_and_on_one_line(office: Office) -> None:
    office.desk.dismiss(office.ask(text="why\n" * 300).escalation_id)
    text = office.texts()["address-q1"]
    assert "\n" not in text
    assert len(text) < 300


def test_whoever_comes_second_learns_what_stands(office: Office) -> None:
    opened = office.ask(draft=a_draft(Audience.everyone()))
    office.desk.approve(opened.escalation_id)
    with pytest.raises(InvalidInputError, match="answered with the draft already on 2023-11-14"):
        office.desk.reply(opened.escalation_id, "other")
    with pytest.raises(InvalidInputError, match="already"):
        office.desk.dismiss(opened.escalation_id)
    assert len(office.texts()) == 1
    assert DRAFT in office.texts()["address-q1"]


@pytest.mark.parametrize("text", ["", "  \n"])
def test_an_empty_reply_sends_nothing(office: Office, text: str) -> None:
    opened = office.ask()
    with pytest.raises(InvalidInputError, match="empty"):
        office.desk.reply(opened.escalation_id, text)
    assert office.desk.get(opened.escalation_id).state is EscalationState.PENDING


def test_a_reply_with_a_secret_is_refused_with_its_line_unless_forced(office: Office) -> None:
    opened = office.ask()
    reply = "Log in:\npassword hunter2"
    with pytest.raises(InvalidInputError, match="line 2") as refused:
        office.desk.reply(opened.escalation_id, reply)
    assert "hunter2" not in str(refused.value)
    assert office.desk.reply(opened.escalation_id, reply, force=True).reply == reply


def test_a_note_with_a_secret_is_refused(office: Office) -> None:
    with pytest.raises(InvalidInputError, match="secret"):
        office.desk.dismiss(office.ask().escalation_id, note="hunter2")


def test_an_unknown_escalation_is_not_found(office: Office) -> None:
    with pytest.raises(NotFoundError, match="avatar inbox list"):
        office.desk.reply("nowhere", "text")


def test_what_waited_too_long_expires_and_its_askers_are_told(office: Office) -> None:
    office.ask("q1", "one?", asked_at=office.clock.now())
    office.clock.advance(100)
    office.ask("q2", "two?", asked_at=office.clock.now())
    expired = office.desk.expire(50)
    assert [closed.text for closed in expired] == ["one?"]
    assert list(office.texts()) == ["address-q1"]
    assert "did not get to your question" in office.texts()["address-q1"]
    with pytest.raises(InvalidInputError, match="expired already"):
        office.desk.reply(expired[0].escalation_id, "late")


def test_somebody_who_joined_late_keeps_the_question_open(office: Office) -> None:
    office.ask("q1", asked_at=office.clock.now())
    office.clock.advance(100)
    office.ask("q2", asked_at=office.clock.now())
    assert office.desk.expire(50) == []


def test_an_unreachable_asker_is_left_for_later_and_blocks_nobody(office: Office) -> None:
    office.ask("q1")
    opened = office.ask("q2")
    office.desk.reply(opened.escalation_id, "Like this.")
    office.channel.closed_addresses.add("address-q1")
    first = office.deliveries.bring()
    assert (first.delivered, len(first.failed)) == (1, 1)
    office.channel.closed_addresses.clear()
    assert office.deliveries.bring().delivered == 1
    assert office.deliveries.bring().delivered == 0
    assert len(office.channel.shown) == 2


def test_an_unknown_channel_keeps_its_delivery_until_it_is_fetched(office: Office) -> None:
    opened = office.ask(reply_to=ReplyAddress("cli", "lin"))
    office.desk.reply(opened.escalation_id, "Like this.")
    assert office.deliveries.bring().waiting_to_be_fetched == 1
    assert office.deliveries.replies_for("asker-q2", ["cli"]) == []
    assert office.deliveries.replies_for("asker-q1", ["web"]) == []
    (reply,) = office.deliveries.replies_for("asker-q1", ["cli", "web"])
    assert (reply.question, reply.escalation_id) == (ASKED, opened.escalation_id)
    assert "Like this." in reply.text
    office.deliveries.fetched([reply.delivery_id])
    assert office.deliveries.replies_for("asker-q1", ["cli"]) == []


class CrowdedInbox(MemoryInbox):
    """Somebody joins, or the owner answers elsewhere, just before a close."""

    def __init__(self, *, joiners: int = 0, is_taken: bool = False) -> None:
        super().__init__()
        self.joiners = joiners
        self.is_taken = is_taken

    def close(
        self,
        escalation_id: str,
        state: EscalationState,
        *,
        reply: str,
        verdict: Verdict | None,
        at: float,
        deliveries: Sequence[Delivery],
    ) -> bool:
        if self.joiners:
            self.joiners -= 1
            self.add_waiting(escalation_id, an_asker(f"late-{self.joiners}"))
        if self.is_taken:
            self.is_taken = False
            super().close(
                escalation_id,
                EscalationState.DISMISSED,
                reply="",
                verdict=Verdict.DISMISSED,
                at=at,
                deliveries=deliveries,
            )
        return super().close(
            escalation_id, state, reply=reply, verdict=verdict, at=at, deliveries=deliveries
        )


def test_somebody_who_joins_while_the_owner_replies_gets_the_reply_too() -> None:
    office = Office(CrowdedInbox(joiners=2))
    office.desk.reply(office.ask().escalation_id, "Like this.")
    assert len(office.texts()) == 3


def test_a_crowd_that_never_stops_joining_is_told_to_the_owner() -> None:
    office = Office(CrowdedInbox(joiners=ATTEMPTS_AT_CLOSING))
    opened = office.ask()
    with pytest.raises(TryAgainLaterError, match="keep joining"):
        office.desk.reply(opened.escalation_id, "Like this.")
    assert office.texts() == {}


def test_losing_the_race_at_the_last_moment_is_told() -> None:
    office = Office(CrowdedInbox(is_taken=True))
    with pytest.raises(InvalidInputError, match="dismissed already"):
        office.desk.reply(office.ask().escalation_id, "Like this.")


def test_expiring_gives_way_to_an_owner_who_was_first() -> None:
    office = Office(CrowdedInbox(is_taken=True))
    office.ask()
    office.clock.advance(100)
    assert office.desk.expire(50) == []

"""The owner answers in the channel's thread, after the question was handed over."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from avatar.adapters.system_clock import SystemClock
from avatar.domain.audience import Audience
from avatar.domain.escalations import EscalationState
from tests.fakes.clock import FakeClock
from tests.fakes.slack_human import text_of
from tests.fakes.slack_office import ANA, BEN, DANA, new_workspace, started

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.fakes.slack_office import Running
    from tests.fakes.slack_world import Channel

ASKED = "<@U0BOT> who rotates the lunar keys?"
ANSWER = "The night team rotates the lunar keys."


class Ops:
    """A channel in which a question waits for the owner, whose messages there are no events."""

    def __init__(self, slack: Running, clock: FakeClock) -> None:
        self.slack, self.clock = slack, clock
        self.channel: Channel = slack.slack.world.add_channel("ops", {ANA, BEN, DANA})
        self.root = slack.human.says(ANA, ASKED, channel=self.channel)
        slack.human.reads(self.channel, self.root)
        self.card_ts = slack.card()["ts"]

    def says(self, user: str, text: str) -> str:
        return self.slack.human.says(user, text, channel=self.channel, thread=self.root)

    def a_while_passes(self, seconds: float = 90.0) -> None:
        self.clock.advance(seconds)
        self.slack.connector.look_at_the_clock()
        self.slack.idle()

    @property
    def card(self) -> str:
        shown = self.slack.dm(DANA).find(self.card_ts)
        assert shown is not None
        return text_of(shown)

    def state(self) -> EscalationState:
        return self.slack.desk.escalations["e1"].state

    def said_in_thread(self) -> int:
        return len(self.slack.human.bot_messages(self.channel, self.root))

    def presses(self, action: str) -> None:
        self.slack.human.clicks(DANA, self.slack.dm(DANA), self.card_ts, action)
        self.slack.idle()


@contextmanager
def ops(folder: Path) -> Iterator[Ops]:
    clock = FakeClock(SystemClock().now())
    with new_workspace() as slack, started(slack, folder, clock=clock) as running:
        yield Ops(running, clock)


def test_an_answer_in_the_thread_closes_the_card_and_repeats_nothing(tmp_path: Path) -> None:
    with ops(tmp_path) as there:
        there.says(DANA, ANSWER)
        there.a_while_passes(1)
        assert there.state() is EscalationState.PENDING  # more may follow
        there.a_while_passes()
        assert there.state() is EscalationState.ANSWERED
        assert there.slack.desk.escalations["e1"].reply == ANSWER
        assert "You answered where it was asked; closed at" in there.card
        assert ANSWER in there.card
        assert there.said_in_thread() == 1
        offer = there.slack.human.reads(there.slack.dm(DANA), there.card_ts)
        assert "Keep it, and I answer this myself next time — for: *everyone*" in text_of(offer)
        there.slack.human.clicks(DANA, there.slack.dm(DANA), offer["ts"], "card_keep")
        there.slack.idle()
        assert there.slack.desk.kept == [
            ("who rotates the lunar keys?", ANSWER, Audience.everyone())
        ]
        for _ in range(3):
            there.a_while_passes()
        assert there.said_in_thread() == 1
        assert len(there.slack.human.bot_messages(there.slack.dm(DANA), there.card_ts)) == 1


def test_what_only_puts_off_leaves_the_card_as_it_is(tmp_path: Path) -> None:
    with ops(tmp_path) as there:
        before = there.card
        there.says(DANA, "ok, looking")
        there.says(DANA, "Which keys do you mean?")
        there.says(DANA, "👍")
        there.a_while_passes()
        assert (there.state(), there.card) == (EscalationState.PENDING, before)
        there.says(DANA, ANSWER)
        there.a_while_passes()
        assert there.state() is EscalationState.PENDING
        assert "Is that your answer?" in there.card  # after all that, it is asked


def test_in_doubt_the_card_asks_and_yes_closes_it(tmp_path: Path) -> None:
    with ops(tmp_path) as there:
        there.says(DANA, "Ben's people do that.")
        there.a_while_passes()
        assert there.state() is EscalationState.PENDING
        assert "you wrote where it was asked. Is that your answer?" in there.card
        assert ">Ben's people do that." in there.card
        there.presses("card_is_answer")
        assert there.slack.desk.escalations["e1"].reply == "Ben's people do that."
        assert "You answered where it was asked" in there.card
        assert there.said_in_thread() == 1


def test_no_leaves_it_waiting_and_later_words_are_asked_about_anew(tmp_path: Path) -> None:
    with ops(tmp_path) as there:
        there.says(DANA, "Lunch is at noon, by the way.")
        there.a_while_passes()
        there.presses("card_no_answer")
        assert "Is that your answer?" not in there.card
        there.a_while_passes()
        assert there.state() is EscalationState.PENDING
        assert "Is that your answer?" not in there.card
        there.says(DANA, ANSWER)
        there.a_while_passes()
        assert there.state() is EscalationState.ANSWERED
        assert there.slack.desk.escalations["e1"].reply == ANSWER


def test_a_declined_word_does_not_swallow_the_same_words_given_as_the_reply(
    tmp_path: Path,
) -> None:
    with ops(tmp_path) as there:
        there.says(DANA, "Ben's people do that.")
        there.a_while_passes()
        there.presses("card_no_answer")
        there.slack.human.says(DANA, "Ben's people do that.", thread=there.card_ts)
        there.slack.human.reads(there.channel, there.root, count=2)


def test_who_waits_elsewhere_is_told_once_the_owner_says_that_it_is_the_answer(
    tmp_path: Path,
) -> None:
    with ops(tmp_path) as there:
        slack = there.slack
        elsewhere = slack.human.says(BEN, "Who rotates the lunar keys?")
        slack.human.reads(slack.dm(BEN), elsewhere)
        there.says(DANA, ANSWER)
        there.a_while_passes()
        assert there.state() is EscalationState.PENDING  # others would read it: the owner says so
        assert "If it is, these people get the same words: <@U3BEN>" in there.card
        there.presses("card_is_answer")
        assert ANSWER in text_of(slack.human.reads(slack.dm(BEN), elsewhere, count=2))
        assert "Dana's own words" in text_of(slack.human.reads(slack.dm(BEN), elsewhere, count=2))
        assert "closed at" in there.card
        assert "1 person told elsewhere" in there.card
        assert there.said_in_thread() == 1


def test_a_strangers_yes_changes_nothing(tmp_path: Path) -> None:
    with ops(tmp_path) as there:
        there.says(DANA, "Ben's people do that.")
        there.a_while_passes()
        for action in ("card_is_answer", "card_no_answer"):
            there.slack.human.clicks(BEN, there.slack.dm(DANA), there.card_ts, action)
        there.slack.idle()
        assert there.state() is EscalationState.PENDING
        assert "Is that your answer?" in there.card


def test_a_draft_is_never_judged_by_what_was_said_elsewhere(tmp_path: Path) -> None:
    clock = FakeClock(SystemClock().now())
    with new_workspace() as slack, started(slack, tmp_path, clock=clock) as running:
        running.desk.drafts["lunar"] = "The day team rotates the lunar keys."
        there = Ops(running, clock)
        there.says(DANA, ANSWER)
        there.a_while_passes()
        assert there.state() is EscalationState.PENDING
        assert "Is that your answer?" in there.card


def test_nobody_who_was_answered_in_the_thread_hears_that_no_reply_came(tmp_path: Path) -> None:
    with ops(tmp_path) as there:
        there.says(DANA, "Ben's people do that.")
        there.a_while_passes()
        there.a_while_passes(8 * 86_400)
        assert there.state() is EscalationState.EXPIRED
        assert there.said_in_thread() == 1


def test_an_answer_before_its_card_was_shown_offers_to_be_kept_all_the_same(
    tmp_path: Path,
) -> None:
    clock = FakeClock(SystemClock().now())
    with (
        new_workspace() as slack,
        started(slack, tmp_path, clock=clock, digest_at=("12:00",)) as running,
    ):
        channel = running.slack.world.add_channel("ops", {ANA, DANA})
        root = running.human.says(ANA, ASKED, channel=channel)
        running.human.reads(channel, root)
        running.human.says(DANA, ANSWER, channel=channel, thread=root)
        clock.advance(90)
        running.connector.look_at_the_clock()
        running.slack.wait(lambda: running.human.bot_messages(running.dm(DANA)))
        (offer,) = running.human.bot_messages(running.dm(DANA))
        assert "You answered “who rotates the lunar keys?” where it was asked" in text_of(offer)


def test_who_was_promised_the_reply_in_a_direct_message_gets_it_there(tmp_path: Path) -> None:
    clock = FakeClock(SystemClock().now())
    with new_workspace() as slack, started(slack, tmp_path, clock=clock) as running:
        slack.world.add_user("U4GUEST", "gus", is_restricted=True)
        channel = slack.world.add_channel("ops", {ANA, DANA, "U4GUEST"})
        root = running.human.says(ANA, ASKED, channel=channel)
        running.human.reads(channel, root)  # that the reply comes in a direct message
        card = running.card()
        running.human.says(DANA, ANSWER, channel=channel, thread=root)
        clock.advance(90)
        running.connector.look_at_the_clock()
        running.idle()
        assert running.desk.escalations["e1"].state is EscalationState.PENDING
        running.human.clicks(DANA, running.dm(DANA), card["ts"], "card_is_answer")
        running.idle()
        assert ANSWER in text_of(running.human.bot_messages(running.dm(ANA))[-1])
        assert len(running.human.bot_messages(channel, root)) == 1


def test_a_card_closed_meanwhile_and_a_yes_to_nothing_change_nothing(tmp_path: Path) -> None:
    with ops(tmp_path) as there:
        there.says(DANA, "Ben's people do that.")
        there.a_while_passes()
        card = there.slack.dm(DANA).find(there.card_ts)
        assert card is not None
        before = dict(card)
        there.slack.human.says(DANA, "The night team.", thread=there.card_ts)
        there.slack.human.reads(there.channel, there.root, count=2)
        for action in ("card_is_answer", "card_no_answer"):
            for value in ("e1", "e404"):
                there.slack.human.clicks(
                    DANA,
                    there.slack.dm(DANA),
                    there.card_ts,
                    action,
                    value=value,
                    snapshot=before,
                )
        there.a_while_passes()
        assert there.slack.desk.escalations["e1"].reply == "The night team."
        assert there.said_in_thread() == 2


def test_a_thread_that_cannot_be_read_leaves_the_question_waiting(tmp_path: Path) -> None:
    with ops(tmp_path) as there:
        there.slack.slack.world.scopes.discard("channels:history")
        there.says(DANA, ANSWER)
        there.a_while_passes()
        assert there.state() is EscalationState.PENDING

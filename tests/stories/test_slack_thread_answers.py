"""The owner answers in the channel's thread, after the question was handed over."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from avatar.adapters.system_clock import SystemClock
from avatar.domain.audience import Audience
from avatar.domain.escalations import EscalationState
from avatar.errors import InvalidInputError
from connectors.slack.log import Purpose
from connectors.slack.said_there import SAID_THERE
from connectors.slack.slack_time import CLOCK_AHEAD
from tests.fakes.clock import FakeClock
from tests.fakes.front_desk import FakeFrontDesk
from tests.fakes.slack_human import text_of
from tests.fakes.slack_office import ANA, BEN, DANA, new_workspace, started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from avatar.domain.escalations import Escalation
    from tests.fakes.slack_office import Running
    from tests.fakes.slack_world import Channel, Row

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
        self.before: Row = {}

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

    def snapshot(self) -> Row:
        shown = self.slack.dm(DANA).find(self.card_ts)
        assert shown is not None
        return dict(shown)

    def presses(self, action: str) -> None:
        self.before = self.snapshot()
        self.presses_before(action)

    def presses_before(self, action: str) -> None:
        """Press a button of the card as it looked when one was pressed last."""
        dm, ts = self.slack.dm(DANA), self.card_ts
        self.slack.human.clicks(DANA, dm, ts, action, snapshot=self.before)
        self.slack.idle()

    def relay_waits_after(self, attempts: int) -> bool:
        """Whether a relay was refused so often, and is not due yet."""
        return any(
            relay.attempts == attempts and relay.due_at > self.clock.now()
            for relay in self.slack.log.messages(Purpose.RELAY)
        )

    def begins_to_read(self, act: Callable[[], object]) -> None:
        """Do what has the thread read; Slack takes two seconds to say what stands there."""
        slack = self.slack.slack

        def readings() -> int:
            return sum(call.method == "conversations.replies" for call in slack.calls)

        before = readings()
        slack.fail("conversations.replies", slow_reply_s=2.0)
        act()
        slack.wait(lambda: readings() > before, why="the thread is being read")


class Strict(FakeFrontDesk):
    """Passes on no passwords."""

    def reply(self, escalation_id: str, text: str) -> Escalation:
        if "password" in text:
            raise InvalidInputError("The reply holds a secret; nothing was sent.")
        return super().reply(escalation_id, text)


@contextmanager
def ops(folder: Path) -> Iterator[Ops]:
    clock = FakeClock(SystemClock().now())
    with new_workspace() as slack, started(slack, folder, clock=clock) as running:
        yield Ops(running, clock)


def test_words_in_the_thread_close_nothing_until_the_owner_says_that_they_answer(
    tmp_path: Path,
) -> None:
    with ops(tmp_path) as there:
        there.says(DANA, ANSWER)
        there.a_while_passes(1)
        assert "Is that your answer?" not in there.card  # more may follow
        there.a_while_passes()
        assert "you wrote where it was asked. Is that your answer?" in there.card
        assert f">{ANSWER}" in there.card
        for _ in range(3):
            there.a_while_passes()
        assert there.state() is EscalationState.PENDING
        assert not there.slack.desk.deliveries
        there.presses("card_is_answer")
        assert there.slack.desk.escalations["e1"].reply == ANSWER
        assert "You answered where it was asked; closed at" in there.card
        for _ in range(3):
            there.a_while_passes()
        assert there.said_in_thread() == 1


def test_the_answer_that_was_taken_can_be_kept(tmp_path: Path) -> None:
    with ops(tmp_path) as there:
        there.says(DANA, ANSWER)
        there.a_while_passes()
        there.presses("card_is_answer")
        offer = there.slack.human.reads(there.slack.dm(DANA), there.card_ts)
        assert "You answered “who rotates the lunar keys?” where it was asked" in text_of(offer)
        assert "Keep it, and I answer this myself next time — for: *everyone*" in text_of(offer)
        there.slack.human.clicks(DANA, there.slack.dm(DANA), offer["ts"], "card_keep")
        there.slack.idle()
        assert there.slack.desk.kept == [
            ("who rotates the lunar keys?", ANSWER, Audience.everyone())
        ]


def test_a_second_yes_from_another_device_is_the_same_answer(tmp_path: Path) -> None:
    with ops(tmp_path) as there:
        there.says(DANA, ANSWER)
        there.a_while_passes()
        there.presses("card_is_answer")
        there.presses_before("card_is_answer")
        (offer,) = there.slack.human.bot_messages(there.slack.dm(DANA), there.card_ts)
        assert "Keep it" in text_of(offer)
        assert "You answered where it was asked" in there.card
        assert there.said_in_thread() == 1


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
        assert f">{ANSWER}" in there.card
        assert "looking" not in there.card


def test_no_leaves_it_waiting_and_later_words_are_asked_about_anew(tmp_path: Path) -> None:
    with ops(tmp_path) as there:
        there.says(DANA, "Lunch is at noon, by the way.")
        there.a_while_passes()
        there.presses("card_no_answer")
        there.presses_before("card_no_answer")  # from another device
        for _ in range(2):
            assert "Is that your answer?" not in there.card
            there.a_while_passes()
        assert there.state() is EscalationState.PENDING
        there.says(DANA, ANSWER)
        there.a_while_passes()
        assert f">{ANSWER}" in there.card
        assert "Lunch" not in there.card


def test_a_declined_word_does_not_swallow_the_same_words_given_as_the_reply(
    tmp_path: Path,
) -> None:
    with ops(tmp_path) as there:
        there.says(DANA, "Ben's people do that.")
        there.a_while_passes()
        there.presses("card_no_answer")
        there.slack.human.says(DANA, "Ben's people do that.", thread=there.card_ts)
        there.slack.human.reads(there.channel, there.root, count=2)


def test_words_that_were_not_taken_do_not_swallow_the_same_words_given_as_the_reply(
    tmp_path: Path,
) -> None:
    with ops(tmp_path) as there:
        there.says(DANA, ANSWER)
        there.a_while_passes()
        there.slack.human.says(DANA, ANSWER, thread=there.card_ts)
        there.slack.human.reads(there.channel, there.root, count=2)
        there.slack.idle()
        assert "Your answer went out at" in there.card


def test_an_answer_in_a_second_thread_is_not_lost_behind_the_first(tmp_path: Path) -> None:
    with ops(tmp_path) as there:
        second = there.slack.human.says(BEN, ASKED, channel=there.channel)
        there.slack.human.reads(there.channel, second)
        there.says(DANA, ANSWER)
        there.slack.human.says(DANA, "Lunch is at noon.", channel=there.channel, thread=second)
        there.a_while_passes()
        assert ">Lunch is at noon." in there.card
        there.presses("card_no_answer")
        assert f">{ANSWER}" in there.card
        there.a_while_passes()
        assert f">{ANSWER}" in there.card
        assert "Lunch" not in there.card
        there.presses("card_no_answer")
        there.a_while_passes()
        assert "Is that your answer?" not in there.card
        there.slack.human.says(DANA, "The day team does.", channel=there.channel, thread=second)
        there.a_while_passes()
        assert ">The day team does." in there.card
        there.presses("card_is_answer")
        assert there.slack.desk.escalations["e1"].reply == "The day team does."
        assert "1 person told elsewhere" in there.card
        assert there.said_in_thread() == 2


def test_a_yes_to_less_than_was_written_since_shows_the_rest_and_takes_nothing(
    tmp_path: Path,
) -> None:
    with ops(tmp_path) as there:
        there.says(DANA, ANSWER)
        there.a_while_passes()
        there.says(DANA, "Sorry, that was last year.")
        there.presses("card_is_answer")
        assert there.state() is EscalationState.PENDING
        assert ">Sorry, that was last year." in there.card
        there.presses_before("card_is_answer")
        assert there.state() is EscalationState.PENDING
        there.presses("card_is_answer")
        both = f"{ANSWER}\n\nSorry, that was last year."
        assert there.slack.desk.escalations["e1"].reply == both


def test_a_yes_to_words_that_were_changed_or_taken_away_takes_nothing(tmp_path: Path) -> None:
    with ops(tmp_path) as there:
        said = there.channel.find(there.says(DANA, ANSWER))
        assert said is not None
        there.a_while_passes()
        said["text"] = "The day team rotates the lunar keys."
        there.presses("card_is_answer")
        assert there.state() is EscalationState.PENDING
        assert ">The day team rotates the lunar keys." in there.card
        there.channel.messages.remove(said)
        there.presses("card_is_answer")
        assert there.state() is EscalationState.PENDING
        assert "Is that your answer?" not in there.card


def test_a_card_that_shows_only_the_beginning_says_so(tmp_path: Path) -> None:
    with ops(tmp_path) as there:
        text = "The night team rotates them. " * 40 + "On Sundays nobody does."
        there.says(DANA, text)
        there.a_while_passes()
        assert "Sundays" not in there.card
        assert "This is only the beginning" in there.card
        there.presses("card_is_answer")
        assert there.slack.desk.escalations["e1"].reply == text


def test_a_card_that_shows_all_says_nothing_of_a_beginning(tmp_path: Path) -> None:
    with ops(tmp_path) as there:
        there.says(DANA, ANSWER)
        there.a_while_passes()
        assert "only the beginning" not in there.card


def test_what_was_typed_as_an_entity_stays_one(tmp_path: Path) -> None:
    with ops(tmp_path) as there:
        there.says(DANA, "Write &amp;lt;key&amp;gt; for &lt;<@U3BEN>&gt; &amp; all")
        there.a_while_passes()
        there.presses("card_is_answer")
        reply = there.slack.desk.escalations["e1"].reply
        assert reply == "Write &lt;key&gt; for <@ben> & all"


def test_who_waits_elsewhere_is_told_once_the_owner_says_that_it_is_the_answer(
    tmp_path: Path,
) -> None:
    with ops(tmp_path) as there:
        slack = there.slack
        elsewhere = slack.human.says(BEN, "Who rotates the lunar keys?")
        slack.human.reads(slack.dm(BEN), elsewhere)
        there.says(DANA, ANSWER)
        there.a_while_passes()
        assert "*That is my answer* also sends these words to: <@U3BEN>" in there.card
        assert len(slack.human.bot_messages(slack.dm(BEN), elsewhere)) == 1
        there.presses("card_is_answer")
        told = text_of(slack.human.reads(slack.dm(BEN), elsewhere, count=2))
        assert ANSWER in told
        assert "Dana's own words" in told
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


def test_words_beside_a_draft_are_asked_about_as_well(tmp_path: Path) -> None:
    clock = FakeClock(SystemClock().now())
    with new_workspace() as slack, started(slack, tmp_path, clock=clock) as running:
        running.desk.drafts["lunar"] = "The day team rotates the lunar keys."
        there = Ops(running, clock)
        there.says(DANA, ANSWER)
        there.a_while_passes()
        assert there.state() is EscalationState.PENDING
        assert "Is that your answer?" in there.card


def test_everybody_is_told_of_the_expiry_whatever_was_written_meanwhile(tmp_path: Path) -> None:
    with ops(tmp_path) as there:
        slack = there.slack
        elsewhere = slack.human.says(BEN, "Who rotates the lunar keys?")
        slack.human.reads(slack.dm(BEN), elsewhere)
        there.says(DANA, "Ben's people do that.")
        there.a_while_passes()
        there.a_while_passes(8 * 86_400)
        assert there.state() is EscalationState.EXPIRED
        assert "did not get to it" in text_of(slack.human.reads(there.channel, there.root, count=2))
        assert "did not get to it" in text_of(slack.human.reads(slack.dm(BEN), elsewhere, count=2))
        assert "2 people told" in there.card


def test_words_written_before_the_card_was_shown_stand_on_it(tmp_path: Path) -> None:
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
        running.idle()
        assert not running.human.bot_messages(running.dm(DANA))
        clock.advance(86_400)
        running.connector.look_at_the_clock()
        (digest,) = slack.wait(lambda: running.human.bot_messages(running.dm(DANA)))
        running.human.clicks(DANA, running.dm(DANA), digest["ts"], "card_show")
        assert f">{ANSWER}" in text_of(running.card())


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
        before = there.snapshot()
        there.slack.human.says(DANA, "The night team.", thread=there.card_ts)
        there.slack.human.reads(there.channel, there.root, count=2)
        for action in ("card_is_answer", "card_no_answer"):
            for value in (None, "e1", "e404", "e404|C1|1.0|2.0|seal"):
                there.slack.human.clicks(
                    DANA,
                    there.slack.dm(DANA),
                    there.card_ts,
                    action,
                    value=value,
                    snapshot=before,
                )
        there.a_while_passes()
        assert set(there.slack.log.notes(SAID_THERE)) == {SAID_THERE + "e1"}
        assert there.slack.desk.escalations["e1"].reply == "The night team."
        assert there.said_in_thread() == 2


def test_what_is_closed_while_slack_is_read_stays_as_it_was_closed(tmp_path: Path) -> None:
    with ops(tmp_path) as there:
        there.says(DANA, ANSWER)
        there.clock.advance(90)
        there.begins_to_read(there.slack.connector.look_at_the_clock)
        there.slack.desk.reply("e1", "The day team.")
        there.slack.idle()
        assert not there.slack.log.notes(SAID_THERE)
        there.a_while_passes()
        assert "The day team." in there.card
        assert there.said_in_thread() == 2


def test_what_is_closed_while_a_yes_has_slack_read_stays_as_it_was_closed(tmp_path: Path) -> None:
    with ops(tmp_path) as there:
        there.says(DANA, ANSWER)
        there.a_while_passes()
        dm, ts = there.slack.dm(DANA), there.card_ts
        there.begins_to_read(lambda: there.slack.human.clicks(DANA, dm, ts, "card_is_answer"))
        there.slack.desk.reply("e1", ANSWER + " Both of them.")
        there.slack.idle()
        there.a_while_passes()
        assert there.slack.desk.escalations["e1"].reply == ANSWER + " Both of them."
        (complaint,) = there.slack.human.bot_messages(dm, ts)
        assert "was answered already" in text_of(complaint)
        assert "Both of them." in there.card
        assert there.said_in_thread() == 2


def test_a_thread_that_cannot_be_read_leaves_the_question_waiting(tmp_path: Path) -> None:
    with ops(tmp_path) as there:
        there.slack.slack.world.scopes.discard("channels:history")
        there.says(DANA, ANSWER)
        there.a_while_passes()
        assert there.state() is EscalationState.PENDING
        assert "Is that your answer?" not in there.card


def test_words_that_were_shown_can_be_taken_when_their_thread_cannot_be_read_any_more(
    tmp_path: Path,
) -> None:
    with ops(tmp_path) as there:
        there.says(DANA, ANSWER)
        there.a_while_passes()
        there.slack.slack.world.scopes.discard("channels:history")
        there.a_while_passes()
        assert f">{ANSWER}" in there.card
        there.presses("card_is_answer")
        assert there.slack.desk.escalations["e1"].reply == ANSWER


def test_after_a_sleep_the_owners_words_count_although_no_event_came(tmp_path: Path) -> None:
    with ops(tmp_path) as there:
        there.slack.slack.world.advance(4 * 3_600)
        there.clock.jump(there.clock.now() + 4 * 3_600)
        there.says(DANA, ANSWER)
        there.a_while_passes()
        there.a_while_passes()
        assert f">{ANSWER}" in there.card


@pytest.mark.parametrize("is_reply", [False, True])
def test_catching_up_tells_what_time_it_is_at_slack(tmp_path: Path, is_reply: bool) -> None:
    with ops(tmp_path) as there:
        slack = there.slack.slack
        there.slack.desk.dismiss("e1")  # so that nothing else reads the thread
        there.a_while_passes()
        slack.world.advance(4 * 3_600)
        root = there.root if is_reply else ""
        slack.human.says(DANA, "Hello.", channel=there.channel, thread=root)
        slack.disconnect()
        slack.wait(lambda: float(there.slack.log.note(CLOCK_AHEAD) or 0.0) < -3_600)


def test_words_that_may_not_be_passed_on_are_complained_of_once(tmp_path: Path) -> None:
    clock = FakeClock(SystemClock().now())
    desk = Strict(clock)
    with new_workspace() as slack, started(slack, tmp_path, desk, clock) as running:
        there = Ops(running, clock)
        there.says(DANA, "The lunar password is 4711-lunar.")
        there.a_while_passes()
        there.presses("card_is_answer")
        there.a_while_passes()
        (complaint,) = running.human.bot_messages(running.dm(DANA), there.card_ts)
        assert "holds a secret" in text_of(complaint)
        updates = len(slack.called("chat.update"))
        for _ in range(3):
            there.a_while_passes()
        assert len(slack.called("chat.update")) == updates
        assert len(running.human.bot_messages(running.dm(DANA), there.card_ts)) == 1
        assert there.state() is EscalationState.PENDING


def test_what_is_known_of_closed_questions_is_forgotten_within_hours(tmp_path: Path) -> None:
    with ops(tmp_path) as there:
        there.says(DANA, ANSWER)
        there.a_while_passes()
        there.slack.log.set_note(SAID_THERE + "e404", "{}")
        there.a_while_passes(3_700)
        assert set(there.slack.log.notes(SAID_THERE)) == {SAID_THERE + "e1"}
        there.a_while_passes(3_590)
        there.presses("card_is_answer")
        there.a_while_passes(20)
        assert set(there.slack.log.notes(SAID_THERE)) == {SAID_THERE + "e1"}
        there.a_while_passes(3_700)
        assert there.slack.log.notes(SAID_THERE) == {}
        assert "You answered where it was asked; closed at" in there.card
        assert there.said_in_thread() == 1


def test_it_is_kept_until_everybody_was_told(tmp_path: Path) -> None:
    with ops(tmp_path) as there:
        slack = there.slack
        elsewhere = slack.human.says(BEN, "Who rotates the lunar keys?")
        slack.human.reads(slack.dm(BEN), elsewhere)
        there.says(DANA, ANSWER)
        there.a_while_passes()
        slack.slack.fail(
            "chat.postMessage", times=2, error="access_denied", channel=slack.dm(BEN).id
        )
        slack.human.clicks(DANA, slack.dm(DANA), there.card_ts, "card_is_answer")
        slack.slack.wait(lambda: there.relay_waits_after(1))
        there.clock.advance(3_700)
        slack.connector.look_at_the_clock()
        assert set(slack.log.notes(SAID_THERE)) == {SAID_THERE + "e1"}
        slack.slack.wait(lambda: there.relay_waits_after(2))
        for _ in range(2):
            there.a_while_passes(3_700)
        assert slack.log.notes(SAID_THERE) == {}
        assert len(slack.human.bot_messages(slack.dm(BEN), elsewhere)) == 2
        assert there.said_in_thread() == 1

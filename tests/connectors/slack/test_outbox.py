"""What is sent once, elsewhere, or more simply when Slack does not take it as it is."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from avatar.domain.questions import ReplyAddress
from tests.fakes.front_desk import Fact
from tests.fakes.slack_human import text_of
from tests.fakes.slack_office import ANA, BEN, DANA, office

if TYPE_CHECKING:
    from pathlib import Path

DEPLOY = Fact(("deploy",), "Run `make deploy` from main.")


def test_a_message_is_known_again_by_its_words_when_slack_keeps_no_mark(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        slack.slack.world.keeps_marks = False
        for count in (1, 2):
            slack.slack.fail("chat.postMessage", lose_reply=True)
            slack.asks(ANA, "How do I deploy?")
            slack.idle()
            assert len(slack.human.bot_messages(slack.dm(ANA))) == count


def test_the_same_words_to_two_people_in_one_thread_are_two_messages(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.slack.world.keeps_marks = False
        for name in ("d1", "d2"):
            slack.slack.fail("chat.postMessage", lose_request=True)
            slack.connector.deliver(
                ReplyAddress("slack", f"{slack.dm(ANA).id}||{ANA}"), "Yes.", delivery_id=name
            )
            slack.idle()
        assert len(slack.human.bot_messages(slack.dm(ANA))) == 2


@pytest.mark.parametrize("code", ["restricted_action", "is_archived", "a_refusal_of_tomorrow"])
def test_a_reply_its_channel_does_not_take_is_given_anew_in_direct_messages(
    tmp_path: Path, code: str
) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        channel = slack.slack.world.add_channel("ops", {ANA, BEN})
        slack.slack.fail("chat.postMessage", error=code, channel=channel.id, times=9)
        slack.human.says(ANA, "<@U0BOT> how do I deploy?", channel=channel)
        slack.slack.wait(lambda: slack.human.bot_messages(slack.dm(ANA)))
        slack.idle()
        (reply,) = slack.human.bot_messages(slack.dm(ANA))
        assert "make deploy" in text_of(reply)
        assert not slack.human.bot_messages(channel)


def test_a_busy_channel_holds_up_no_other_one(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        busy = {"status": 429, "retry_after_s": 60}
        slack.slack.fail("chat.postMessage", channel=slack.dm(DANA).id, **busy)
        slack.asks(ANA, "Who owns the moon?")
        slack.slack.wait(lambda: not slack.slack.faults_left("chat.postMessage"))
        slack.asks(BEN, "How do I deploy?")
        slack.slack.wait(lambda: slack.log.unsent() == 1, why="the receipts of the others")
        assert not slack.human.bot_messages(slack.dm(DANA))


def test_a_direct_message_that_is_refused_for_good_is_not_sent_in_circles(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.slack.fail("chat.postMessage", error="is_archived", channel=slack.dm(ANA).id, times=9)
        slack.human.says(ANA, "Who owns the moon?")
        slack.card()
        slack.idle()
        assert 6 <= slack.slack.faults_left("chat.postMessage") <= 8


def test_a_fault_while_sending_holds_up_nothing_and_no_words_reach_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="connectors.slack")
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)

        def breaks(_question: object) -> None:
            slack.desk.before_handling = lambda _question: None
            raise RuntimeError("the moon belongs to Ana")

        slack.desk.before_handling = breaks
        slack.asks(ANA, "How do I deploy the moon base?")
        slack.idle()
        assert "RuntimeError < " in caplog.text
        assert " in " not in caplog.text.partition("RuntimeError < ")[2].partition("\n")[0]
        assert "moon" not in caplog.text
        assert not slack.human.bot_messages(slack.dm(DANA))

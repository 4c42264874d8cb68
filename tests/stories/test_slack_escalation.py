"""A question goes to the owner and comes back, in Slack from end to end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avatar.domain.audience import Audience
from avatar.domain.escalations import EscalationState
from tests.fakes.slack_human import text_of
from tests.fakes.slack_office import ANA, BEN, DANA, office

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fakes.slack_office import Running
    from tests.fakes.slack_world import Row


def wait_for_view(slack: Running) -> Row:
    views = slack.slack.world.views
    slack.slack.wait(lambda: views, why="a modal")
    return list(views.values())[-1]


def test_the_owner_replies_and_every_asker_reads_it_in_their_own_thread(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        first = slack.human.says(ANA, "Who rotates the lunar keys?")
        told = slack.human.reads(slack.dm(ANA), first)
        assert "I have asked Dana" in text_of(told)
        assert re.search(r"Passed to Dana at <!date\^\d+\^\{time\}\|\d\d:\d\d UTC>", text_of(told))
        card = slack.card()
        second = slack.human.says(BEN, "who rotates the lunar keys")
        slack.human.reads(slack.dm(BEN), second)
        slack.slack.wait(lambda: "<@U3BEN>" in text_of(slack.card()), why="merged on the card")
        words = "Ask <@U3BEN> & the *night* team; a < b. See <https://wiki.test/keys|the page>."
        slack.human.says(
            DANA, words.replace("&", "&amp;").replace("a < b", "a &lt; b"), thread=card["ts"]
        )
        for user, ts in ((ANA, first), (BEN, second)):
            reply = slack.human.reads(slack.dm(user), ts, count=2)
            said = text_of(reply)
            expected = "Ask @ben & the *night* team; a < b. See [the page](https://wiki.test/keys)."
            assert expected in said
            assert "Dana's own words" in said
        slack.idle()
        assert len(slack.cards()) == 1
        assert len(slack.human.bot_messages(slack.dm(ANA))) == 2


def test_one_click_keeps_the_reply_and_the_next_one_is_answered(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.asks(ANA, "Who rotates the lunar keys?")
        card = slack.card()
        slack.human.says(DANA, "The night team does.", thread=card["ts"])
        offer = slack.human.reads(slack.dm(DANA), card["ts"])
        assert "*everyone*" in text_of(offer)
        before = dict(offer)
        slack.human.clicks(DANA, slack.dm(DANA), offer["ts"], "card_keep")
        slack.human.clicks(DANA, slack.dm(DANA), offer["ts"], "card_keep", snapshot=before)
        slack.idle()
        assert slack.desk.kept == [
            ("Who rotates the lunar keys?", "The night team does.", Audience.everyone())
        ]
        shown = slack.dm(DANA).find(offer["ts"])
        assert shown is not None
        assert "Kept as a past answer for *everyone*: `answers/1.md`" in text_of(shown)
        said = text_of(slack.asks(BEN, "Say, who rotates the lunar keys?"))
        assert "The night team does." in said
        assert re.search(r"Dana's earlier answer of <!date\^\d+\^\{date_num\}\|[\d-]{10}>,", said)
        assert "not reviewed" not in said


def test_a_draft_is_sent_with_one_click_and_the_first_click_wins(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.drafts["moon"] = "Cheese, mostly."
        ts = slack.human.says(ANA, "What is the moon made of?")
        card = slack.card()
        assert "Cheese, mostly." in text_of(card)
        before = dict(card)
        slack.human.clicks(DANA, slack.dm(DANA), card["ts"], "card_send")
        slack.human.clicks(DANA, slack.dm(DANA), card["ts"], "card_dismiss", snapshot=before)
        slack.human.clicks(DANA, slack.dm(DANA), card["ts"], "card_send", snapshot=before)
        reply = slack.human.reads(slack.dm(ANA), ts, count=2)
        slack.idle()
        assert "Cheese, mostly." in text_of(reply)
        assert len(slack.human.bot_messages(slack.dm(ANA))) == 2
        shown = slack.dm(DANA).find(card["ts"])
        assert shown is not None
        assert "Draft sent at" in text_of(shown)
        assert not any(block["type"] == "actions" for block in shown["blocks"])


def test_a_draft_is_edited_in_a_modal(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.drafts["moon"] = "Cheese, mostly."
        ts = slack.human.says(ANA, "What is the moon made of?")
        card = slack.card()
        slack.human.clicks(DANA, slack.dm(DANA), card["ts"], "card_edit")
        view = wait_for_view(slack)
        assert view["blocks"][0]["element"]["initial_value"] == "Cheese, mostly."
        refused = slack.human.submits(DANA, view, {"text": "   "})
        slack.slack.wait(lambda: refused.response)
        assert refused.response == {
            "response_action": "errors",
            "errors": {"text": "Write something first."},
        }
        slack.human.submits(DANA, view, {"text": "Rock."})
        slack.human.submits(DANA, view, {"text": "Rock, again."})
        assert "Rock." in text_of(slack.human.reads(slack.dm(ANA), ts, count=2))
        slack.idle()
        assert len(slack.human.bot_messages(slack.dm(ANA))) == 2


def test_answer_myself_and_not_for_me(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        ts = slack.human.says(ANA, "What is the moon made of?")
        card = slack.card()
        slack.human.clicks(DANA, slack.dm(DANA), card["ts"], "card_answer")
        view = wait_for_view(slack)
        slack.human.submits(DANA, view, {"text": "Rock."})
        assert "Rock." in text_of(slack.human.reads(slack.dm(ANA), ts, count=2))
        ts = slack.human.says(BEN, "Lunch?")
        card = slack.card(2)
        slack.human.clicks(DANA, slack.dm(DANA), card["ts"], "card_dismiss")
        assert "closed your question" in text_of(slack.human.reads(slack.dm(BEN), ts, count=2))
        slack.idle()
        shown = slack.dm(DANA).find(card["ts"])
        assert shown is not None
        assert "Closed without an answer" in text_of(shown)


def test_a_strangers_click_changes_nothing(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.drafts["moon"] = "Cheese, mostly."
        slack.asks(ANA, "What is the moon made of?")
        card = slack.card()
        for action in ("card_send", "card_edit", "card_dismiss", "card_snooze"):
            slack.human.clicks(BEN, slack.dm(DANA), card["ts"], action)
        slack.idle()
        assert slack.desk.escalations["e1"].state is EscalationState.PENDING
        assert not slack.slack.world.views
        assert len(slack.cards()) == 1
        assert len(slack.human.bot_messages(slack.dm(ANA))) == 1


def test_a_second_reply_is_refused_and_said_so(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        ts = slack.human.says(ANA, "What is the moon made of?")
        card = slack.card()
        slack.human.says(DANA, "Resume!", thread=card["ts"])
        assert "Resume!" in text_of(slack.human.reads(slack.dm(ANA), ts, count=2))
        slack.human.says(DANA, "No, cheese.", thread=card["ts"])
        complaint = slack.human.reads(slack.dm(DANA), card["ts"], count=2)
        assert "was answered already" in text_of(complaint)
        slack.idle()
        assert len(slack.human.bot_messages(slack.dm(ANA))) == 2


def test_a_card_shows_what_was_decided_elsewhere(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        ts = slack.human.says(ANA, "What is the moon made of?")
        card = slack.card()
        slack.desk.reply("e1", "Rock, said in the browser.")
        slack.connector.look_at_the_clock()
        assert "in the browser" in text_of(slack.human.reads(slack.dm(ANA), ts, count=2))

        def is_closed() -> bool:
            shown = slack.dm(DANA).find(card["ts"])
            return shown is not None and "Your answer went out" in text_of(shown)

        slack.slack.wait(is_closed)


def test_a_reply_in_a_channel_goes_to_the_thread_it_was_asked_in(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        channel = slack.slack.world.add_channel("ops", {ANA, BEN})
        ts = slack.human.says(ANA, "<@U0BOT> who owns the moon?", channel=channel)
        slack.human.reads(channel, ts)
        card = slack.card()
        slack.human.says(DANA, "Nobody.", thread=card["ts"])
        assert "Nobody." in text_of(slack.human.reads(channel, ts, count=2))
        slack.idle()
        assert not slack.human.bot_messages(slack.dm(ANA))


def test_a_reply_reaches_the_asker_when_the_channel_is_closed_to_us(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        channel = slack.slack.world.add_channel("ops", {ANA, BEN})
        ts = slack.human.says(ANA, "<@U0BOT> who owns the moon?", channel=channel)
        slack.human.reads(channel, ts)
        card = slack.card()
        channel.members.discard("U0BOT")
        slack.human.says(DANA, "Nobody.", thread=card["ts"])
        slack.slack.wait(lambda: slack.human.bot_messages(slack.dm(ANA)))
        assert "Nobody." in text_of(slack.human.bot_messages(slack.dm(ANA))[0])

"""Edges of the conversation that the stories do not pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from avatar.adapters.system_clock import SystemClock
from avatar.domain.decisions import Band
from avatar.domain.questions import Language, ReplyAddress
from avatar.errors import OwnerMustActError
from connectors.slack import owner_texts, texts
from connectors.slack.config import SlackConfig
from connectors.slack.connector import SlackConnector
from connectors.slack.identity import OwnerDetails
from connectors.slack.log_sqlite import SqliteSlackLog
from connectors.slack.owner_texts import WORDS
from connectors.slack.socket_mode import Tokens
from tests.fakes.front_desk import Fact, FakeFrontDesk
from tests.fakes.slack_human import text_of
from tests.fakes.slack_office import ANA, BEN, DANA, make, new_workspace, office, started
from tests.fakes.slack_world import APP_TOKEN, BOT_USER

if TYPE_CHECKING:
    from pathlib import Path

DEPLOY = Fact(("deploy",), "Run `make deploy` from main.")


def test_a_start_without_slack_succeeds_as_soon_as_it_answers(tmp_path: Path) -> None:
    with new_workspace() as slack:
        desk = FakeFrontDesk(SystemClock())
        desk.facts.append(DEPLOY)
        slack.fail("auth.test", status=503)
        with started(slack, tmp_path, desk) as running:
            running.asks(ANA, "How do I deploy?")
            assert running.connector.health().trouble == ""


def test_a_start_that_cannot_succeed_says_so_and_ends(tmp_path: Path) -> None:
    with new_workspace() as slack:
        desk = FakeFrontDesk(SystemClock())
        connector, log = make(slack, tmp_path, desk, SystemClock())
        slack.fail("auth.test", status=503)
        slack.fail("auth.test", error="account_inactive", times=5)
        connector.start(desk)
        slack.wait(lambda: "account_inactive" in connector.health().trouble)
        assert not connector.wait_connected(0.2)
        connector.stop()
        slack.fail("auth.test", error="account_inactive", times=5)
        with pytest.raises(OwnerMustActError, match="account_inactive"):
            connector.start(desk)
        connector.look_at_the_clock()
        log.close()


def test_a_wrong_app_token_is_told_and_does_not_stop_the_rest(tmp_path: Path) -> None:
    with new_workspace() as slack:
        desk = FakeFrontDesk(SystemClock())
        log = SqliteSlackLog(tmp_path / "slack.sqlite")
        connector = SlackConnector(
            SlackConfig(api_url=slack.api_url),
            OwnerDetails("Dana", "dana@example.com"),
            Tokens(slack.world.bot_token, "xapp-wrong"),
            log,
            SystemClock(),
            tmp_path,
        )
        assert not connector.wait_connected(0.0)
        connector.start(desk)
        slack.wait(lambda: "invalid_auth" in connector.health().trouble)
        slack.world.app_token = "xapp-wrong"
        assert connector.wait_connected(20)
        connector.stop()
        connector.stop()
        log.close()
        slack.world.app_token = APP_TOKEN


def test_a_used_ticket_is_not_tried_for_ever(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        slack.slack.disconnect("too_many_websockets", linger_s=0.0)
        slack.slack.fail("apps.connections.open", error="internal_error", times=2)
        slack.slack.cut()
        slack.asks(ANA, "How do I deploy?", within_s=30)


def test_a_program_that_talks_to_us_is_left_alone_after_a_while(tmp_path: Path) -> None:
    with office(tmp_path, replies_per_thread_and_hour=2) as slack:
        slack.desk.facts.append(DEPLOY)
        root = slack.human.says(ANA, "How do I deploy?")
        slack.human.reads(slack.dm(ANA), root)
        slack.human.says(ANA, "How do I deploy again?", thread=root)
        slack.human.reads(slack.dm(ANA), root, count=2)
        slack.human.says(ANA, "How do I deploy once more?", thread=root)
        slack.idle()
        assert len(slack.human.bot_messages(slack.dm(ANA))) == 2


def test_follow_ups_in_channels_need_no_mention_when_the_owner_wants_that(tmp_path: Path) -> None:
    with office(tmp_path, channel_follow_ups=True) as slack:
        slack.human.message_events |= {"channel"}
        slack.desk.facts.append(DEPLOY)
        channel = slack.slack.world.add_channel("ops", {ANA, BEN})
        root = slack.human.says(ANA, f"<@{BOT_USER}> how do I deploy?", channel=channel)
        slack.human.reads(channel, root)
        slack.human.says(BEN, "I would not deploy today", channel=channel, thread=root)
        slack.human.says(ANA, f"<@{BEN}> why not deploy?", channel=channel, thread=root)
        slack.human.says(ANA, "And when to deploy?", channel=channel, thread=root)
        slack.human.reads(channel, root, count=2)
        slack.idle()
        assert [question.text for question in slack.desk.handled] == [
            "how do I deploy?",
            "And when to deploy?",
        ]


def test_unknown_events_and_buttons_are_acknowledged(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        strange = slack.human.event({"type": "team_join", "user": {}})
        reply = slack.asks(ANA, "How do I deploy?")
        snapshot: dict[str, Any] = {
            **reply,
            "blocks": [
                {
                    "type": "actions",
                    "block_id": "x",
                    "elements": [
                        {"type": "button", "action_id": name, "value": "nothing:9"}
                        for name in ("unknown", "choose:9", "card_keep", "answer_wrong")
                    ],
                }
            ],
        }
        for name in ("unknown", "choose:9"):
            slack.human.clicks(ANA, slack.dm(ANA), reply["ts"], name, snapshot=snapshot)
        for name in ("card_keep", "answer_wrong"):
            slack.human.clicks(DANA, slack.dm(ANA), reply["ts"], name, snapshot=snapshot)
        slack.slack.wait(lambda: strange.acked_after_s)
        slack.idle()
        assert len(slack.human.bot_messages(slack.dm(ANA))) == 1


def test_the_owner_judges_an_answer_where_it_stands(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        channel = slack.slack.world.add_channel("ops", {ANA, DANA})
        ts = slack.human.says(ANA, f"<@{BOT_USER}> how do I deploy?", channel=channel)
        reply = slack.human.reads(channel, ts)
        slack.human.clicks(DANA, channel, reply["ts"], "feedback", value="bad")
        slack.human.clicks(DANA, channel, reply["ts"], "feedback", value="bad")
        notice = slack.human.reads(channel, ts, count=2)
        slack.idle()
        assert "was not right" in text_of(notice)
        assert len(slack.human.bot_messages(channel)) == 2


def test_a_modal_that_comes_too_late_changes_nothing(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.asks(ANA, "Who owns the moon?")
        card = slack.card()
        slack.slack.fail("views.open", error="expired_trigger_id", times=2)
        click = slack.human.clicks(DANA, slack.dm(DANA), card["ts"], "card_answer")
        shortcut = slack.human.uses_shortcut(DANA, slack.dm(DANA), card["ts"], "save_as_answer")
        slack.slack.wait(lambda: click.acked_after_s and shortcut.acked_after_s)
        slack.slack.wait(lambda: len(slack.human.bot_messages(slack.dm(DANA))) == 3)
        assert not slack.slack.faults_left("views.open")
        told = [text_of(row) for row in slack.human.bot_messages(slack.dm(DANA))][1:]
        assert [text[:31] for text in told] == ["The window did not open in time"] * 2
        slack.human.clicks(DANA, slack.dm(DANA), card["ts"], "card_answer")
        slack.slack.wait(lambda: slack.slack.world.views)


def test_a_strangers_submission_is_not_taken(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.asks(ANA, "Who owns the moon?")
        card = slack.card()
        slack.human.clicks(DANA, slack.dm(DANA), card["ts"], "card_answer")
        slack.slack.wait(lambda: slack.slack.world.views)
        view = next(iter(slack.slack.world.views.values()))
        slack.human.submits(BEN, view, {"text": "Me!"})
        slack.idle()
        assert len(slack.desk.pending()) == 1


def test_a_draft_longer_than_a_field_is_cut_and_says_so(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.drafts["moon"] = "cheese " * 1_000
        slack.asks(ANA, "What is the moon made of?")
        card = slack.card()
        slack.human.clicks(DANA, slack.dm(DANA), card["ts"], "card_edit")
        slack.slack.wait(lambda: slack.slack.world.views)
        view = next(iter(slack.slack.world.views.values()))
        assert len(view["blocks"][0]["element"]["initial_value"]) == 3_000
        assert "this is its beginning" in text_of(view)


def test_a_direct_message_is_saved_for_the_askers_audience(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        ts = slack.human.says(ANA, "How do I deploy?")
        slack.human.uses_shortcut(DANA, slack.dm(ANA), ts, "save_as_answer")
        views = slack.slack.world.views
        slack.slack.wait(lambda: any("submit" in view for view in views.values()))
        view = next(iter(views.values()))
        options = view["blocks"][2]["element"]["options"]
        assert [option["value"] for option in options] == ["everyone", "owner"]
        slack.human.submits(DANA, view, {"question": "q?", "text": "a", "audience": "owner"})
        slack.slack.wait(lambda: slack.desk.kept)


def test_what_cannot_be_sent_at_all_is_given_up_and_the_rest_goes_on(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        slack.slack.fail("chat.postMessage", error="invalid_blocks", times=9)
        slack.human.says(ANA, "How do I deploy?")
        slack.slack.wait(lambda: slack.slack.faults_left("chat.postMessage") <= 4)
        slack.idle()
        while slack.slack.faults_left("chat.postMessage"):
            slack.human.says(BEN, "How do I deploy?")
            slack.idle()
        slack.asks(BEN, "How do I deploy now?")


def test_a_reply_without_thread_reaches_its_channel_once(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        address = ReplyAddress("slack", f"{slack.dm(ANA).id}||{ANA}")
        slack.slack.fail("chat.postMessage", lose_reply=True)
        for _ in range(2):
            slack.connector.deliver(address, "Hello <!here>", delivery_id="d1")
        slack.idle()
        assert [text_of(row) for row in slack.human.bot_messages(slack.dm(ANA))] == [
            "Hello @\u2060here"
        ]
        assert slack.connector.name == "slack"


def test_history_that_may_not_be_read_costs_only_the_certainty(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.slack.world.scopes -= {"channels:history", "im:history"}
        slack.desk.facts.append(DEPLOY)
        channel = slack.slack.world.add_channel("ops", {ANA, BEN})
        ts = slack.human.says(ANA, f"<@{BOT_USER}> how do I deploy?", channel=channel)
        slack.human.reads(channel, ts)
        slack.slack.fail("chat.postMessage", lose_request=True)
        slack.asks(BEN, "How do I deploy?")


def test_every_text_exists_in_both_languages() -> None:
    chinese, english = Language.CHINESE, Language.ENGLISH
    for name in WORDS:
        assert owner_texts.word(name, english) != owner_texts.word(name, chinese)
    assert texts.label(chinese, owner="D", level=Band.MEDIUM).endswith("比较有把握")
    assert texts.label(english, owner="D", level=Band.LOW).endswith("I am not sure")
    assert texts.thanks(english) == "Thank you, noted."


def test_statuses_are_renewed_before_slack_takes_them_away() -> None:
    from connectors.slack.gateway import SlackGateway
    from connectors.slack.status import RENEW_AFTER_S, StatusBoard
    from tests.fakes.clock import FakeClock

    with new_workspace() as slack:
        clock = FakeClock()
        board = StatusBoard(SlackGateway(slack.world.bot_token, slack.api_url, clock), clock)
        ts = slack.human.says(ANA, "hm", is_lost=True)
        dm = slack.world.dm(ANA).id
        board.start()
        board.end(dm, ts)
        slack.wait(lambda: slack.world.status_log == [(dm, ts, "")], why="what a crash left goes")
        board.begin(dm, ts, "is thinking")
        slack.wait(lambda: len(slack.world.status_log) == 2)
        clock.advance(RENEW_AFTER_S + 1)
        slack.wait(lambda: len(slack.world.status_log) == 3)
        slack.fail("assistant.threads.setStatus", error="internal_error")
        board.begin(dm, ts, "is thinking hard")
        slack.wait(lambda: not slack.faults_left("assistant.threads.setStatus"))
        board.stop()
        board.stop()
        assert slack.world.status_log[-1] == (dm, ts, "")

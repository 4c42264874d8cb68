"""What Slack may say, leave out, or refuse without a question being lost by it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from avatar.adapters.system_clock import SystemClock
from connectors.slack import intake
from connectors.slack.catch_up import LISTENED_UNTIL
from connectors.slack.office import AWAITS
from tests.fakes.clock import FakeClock
from tests.fakes.front_desk import Fact, FakeFrontDesk
from tests.fakes.slack_human import text_of
from tests.fakes.slack_office import ANA, BEN, DANA, new_workspace, office, started
from tests.fakes.slack_world import APP, BOT_USER, TEAM

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fakes.slack_office import Running

MORNING = 1_700_000_000.0
DEPLOY = Fact(("deploy",), "Run `make deploy` from main.")
QUESTION = "How do I deploy?"


def sessions(slack: Running, user: str, ts: str) -> list[str]:
    """Return the states the agent session of a thread went through."""
    place = (slack.dm(user).id, ts)
    return [state for *where, state in slack.slack.world.session_log if tuple(where) == place]


def test_a_session_is_suspended_while_the_owner_is_asked_and_active_when_told(
    tmp_path: Path,
) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        known = slack.human.says(ANA, QUESTION)
        slack.human.reads(slack.dm(ANA), known)
        slack.slack.wait(lambda: sessions(slack, ANA, known)[-1:] == ["active"])
        asked = slack.human.says(BEN, "Who owns the moon?")
        card = slack.card()
        slack.slack.wait(lambda: sessions(slack, BEN, asked)[-1:] == ["suspended"])
        slack.human.says(DANA, "Nobody.", thread=card["ts"])
        slack.slack.wait(lambda: sessions(slack, BEN, asked)[-1:] == ["active"])
        assert "processing" in {state for _, _, state in slack.slack.world.session_log}


def test_a_busy_slack_hears_the_last_state_of_a_session_later(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        slack.slack.fail("agents.sessions.setStatus", status=429, retry_after_s=1)
        ts = slack.human.says(ANA, QUESTION)
        slack.slack.wait(lambda: sessions(slack, ANA, ts) == ["active"])


def test_a_slack_without_sessions_is_asked_once(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        slack.slack.fail("agents.sessions.setStatus", error="unknown_method", times=99)
        for _ in range(3):
            slack.asks(ANA, QUESTION)
        slack.idle()
        slack.slack.wait(lambda: not any(slack.slack.world.statuses.values()))
        assert slack.slack.faults_left("agents.sessions.setStatus") == 98


def test_stop_keeps_an_answer_back_and_the_next_question_is_answered(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        begun, go_on = threading.Event(), threading.Event()

        def hold(_question: object) -> None:
            begun.set()
            go_on.wait(20)

        slack.desk.before_handling = hold
        ts = slack.human.says(ANA, QUESTION)
        slack.slack.wait(begun.is_set)
        slack.human.says(ANA, "And how do I deploy again?", thread=ts)
        slack.slack.wait(lambda: len(slack.log.waiting_jobs("message:")) == 2)
        event = {"type": "agent_session_stopped", "channel": slack.dm(ANA).id, "thread_ts": ts}
        stopped = slack.human.event({**event, "event_ts": slack.slack.world.new_ts()})
        slack.slack.wait(lambda: stopped.acked_after_s)
        go_on.set()
        slack.idle()
        assert not slack.human.bot_messages(slack.dm(ANA))
        slack.human.says(ANA, "Well, how do I deploy after all?", thread=ts)
        slack.human.reads(slack.dm(ANA), ts)
        slack.idle()
        assert len(slack.human.bot_messages(slack.dm(ANA))) == 1


def test_what_went_to_the_owner_is_told_even_after_stop(tmp_path: Path) -> None:
    with office(tmp_path) as slack:

        def stops(_question: object) -> None:
            event = {"type": "agent_session_stopped", "channel_id": slack.dm(ANA).id}
            stopped = slack.human.event({**event, "thread_ts": ts[0]})
            slack.slack.wait(lambda: stopped.acked_after_s)

        ts: list[str] = []
        slack.desk.before_handling = stops
        ts.append(slack.human.says(ANA, "Who owns the moon?"))
        assert "I have asked Dana" in text_of(slack.human.reads(slack.dm(ANA), ts[0]))


def test_a_reply_to_a_channel_a_guest_has_joined_goes_to_the_asker_alone(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        channel = slack.slack.world.add_channel("ops", {ANA, BEN})
        ts = slack.human.says(ANA, f"<@{BOT_USER}> who owns the moon?", channel=channel)
        slack.human.reads(channel, ts)
        card = slack.card()
        guest = slack.slack.world.add_user("U4GUEST", "gus", is_restricted=True)
        channel.members.add(guest)
        slack.human.says(DANA, "The tooth fairy.", thread=card["ts"])
        slack.slack.wait(lambda: slack.human.bot_messages(slack.dm(ANA)))
        slack.idle()
        (direct,) = slack.human.bot_messages(slack.dm(ANA))
        assert "The tooth fairy." in text_of(direct)
        said = [text_of(row) for row in slack.human.bot_messages(channel, ts)]
        assert len(said) == 2
        assert "direct message" in said[1]


def test_who_reacts_before_slacks_receipt_is_heard(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(Fact(("deploy",), "Where to?", options=("staging", "production")))
        slack.slack.fail("chat.postMessage", channel=slack.dm(DANA).id, slow_reply_s=1.0)
        moon = slack.human.says(ANA, "Who owns the moon?")
        slack.human.says(DANA, "Nobody.", thread=slack.card()["ts"])
        assert "Nobody." in text_of(slack.human.reads(slack.dm(ANA), moon, count=2))
        slack.idle()
        slack.slack.fail("chat.postMessage", channel=slack.dm(BEN).id, slow_reply_s=1.0)
        ts = slack.human.says(BEN, QUESTION)
        asked = slack.human.reads(slack.dm(BEN), ts)
        slack.human.clicks(BEN, slack.dm(BEN), asked["ts"], "choose:0")
        slack.human.reads(slack.dm(BEN), ts, count=2)
        assert slack.desk.handled[-1].text == "staging"


def test_who_reacts_before_the_receipt_is_heard_when_it_comes_not_by_the_clock(
    tmp_path: Path,
) -> None:
    with (
        new_workspace() as workspace,
        started(workspace, tmp_path, clock=FakeClock(MORNING)) as slack,
    ):
        slack.slack.fail("chat.postMessage", channel=slack.dm(DANA).id, slow_reply_s=0.5)
        moon = slack.human.says(ANA, "Who owns the moon?")
        slack.human.says(DANA, "Nobody.", thread=slack.card()["ts"])
        assert "Nobody." in text_of(slack.human.reads(slack.dm(ANA), moon, count=2))


def test_a_reply_to_a_card_whose_receipt_was_lost_is_the_answer(tmp_path: Path) -> None:
    clock = FakeClock(MORNING)
    with new_workspace() as workspace, started(workspace, tmp_path, clock=clock) as slack:
        slack.slack.fail("chat.postMessage", channel=slack.dm(DANA).id, lose_reply=True)
        moon = slack.human.says(ANA, "Who owns the moon?")
        slack.human.says(DANA, "Nobody.", thread=slack.card()["ts"])
        slack.slack.wait(lambda: slack.log.notes(AWAITS))
        clock.advance(1.0)  # the card is looked for, and found
        assert "Nobody." in text_of(slack.human.reads(slack.dm(ANA), moon, count=2))
        assert not slack.log.notes(AWAITS)


def test_a_message_beside_the_threads_follows_on_when_it_says_so(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        slack.asks(ANA, QUESTION)
        slack.asks(ANA, "And on Fridays?")
        slack.asks(ANA, "Lunch?")
        history = [[turn.text for turn in one.history] for one in slack.desk.handled]
        assert history[1][0] == QUESTION
        assert history[2] == []


def test_somebody_slack_does_not_show_us_is_refused_as_external(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        slack.slack.fail("users.info", error="user_not_found")
        assert "members of Dana's own team only" in text_of(slack.asks(BEN, QUESTION))
        assert not slack.desk.handled


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("events_api", {"type": "app_rate_limited", "minute_rate_limited": 1518467820}),
        ("events_api", {"type": "event_callback", "event": {"type": "app_home_opened"}}),
        ("events_api", {"type": "event_callback", "event": {"type": "assistant_thread_started"}}),
        ("interactive", {"type": "view_closed", "view": {"callback_id": "x"}}),
        ("interactive", {"type": "shortcut", "callback_id": "x"}),
        ("interactive", {"type": "message_action", "callback_id": "x"}),
        ("interactive", {"type": "block_suggestion", "action_id": "x", "value": ""}),
        ("interactive", {"type": "a_kind_of_tomorrow"}),
        ("slash_commands", {"command": "/other", "text": ""}),
    ],
)
def test_what_is_not_for_us_is_acknowledged_and_changes_nothing(
    tmp_path: Path, kind: str, payload: dict[str, Any]
) -> None:
    with office(tmp_path) as slack:
        full = {"team": {"id": TEAM}, "user": {"id": ANA}, "user_id": ANA, **payload}
        delivery = slack.slack.send(kind, {"api_app_id": APP, "team_id": TEAM, **full})
        slack.slack.wait(lambda: delivery.acked_after_s)
        assert len(delivery.envelopes) == 1
        assert not slack.log.waiting_jobs()


def test_a_home_tab_without_an_event_id_is_published(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        event = {"type": "app_home_opened", "user": ANA, "event_ts": "1.1"}
        payload = {"type": "event_callback", "team_id": TEAM, "api_app_id": APP, "event": event}
        slack.slack.send("events_api", payload)
        slack.slack.wait(lambda: ANA in slack.slack.world.homes)


def test_rights_taken_away_are_told_until_the_next_start(tmp_path: Path) -> None:
    with new_workspace() as slack:
        desk = FakeFrontDesk(SystemClock())
        with started(slack, tmp_path, desk) as first:
            first.human.event({"type": "tokens_revoked", "tokens": {"bot": [BOT_USER]}})
            slack.wait(lambda: "tokens_revoked" in first.connector.health().trouble)
        with started(slack, tmp_path, desk) as second:
            assert second.connector.health().trouble == ""


def test_a_press_without_a_time_is_one_press_of_one_message() -> None:
    def press(ts: str, **more: str) -> str:
        body = {
            "user": {"id": ANA},
            "actions": [{"action_id": "feedback", "value": "good:q"}],
            "container": {"message_ts": ts, "channel_id": "D1"},
            **more,
        }
        return intake.action_job(body, at=1.0).key

    assert press("1.1") == press("1.1")
    assert press("1.1") != press("1.2")
    assert press("1.1", trigger_id="1") != press("1.1", trigger_id="2")
    bare = intake.submission_job({"user": {"id": ANA}, "view": {"id": "V1"}}, {}, at=1.0)
    assert (bare.body["modal"], bare.body["about"]) == ("", "")


def test_a_link_that_is_disabled_for_a_while_comes_back(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        slack.slack.fail("apps.connections.open", error="inactive_app", times=3)
        slack.slack.disconnect("link_disabled", linger_s=0.0)
        slack.slack.wait(lambda: not slack.slack.sockets.count)
        slack.slack.wait(lambda: "inactive_app" in slack.connector.health().trouble, within_s=20)
        ts = slack.human.says(ANA, QUESTION, is_lost=True)
        slack.human.reads(slack.dm(ANA), ts, within_s=30)


def missed(slack: Running, ts: str) -> str:
    return text_of(slack.human.reads(slack.dm(BEN), ts, within_s=20))


@pytest.mark.parametrize(
    "faults",
    [
        [("conversations.history", {"status": 429, "retry_after_s": 1, "times": 3})],
        [("conversations.history", {"status": 503}), ("conversations.replies", {"status": 503})],
        [("users.conversations", {"error": "unknown_method", "times": 9})],
        [
            ("users.conversations", {"error": "unknown_method", "times": 9}),
            ("conversations.list", {"error": "missing_scope", "times": 9}),
        ],
    ],
)
def test_what_was_missed_is_read_though_slack_makes_it_hard(
    tmp_path: Path, faults: list[tuple[str, dict[str, Any]]]
) -> None:
    with new_workspace() as slack:
        desk = FakeFrontDesk(SystemClock())
        desk.facts.append(DEPLOY)
        with started(slack, tmp_path, desk) as first:
            root = first.human.says(BEN, QUESTION)
            first.human.reads(first.dm(BEN), root)
            first.idle()
        slack.human.says(BEN, "How do I deploy on Fridays?", thread=root, is_lost=True)
        new = slack.human.says(BEN, "How do I deploy at night?", is_lost=True)
        slack.human.says(BEN, "edited", is_lost=True, subtype="message_changed")
        for method, fault in faults:
            slack.fail(method, **fault)
        with started(slack, tmp_path, desk) as second:
            assert "make deploy" in missed(second, new)
            second.human.reads(second.dm(BEN), root, count=2, within_s=20)
            second.idle()
            assert len(second.human.bot_messages(second.dm(BEN))) == 3


def test_an_old_thread_nobody_wrote_in_is_not_read_again(tmp_path: Path) -> None:
    clock = FakeClock(SystemClock().now())
    with new_workspace() as slack:
        desk = FakeFrontDesk(clock)
        desk.facts.append(DEPLOY)
        with started(slack, tmp_path, desk, clock) as first:
            for _ in range(5):
                first.asks(BEN, QUESTION)
            first.idle()
            clock.advance(3600)
            first.log.set_note(LISTENED_UNTIL, str(clock.now()))
        calls = len(slack.called("conversations.replies"))
        with started(slack, tmp_path, desk, clock) as second:
            slack.wait(lambda: slack.called("users.conversations"))
            second.idle()
        assert len(slack.called("conversations.replies")) == calls

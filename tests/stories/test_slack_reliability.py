"""What goes wrong on the way to and from Slack costs nobody a question or a second reply."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from avatar.adapters.system_clock import SystemClock
from avatar.errors import AlreadyRunningError
from tests.fakes.front_desk import Fact, FakeFrontDesk
from tests.fakes.slack_human import text_of
from tests.fakes.slack_office import ANA, BEN, DANA, make, new_workspace, office, started

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fakes.slack_office import Running
    from tests.fakes.slack_server import FakeSlack

DEPLOY = Fact(("deploy",), "Run `make deploy` from main.")
HOURS = 3 * 3600.0


class WrongClock(SystemClock):
    """This machine's clock, set wrong by so much."""

    def __init__(self, wrong_s: float) -> None:
        self.wrong_s = wrong_s

    def now(self) -> float:
        return super().now() + self.wrong_s


def replies(slack: Running, user: str = ANA) -> int:
    return len(slack.human.bot_messages(slack.dm(user)))


def test_the_same_event_again_is_answered_once(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        ts = slack.human.says(ANA, "How do I deploy?")
        slack.human.reads(slack.dm(ANA), ts)
        slack.slack.redeliver(slack.human.events[ts])
        slack.slack.redeliver(slack.human.events[ts])
        slack.idle()
        assert replies(slack) == 1
        assert len(slack.desk.handled) == 1


def test_a_lost_acknowledgement_costs_no_second_reply(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        slack.slack.sockets.ack_within_s = 0.3
        slack.slack.sockets.lose_acks = 1
        ts = slack.human.says(ANA, "How do I deploy?")
        slack.human.reads(slack.dm(ANA), ts)
        slack.idle()
        assert len(slack.slack.deliveries[0].envelopes) == 2
        assert replies(slack) == 1


def test_a_reply_whose_receipt_was_lost_is_not_sent_twice(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        slack.slack.fail("chat.postMessage", lose_reply=True)
        ts = slack.human.says(ANA, "How do I deploy?")
        slack.human.reads(slack.dm(ANA), ts)
        slack.idle()
        assert replies(slack) == 1


def test_a_request_that_was_lost_is_sent_again(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        slack.slack.fail("chat.postMessage", lose_request=True)
        slack.slack.fail("chat.postMessage", status=503)
        assert "make deploy" in text_of(slack.asks(ANA, "How do I deploy?"))
        slack.idle()
        assert replies(slack) == 1


def test_a_rate_limit_is_waited_out(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        slack.slack.fail("chat.postMessage", status=429, retry_after_s=1)
        began = time.monotonic()
        slack.asks(ANA, "How do I deploy?")
        assert time.monotonic() - began >= 1.0
        slack.idle()
        assert replies(slack) == 1


def test_two_refreshes_and_a_cut_lose_nothing(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        for _ in range(2):
            slack.slack.disconnect("refresh_requested")
            slack.asks(ANA, "How do I deploy?")
        slack.slack.cut()
        slack.asks(ANA, "How do I deploy now?")
        slack.idle()
        assert replies(slack) == 3
        assert slack.slack.sockets.connections >= 4


def test_what_was_written_while_nobody_listened_is_answered_later(tmp_path: Path) -> None:
    with new_workspace() as slack:
        desk = FakeFrontDesk(SystemClock())
        desk.facts.append(DEPLOY)
        channel = slack.world.add_channel("ops", {ANA, BEN})
        with started(slack, tmp_path, desk) as first:
            ts = first.human.says(ANA, "Who owns the moon?")
            first.human.reads(first.dm(ANA), ts)
            card = first.card()
            first.idle()
        root = slack.human.says(BEN, "How do I deploy?", is_lost=True)
        mention = slack.human.says(BEN, "<@U0BOT> deploy?", channel=channel, is_lost=True)
        slack.human.says(BEN, "just talk", channel=channel, is_lost=True)
        slack.human.says(DANA, "Nobody.", thread=card["ts"], is_lost=True)
        with started(slack, tmp_path, desk) as second:
            assert "make deploy" in text_of(second.human.reads(second.dm(BEN), root))
            assert "make deploy" in text_of(second.human.reads(channel, mention))
            assert "Nobody." in text_of(second.human.reads(second.dm(ANA), ts, count=2))
            second.idle()
            assert replies(second) == 2
            assert replies(second, BEN) == 1


@pytest.mark.parametrize(("before_s", "after_s"), [(HOURS, HOURS), (-HOURS, -HOURS), (HOURS, 0.0)])
def test_a_clock_that_is_wrong_loses_and_doubles_nothing(
    tmp_path: Path, before_s: float, after_s: float
) -> None:
    with new_workspace() as slack:
        clock = WrongClock(before_s)
        desk = FakeFrontDesk(clock)
        desk.facts.append(DEPLOY)
        with started(slack, tmp_path, desk, clock) as first:
            slack.fail("chat.postMessage", lose_reply=True, times=2)
            ts = first.human.says(ANA, "Who owns the moon?")
            first.human.reads(first.dm(ANA), ts)
            first.card()
            first.idle()
            assert (replies(first), len(first.human.bot_messages(first.dm(DANA)))) == (1, 1)
        root = slack.human.says(BEN, "How do I deploy?", is_lost=True)
        clock.wrong_s = after_s
        with started(slack, tmp_path, desk, clock) as second:
            assert "make deploy" in text_of(second.human.reads(second.dm(BEN), root))
            second.idle()
            assert replies(second, BEN) == 1


def run_process(slack: FakeSlack, folder: Path, **settings: float) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.fakes.slack_process", slack.api_url, str(folder)]
    return subprocess.Popen([*command, json.dumps(settings)])


def test_killed_between_storing_and_replying_it_replies_once_after_a_restart(
    tmp_path: Path,
) -> None:
    with new_workspace() as slack:
        first = run_process(slack, tmp_path, slow_s=60.0)
        slack.wait((tmp_path / "ready").exists, within_s=30)
        ts = slack.human.says(ANA, "How do I deploy?")
        slack.wait((tmp_path / "handling").exists)
        slack.wait(lambda: slack.deliveries[0].acked_after_s)
        first.send_signal(signal.SIGKILL)
        first.wait()
        second = run_process(slack, tmp_path)
        try:
            dm = slack.world.dm(ANA)
            assert "make deploy" in text_of(slack.human.reads(dm, ts, within_s=30))
            slack.redeliver(slack.human.events[ts])
            slack.wait(lambda: slack.deliveries[-1].acked_after_s)
            time.sleep(0.5)
            assert len(slack.human.bot_messages(dm)) == 1
        finally:
            second.kill()
            second.wait()


def test_a_click_is_acknowledged_while_thirty_questions_wait_for_a_slow_model(
    tmp_path: Path,
) -> None:
    with office(tmp_path) as slack:
        slack.asks(ANA, "Who owns the moon?")
        card = slack.card()
        go_on = threading.Event()
        slack.desk.before_handling = lambda _question: (go_on.wait(20), None)[1]
        slack.desk.facts.append(DEPLOY)
        asked = [slack.human.says(BEN, f"How do I deploy {n}?") for n in range(30)]
        slack.slack.wait(lambda: len(slack.log.waiting_jobs("message:")) == 30)
        click = slack.human.clicks(DANA, slack.dm(DANA), card["ts"], "card_dismiss")
        slack.slack.wait(lambda: click.acked_after_s is not None)
        assert click.acked_after_s is not None
        assert click.acked_after_s < 1.0
        slack.slack.wait(lambda: replies(slack) == 2, why="the click was worked on as well")
        go_on.set()
        for ts in asked:
            slack.human.reads(slack.dm(BEN), ts, within_s=30)
        slack.idle()
        assert replies(slack, BEN) == 30
        slack.slack.wait(lambda: not any(slack.slack.world.statuses.values()))


def test_thirty_askers_at_once_get_one_reply_each(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        users = [slack.slack.world.add_user(f"UX{n:02d}", f"user{n}") for n in range(30)]
        asked = {user: slack.human.says(user, "How do I deploy?") for user in users}
        for user, ts in asked.items():
            slack.human.reads(slack.dm(user), ts, within_s=30)
        slack.idle()
        assert [replies(slack, user) for user in users] == [1] * 30


def test_a_second_copy_on_the_machine_is_refused(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        other, log = make(slack.slack, tmp_path, slack.desk, SystemClock())
        with pytest.raises(AlreadyRunningError, match="same Slack app token"):
            other.start(slack.desk)
        log.close()


def test_a_stand_in_that_breaks_says_so_after_some_tries(tmp_path: Path) -> None:
    with office(tmp_path) as slack:

        def breaks(_question: object) -> None:
            raise RuntimeError("a fault of ours")

        slack.desk.before_handling = breaks
        reply = slack.asks(ANA, "How do I deploy?", within_s=40)
        slack.idle()
        assert "Something is broken here" in text_of(reply)
        assert replies(slack) == 1
        assert "could not be worked on" in text_of(slack.human.bot_messages(slack.dm(DANA))[0])
        slack.slack.wait(lambda: not any(slack.slack.world.statuses.values()))


@pytest.mark.parametrize("messages", [120])
def test_faults_at_random_cost_nothing(tmp_path: Path, messages: int) -> None:
    chance = random.Random(4)
    with new_workspace() as slack:
        desk = FakeFrontDesk(SystemClock())
        desk.facts.append(DEPLOY)
        slack.sockets.ack_within_s = 0.4
        slack.sockets.retry_delays_s = (0.0, 0.2, 0.5)
        users = [slack.world.add_user(f"UX{n:02d}", f"user{n}") for n in range(10)]
        asked: list[tuple[str, str, bool]] = []
        with started(slack, tmp_path, desk) as running:
            running.asks(users[0], "How do I deploy first?")
        round_size = messages // 4
        for _ in range(4):
            with started(slack, tmp_path, desk) as running:
                for _ in range(round_size):
                    inject(slack, chance)
                    user, is_known = chance.choice(users), chance.random() < 0.7
                    text = "How do I deploy?" if is_known else f"Riddle {len(asked)}?"
                    is_lost = chance.random() < 0.05
                    ts = slack.human.says(user, text, is_lost=is_lost)
                    asked.append((user, ts, is_known))
        with started(slack, tmp_path, desk) as running:
            for user, ts, is_known in asked:
                found = running.human.reads(running.dm(user), ts, within_s=60)
                expected = "make deploy" if is_known else "I have asked Dana"
                assert expected in text_of(found)
            running.idle(within_s=60)
            for user, ts, _ in asked:
                assert len(running.human.bot_messages(running.dm(user), ts)) == 1
            riddles = sum(not is_known for _, _, is_known in asked)
            assert len(desk.pending()) == riddles
            assert len(running.cards(riddles)) == riddles


def inject(slack: FakeSlack, chance: random.Random) -> None:
    """Let something go wrong, sometimes."""
    dice = chance.random()
    if dice < 0.05:
        slack.fail("chat.postMessage", lose_reply=True)
    elif dice < 0.10:
        slack.fail("chat.postMessage", lose_request=True)
    elif dice < 0.14:
        slack.fail("chat.postMessage", status=429, retry_after_s=1)
    elif dice < 0.18 and not slack.faults_left("users.info"):
        slack.fail("users.info", status=500)
    elif dice < 0.24:
        slack.sockets.lose_acks += 1
    elif dice < 0.26:
        slack.disconnect("refresh_requested", linger_s=0.05)
    elif dice < 0.28:
        slack.cut()

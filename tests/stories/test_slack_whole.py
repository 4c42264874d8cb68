"""The whole product in a Slack workspace: files, models, inbox, connector, nothing in between."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from avatar import bootstrap, profile
from avatar.errors import OwnerMustActError, ProfileError
from avatar.web import discovery
from avatar.web.client import RemoteCommands
from tests.fakes.slack_human import text_of
from tests.fakes.slack_office import ANA, BEN, DANA, is_card, new_workspace
from tests.fakes.slack_world import APP_TOKEN, BOT_TOKEN
from tests.stories.place import NOTES, Place, eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from avatar.ports import Embedder
    from tests.fakes.slack_server import FakeSlack
    from tests.fakes.slack_world import Row

KEY = "# Webhooks\n\n## Rotating the key\n\nRotate the webhook key with `make rotate-key`.\n"
SRE = "# Pager\n\nThe pager rota is kept in the `oncall-rota` sheet, swapped on Mondays.\n"
WORDS = "The night team rotates the lunar keys, every second Tuesday."


def a_place(root: Path, slack: FakeSlack, models: Sequence[Embedder]) -> Place:
    place = Place(root, embedders=models)
    place.write("notes/webhooks.md", KEY)
    place.write("sre/pager.md", SRE)
    text = (
        '[owner]\nname = "Dana"\nemail = "dana@example.com"\n\n'
        f'{NOTES}\n[[sources]]\npath = "sre"\naudience = "sre"\n\n'
        '[askers]\nana = ["sre"]\n\n'
        f'[channels.slack]\napi_url = "{slack.api_url}"\n'
    )
    (place.folder / "profile.toml").write_text(text, encoding="utf-8")
    return place


def card_in(slack: FakeSlack) -> Row:
    """Wait for the owner's one card."""
    said = slack.human.bot_messages
    slack.wait(lambda: any(is_card(row) for row in said(slack.world.dm(DANA))), why="a card")
    return next(row for row in said(slack.world.dm(DANA)) if is_card(row))


def asks(slack: FakeSlack, user: str, text: str) -> str:
    """Ask in a direct message and return what is read in reply."""
    ts = slack.human.says(user, text)
    return text_of(slack.human.reads(slack.world.dm(user), ts, within_s=20))


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with new_workspace() as running:
        yield running


@pytest.fixture
def whole(
    tmp_path: Path,
    slack: FakeSlack,
    models: Sequence[Embedder],
    monkeypatch: pytest.MonkeyPatch,
) -> Place:
    place = a_place(tmp_path, slack, models)
    monkeypatch.setenv("AVATAR_HOME", str(place.home))
    monkeypatch.setenv("SLACK_BOT_TOKEN", BOT_TOKEN)
    monkeypatch.setenv("SLACK_APP_TOKEN", APP_TOKEN)
    return place


def serve(place: Place, meanwhile: Callable[[RemoteCommands], None], *, slack: bool = True) -> None:
    """Run the daemon in this thread, as it must be, and live the story beside it."""
    failures: list[BaseException] = []

    def beside() -> None:
        record = discovery.running(place.state)
        assert record is not None
        client = RemoteCommands(record)
        try:
            eventually(lambda: client.status()["documents"] == 2 and not client.status()["queue"])
            meanwhile(client)
        except BaseException as error:  # noqa: BLE001 - told by the test's own thread
            failures.append(error)
        finally:
            client.close()
            os.kill(os.getpid(), signal.SIGTERM)

    helper = threading.Thread(target=beside, name="avatar-test-beside")
    bootstrap.serve(
        profile.load(place.folder),
        0,
        ready=lambda _: helper.start(),
        on_note=place.notes_heard.append,
        embedders=place.embedders,
        slack=slack,
    )
    helper.join()
    for failure in failures:
        raise failure


def test_from_a_question_nobody_answered_to_an_answer_that_cites_the_owner(
    whole: Place, slack: FakeSlack
) -> None:
    def story(commands: RemoteCommands) -> None:
        known = asks(slack, ANA, "How do we rotate the webhook key?")
        assert "make rotate-key" in known
        assert "notes/webhooks.md:" in known
        assert "not reviewed by Dana" in known

        asked = slack.human.says(ANA, "Who rotates the lunar keys?")
        told = slack.human.reads(slack.world.dm(ANA), asked)
        assert "Dana" in text_of(told)
        (waiting,) = commands.inbox(state="pending")
        card = card_in(slack)
        slack.human.says(DANA, WORDS, thread=card["ts"])
        reply = text_of(slack.human.reads(slack.world.dm(ANA), asked, count=2))
        assert WORDS in reply
        assert "Dana's own words" in reply
        assert commands.escalation(waiting["escalation_id"])["reply"] == WORDS

        offer = slack.human.reads(slack.world.dm(DANA), card["ts"])
        slack.human.clicks(DANA, slack.world.dm(DANA), offer["ts"], "card_keep")
        eventually(lambda: any(whole.folder.glob("answers/*.md")))
        (kept,) = whole.folder.glob("answers/*.md")
        assert WORDS in kept.read_text(encoding="utf-8")
        eventually(
            lambda: f"answers/{kept.name}" in text_of(slack.world.dm(DANA).find(offer["ts"]) or {})
        )
        again = asks(slack, ANA, "Which team is it that rotates the lunar keys?")
        assert WORDS in again
        assert f"answers/{kept.name}:" in again
        status = commands.status()["slack"]
        assert (status["is_connected"], status["connections"]) == (True, 1)

    serve(whole, story)
    assert "Listening to Slack." in whole.notes_heard
    assert not [t for t in threading.enumerate() if t.name.startswith("avatar-slack")]


def test_what_was_kept_for_a_group_stays_in_it_and_what_is_for_it_alone_too(
    whole: Place, slack: FakeSlack
) -> None:
    def story(_commands: RemoteCommands) -> None:
        assert "oncall-rota" in asks(slack, ANA, "Where is the pager rota kept?")
        refused = asks(slack, BEN, "Where is the pager rota kept?")
        assert "oncall-rota" not in refused
        assert "pager.md" not in refused
        card = card_in(slack)
        slack.human.opens(ANA)
        slack.human.opens(BEN)
        slack.wait(lambda: {ANA, BEN} <= set(slack.world.homes), why="two homes")
        assert "sre (notes)" in json.dumps(slack.world.homes[ANA])
        assert "sre (notes)" not in json.dumps(slack.world.homes[BEN])
        assert "past answers" in json.dumps(slack.world.homes[BEN])
        assert card["ts"]

    serve(whole, story)


def test_a_reply_on_the_command_line_reaches_slack(whole: Place, slack: FakeSlack) -> None:
    def story(commands: RemoteCommands) -> None:
        asked = slack.human.says(BEN, "Who rotates the lunar keys?")
        slack.human.reads(slack.world.dm(BEN), asked)
        (waiting,) = commands.inbox(state="pending")
        commands.reply(waiting["escalation_id"], WORDS, keep=False, audience=None)
        assert WORDS in text_of(slack.human.reads(slack.world.dm(BEN), asked, count=2))

    serve(whole, story)


def test_a_doubted_answer_is_replaced_by_the_owners_words_for_all_who_got_it(
    whole: Place, slack: FakeSlack
) -> None:
    better = "The key rotates by itself every night; nobody has to run anything."

    def story(commands: RemoteCommands) -> None:
        threads = {}
        for user in (ANA, BEN):
            threads[user] = slack.human.says(user, "How do we rotate the webhook key?")
            reply = slack.human.reads(slack.world.dm(user), threads[user])
            assert "make rotate-key" in text_of(reply)
        slack.human.clicks(BEN, slack.world.dm(BEN), reply["ts"], "feedback", value="bad")
        slack.human.reads(slack.world.dm(BEN), threads[BEN], count=2)
        card = card_in(slack)
        assert "make rotate-key" in text_of(card)
        assert "`notes/webhooks.md:" in text_of(card)
        (waiting,) = commands.inbox(state="pending")
        commands.reply(waiting["escalation_id"], better, keep=False, audience=None)
        for user, count in ((BEN, 3), (ANA, 2)):
            thread = (slack.world.dm(user), threads[user])
            assert better in text_of(slack.human.reads(*thread, count=count))

    serve(whole, story)


def test_a_changed_note_is_told_to_who_was_answered_from_it(
    whole: Place, slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    from connectors.slack import timekeeper

    monkeypatch.setattr(timekeeper, "SWEEP_EVERY_S", 0.0)

    def story(_commands: RemoteCommands) -> None:
        asked = slack.human.says(ANA, "How do we rotate the webhook key?")
        thread = (slack.world.dm(ANA), asked)
        assert "make rotate-key" in text_of(slack.human.reads(*thread))
        other = slack.human.says(ANA, "Where is the pager rota kept?")
        slack.human.reads(slack.world.dm(ANA), other)
        whole.write("notes/webhooks.md", KEY.replace("make rotate-key", "ops key rotate"))
        assert "notes/webhooks.md" in text_of(slack.human.reads(*thread, count=2, within_s=20))
        assert len(slack.human.bot_messages(slack.world.dm(ANA), other)) == 1

    serve(whole, story)


def test_without_tokens_it_is_said_what_to_do_and_without_slack_it_runs(
    whole: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SLACK_APP_TOKEN")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    with pytest.raises(OwnerMustActError, match=r"SLACK_APP_TOKEN is not kept.*avatar slack setup"):
        serve(whole, lambda _: None)
    heard: list[object] = []
    serve(whole, lambda commands: heard.append(commands.status()["slack"]), slack=False)
    assert heard == [None]


def test_a_section_that_does_not_fit_slack_is_refused_with_every_problem(whole: Place) -> None:
    text = (whole.folder / "profile.toml").read_text(encoding="utf-8")
    (whole.folder / "profile.toml").write_text(text + 'workers = 0\nquiet = "19:00-08:00"\n')
    with pytest.raises(ProfileError) as refused:
        serve(whole, lambda _: None)
    assert len(refused.value.problems) == 2
    assert "did you mean 'quiet_hours'?" in str(refused.value)
    (whole.folder / "profile.toml").write_text(text + "enabled = false\n")
    heard: list[object] = []
    serve(whole, lambda commands: heard.append(commands.status()["slack"]))
    assert heard == [None]


@contextmanager
def up(place: Place) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "avatar", "up", "--port", "0", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=place.env(),
    ) as process:
        assert process.stdout is not None
        try:
            assert json.loads(process.stdout.readline())["pid"] == process.pid
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def test_the_real_commands_set_up_run_examine_and_answer(whole: Place, slack: FakeSlack) -> None:
    made = whole.run("slack", "manifest", "--json").rows[0]
    assert made["settings"]["socket_mode_enabled"] is True
    done = whole.run("slack", "setup", "--from-env", "--json")
    assert (done.code, done.rows[0]["owner"], done.rows[0]["missing"]) == (0, DANA, {})
    assert BOT_TOKEN not in done.said
    assert whole.run("check").code == 0
    with up(whole) as process:
        eventually(lambda: bool(whole.run("status", "--json").rows[0]["slack"]["is_connected"]), 60)
        assert "make rotate-key" in asks(slack, ANA, "How do we rotate the webhook key?")
        found = {row["name"]: row for row in whole.run("doctor", "--json").rows}
        links = {name: row["level"] for name, row in found.items() if name.startswith("slack")}
        assert set(links.values()) == {"ok"}
        assert {"slack: permissions", "slack: socket alone"} <= set(links)
    assert process.returncode == 0

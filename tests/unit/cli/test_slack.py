"""Slack on the command line: the manifest, the tokens, what doctor and check say of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.fakes.commands import MemoryCommands
from tests.unit.web.daemon import daemon

if TYPE_CHECKING:
    from pathlib import Path

    from avatar.commands import Row
    from tests.unit.cli.desk import Desk

TOKENS = "xoxb-good\nxapp-good\n"
HEALTH: Row = {
    "is_connected": True,
    "connections": 1,
    "trouble": "",
    "unsent": 0,
    "unfinished": 2,
    "is_paused": False,
}


def with_slack(desk: Desk, section: str = "", owner: str = 'email = "dana@example.com"') -> None:
    file = desk.folder / "profile.toml"
    text = file.read_text().replace("[owner]", f"[owner]\n{owner}")
    file.write_text(f"{text}\n[channels.slack]\n{section}\n")


def test_the_manifest_is_printed_to_be_pasted(desk: Desk) -> None:
    text = desk.run("slack", "manifest").stdout
    assert json.loads(text)["display_information"]["name"] == "Dana's stand-in"
    assert desk.rows("slack", "manifest") == [json.loads(text)]


def test_setup_writes_the_manifest_keeps_the_tokens_and_says_who_was_found(desk: Desk) -> None:
    result = desk.run("slack", "setup", given=TOKENS)
    assert result.exit_code == 0
    assert "You are U1 in team T1" in result.stdout
    assert "[channels.slack]" in result.stderr
    assert desk.secrets.get("SLACK_BOT_TOKEN") == "xoxb-good"
    assert desk.secrets.get("SLACK_APP_TOKEN") == "xapp-good"
    assert "good" not in result.output
    (written,) = desk.home.glob("profiles/*/slack-manifest.json")
    assert json.loads(written.read_text()) == desk.slack.manifest()


def test_setup_asks_for_the_tokens_without_echo(desk: Desk, tmp_path: Path) -> None:
    desk.terminal = True
    with_slack(desk)
    place = tmp_path / "to" / "paste.json"
    result = desk.run("slack", "setup", "--file", "--manifest", str(place), given=TOKENS)
    assert result.exit_code == 0
    assert "good" not in result.output
    assert "unencrypted" in result.stderr
    assert "avatar up" in result.stderr
    assert set(desk.secrets.in_file) == {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"}
    assert place.is_file()


def test_tokens_from_the_environment_stay_there(desk: Desk) -> None:
    (row,) = desk.rows("slack", "setup", "--from-env", code=2)
    assert "SLACK_BOT_TOKEN" in row["message"]
    desk.env = {"SLACK_BOT_TOKEN": "xoxb-good", "SLACK_APP_TOKEN": "xapp-good"}
    (row,) = desk.rows("slack", "setup", "--from-env")
    assert (row["owner"], row["team"], row["missing"]) == ("U1", "T1", {})
    assert desk.secrets.names() == []


@pytest.mark.parametrize("given", ["", "xoxb-good\n", "xoxb-bad\nxapp-good\n"])
def test_tokens_that_are_not_accepted_are_not_kept(desk: Desk, given: str) -> None:
    result = desk.run("slack", "setup", given=given)
    assert result.exit_code == 2
    assert desk.secrets.names() == []
    assert "xoxb-bad" not in result.output


def test_a_permission_that_is_missing_is_named_with_what_it_is_for(desk: Desk) -> None:
    desk.slack.missing = {"dnd:read": "leave the owner alone"}
    result = desk.run("slack", "setup", given=TOKENS)
    assert "lacks the permission dnd:read: leave the owner alone" in result.stderr
    assert "install the app again" in result.stderr


def test_a_manifest_that_cannot_be_written_is_said(desk: Desk, tmp_path: Path) -> None:
    (row,) = desk.rows("slack", "setup", "--manifest", str(tmp_path), given=TOKENS, code=7)
    assert "--manifest" in row["message"]
    assert desk.slack.prepared == 0


def test_up_listens_to_slack_when_the_profile_does(desk: Desk) -> None:
    with_slack(desk)
    assert desk.run("up", "--slack").exit_code == 0
    assert desk.listening == [True]


def test_doctor_shows_the_chain_only_when_the_profile_wants_slack(desk: Desk) -> None:
    assert not [row for row in desk.rows("doctor") if row["name"].startswith("slack")]
    with_slack(desk)
    desk.slack.broken = {"owner": "Nobody has that address."}
    found = {row["name"]: row for row in desk.rows("doctor", code=1)}
    assert found["slack: bot token"]["level"] == "ok"
    assert found["slack: owner"]["hint"] == "Nobody has that address."
    assert found["slack: socket"]["level"] == "warn"
    assert desk.slack.healths == [None]


class Listening(MemoryCommands):
    def status(self) -> Row:
        return super().status() | {"slack": HEALTH}


def test_the_daemons_connection_is_shown_and_examined(desk: Desk) -> None:
    from avatar.profile import state_folder

    with_slack(desk)
    with daemon(Listening(), state_folder(desk.folder, desk.doors.env)):
        assert "connected, 2 to do, 0 to send" in desk.run("status").stdout
        names = [row["name"] for row in desk.rows("doctor")]
        assert "slack: owner" in names
        assert "slack: socket" not in names
        assert desk.slack.healths == [HEALTH]


def test_a_connection_in_trouble_is_shown_so(desk: Desk) -> None:
    trouble = HEALTH | {"is_connected": False, "connections": 2, "is_paused": True}

    class Troubled(MemoryCommands):
        def status(self) -> Row:
            return super().status() | {"slack": trouble}

    desk.kept = Troubled()
    shown = " ".join(desk.run("status").stdout.split())
    assert "connecting, 2 programs share the app token, paused" in shown
    trouble["trouble"] = "Slack did not answer"
    assert "Slack did not answer" in desk.run("status").stdout


def test_a_profile_that_slack_cannot_use_is_named_by_doctor(desk: Desk) -> None:
    from avatar.cli.session import Doors

    with_slack(desk, "workers = 0")
    found = [row for row in desk.rows("doctor", code=1) if row["level"] == "fail"]
    assert {row["name"] for row in found} == {"profile"}
    result = desk.run("doctor", "--json", slack_setup=Doors().slack_setup)
    (row,) = [json.loads(line) for line in result.stdout.splitlines() if '"slack"' in line]
    assert "channels.slack.workers" in row["message"]


@pytest.mark.parametrize(
    ("section", "key", "words"),
    [
        ("workers = 0", "channels.slack.workers", "write: workers = 4"),
        ('quiet = "x"', "channels.slack.quiet", "did you mean 'quiet_hours'?"),
        ('quiet_hours = "late"', "channels.slack.quiet_hours", "19:00-08:00"),
        ("[channels.slack.links]\nbilling = 1", "channels.slack.links.billing", "write: links"),
        ('links = { billing = "http://x" }', "channels.slack.links", "must be https"),
        ('team_id = "xoxb-123-abc"', "channels.slack", "secrets never stand in a profile"),
    ],
)
def test_check_tells_what_slack_cannot_use(desk: Desk, section: str, key: str, words: str) -> None:
    with_slack(desk, section)
    (row,) = desk.rows("check", code=3)
    assert row["key"] == key
    assert words in row["message"] + row["fix"]
    assert "xoxb-123" not in str(row)


def test_check_tells_when_slack_could_not_find_the_owner(desk: Desk) -> None:
    with_slack(desk, owner="")
    (row,) = desk.rows("check", code=3)
    assert row["key"] == "owner.email"
    with_slack_off = (desk.folder / "profile.toml").read_text() + "enabled = false\n"
    (desk.folder / "profile.toml").write_text(with_slack_off)
    assert desk.rows("check") == []


def test_a_channel_nobody_knows_is_named_with_those_there_are(desk: Desk) -> None:
    file = desk.folder / "profile.toml"
    text = file.read_text()
    file.write_text(f"{text}\n[channels.teams]\nx = 1\n")
    (row,) = desk.rows("check", code=3)
    assert row["fix"] == "remove it; there are slack"
    file.write_text(f"{text}\n[channel.slack]\nx = 1\n")
    (row,) = desk.rows("check", code=3)
    assert row["fix"] == "did you mean 'channels'?"

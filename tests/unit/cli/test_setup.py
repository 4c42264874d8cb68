from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from avatar.cli import examinations
from avatar.cli.render import confidence, when
from avatar.errors import (
    AvatarError,
    IndexDamagedError,
    IndexInUseError,
    SecretStoreError,
    StoreUnavailableError,
)
from avatar.profile import load

if TYPE_CHECKING:
    from pathlib import Path

    from avatar.commands import Commands
    from avatar.profile import Profile
    from tests.unit.cli.desk import Desk


def test_init_writes_a_profile_that_checks_and_is_found(desk: Desk, tmp_path: Path) -> None:
    desk.home = tmp_path / "other-home"
    (tmp_path / "my-notes").mkdir()
    arguments = ("--owner", "Ana", "--notes", str(tmp_path / "my-notes"), "--audience", "everyone")
    result = desk.run("init", str(tmp_path / "ana"), *arguments)
    assert result.exit_code == 0
    assert "Wrote" in result.stdout
    assert load(tmp_path / "ana").owner.name == "Ana"
    assert desk.run("check").exit_code == 0
    (row,) = desk.rows("init", str(tmp_path / "ana"), "--owner", "Ana", code=2)
    assert "exists already" in row["message"]


def test_init_keeps_sources_to_the_owner_unless_told(desk: Desk, tmp_path: Path) -> None:
    result = desk.run("init", str(tmp_path / "me"), "--owner", "Ana", "--code", str(tmp_path / "x"))
    assert "Only you may read" in result.stderr
    assert "does not exist" in result.stderr
    assert load(tmp_path / "me").sources[0].audience == "owner"
    (row,) = desk.rows("init", str(tmp_path / "you"), "--owner", "Ana")
    assert row["findings"] == 1


def test_init_says_at_once_what_check_would_say(desk: Desk, tmp_path: Path) -> None:
    arguments = ("--owner", "Ana", "--notes", str(tmp_path / "gone"), "--audience", "nobodies")
    result = desk.run("init", str(tmp_path / "ana"), *arguments)
    assert result.exit_code == 0
    checked = desk.run("check", "--profile", str(tmp_path / "ana"))
    assert checked.exit_code == 3
    said = checked.stdout.splitlines()
    assert [line.split(":")[0] for line in said] == ["problem", "warning"]
    assert said == result.stderr.splitlines()
    assert "correct that, then `avatar check`" in result.stdout
    assert "avatar up" not in result.stdout


def test_init_asks_for_what_is_missing_only_on_a_terminal(desk: Desk, tmp_path: Path) -> None:
    (row,) = desk.rows("init", str(tmp_path / "me"), code=2)
    assert "--owner" in row["message"]
    (row,) = desk.rows("init", str(tmp_path / "me"), "--owner", "x", "--audience", "a b", code=2)
    assert "'a b'" in row["message"]
    wrong = ("--owner", "x", "--audience", "~/notes")
    (row,) = desk.rows("init", str(tmp_path / "me"), *wrong, code=2)
    assert "'~/notes' is neither everyone" in row["message"]
    assert not (tmp_path / "me").exists()
    desk.terminal = True
    (tmp_path / "n").mkdir()
    answers = f"Ana\n{tmp_path / 'n'}\neveryone\n"
    assert desk.run("init", str(tmp_path / "me"), given=answers).exit_code == 0
    loaded = load(tmp_path / "me")
    assert (loaded.owner.name, loaded.sources[0].audience) == ("Ana", "everyone")
    assert desk.run("init", str(tmp_path / "b"), "--owner", "B", given="\n\n").exit_code == 0


def test_check_tells_each_problem_as_a_row(desk: Desk) -> None:
    assert desk.rows("check") == []
    assert "is fine" in desk.run("check").stdout
    file = desk.folder / "profile.toml"
    file.write_text(file.read_text() + "[web]\nport = -1\nx = 1\n")
    rows = desk.rows("check", code=3)
    assert {row["key"] for row in rows} == {"web.port", "web.x"}
    assert all(row["file"] == str(file) and row["fix"] for row in rows)
    assert "fatal: " in desk.run("check").stdout
    assert desk.run("ask", "x").exit_code == 3


def test_a_missing_folder_fails_the_check_but_not_the_commands(desk: Desk) -> None:
    (desk.folder / "notes").rmdir()
    assert desk.rows("check", code=3)[0]["severity"] == "problem"
    assert desk.run("ask", "webhook").exit_code == 0
    assert desk.run("doctor").exit_code == 1


def test_warnings_alone_pass_the_check(desk: Desk) -> None:
    (desk.folder / "profile.toml").write_text('[owner]\nname = "Dana"\n')
    result = desk.run("check")
    assert result.exit_code == 0
    assert "warning: " in result.stdout
    assert "No errors." in result.stdout


def test_doctor_finds_everything_in_order(desk: Desk) -> None:
    rows = desk.rows("doctor")
    names = [row["name"] for row in rows]
    assert names == [
        "python", "watching", "profile", "disk", "port", "secrets", "index", "models", "confidence",
    ]  # fmt: skip
    assert {row["level"] for row in rows} <= {"ok", "warn"}
    assert "opened here" in desk.run("doctor").stdout


def test_doctor_stops_at_a_broken_profile(desk: Desk) -> None:
    (desk.folder / "profile.toml").write_text("[owner")
    rows = desk.rows("doctor", code=1)
    assert rows[-1]["name"] == "profile"
    assert rows[-1]["level"] == "fail"


@pytest.mark.parametrize(
    ("error", "level", "code"),
    [
        (IndexInUseError("Another process owns the index."), "warn", 0),
        (IndexDamagedError("The index is damaged."), "fail", 1),
        (StoreUnavailableError("The server is gone."), "fail", 1),
    ],
)
def test_doctor_tells_why_the_index_cannot_be_opened(
    desk: Desk, error: AvatarError, level: str, code: int
) -> None:
    def closed(_: Profile, **__: object) -> Commands:
        raise error

    result = desk.run("doctor", open_commands=closed)
    assert result.exit_code == code
    assert f"{level} index: {error}" in result.stdout


def test_doctor_names_a_missing_key(desk: Desk) -> None:
    file = desk.folder / "profile.toml"
    text = '[model]\nname = "m"\nbase_url = "https://m.example"\napi_key_secret = "M_KEY"\n'
    file.write_text(file.read_text() + text)
    assert "M_KEY is not kept; keep it with `avatar secrets set M_KEY`" in desk.run("doctor").stdout
    desk.secrets.set("M_KEY", "x")
    assert desk.run("doctor").exit_code == 0


def test_doctor_tells_of_a_keyring_that_is_locked(desk: Desk) -> None:
    def locked(_: Profile) -> object:
        raise SecretStoreError("The keyring is locked.")

    result = desk.run("doctor", secrets_of=locked)
    assert result.exit_code == 0
    assert "warn secrets: The keyring is locked." in result.stdout


def test_few_watches_are_warned_of(tmp_path: Path) -> None:
    file = tmp_path / "max_user_watches"
    assert examinations.watches(file).level == "ok"
    file.write_text("8192\n")
    assert examinations.watches(file).level == "warn"
    file.write_text("524288\n")
    assert examinations.watches(file).message.startswith("524,288")


def test_a_port_that_is_taken_is_warned_of() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as other:
        port = int(other.getsockname()[1])
        assert examinations.port(port).level == "warn"
    assert examinations.port(port).level == "ok"


def test_the_disk_is_looked_at_where_state_will_be(tmp_path: Path) -> None:
    found = examinations.disk(tmp_path / "not" / "there")
    assert found.level in {"ok", "warn", "fail"}
    assert "GB free" in found.message
    levels = [examinations.room(free, tmp_path).level for free in (10**8, 10**9, 10**10)]
    assert levels == ["fail", "warn", "ok"]


def test_how_sure_is_said_in_words() -> None:
    assert [confidence(p) for p in (0.9, 0.7, 0.2)] == [
        "sure (90%)",
        "fairly sure (70%)",
        "not sure (20%)",
    ]
    assert when(None) == "–"
    assert when(1_700_000_000).startswith("2023-11-1")

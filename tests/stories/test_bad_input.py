"""Whatever goes wrong, people get one clear sentence, the right exit code, and no traceback."""

from __future__ import annotations

import functools
import json
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from avatar import bootstrap
from avatar.cli.app import make_app
from avatar.cli.session import Doors
from tests.stories.place import Place, Ran, ask

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from avatar.ports import Embedder

KEY = "# Webhooks\n\n## Rotating the key\n\nRotate the webhook key with `make rotate-key`.\n"
ASKED = "How do we rotate the webhook key?"


@pytest.fixture
def known(plain: Place) -> Place:
    plain.write("notes/webhooks.md", KEY)
    return plain


def run(place: Place, *arguments: str, given: str = "") -> Ran:
    """Run the command line in this process, on the place's own embedders."""
    doors = Doors(
        open_commands=functools.partial(bootstrap.open_commands, embedders=place.embedders),
        env={"AVATAR_HOME": str(place.home), "AVATAR_PROFILE": str(place.folder)},
        is_terminal=lambda: False,
    )
    environment = {"AVATAR_HOME": str(place.home)}
    done = CliRunner().invoke(make_app(), list(arguments), input=given, obj=doors, env=environment)
    return Ran(done.exit_code, done.stdout, done.stderr)


def assert_told(ran: Ran, code: int, *words: str) -> None:
    """One clear sentence that names what it is about, and the exit code for whoever must act."""
    assert ran.code == code, ran.said
    assert "Traceback" not in ran.said
    assert "unexpected" not in ran.said.lower()
    for word in words:
        assert word.lower() in ran.said.lower(), ran.said


ODD = {
    "empty": "",
    "blank": " \t\n ",
    "control characters": "How do we\x00 rotate\x1b[2J the \x07webhook key?",
    "right-to-left marks": "\u202eHow do we rotate\u202c the \u200fwebhook key?",
    "emoji": "🔑🔄❓",
    "third language": "Wie erneuern wir den Schlüssel der Webhooks?",
    "another script": "چگونه کلید را عوض کنیم؟",
    "a path": "/etc/passwd",
    "a note's path": "notes/webhooks.md",
    "half a character": "rotate \udc80 key",
    "a flag": "--help me",
    "SQL": "'; DROP TABLE escalations; --",
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_an_odd_question_is_decided_like_any_other(known: Place, text: str) -> None:
    with known.open() as commands:
        row = ask(commands, text)
        json.dumps(row)
        assert row["decision"] in {"answer", "clarify", "escalate"}
        assert row["text"].strip()
        assert "root:" not in row["text"]
        if text.strip() and row["decision"] == "escalate":
            (waiting,) = commands.inbox(state="pending")
            commands.reply(waiting["escalation_id"], "Ask Kim.", keep=True, audience=None)
            (told,) = commands.replies(asker="ana")
            assert "Ask Kim." in told["text"]


def test_an_empty_question_bothers_nobody(known: Place) -> None:
    ran = run(known, "ask", "   ", "--asker", "ana", "--json")
    assert ran.code == 0
    assert ran.rows[0]["escalation_id"] is None
    assert run(known, "inbox", "list", "--json").rows == []


def test_marks_that_are_not_seen_change_no_answer(known: Place) -> None:
    with known.open() as commands:
        plain, marked = ask(commands, ASKED), ask(commands, ODD["right-to-left marks"])
        assert plain["decision"] == "answer"
        assert marked["citations"] == plain["citations"]
        assert "\u202e" not in marked["text"]


def test_a_question_of_a_hundred_kilobytes_is_decided_in_time(known: Place) -> None:
    with known.open() as commands:
        row = ask(commands, f"{ASKED} " + "pad ding " * 12_000)
        assert row["decision"] in {"answer", "clarify", "escalate"}
        assert row["elapsed_ms"] < 10_000
    asked = run(known, "ask", "-", "--json", given="what? " * 17_000)
    assert asked.code == 0
    assert len(asked.rows) == 1


def test_a_damaged_index_is_said_and_rebuilt_from_the_files(known: Place) -> None:
    with known.open():
        pass
    shard = known.state / "index" / "shard-2"
    for file in shard.rglob("*"):
        if file.is_file() and file.stat().st_size:
            file.write_bytes(b"garbage\0" * 64)
    assert_told(run(known, "ask", ASKED), 8, "index", "avatar index --rebuild")
    assert_told(run(known, "index", "--rebuild", "--json"), 0)
    answered = run(known, "ask", ASKED, "--json")
    assert answered.rows[0]["decision"] == "answer"


def test_a_damaged_database_is_said_and_left_alone(known: Place) -> None:
    with known.open():
        pass
    database = known.state / "state.sqlite"
    for file in known.state.glob("state.sqlite-*"):
        file.unlink()
    database.write_bytes(b"this is no database at all " * 400)
    before = database.read_bytes()
    assert_told(run(known, "ask", ASKED), 8, "state.sqlite")
    assert_told(run(known, "inbox", "list"), 8, "state.sqlite")
    assert database.read_bytes() == before


def test_a_missing_folder_is_named_and_what_is_known_of_the_rest_stays(known: Place) -> None:
    known.describe(known.sources + '[[sources]]\npath = "elsewhere"\naudience = "everyone"\n')
    assert_told(run(known, "check"), 3, "elsewhere")
    answered = run(known, "ask", ASKED, "--json")
    assert_told(answered, 0, "elsewhere", "mount it or correct `path`")
    assert answered.rows[0]["decision"] == "answer"


def test_an_unmounted_folder_takes_nothing_out_of_the_index(known: Place) -> None:
    with known.open():
        pass
    (known.folder / "notes").rename(known.root / "unmounted")
    with known.open(index=False) as commands:
        report = commands.index(lambda *_: None, rebuild=False)
        assert report["removed"] == 0
        assert "notes" in report["problem"]
        assert ask(commands, ASKED)["decision"] == "answer"


@contextmanager
def mounted(place: Place, *options: str) -> Iterator[None]:
    """Put the place's home on a file system of its own, in memory."""
    place.home.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", str(place.home)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"mounting is not permitted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place.home)], check=True)


def filled(folder: Path) -> None:
    """Leave no byte free."""
    with (folder / "ballast").open("wb", buffering=0) as ballast:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    ballast.write(b"\1" * size)
            except OSError:
                continue


def test_a_full_disk_is_said_and_nothing_acknowledged_is_lost(known: Place) -> None:
    with mounted(known, "size=160m"):
        first = run(known, "ask", "zxqv flurbs wnt?", "--asker", "ana", "--json")
        assert first.code == 0
        escalation = first.rows[0]["escalation_id"]
        assert escalation
        filled(known.home)
        refused = run(known, "ask", "brmpf klnt grst?", "--asker", "ana")
        assert_told(refused, 7, "full")
        assert_told(run(known, "index"), 7)
        (known.home / "ballast").unlink()
        again = run(known, "ask", "brmpf klnt grst?", "--asker", "ana", "--json")
        assert again.code == 0
        waiting = {row["escalation_id"] for row in run(known, "inbox", "list", "--json").rows}
        assert waiting == {escalation, again.rows[0]["escalation_id"]}


def test_a_home_that_cannot_be_written_is_said(known: Place) -> None:
    with mounted(known, "ro", "size=4m"):
        assert_told(run(known, "ask", ASKED), 7, str(known.home))
        assert_told(run(known, "index"), 7, str(known.home))
        refused = known.run("up", "--port", "0")
        assert_told(refused, 7, str(known.home))


def test_a_command_finds_the_index_in_use_and_says_by_whom(
    known: Place, words: Sequence[Embedder]
) -> None:
    with known.open():
        other = Place(known.root, embedders=words)
        assert_told(run(other, "ask", ASKED), 5, "another process owns the index")


def test_a_batch_with_bad_lines_answers_the_good_ones(known: Place, tmp_path: Path) -> None:
    batch = tmp_path / "batch.jsonl"
    good = json.dumps({"id": "a", "text": ASKED})
    batch.write_bytes(f"{good}\nnot json\n".encode() + b'\xff\xfe\n{"id": 1}\n')
    ran = run(known, "ask", "--batch", str(batch), "--json")
    assert ran.code == 2
    assert [row.get("line") for row in ran.rows] == [None, 2, 3, 4]
    assert ran.rows[0]["decision"] == "answer"


def test_a_secret_in_a_reply_is_refused_before_anything_is_sent(known: Place) -> None:
    with known.open() as commands:
        row = ask(commands, "zxqv flurbs wnt?")
    token = "ghp_" + "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5"
    refused = run(known, "inbox", "reply", row["escalation_id"], f"Use {token} for now.")
    assert_told(refused, 2, "line 1")
    assert token not in refused.said
    assert run(known, "replies", "--asker", "ana", "--json").rows == []

"""`avatar up` as it is run: a process that watches, indexes and answers the other commands."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from avatar.web import discovery
from avatar.web.client import RemoteCommands
from tests.stories.place import Place, ask, cited_paths, eventually, found_paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from avatar.commands import Commands
    from avatar.ports import Embedder
    from tests.stories.forks import Forks

ASKED = "How do we rotate the webhook key?"
KEY = "# Webhooks\n\n## Rotating the key\n\nRotate the webhook key with `make rotate-key`.\n"
OTHER = "# Deploying\n\nWe deploy from main with `make ship`. The canary runs for 20 minutes.\n"
SOON_S = 1.0
PATIENCE = 3.0
"""What a machine that is busy with other tests may take longer."""


@contextmanager
def up(place: Place) -> Iterator[tuple[Commands, subprocess.Popen[str]]]:
    """Run the real daemon until the block ends; commands go through its loopback API."""
    with subprocess.Popen(
        [sys.executable, "-m", "avatar", "up", "--port", "0", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=place.env(),
    ) as process:
        assert process.stdout is not None
        try:
            started = json.loads(process.stdout.readline())
            assert started["pid"] == process.pid
            record = discovery.running(place.state)
            assert record is not None
            assert record.port == started["port"]
            client = RemoteCommands(record)
            yield client, process
            client.close()
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


@contextmanager
def served(place: Place, forks: Forks) -> Iterator[Commands]:
    """Run the same daemon on words alone, in a fork, so that it starts at once."""
    job = forks.start("serve", place)
    job.wait_for("port")
    record = discovery.running(place.state)
    assert record is not None
    client = RemoteCommands(record)
    try:
        eventually(lambda: is_idle(client))
        yield client
    finally:
        client.close()
        job.signal(signal.SIGTERM)
        assert job.end() == 0


def is_idle(commands: Commands) -> bool:
    status = commands.status()
    return not status["queue"] and not status["waiting_for_vectors"] and bool(status["documents"])


def test_the_real_daemon_answers_from_an_edited_note_within_a_second_and_ends_cleanly(
    tmp_path: Path,
) -> None:
    place = Place(tmp_path)
    place.write("notes/webhooks.md", KEY)
    place.write("notes/deploy.md", OTHER)
    with up(place) as (commands, process):
        eventually(lambda: is_idle(commands), 60)
        assert "make rotate-key" in ask(commands, ASKED)["text"]
        took = []
        for command in ("ops key rotate", "vault rotate webhook", "make new-key"):
            place.write("notes/webhooks.md", KEY.replace("make rotate-key", command))
            took.append(eventually(lambda c=command: c in ask(commands, ASKED)["text"]))  # type: ignore[misc]
        assert min(took) < SOON_S
        assert max(took) < PATIENCE

        by_command = place.run("ask", ASKED, "--asker", "ana", "--json")
        assert by_command.code == 0
        assert by_command.rows[0]["citations"][0]["path"] == "notes/webhooks.md"
        status = place.run("status", "--json").rows[0]
        assert status["daemon"]["pid"] == process.pid

        second = place.run("up", "--port", "0")
        assert second.code == 5
        assert f"process {process.pid}" in second.err
        assert "Traceback" not in second.said
    assert process.returncode == 0
    assert discovery.running(place.state) is None


@pytest.fixture
def known(plain: Place) -> Place:
    plain.write("notes/team/webhooks.md", KEY)
    plain.write("notes/deploy.md", OTHER)
    return plain


def test_the_daemon_follows_edits_deletions_and_renames(known: Place, forks: Forks) -> None:
    with served(known, forks) as commands:
        assert cited_paths(ask(commands, ASKED)) == {"notes/team/webhooks.md"}
        (known.folder / "notes/team").rename(known.folder / "notes/platform")
        eventually(lambda: cited_paths(ask(commands, ASKED)) == {"notes/platform/webhooks.md"})
        eventually(lambda: "notes/team/webhooks.md" not in found_paths(commands, ASKED, "owner"))
        shutil.rmtree(known.folder / "notes/platform")
        eventually(lambda: not cited_paths(ask(commands, ASKED)))
        eventually(lambda: commands.status()["documents"] == 1)


def test_what_was_deleted_while_the_daemon_was_off_is_gone_when_it_is_up(
    known: Place, forks: Forks
) -> None:
    with served(known, forks):
        pass
    (known.folder / "notes/team/webhooks.md").unlink()
    with served(known, forks) as commands:
        eventually(lambda: commands.status()["documents"] == 1)
        assert "notes/team/webhooks.md" not in found_paths(commands, ASKED, "owner")
        assert "rotate-key" not in str(ask(commands, ASKED))


def test_a_past_answer_somebody_writes_by_hand_is_used(known: Place, forks: Forks) -> None:
    with served(known, forks) as commands:
        known.write(
            "answers/billing.md",
            '---\nquestions:\n  - "Who owns billing invoices?"\naudience: everyone\n---\n\nKim.\n',
        )
        eventually(
            lambda: (
                cited_paths(ask(commands, "Who owns billing invoices?", dry_run=True))
                == {"answers/billing.md"}
            )
        )


def test_a_killed_daemon_leaves_nothing_in_the_way(known: Place, forks: Forks) -> None:
    job = forks.start("serve", known)
    job.wait_for("port")
    job.kill()
    assert job.end() == -signal.SIGKILL
    assert discovery.running(known.state) is None
    with known.open() as commands:
        assert cited_paths(ask(commands, ASKED)) == {"notes/team/webhooks.md"}
    with served(known, forks) as commands:
        assert cited_paths(ask(commands, ASKED)) == {"notes/team/webhooks.md"}


def test_a_port_in_use_is_said_and_leaves_the_profile_free(
    known: Place, words: Sequence[Embedder]
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        refused = known.run("up", "--port", str(port))
    assert refused.code == 5
    assert str(port) in refused.err
    assert "Traceback" not in refused.said
    assert len(words) == 1
    with known.open() as commands:
        assert commands.status()["documents"] == 2


def test_a_command_beside_a_process_that_has_the_index_says_so(known: Place) -> None:
    with known.open():
        refused = known.run("status")
    assert refused.code == 5
    assert "Another process owns the index" in refused.err
    assert os.linesep + "Traceback" not in refused.err

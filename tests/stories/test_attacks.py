"""What an attacker, a curious colleague or a careless edit of the profile cannot get out of it."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.stories.place import ask, eventually, found_paths

if TYPE_CHECKING:
    from tests.stories.place import Place

NOTES = '[[sources]]\npath = "notes"\naudience = "everyone"\n'
DIARY = '\n[[sources]]\npath = "diary"\naudience = "everyone"\n'
MORE_THAN_A_MOUNT_POINT = 25


def with_diary(plain: Place, days: int) -> None:
    plain.describe(NOTES + DIARY)
    plain.write("notes/deploy.md", "# Deploying\n\nWe deploy with `make ship`.\n")
    for day in range(days):
        plain.write(f"diary/{day}.md", f"# Day {day}\n\nKim was ill on day {day}.\n")
    with plain.open() as commands:
        assert len(found_paths(commands, "Kim was ill")) > days


def test_a_source_taken_out_of_the_profile_is_found_by_nobody(plain: Place) -> None:
    with_diary(plain, MORE_THAN_A_MOUNT_POINT)
    plain.describe(NOTES)
    with plain.open(index=False) as commands:
        assert found_paths(commands, "Kim was ill") == ["notes/deploy.md"]
        assert found_paths(commands, "Kim was ill", "owner") == ["notes/deploy.md"]


def test_a_narrowed_source_is_closed_also_while_its_folder_is_out_of_reach(plain: Place) -> None:
    with_diary(plain, 3)
    (plain.folder / "diary").rename(plain.root / "unplugged")
    plain.describe(NOTES + DIARY.replace("everyone", "owner"))
    with plain.open() as commands:
        assert found_paths(commands, "Kim was ill") == ["notes/deploy.md"]
        assert len(found_paths(commands, "Kim was ill", "owner")) == 4
    (plain.root / "unplugged").rename(plain.folder / "diary")
    plain.describe(NOTES + DIARY)
    with plain.open() as commands:
        assert len(found_paths(commands, "Kim was ill")) == 4


def test_a_past_answer_is_not_sent_once_fewer_people_may_read_what_it_rests_on(
    plain: Place,
) -> None:
    plain.describe(NOTES, '[answering]\nmode = "draft"\n')
    plain.write("notes/deploy.md", "# Deploying\n\nWe deploy by hand with `make ship FORCE=1`.\n")
    with plain.open() as commands:
        waiting = ask(commands, "How do we deploy by hand?")["escalation_id"]
        assert commands.approve(waiting, keep=True, audience=None)["audience"] == "everyone"
    plain.describe(NOTES)
    with plain.open() as commands:
        assert "FORCE=1" in ask(commands, "How do we deploy by hand?")["text"]
    plain.describe(NOTES.replace("everyone", "owner"))
    with plain.open() as commands:
        told = ask(commands, "How do we deploy by hand?")
        assert told["decision"] == "escalate"
        assert "FORCE=1" not in str(told)


def test_what_the_owner_closes_while_the_daemon_runs_is_closed_at_once(plain: Place) -> None:
    plain.describe(NOTES + DIARY)
    plain.write("notes/deploy.md", "# Deploying\n\nWe deploy with `make ship`.\n")
    plain.write("diary/monday.md", "# Monday\n\nKim was ill on Monday and stayed at home.\n")

    def told() -> str:
        return plain.run("search", "Kim was ill", "--reader", "ana", "--json").out

    with subprocess.Popen(
        [sys.executable, "-m", "avatar", "up", "--port", "0", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=plain.env(),
    ) as daemon:
        assert daemon.stdout is not None
        assert daemon.stdout.readline()
        eventually(lambda: "diary/monday.md" in told(), 60)
        plain.describe(NOTES + DIARY.replace("everyone", "owner"))
        assert daemon.stdout.readline()
        assert "notes/deploy.md" in told()
        assert "diary/monday.md" not in told()
        daemon.send_signal(signal.SIGTERM)
    assert daemon.returncode == 0

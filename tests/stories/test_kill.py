"""kill -9 at any instant: after the restart nothing is lost and nothing is there twice."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.stories.place import Place, found_paths

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar.commands import Commands
    from tests.stories.forks import Forks, Job

KILLS = 25
FILES = 45


def note(number: int, edition: int) -> str:
    body = f"The gauge of machine {number} shows {number * 7 + edition} bar in edition {edition}."
    return f"# Machine {number}\n\n{body}\n\n## Care\n\nOil machine {number} on Mondays.\n"


def edit(place: Place, edition: int) -> None:
    """Edit some notes, rename one, and let the others be."""
    for number in range(FILES):
        if number % 3 == edition % 3:
            place.write(f"notes/{number}.md", note(number, edition))
    moved = place.folder / f"notes/{edition}-moved.md"
    (place.folder / f"notes/{edition}.md").replace(moved)


def lasts_s(job: Job) -> float:
    """Let a job end; return how long it was at work."""
    job.wait_for("open")
    began = time.monotonic()
    assert job.end() == 0
    return time.monotonic() - began


def shown(commands: Commands) -> dict[str, int]:
    status = commands.status()
    return {key: status[key] for key in ("documents", "chunks", "faults", "waiting_for_vectors")}


def test_indexing_killed_anywhere_ends_with_everything_once(
    forks: Forks, plain: Place, tmp_path: Path
) -> None:
    chance = random.Random(20240611)
    killed = 0
    for number in range(FILES):
        plain.write(f"notes/{number}.md", note(number, 0))
    whole_s = lasts_s(forks.start("index", plain))
    for edition in range(FILES):
        if killed == KILLS:
            break
        edit(plain, edition)
        job = forks.start("index", plain)
        job.wait_for("open")
        time.sleep(chance.uniform(0, whole_s / 2))
        job.kill()
        killed += job.end() == -signal.SIGKILL
    with plain.open(index=False) as commands:
        commands.index(lambda *_: None, rebuild=False)
        again = commands.index(lambda *_: None, rebuild=False)
        assert (again["added"], again["changed"], again["removed"], again["embedded"]) == (0,) * 4
        found, paths = shown(commands), found_paths(commands, "gauge bar machine oil", "owner")
    assert killed == KILLS, "too few were killed at work for this to mean something"
    fresh = Place(tmp_path / "fresh", embedders=plain.embedders)
    for path in (plain.folder / "notes").iterdir():
        fresh.write(f"notes/{path.name}", path.read_text())
    with fresh.open() as commands:
        assert found == shown(commands)
        assert sorted(paths) == sorted(found_paths(commands, "gauge bar machine oil", "owner"))
        assert len(paths) == len(set(paths))


def nonsense(chance: random.Random) -> str:
    """Return a question that shares no word with any other."""
    words = ("".join(chance.choices("bcdfghklmnprstvz", k=9)) for _ in range(3))
    return f"{' '.join(words)}?"


def test_escalation_killed_anywhere_loses_no_question_and_sends_no_reply_twice(
    forks: Forks, plain: Place
) -> None:
    plain.describe(plain.sources, "[answering]\nanswer_threshold = 1.0\n")
    chance = random.Random(7)
    killed, everything = 0, [nonsense(chance) for _ in range(4)]
    whole_s = lasts_s(forks.start("escalate", plain, questions=everything))
    with plain.open() as commands:
        assert_each_once(commands, everything, everything)
    for _ in range(FILES):
        if killed == KILLS:
            break
        questions = [nonsense(chance) for _ in range(4)]
        everything += questions
        job = forks.start("escalate", plain, questions=questions)
        job.wait_for("open")
        time.sleep(chance.uniform(0, whole_s))
        job.kill()
        killed += job.end() == -signal.SIGKILL
        asked = [line.split()[1] for line in job.said if line.startswith("asked")]
        replied = [line.split()[1] for line in job.said if line.startswith("replied")]
        with plain.open() as commands:
            assert_nothing_lost(commands, asked, replied)
            finish(commands, questions)
            assert_each_once(commands, questions, everything)
            assert {Path(name).suffix for name in found_paths(commands, "reply")} == {".md"}
    assert_kept_once(plain, everything)
    assert killed == KILLS, "too few were killed at work for this to mean something"


def assert_nothing_lost(commands: Commands, asked: Sequence[str], replied: Sequence[str]) -> None:
    states = {row["escalation_id"]: row["state"] for row in commands.inbox(state=None)}
    assert states.keys() >= set(asked)
    assert {states[found] for found in replied} <= {"answered"}


def finish(commands: Commands, questions: Sequence[str]) -> None:
    """Do what people do after a crash: ask again what was not told, reply to what still waits."""
    known = {row["question"] for row in commands.inbox(state=None)}
    for question in questions:
        if question not in known:
            (row,) = commands.ask([{"id": 1, "text": question}], asker="ana", dry_run=False)
            assert row["escalation_id"]
    for row in commands.inbox(state="pending"):
        reply = f"Reply to {row['question']}"
        commands.reply(row["escalation_id"], reply, keep=True, audience=None)


def assert_each_once(
    commands: Commands, questions: Sequence[str], everything: Sequence[str]
) -> None:
    told = commands.replies(asker="ana")
    assert sorted(reply["question"] for reply in told) == sorted(questions)
    commands.received([reply["delivery_id"] for reply in told], asker="ana")
    assert commands.replies(asker="ana") == []
    assert sorted(row["question"] for row in commands.inbox(state=None)) == sorted(everything)


def assert_kept_once(place: Place, questions: Sequence[str]) -> None:
    kept = [path.read_text() for path in (place.folder / "answers").glob("*.md")]
    for question in questions:
        assert sum(f"Reply to {question}" in text for text in kept) == 1
    assert len(kept) == len(questions)

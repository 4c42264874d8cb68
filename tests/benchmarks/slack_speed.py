"""Slack at speed and in bad weather: `python -m tests.benchmarks.slack_speed`.

A daemon over `--chunks 20000` (no language model) is asked in direct messages of a fake workspace,
one after another and by 30 people at once; the time is from the message to its reply as Slack
stamps them. `--faults 1000` then writes so many messages while Slack and the daemon fail at
random, `--kills 20` times by kill -9. `--keep DIR` keeps the prepared library for another run.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from avatar.adapters.minilm_embedder import MiniLmEmbedder
from avatar.adapters.use_embedder import UseEmbedder
from tests.benchmarks.speed_notes import NearbyEmbedder, note, question
from tests.benchmarks.speed_questions import share
from tests.fakes.slack_office import new_workspace
from tests.stories.place import Place
from tests.stories.slack_storm import KEY, prepared, storm, up

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.fakes.slack_server import FakeSlack

Line = tuple[str, str, str]
AT_ONCE = 30


def speed(folder: Path, chunks: int, count: int) -> Iterator[Line]:
    """Ask a daemon over so many chunks in direct messages; yields (what, goal, measured)."""
    with new_workspace() as slack:
        place = Place(folder)
        prepared(place, slack)
        _fill(place, chunks)
        with _running(place, slack):
            users = [slack.world.add_user(f"UX{n:03d}", f"user{n}") for n in range(AT_ONCE)]
            for number in range(10):  # a daemon is warm after a while
                _replied(slack, [(users[number], question(-5 - number))])
            alone = [
                _replied(slack, [(users[number % AT_ONCE], question(number))])[0]
                for number in range(count)
            ]
            what = f"direct message → reply, {chunks:,} chunks, one at a time"
            yield what, "p95 ≤ 500 ms", _told(alone)
            together = _replied(slack, [(u, question(count + n)) for n, u in enumerate(users)])
            told = f"{_told(together)}, {_surplus(slack)} lost or doubled"
            yield f"… {AT_ONCE} askers in the same instant", "none lost, none doubled", told


def weather(folder: Path, messages: int, kills: int, seed: int) -> Iterator[Line]:
    """Write so many messages while everything fails at random; yields (what, goal, measured)."""
    with new_workspace() as slack:
        toll = storm(slack, Place(folder), messages=messages, kills=kills, seed=seed)
        for wrong in toll.wrong:
            print(wrong, file=sys.stderr)
        what = (
            f"{messages:,} messages ({toll.riddles} not known), faults at random, {kills} × kill -9"
        )
        told = f"{len(toll.wrong)} wrong, {toll.seconds:.0f} s, {len(slack.calls):,} calls"
        yield what, "one reply or one escalation each", told


def _fill(place: Place, chunks: int) -> None:
    """Index one-chunk files with the product; only what the models would compute is made up."""
    place.write("notes/webhooks.md", KEY)
    for number in range(chunks):
        path = place.folder / "notes" / f"{number // 500:03}" / f"{number:06}.md"
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            path.write_text(note(number), encoding="utf-8")
    place.embedders = tuple(NearbyEmbedder(m) for m in (UseEmbedder(), MiniLmEmbedder()))
    with place.open() as commands:
        print(f"prepared: {commands.status()['chunks']} chunks", file=sys.stderr)


@contextmanager
def _running(place: Place, slack: FakeSlack) -> Iterator[None]:
    daemon = up(place)
    try:
        slack.wait(lambda: slack.sockets.count, within_s=120, why="the daemon listens")
        yield
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(60)


def _replied(slack: FakeSlack, asked: Sequence[tuple[str, str]]) -> list[float]:
    """Let people write at once; returns after how many milliseconds each had the reply."""
    written = [(user, slack.human.says(user, text)) for user, text in asked]
    spans = []
    for user, ts in written:
        reply = slack.human.reads(slack.world.dm(user), ts, within_s=60)
        spans.append(1000 * (float(reply["ts"]) - float(ts)))
    return spans


def _surplus(slack: FakeSlack) -> int:
    """Count direct messages of people that have not exactly one reply."""
    wrong = 0
    for place in list(slack.world.channels.values()):
        roots = [row["ts"] for row in place.messages if row["user"].startswith("UX")]
        wrong += sum(len(slack.human.bot_messages(place, ts)) != 1 for ts in roots)
    return wrong


def _told(spans: list[float]) -> str:
    slowest = max(spans)
    return f"p50 {share(spans, 0.5):.0f} / p95 {share(spans, 0.95):.0f} / most {slowest:.0f} ms"


def main() -> None:
    """Measure and print a line at a time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=20_000, help="0 leaves the speed out")
    parser.add_argument("--count", type=int, default=200, help="questions one after another")
    parser.add_argument("--faults", type=int, default=0, help="messages in bad weather")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    print("| what | goal | measured | load |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as spare:
        lines: list[Iterator[Line]] = []
        if given.chunks:
            library = given.keep or Path(spare) / "speed"
            lines.append(speed(library, given.chunks, given.count))
        if given.faults:
            lines.append(weather(Path(spare) / "weather", given.faults, given.kills, given.seed))
        for measured in lines:
            for what, goal, told in measured:
                load = f"{os.getloadavg()[0]:.1f}"
                print(f"| {what} | {goal} | {told} | {load} |", flush=True)


if __name__ == "__main__":
    main()

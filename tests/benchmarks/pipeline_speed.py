"""Speed and memory of the whole product: `python -m tests.benchmarks.pipeline_speed`.

`--chunks 20000` sizes the index, `--large 200000` adds questions to a larger one, `--only PART`
picks `questions`, `daemon`, `indexing` or `commands`, `--keep DIR` keeps the prepared indexes for
another run. Prints one table of goals and what was measured; CPU stands beside the clock's time
because a busy machine stretches the latter.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.speed_daemon import commands, daemon, indexing
from tests.benchmarks.speed_questions import questions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Measure = Callable[[Path], Iterator[tuple[str, str, str]]]


def parts(chunks: int, large: int, notes: int) -> dict[str, Measure]:
    """Return the measurements by name; each takes a folder to work in."""
    found: dict[str, Measure] = {
        "commands": commands,
        "questions": partial(questions, chunks),
        "daemon": partial(daemon, chunks),
        "indexing": partial(indexing, notes),
    }
    if large:
        found["large"] = partial(questions, large)
    return found


def main() -> None:
    """Measure and print a line at a time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=20_000)
    parser.add_argument("--large", type=int, default=0)
    parser.add_argument("--notes", type=int, default=400, help="notes embedded for real")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    print("| what | goal | measured | load |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as spare:
        for name, measure in parts(given.chunks, given.large, given.notes).items():
            if given.only and name not in given.only:
                continue
            keeps = given.keep and name in {"questions", "large", "daemon"}
            folder = (given.keep if keeps else Path(spare)) / name
            folder.mkdir(parents=True, exist_ok=True)
            for line in measure(folder):
                what, goal, measured = line
                load = f"{os.getloadavg()[0]:.1f}"
                print(f"| {what} | {goal} | {measured} | {load} |", flush=True)


if __name__ == "__main__":
    main()

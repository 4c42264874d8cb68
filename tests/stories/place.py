"""A stand-in's home in a test: a profile on disk, its state, and the product opened over both."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from avatar import bootstrap, profile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from avatar.commands import Commands, Row
    from avatar.ports import Embedder

NOTES = '[[sources]]\npath = "notes"\naudience = "everyone"\n'
ROOT = Path(__file__).parents[2]


@dataclass
class Place:
    """One profile folder and its state; `embedders` replace the profile's own when given."""

    root: Path
    sources: str = NOTES
    rest: str = ""
    embedders: Sequence[Embedder] | None = None
    notes_heard: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        (self.folder / "notes").mkdir(parents=True, exist_ok=True)
        self.describe(self.sources, self.rest)

    @property
    def folder(self) -> Path:
        return self.root / "stand-in"

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def state(self) -> Path:
        return profile.state_folder(self.folder, {"AVATAR_HOME": str(self.home)})

    def describe(self, sources: str, rest: str = "") -> None:
        """Write the profile file anew."""
        text = f'[owner]\nname = "Dana"\n\n{sources}\n{rest}\n'
        (self.folder / "profile.toml").write_text(text, encoding="utf-8")

    def write(self, name: str, text: str) -> Path:
        """Write a file of the profile, by default a note."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    @contextmanager
    def open(self, *, index: bool = True) -> Iterator[Commands]:
        """Open the product on this place, the index up to date."""
        commands = bootstrap.open_commands(
            profile.load(self.folder),
            on_note=self.notes_heard.append,
            state=self.state,
            embedders=self.embedders,
        )
        try:
            if index:
                commands.index(lambda *_: None, rebuild=False)
            yield commands
        finally:
            commands.close()

    def run(self, *arguments: str, given: str = "", env: Mapping[str, str] | None = None) -> Ran:
        """Run the command line in a process of its own."""
        done = subprocess.run(
            [sys.executable, "-m", "avatar", *arguments],
            input=given,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env=self.env() | dict(env or {}),
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def env(self) -> dict[str, str]:
        """Return the environment of a command on this place."""
        return os.environ | {
            "AVATAR_HOME": str(self.home),
            "AVATAR_PROFILE": str(self.folder),
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "200",
        }


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[Row]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def said(self) -> str:
        return self.out + self.err


def ask(commands: Commands, text: str, asker: str = "ana", *, dry_run: bool = False) -> Row:
    (row,) = commands.ask([{"id": 1, "text": text}], asker=asker, dry_run=dry_run)
    return row


def found_paths(commands: Commands, text: str, reader: str = "ana") -> list[str]:
    (row,) = commands.search([{"id": 1, "text": text}], reader=reader, limit=50)
    return [result["path"] for result in row["results"]]


def cited_paths(row: Row) -> set[str]:
    return {citation["path"] for citation in row["citations"]}


def eventually(is_so: Callable[[], bool], within_s: float = 20.0) -> float:
    """Poll until it is so; return how long it took, fail when it never is."""
    started = time.monotonic()
    while not is_so():
        assert time.monotonic() - started < within_s, "it did not come about in time"
        time.sleep(0.02)
    return time.monotonic() - started

"""The test's end of `tests.stories.crashing`: start a job, kill it, read what it had said."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from tests.stories.place import ROOT

if TYPE_CHECKING:
    from types import TracebackType

    from tests.stories.place import Place


@dataclass
class Job:
    """One child at work."""

    pid: int
    forks: Forks
    said: list[str] = field(default_factory=list)

    def wait_for(self, beginning: str) -> str:
        """Read until a line begins so; return what follows it."""
        while True:
            line = self.forks.line()
            self.said.append(line)
            if line.startswith("ended") and not beginning.startswith("ended"):
                raise AssertionError(f"the job ended early: {self.said}")
            if line.startswith(beginning):
                return line.removeprefix(beginning).strip()

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it wherever it is; it may have ended a moment ago."""
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def end(self) -> int:
        """Wait for its end; return its exit code, negative for a signal."""
        return int(self.wait_for("ended"))


class Forks:
    """One process that imports the product once and forks a child for each job."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.stories.crashing"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        assert self.line() == "ready"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(20)

    def start(self, do: str, place: Place, **more: object) -> Job:
        """Begin a job on a place."""
        job = {
            "do": do,
            "folder": str(place.folder),
            "state": str(place.state),
            "home": str(place.home),
        }
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(job | more) + "\n")
        self._process.stdin.flush()
        started = Job(0, self)
        started.pid = int(started.wait_for("pid"))
        return started

    def line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the forking process died"
        return line.rstrip("\n")

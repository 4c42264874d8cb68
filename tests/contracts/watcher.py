"""What every watcher promises."""

from __future__ import annotations

import threading
import time
from abc import abstractmethod
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from avatar.domain.documents import Change
    from avatar.ports import Watcher

DEADLINE_S = 15.0


class Heard:
    """Collects what a watcher tells, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changes: list[Change] = []

    def __call__(self, changes: Sequence[Change]) -> None:
        with self._lock:
            self._changes.extend(changes)

    @property
    def changes(self) -> list[Change]:
        with self._lock:
            return list(self._changes)

    def clear(self) -> None:
        with self._lock:
            self._changes.clear()

    def wait_for(self, *wanted: Change) -> None:
        eventually(lambda: set(wanted) <= set(self.changes), lambda: str(self.changes))


def eventually(claim: Callable[[], bool], otherwise: Callable[[], str] = str) -> None:
    """Wait until the claim holds."""
    deadline = time.monotonic() + DEADLINE_S
    while not claim():
        assert time.monotonic() < deadline, otherwise()
        threading.Event().wait(0.02)


class WatcherContract:
    """Run by subclassing; `happen` lets a document be saved and returns the change to expect."""

    @pytest.fixture
    @abstractmethod
    def watcher(self) -> Watcher: ...

    @abstractmethod
    def happen(self, watcher: Watcher, name: str) -> Change: ...

    def test_a_change_is_told_while_it_runs(self, watcher: Watcher) -> None:
        heard = Heard()
        watcher.start(heard)
        try:
            heard.wait_for(self.happen(watcher, "a.md"))
        finally:
            watcher.stop()

    def test_nothing_is_told_after_it_was_stopped(self, watcher: Watcher) -> None:
        heard = Heard()
        watcher.start(heard)
        watcher.stop()
        watcher.stop()
        self.happen(watcher, "a.md")
        assert heard.changes == []

    def test_it_can_be_started_again(self, watcher: Watcher) -> None:
        heard = Heard()
        watcher.start(heard)
        watcher.stop()
        watcher.start(heard)
        try:
            heard.wait_for(self.happen(watcher, "b.md"))
        finally:
            watcher.stop()

    def test_stopping_what_was_never_started_is_fine(self, watcher: Watcher) -> None:
        watcher.stop()

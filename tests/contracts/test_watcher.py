from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from avatar.domain.documents import Change, ChangeKind, SourceKind
from connectors.filesystem.roots import Root
from connectors.filesystem.watcher import FilesystemWatcher
from tests.contracts.watcher import WatcherContract
from tests.fakes.watcher import FakeWatcher

if TYPE_CHECKING:
    from pathlib import Path

    from avatar.ports import Watcher


class TestFakeWatcher(WatcherContract):
    @pytest.fixture
    def watcher(self) -> FakeWatcher:
        return FakeWatcher()

    def happen(self, watcher: Watcher, name: str) -> Change:
        assert isinstance(watcher, FakeWatcher)
        change = Change(f"notes/{name}", ChangeKind.SAVED)
        watcher.tell(change)
        return change


class TestFilesystemWatcher(WatcherContract):
    @pytest.fixture
    def watcher(self, tmp_path: Path) -> FilesystemWatcher:
        self.folder = tmp_path
        return FilesystemWatcher([Root("notes", tmp_path, SourceKind.NOTES)])

    def happen(self, watcher: Watcher, name: str) -> Change:
        assert isinstance(watcher, FilesystemWatcher)
        (self.folder / name).write_text("text")
        return Change(f"notes/{name}", ChangeKind.SAVED)

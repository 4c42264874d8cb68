from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from avatar.domain.documents import SourceKind
from connectors.filesystem.roots import Root
from connectors.filesystem.source import FilesystemSource
from tests.contracts.source import SourceContract
from tests.fakes.source import MemorySource

if TYPE_CHECKING:
    from pathlib import Path

    from avatar.ports import Source


class TestMemorySource(SourceContract):
    @pytest.fixture
    def source(self) -> MemorySource:
        return MemorySource()

    def save(self, source: Source, document_id: str, text: str) -> None:
        assert isinstance(source, MemorySource)
        source.save(document_id, text)

    def delete(self, source: Source, document_id: str) -> None:
        assert isinstance(source, MemorySource)
        source.delete(document_id)

    def unmount(self, source: Source) -> None:
        assert isinstance(source, MemorySource)
        source.unavailable.add("notes")


class TestFilesystemSource(SourceContract):
    @pytest.fixture
    def source(self, tmp_path: Path) -> FilesystemSource:
        (tmp_path / "my notes").mkdir()
        return FilesystemSource([Root("notes", tmp_path / "my notes", SourceKind.NOTES)])

    def save(self, source: Source, document_id: str, text: str) -> None:
        path = _path(source, document_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def delete(self, source: Source, document_id: str) -> None:
        _path(source, document_id).unlink()

    def unmount(self, source: Source) -> None:
        root = _path(source, "notes")
        root.rename(root.with_name("elsewhere"))


def _path(source: Source, document_id: str) -> Path:
    assert isinstance(source, FilesystemSource)
    path = source.locate(document_id)
    assert path is not None
    return path

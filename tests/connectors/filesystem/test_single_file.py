"""A source that is one file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from avatar.domain.audience import Audience
from avatar.domain.documents import Document, SourceKind
from avatar.errors import SourceUnavailableError
from connectors.filesystem.roots import Root
from connectors.filesystem.source import FilesystemSource

if TYPE_CHECKING:
    from pathlib import Path


def source_of(path: Path) -> FilesystemSource:
    return FilesystemSource([Root(path.name, path, SourceKind.NOTES, Audience.everyone())])


def test_a_deleted_file_beside_others_is_gone_not_out_of_reach(tmp_path: Path) -> None:
    note = tmp_path / "note.md"
    note.write_text("# Ports\n\n8080\n")
    source = source_of(note)
    assert isinstance(source.read("note.md"), Document)

    note.unlink()

    assert list(source.list()) == []
    assert source.read("note.md") is None


def test_a_file_in_a_missing_folder_is_out_of_reach(tmp_path: Path) -> None:
    source = source_of(tmp_path / "disk" / "note.md")

    with pytest.raises(SourceUnavailableError, match=r"note\.md"):
        list(source.list())
    with pytest.raises(SourceUnavailableError, match="not there"):
        source.read("note.md")

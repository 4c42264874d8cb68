from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from avatar.domain.documents import DocumentRef, Skipped, SourceKind
from avatar.errors import SourceUnavailableError
from connectors.filesystem.commits import Commits
from connectors.filesystem.roots import Root
from connectors.filesystem.source import FilesystemSource

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = 65534


@contextmanager
def without_privileges() -> Iterator[None]:
    """Let the file system's permissions count, also when tests run as root."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


@pytest.fixture
def notes() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    (folder / "locked").mkdir()
    for name in ("a.md", "b.md", "locked/c.md"):
        (folder / name).write_text("text")
        (folder / name).chmod(0o644)
    yield folder
    (folder / "locked").chmod(0o755)
    shutil.rmtree(folder)


def test_what_may_not_be_read_is_a_fault_and_the_rest_is_listed(notes: Path) -> None:
    (notes / "a.md").chmod(0)
    (notes / "locked").chmod(0)
    source = FilesystemSource([Root("n", notes, SourceKind.NOTES)], Commits("no-git"))
    with without_privileges():
        items = list(source.list())
        read = source.read("n/a.md")
        with pytest.raises(SourceUnavailableError, match="may not be entered"):
            source.read("n/locked/c.md")
    assert [i.document_id for i in items if isinstance(i, DocumentRef)] == ["n/a.md", "n/b.md"]
    assert items[2:] == [Skipped("n/locked/", "", "cannot be read: Permission denied", True)]
    assert read == Skipped("n/a.md", "", "cannot be read: Permission denied", True)


def test_a_folder_whose_files_may_not_be_looked_at_is_full_of_faults(notes: Path) -> None:
    (notes / "locked").chmod(0o444)
    source = FilesystemSource([Root("n", notes, SourceKind.NOTES)], Commits("no-git"))
    with without_privileges():
        items = list(source.list())
    fault = items[-1]
    assert isinstance(fault, Skipped)
    assert (fault.document_id, fault.is_fault) == ("n/locked/c.md", True)


def test_a_root_that_may_not_be_read_is_out_of_reach(notes: Path) -> None:
    notes.chmod(0)
    source = FilesystemSource([Root("n", notes, SourceKind.NOTES)])
    with (
        without_privileges(),
        pytest.raises(SourceUnavailableError, match="Permission denied") as caught,
    ):
        list(source.list())
    assert caught.value.roots == ("n",)
    notes.chmod(0o755)

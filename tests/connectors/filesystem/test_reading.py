from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from avatar.errors import SourceUnavailableError
from connectors.filesystem.reading import Unusable, explain, read_bytes

if TYPE_CHECKING:
    from pathlib import Path


def test_a_link_swapped_in_after_the_check_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "a.md").symlink_to(tmp_path / "secret")
    found = read_bytes(tmp_path / "a.md", 100)
    assert found == Unusable("symbolic link in place of the file", is_fault=True)


@pytest.mark.parametrize("code", [errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EMFILE])
def test_a_fault_of_the_moment_is_tried_later(tmp_path: Path, code: int) -> None:
    with pytest.raises(SourceUnavailableError, match="tried again later"):
        explain(OSError(code, os.strerror(code)), tmp_path)


def test_a_file_without_permission_is_a_fault_of_the_file(tmp_path: Path) -> None:
    found = explain(PermissionError(errno.EACCES, "Permission denied"), tmp_path)
    assert found == Unusable("cannot be read: Permission denied", is_fault=True)


def test_a_file_that_grows_while_it_is_read_stays_within_the_limit(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("12345")
    assert read_bytes(tmp_path / "a.md", 4) == Unusable(
        "larger than 4e-06 MB", _stamp(tmp_path / "a.md")
    )


def _stamp(path: Path) -> str:
    found = path.stat()
    return f"{found.st_mtime_ns}-{found.st_size}-{found.st_ino}"

"""One configured source on disk: a folder or a single file, and the names of what is in it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from avatar.domain.audience import Audience

if TYPE_CHECKING:
    from avatar.domain.documents import SourceKind

MAX_BYTES: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class Root:
    """A folder or file with its source's settings; `name` starts every document id in it.

    `include` and `exclude` are patterns in gitignore syntax, relative to the root. The document
    id is `name/relative/path` in a folder and `name` alone when the root is a single file.
    """

    name: str
    path: Path
    kind: SourceKind
    audience: Audience = field(default_factory=Audience.owner_only)
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    respect_gitignore: bool = True
    max_bytes: int = MAX_BYTES
    follow_symlinks: bool = False

    @property
    def is_deleted_file(self) -> bool:
        """Whether a source that is one file is gone, its folder being there still.

        A folder that is missing may be on a disk that is not mounted; a file beside others is not.
        """
        is_gone = bool(self.path.suffix) and not os.path.lexists(self.path)
        return is_gone and is_folder(self.path.parent)

    def stamp(self, file: str) -> str:
        """Return a document's stamp: the file's own, and what the profile says of its source.

        So a narrower audience in the profile reaches what is indexed without touching a file.
        """
        return f"{file}-{self.kind}-{self.audience}" if file else ""

    def relative(self, document_id: str) -> str | None:
        """Return the path inside the root; None when the id cannot name a file in here.

        The empty string is the root itself. An id that tries to climb out names nothing.
        """
        inside = document_id[len(self.name) + 1 :]
        if document_id != self.name and not inside:
            return None
        parts = inside.split("/") if inside else []
        if any(part in {"", ".", ".."} or "\0" in part or os.sep in part for part in parts):
            return None
        return inside

    def identify(self, path: str) -> str | None:
        """Return the document id of an absolute path, with the root for the root itself."""
        top = str(self.path)
        if path == top:
            return self.name
        if not path.startswith(top.rstrip(os.sep) + os.sep):
            return None
        inside = PurePosixPath(Path(path).relative_to(self.path).as_posix())
        return f"{self.name}/{inside}"


def is_there(path: Path) -> bool:
    """Whether something is there; what may not be looked at counts as absent, never raises."""
    return os.path.exists(path)  # noqa: PTH110 - pathlib raises without permission


def is_folder(path: Path) -> bool:
    """Whether a folder is there; never raises."""
    return os.path.isdir(path)  # noqa: PTH112 - pathlib raises without permission


def is_file(path: Path) -> bool:
    """Whether a regular file is there; never raises."""
    return os.path.isfile(path)  # noqa: PTH113 - pathlib raises without permission

"""The tree of one root, listed fast: each document once, each thing left out with its reason."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from avatar.domain.documents import DocumentRef, Skipped
from avatar.errors import SourceUnavailableError
from connectors.filesystem.reading import GONE, stamp_of, too_large
from connectors.filesystem.roots import is_there

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connectors.filesystem.roots import Root
    from connectors.filesystem.rules import Patterns, Rules

LINK: Final = "symbolic link (follow_symlinks is off)"
LINK_OUT: Final = "symbolic link that leaves the folder"
LINK_AGAIN: Final = "symbolic link to a folder that is listed already"
DANGLING: Final = "symbolic link that leads nowhere"
IRREGULAR: Final = "not a regular file"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder still to be listed, with its path in the root and the patterns around it."""

    path: str
    inside: str
    patterns: Patterns | None


class Listing:
    """One walk over a root that is a folder, or over the paths `within` it alone."""

    def __init__(self, root: Root, rules: Rules, within: Sequence[str] = ()) -> None:
        self._root = root
        self._rules = rules
        # which of two links to one folder comes first only a whole walk can tell
        self._within = () if root.follow_symlinks or "" in within else tuple(within)
        self._settings = root.stamp("-")[1:]
        self._top = os.path.realpath(root.path)
        self._seen: set[tuple[int, int]] = set()
        self._pending: list[Folder] = []

    def entries(self) -> Iterator[DocumentRef | Skipped]:
        """Yield the whole tree; raises `SourceUnavailableError` when the root cannot be listed."""
        top = str(self._root.path)
        try:
            os.listdir(top)  # noqa: PTH208 - fails before anything was yielded
        except OSError as error:
            raise SourceUnavailableError(
                f"the folder of source `{self._root.name}` cannot be read: {top}: "
                f"{error.strerror}; mount it or correct `path`",
                [self._root.name],
            ) from error
        self._pending = [Folder(top, "", self._rules.top())]
        while self._pending:
            yield from self._folder(self._pending.pop())

    def _folder(self, folder: Folder) -> Iterator[DocumentRef | Skipped]:
        patterns = self._rules.within(folder.path, folder.inside, folder.patterns)
        try:
            if self._root.follow_symlinks and not self._is_new(folder.path):
                yield self._skipped(f"{folder.inside}/", LINK_AGAIN)
                return
            with os.scandir(folder.path) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError as error:
            if error.errno not in GONE:
                yield self._skipped(
                    f"{folder.inside}/", f"cannot be read: {error.strerror}", is_fault=True
                )
            return
        prefix = f"{folder.inside}/" if folder.inside else ""
        for entry in entries:
            inside = prefix + _printable(entry.name)
            if self._within and not self._is_wanted(inside):
                continue
            item = self._entry(entry, inside, patterns)
            if item is not None:
                yield item

    def _is_wanted(self, inside: str) -> bool:
        """Whether this is one of the wanted paths, lies in one or leads to one."""
        return any(
            inside == path or inside.startswith(f"{path}/") or path.startswith(f"{inside}/")
            for path in self._within
        )

    def _entry(
        self, entry: os.DirEntry[str], inside: str, patterns: Patterns | None
    ) -> DocumentRef | Skipped | None:
        try:
            if entry.is_symlink():
                refusal = self._refuse_link(entry, inside)
                if refusal is not None:
                    return refusal
            if entry.is_dir():
                reason = self._rules.reason_for_folder(inside, patterns)
                if reason:
                    return self._skipped(f"{inside}/", reason)
                self._pending.append(Folder(entry.path, inside, patterns))
                return None
            return self._file(entry, inside, patterns)
        except OSError as error:
            if error.errno in GONE:
                return None  # vanished while we looked
            return self._skipped(inside, f"cannot be read: {error.strerror}", is_fault=True)

    def _file(
        self, entry: os.DirEntry[str], inside: str, patterns: Patterns | None
    ) -> DocumentRef | Skipped:
        reason = self._rules.reason_for_file(inside, patterns)
        if reason:
            return self._skipped(inside, reason)
        found = entry.stat()
        if not stat.S_ISREG(found.st_mode):
            return self._skipped(inside, IRREGULAR, is_fault=True)
        if "\ufffd" in inside:
            return self._skipped(inside, "its name is not UTF-8: rename it", is_fault=True)
        large = too_large(found.st_size, self._root.max_bytes)
        stamp = f"{stamp_of(found)}{self._settings}"
        if large:
            return Skipped(f"{self._root.name}/{inside}", stamp, large)
        return DocumentRef(f"{self._root.name}/{inside}", stamp)

    def _refuse_link(self, entry: os.DirEntry[str], inside: str) -> Skipped | None:
        if not is_there(Path(entry.path)):
            return self._skipped(inside, DANGLING, is_fault=True)
        target = os.path.realpath(entry.path)
        if target != self._top and not target.startswith(self._top.rstrip(os.sep) + os.sep):
            return self._skipped(inside, LINK_OUT)
        return None if self._root.follow_symlinks else self._skipped(inside, LINK)

    def _is_new(self, folder: str) -> bool:
        found = os.stat(folder)  # noqa: PTH116 - once per folder of a large tree
        identity = (found.st_dev, found.st_ino)
        if identity in self._seen:
            return False
        self._seen.add(identity)
        return True

    def _skipped(self, inside: str, reason: str, *, is_fault: bool = False) -> Skipped:
        return Skipped(f"{self._root.name}/{inside}", "", reason, is_fault)


def _printable(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")

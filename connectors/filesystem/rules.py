"""What of a root is left out: by name, by the profile's patterns, by `.gitignore` files."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pathspec import GitIgnoreSpec

from connectors.filesystem.formats import reason_to_skip_file, reason_to_skip_folder
from connectors.filesystem.roots import is_folder, is_there

if TYPE_CHECKING:
    from connectors.filesystem.roots import Root

GITIGNORE: Final = ".gitignore"
MAX_GITIGNORE_BYTES: Final = 200_000
BY_GITIGNORE: Final = "ignored by .gitignore"
BY_EXCLUDE: Final = "excluded in the profile"
BY_INCLUDE: Final = "not included in the profile"


@dataclass(frozen=True, slots=True)
class Patterns:
    """The patterns of one `.gitignore`; `above` are those of the folder around it.

    `start` is where the path inside its folder begins, in a path relative to the topmost folder.
    """

    spec: GitIgnoreSpec
    start: int
    above: Patterns | None

    def ignores(self, path: str) -> bool:
        """Whether a path is ignored; the innermost file with an opinion decides."""
        level: Patterns | None = self
        while level is not None:
            verdict = level.spec.check_file(path[level.start :]).include
            if verdict is not None:
                return verdict
            level = level.above
        return False


class Rules:
    """Decides what of a root is left out, the same way when listing and when reading.

    `.gitignore` files above the root count up to the repository's top, unless they ignore the
    root itself: who names a folder in the profile wants it.
    """

    def __init__(self, root: Root) -> None:
        self._exclude = GitIgnoreSpec.from_lines(root.exclude) if root.exclude else None
        self._include = GitIgnoreSpec.from_lines(root.include) if root.include else None
        self._root = root
        self._parsed: dict[str, tuple[tuple[int, int, int], GitIgnoreSpec]] = {}
        self._above: Patterns | None = None
        self._prefix = ""
        if root.respect_gitignore:
            self._look_above()

    def top(self) -> Patterns | None:
        """Return the patterns in force around the root."""
        return self._above

    def within(self, folder: str, inside: str, above: Patterns | None) -> Patterns | None:
        """Return the patterns in force in a folder; `inside` is its path in the root."""
        if not self._root.respect_gitignore:
            return None
        start = len(self._prefix) + (len(inside) + 1 if inside else 0)
        return self._read(folder, start, above)

    def reason_for_file(self, inside: str, patterns: Patterns | None) -> str:
        """Return why a file is left out; empty when it is not. Its folders are not looked at."""
        named = reason_to_skip_file(inside.rpartition("/")[2])
        if named:
            return named
        if patterns is not None and patterns.ignores(self._prefix + inside):
            return BY_GITIGNORE
        if self._exclude is not None and self._exclude.match_file(inside):
            return BY_EXCLUDE
        if self._include is not None and not self._include.match_file(inside):
            return BY_INCLUDE
        return ""

    def reason_for_folder(self, inside: str, patterns: Patterns | None) -> str:
        """Return why a folder is left out with all that is in it; empty when it is not."""
        named = reason_to_skip_folder(inside.rpartition("/")[2])
        if named:
            return named
        if patterns is not None and patterns.ignores(f"{self._prefix}{inside}/"):
            return BY_GITIGNORE
        if self._exclude is not None and self._exclude.match_file(f"{inside}/"):
            return BY_EXCLUDE
        return ""

    def reason_for(self, inside: str) -> str:
        """Return why a file is left out, looking at every folder on the way to it."""
        patterns = self.within(str(self._root.path), "", self._above)
        parts = inside.split("/")
        for depth in range(1, len(parts)):
            folder = "/".join(parts[:depth])
            reason = self.reason_for_folder(folder, patterns)
            if reason:
                return reason
            patterns = self.within(str(self._root.path / folder), folder, patterns)
        return self.reason_for_file(inside, patterns)

    def _look_above(self) -> None:
        folder = self._root.path
        if is_there(folder / ".git") or not is_folder(folder):
            return
        top = next((parent for parent in folder.parents if is_there(parent / ".git")), None)
        if top is None:
            return
        trail = folder.relative_to(top).parts
        patterns = self._read(str(top), 0, None)
        for depth in range(1, len(trail)):
            around = "/".join(trail[:depth])
            patterns = self._read(str(top / around), len(around) + 1, patterns)
        prefix = "/".join(trail) + "/"
        ancestors = ("/".join(trail[:depth]) + "/" for depth in range(1, len(trail) + 1))
        if patterns is None or any(patterns.ignores(ancestor) for ancestor in ancestors):
            return
        self._above, self._prefix = patterns, prefix

    def _read(self, folder: str, start: int, above: Patterns | None) -> Patterns | None:
        """Read a folder's `.gitignore`, from memory while the file stays as it is.

        One that cannot be read hides nothing: the folder's documents must not vanish for it.
        """
        file = os.path.join(folder, GITIGNORE)  # noqa: PTH118 - once per folder of a large tree
        try:
            found = os.lstat(file)
            if not stat.S_ISREG(found.st_mode) or found.st_size > MAX_GITIGNORE_BYTES:
                return above
            signature = (found.st_mtime_ns, found.st_size, found.st_ino)
            known = self._parsed.get(file)
            if known is None or known[0] != signature:
                lines = Path(file).read_text("utf-8", errors="replace").splitlines()
                known = self._parsed[file] = (signature, _spec(lines))
        except OSError:
            return above
        return Patterns(known[1], start, above)


def _spec(lines: list[str]) -> GitIgnoreSpec:
    readable = []
    for line in lines:
        try:
            GitIgnoreSpec.from_lines([line])
        except ValueError:
            continue  # git ignores such a line too
        readable.append(line)
    return GitIgnoreSpec.from_lines(readable)

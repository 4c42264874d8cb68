"""The commit at which a file's lines are so, without running git for every file."""

from __future__ import annotations

import hashlib
import os
import subprocess
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from connectors.filesystem.roots import is_file, is_there

if TYPE_CHECKING:
    from pathlib import Path

TIMEOUT_S: Final = 10.0
SAFE_GIT: Final = (
    "git",
    "--no-pager",
    "--no-optional-locks",
    "--no-replace-objects",
    "-c",
    "core.fsmonitor=false",
    "-c",
    f"core.hooksPath={os.devnull}",
    "-c",
    "protocol.allow=never",
)
"""A repository is data from elsewhere: nothing it configures may run, nothing is fetched."""


@dataclass(frozen=True, slots=True)
class Head:
    """A repository's checked-out commit: its id and the blob of each path in it.

    `signature` tells whether it was read from the same references as now.
    """

    signature: tuple[str, ...]
    commit: str = ""
    blobs: dict[str, str] = field(default_factory=dict)


class Commits:
    """Remembers the checked-out commit of each repository until its references change.

    A file is at that commit when the hash git gives its bytes stands there under its path. So a
    dirty or untracked file has no commit, and knowing it costs one hash.
    """

    def __init__(self, git: str = "git") -> None:
        self._git = git
        self._heads: dict[Path, Head] = {}
        self._lock = threading.Lock()

    def commit_of(self, path: Path, data: bytes) -> str:
        """Return the checked-out commit if the file is in it with these bytes; else empty."""
        top = next((folder for folder in path.parents if is_there(folder / ".git")), None)
        if top is None:
            return ""
        head = self._head(top)
        blob = head.blobs.get(path.relative_to(top).as_posix())
        return head.commit if blob is not None and blob == _blob_id(data, len(blob)) else ""

    def _head(self, top: Path) -> Head:
        signature = _signature(top)
        with self._lock:
            known = self._heads.get(top)
            if known is None or known.signature != signature:
                known = self._heads[top] = self._ask(top, signature)
            return known

    def _ask(self, top: Path, signature: tuple[str, ...]) -> Head:
        commit = self._run(top, "rev-parse", "--verify", "--quiet", "HEAD^{commit}").strip()
        if not commit:
            return Head(signature)
        blobs = {}
        for row in self._run(top, "ls-tree", "-r", "-z", "--full-tree", commit).split("\0"):
            entry, tab, name = row.partition("\t")
            if tab and entry.split(" ")[1] == "blob":
                blobs[name] = entry.split(" ")[2]
        return Head(signature, commit, blobs)

    def _run(self, top: Path, *arguments: str) -> str:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        quiet = {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
        try:
            done = subprocess.run(  # noqa: S603 - fixed program and options, no shell
                [self._git, *SAFE_GIT[1:], "-C", str(top), *arguments],
                capture_output=True,
                stdin=subprocess.DEVNULL,
                timeout=TIMEOUT_S,
                env=kept | quiet,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


def _blob_id(data: bytes, digits: int) -> str:
    framed = b"blob %d\0" % len(data) + data
    if digits == 64:
        return hashlib.sha256(framed).hexdigest()
    return hashlib.sha1(framed, usedforsecurity=False).hexdigest()


def _signature(top: Path) -> tuple[str, ...]:
    """Read what says which commit is checked out: HEAD, the branch it names, packed branches."""
    git = top / ".git"
    pointer = _first_line(git) if is_file(git) else ""
    if pointer.startswith("gitdir: "):
        git = top / pointer.removeprefix("gitdir: ")
    shared = git / (_first_line(git / "commondir") or ".")
    head = _first_line(git / "HEAD")
    branch = head.removeprefix("ref: ")
    packed = ""
    try:
        found = (shared / "packed-refs").stat()
        packed = f"{found.st_mtime_ns}-{found.st_size}"
    except OSError:
        pass  # branches need not be packed
    return head, _first_line(shared / branch) if branch != head else "", packed


def _first_line(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.readline(4096).decode("utf-8", "replace").strip()
    except OSError:
        return ""

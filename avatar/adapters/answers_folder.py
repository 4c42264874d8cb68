"""The folder of past answers: each file is written whole or not at all, and never over another."""

from __future__ import annotations

import os
import re
import secrets
import unicodedata
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, Final

from avatar.errors import StateUnwritableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SUFFIX: Final = ".md"
LONGEST_NAME_BYTES: Final = 120
UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f<>:\"/\\|?*\s\ud800-\udfff]+")
RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
UNNAMED: Final = "answer"


class MarkdownAnswersFolder:
    """The `AnswersFolder` port over a folder of the profile."""

    def __init__(self, folder: Path, *, link: Callable[[Path, Path], None] = os.link) -> None:
        self._folder = folder
        self._link = link

    def write(self, name: str, text: str, *, once: bool = False) -> str:
        """Write a new Markdown file and return its path; a taken name gets -2, -3, and so on.

        With `once`, a file of this name that holds this very text already is the one. Raises
        `StateUnwritableError` when the disk is full or the folder cannot be written; then nothing
        of the file is left behind.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            return str(self._write(safe_name(name), text, once=once))
        except OSError as error:
            raise StateUnwritableError(
                f"The past answer cannot be written to {self._folder} ({error.strerror or error});"
                " nothing was kept. Free space or give permission, then keep it again."
            ) from error

    def _write(self, name: str, text: str, *, once: bool) -> Path:
        draft = self._folder / f".{secrets.token_hex(8)}.tmp"
        try:
            _write_durably(draft, text)
            for target in _candidates(self._folder, name):
                if self._place(draft, target) or (once and _same(draft, target)):
                    break
        finally:
            with suppress(FileNotFoundError):
                draft.unlink()
        _sync_folder(self._folder)
        return target

    def _place(self, draft: Path, target: Path) -> bool:
        """Give the finished file its name; False when the name is taken."""
        try:
            self._link(draft, target)
        except FileExistsError:
            return False
        except OSError:
            return _reserve_and_replace(draft, target)  # a file system without hard links
        return True


def safe_name(name: str) -> str:
    """Return the name without its ending as every file system takes it."""
    bare = unicodedata.normalize("NFC", name.removesuffix(SUFFIX))
    bare = UNSAFE.sub("-", bare).strip("-. ")
    while len(bare.encode()) > LONGEST_NAME_BYTES:
        bare = bare[:-1].rstrip("-. ")
    if not bare or RESERVED.fullmatch(bare):
        return f"{UNNAMED}-{bare}".rstrip("-")
    return bare


def _candidates(folder: Path, name: str) -> Iterator[Path]:
    yield folder / f"{name}{SUFFIX}"
    for number in count(2):
        yield folder / f"{name}-{number}{SUFFIX}"


def _same(draft: Path, target: Path) -> bool:
    """Whether another file holds what the draft holds."""
    try:
        return target.read_bytes() == draft.read_bytes()
    except OSError:
        return False


def _write_durably(path: Path, text: str) -> None:
    with path.open("xb") as file:
        file.write(text.encode("utf-8", "replace"))
        file.flush()
        os.fsync(file.fileno())


def _reserve_and_replace(draft: Path, target: Path) -> bool:
    try:
        target.touch(exist_ok=False)
    except FileExistsError:
        return False
    draft.replace(target)
    return True


def _sync_folder(folder: Path) -> None:
    """Make the new name itself durable, where a folder can be opened."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

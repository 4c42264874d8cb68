"""One file, from bytes to text; every way it can fail ends in a reason or a clear error."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from avatar.errors import SourceUnavailableError
from connectors.filesystem.formats import BINARY

if TYPE_CHECKING:
    from pathlib import Path

TRANSIENT: Final = frozenset(
    {errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EAGAIN, errno.EMFILE, errno.ENFILE,
     errno.ENOMEM, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENOTCONN, errno.EINTR}
)  # fmt: skip
"""Faults of the moment or of the medium: the file is kept as it is known, and tried later."""

GONE: Final = frozenset({errno.ENOENT, errno.ENOTDIR})

MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
ENCODINGS: Final = (
    "gb18030",
    "big5",
    "shift_jis",
    "euc_kr",
    "cp1252",
    "latin_1",
    "cp1251",
    "koi8_r",
)
"""What old notes are written in; a longer list makes guesses worse, not better."""

GOOD_FOR_BAD: Final = 10
"""So many right characters beyond ASCII for each wrong one make a text damaged UTF-8."""


@dataclass(frozen=True, slots=True)
class FileBytes:
    """The content of a file with the stamp it had when it was opened."""

    data: bytes
    stamp: str
    modified_at: float


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why a file cannot be used, in words."""

    reason: str
    stamp: str = ""
    is_fault: bool = False


def stamp_of(found: os.stat_result) -> str:
    """Return what changes whenever the file does."""
    return f"{found.st_mtime_ns}-{found.st_size}-{found.st_ino}"


def too_large(size: int, limit: int) -> str:
    """Return the reason for leaving out a file over the limit."""
    return f"larger than {limit / 1e6:g} MB" if size > limit else ""


def read_bytes(path: Path, limit: int) -> FileBytes | Unusable | None:
    """Read a regular file of at most `limit` bytes; None when it is gone.

    Never waits: pipes and devices are recognised before anything is read. Raises
    `SourceUnavailableError` on faults of the moment.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
    try:
        handle = os.open(path, flags | getattr(os, "O_BINARY", 0))
    except OSError as error:
        return explain(error, path)
    try:
        found = os.fstat(handle)
        stamp = stamp_of(found)
        if stat.S_ISDIR(found.st_mode):
            return None
        if not stat.S_ISREG(found.st_mode):
            return Unusable("not a regular file", stamp, is_fault=True)
        with os.fdopen(handle, "rb", closefd=False) as file:
            data = file.read(limit + 1)
    except OSError as error:
        return explain(error, path)
    finally:
        os.close(handle)
    large = too_large(max(found.st_size, len(data)), limit)
    return Unusable(large, stamp) if large else FileBytes(data, stamp, found.st_mtime)


def explain(error: OSError, path: Path) -> Unusable | None:
    """Return why a file could not be read, None when it is gone; raise when that may pass."""
    if error.errno in GONE:
        return None
    if error.errno in TRANSIENT:
        raise SourceUnavailableError(
            f"{path} cannot be read right now: {error.strerror}; it is tried again later"
        ) from error
    if error.errno == errno.ELOOP:
        return Unusable("symbolic link in place of the file", is_fault=True)
    return Unusable(f"cannot be read: {error.strerror}", is_fault=True)


def decode(data: bytes) -> str | Unusable:
    """Return the text with Unix line ends; a reason when the bytes are no text."""
    encoding = next((name for mark, name in MARKS if data.startswith(mark)), "")
    if not encoding and b"\0" in data:
        return Unusable(BINARY)
    try:
        text = data.decode(encoding or "utf-8")
    except UnicodeDecodeError:
        if encoding:
            return Unusable("damaged: not in the encoding it announces", is_fault=True)
        guessed = _guess(data)
        if guessed is None:
            return Unusable(BINARY)
        text = guessed
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _guess(data: bytes) -> str | None:
    lenient = data.decode("utf-8", errors="replace")
    bad = lenient.count("\ufffd")
    if sum(not char.isascii() for char in lenient) - bad > GOOD_FOR_BAD * bad:
        return lenient  # UTF-8 with a damaged byte here and there
    from charset_normalizer import from_bytes

    best = from_bytes(data, cp_isolation=list(ENCODINGS)).best()
    return None if best is None else data.decode(best.encoding, errors="replace")

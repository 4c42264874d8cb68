"""How commands find the daemon of a profile: a lock says that it runs, a record says where.

The lock is the truth: it is let go of when the process ends, however it ends. The record beside
it may be left over from a process that was killed, and then means nothing.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final, Self

from filelock import FileLock, Timeout

from avatar.errors import AlreadyRunningError, StateUnwritableError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

RECORD_FILE: Final = "daemon.json"
LOCK_FILE: Final = "daemon.lock"
PATIENCE_S: Final = 1.0
"""Longer than a command holds the lock while it looks whether the daemon runs."""


@dataclass(frozen=True, slots=True)
class DaemonRecord:
    """Where a daemon listens, and the token its API asks for; `started_at` in epoch seconds."""

    pid: int
    port: int
    token: str
    started_at: float
    version: str


class Claim:
    """The right to be the one daemon of a profile; made by `claim`, given up by `release`."""

    def __init__(self, folder: Path, lock: FileLock) -> None:
        self._record = folder / RECORD_FILE
        self._lock = lock

    def __enter__(self) -> Self:
        """Return itself; the claim is made already."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the claim up."""
        self.release()

    def publish(self, record: DaemonRecord) -> None:
        """Tell other commands where the daemon listens; only this user can read it."""
        fresh = self._record.with_suffix(f".{record.pid}")
        try:
            fresh.unlink(missing_ok=True)
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                json.dump(asdict(record), stream)
            fresh.replace(self._record)
        except OSError as error:
            raise _unwritable(self._record, error) from error

    def release(self) -> None:
        """Take the record away and let go of the lock; safe to call twice."""
        if self._lock.is_locked:
            self._record.unlink(missing_ok=True)
            self._lock.release()


def claim(folder: Path) -> Claim:
    """Become the one daemon of the profile whose state is in `folder`.

    Raises `AlreadyRunningError` naming the other one's process and port, `StateUnwritableError`.
    """
    lock = FileLock(folder / LOCK_FILE)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock.acquire(timeout=PATIENCE_S)
    except Timeout as error:
        other = _read(folder)
        where = f"process {other.pid}, port {other.port}" if other else "it is just starting"
        raise AlreadyRunningError(
            f"The daemon of this profile runs already ({where}). Commands use it by themselves; "
            "end it with SIGTERM or Ctrl-C before starting another."
        ) from error
    except OSError as error:
        raise _unwritable(folder, error) from error
    (folder / RECORD_FILE).unlink(missing_ok=True)
    return Claim(folder, lock)


def running(folder: Path) -> DaemonRecord | None:
    """Return where the daemon of this profile listens; None when there is none."""
    record = _read(folder)
    if record is None:
        return None
    lock = FileLock(folder / LOCK_FILE)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return record
    except OSError:
        return None
    lock.release()
    return None


def _read(folder: Path) -> DaemonRecord | None:
    try:
        fields = json.loads((folder / RECORD_FILE).read_text(encoding="utf-8"))
        return DaemonRecord(**fields)
    except (OSError, ValueError, TypeError):
        return None


def _unwritable(place: Path, error: OSError) -> StateUnwritableError:
    return StateUnwritableError(
        f"Cannot write {place} ({error.strerror or error}); make room or set AVATAR_HOME to a "
        "writable folder."
    )

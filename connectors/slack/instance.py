"""One copy per app: Slack gives each event to one of the open connections, whichever it likes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from avatar.errors import AlreadyRunningError, StateUnwritableError

if TYPE_CHECKING:
    from pathlib import Path


class OneInstance:
    """A lock on this machine, named after the app token without showing it."""

    def __init__(self, folder: Path, app_token: str) -> None:
        name = hashlib.sha256(app_token.encode()).hexdigest()[:16]
        self._path = folder / f"slack-{name}.lock"
        self._lock = FileLock(self._path)

    def take(self) -> None:
        """Take the lock; raises `AlreadyRunningError` when another process holds it."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise AlreadyRunningError(
                "Another stand-in on this machine listens with the same Slack app token; each"
                " would get half of the messages. End the other one, or make a second Slack app."
            ) from error
        except OSError as error:
            raise StateUnwritableError(
                f"The lock {self._path} cannot be written ({error.strerror}); Slack was not"
                " started. Free space or give permission, then try again."
            ) from error

    def release(self) -> None:
        """Give the lock back; safe to call twice."""
        self._lock.release()

"""What the owner does to the profile while the daemon runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar.errors import ProfileError
from avatar.profile.checks import load

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar.profile.model import Profile


class ProfileEdits:
    """Notices that a profile says something else than what is in force.

    `newer` is then the profile as it is now. One with problems leaves what is in force as it is,
    and `on_note` is told, once for each time the file was saved.
    """

    def __init__(self, in_force: Profile, on_note: Callable[[str], None]) -> None:
        self._in_force = in_force
        self._on_note = on_note
        self._seen: tuple[int, int, int] | None = None
        self.newer: Profile | None = None

    def look(self) -> bool:
        """Whether the profile has changed; reads it only when its file did."""
        try:
            found = self._in_force.file.stat()
        except OSError:
            return False  # an editor is just putting a new file in its place
        stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
        if stamp != self._seen:
            self._seen = stamp
            self._read()
        return self.newer is not None

    def _read(self) -> None:
        try:
            now = load(self._in_force.folder)
        except ProfileError as error:
            self._on_note(f"The profile was changed, but the old one stays in force: {error}")
            return
        if now != self._in_force:
            self._on_note("The profile was changed; it comes into force now.")
            self.newer = now

"""Marks and values of secrets in the state folder: one small file per name, for the owner only.

A file per name needs no lock between processes. A mark says that the value is in the keyring; a
value is here only when the owner chose so.
"""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from avatar.errors import SecretStoreError, StateUnwritableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IN_KEYRING: Final = ".keyring"
IN_FILE: Final = ".value"
OPEN_TO_OTHERS: Final = 0o077


class SecretFolder:
    """The folder of marks and values; names are checked by its caller."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def place(self, name: str) -> str | None:
        """Return `IN_FILE`, `IN_KEYRING`, or None when nothing is kept under the name."""
        with self._errors():
            for ending in (IN_FILE, IN_KEYRING):
                if (self._folder / f"{name}{ending}").exists():
                    return ending
        return None

    def path(self, name: str) -> Path:
        """Return where the value is, or would be."""
        return self._folder / f"{name}{IN_FILE}"

    def value(self, name: str) -> str:
        """Return a value kept here; raises `SecretStoreError` when others could read it too."""
        path = self.path(name)
        with self._errors():
            if os.name != "nt" and path.stat().st_mode & OPEN_TO_OTHERS:
                raise SecretStoreError(
                    f"The secret {name} in {path} can be read by others on this machine. Run"
                    f" `chmod 600 {path}`, and replace the secret if somebody may have seen it."
                )
            return path.read_text(encoding="utf-8")

    def keep_value(self, name: str, value: str) -> None:
        """Keep the value here, mode 0600, whole or not at all."""
        self._write(f"{name}{IN_FILE}", value)
        self._drop(f"{name}{IN_KEYRING}")

    def mark(self, name: str) -> None:
        """Note that the value is in the keyring, and keep none here."""
        self._write(f"{name}{IN_KEYRING}", "")
        self._drop(f"{name}{IN_FILE}")

    def drop(self, name: str) -> None:
        """Keep neither a mark nor a value."""
        self._drop(f"{name}{IN_FILE}")
        self._drop(f"{name}{IN_KEYRING}")

    def names(self) -> list[str]:
        """Return every name with a mark or a value, sorted."""
        with self._errors():
            if not self._folder.is_dir():
                return []
            return sorted(
                {p.stem for p in self._folder.iterdir() if p.suffix in {IN_FILE, IN_KEYRING}}
            )

    def _write(self, file_name: str, text: str) -> None:
        with self._errors():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = self._folder / f".{secrets.token_hex(8)}.tmp"
            try:
                handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                draft.replace(self._folder / file_name)
            finally:
                draft.unlink(missing_ok=True)

    def _drop(self, file_name: str) -> None:
        with self._errors(), suppress(FileNotFoundError):
            (self._folder / file_name).unlink()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StateUnwritableError(
                f"The folder of secrets {self._folder} cannot be used"
                f" ({error.strerror or error}). Free space or give permission, then try again."
            ) from error

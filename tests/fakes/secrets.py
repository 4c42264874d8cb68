"""Secrets in memory, and keyring backends to put behind the real adapter."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

from avatar.errors import InvalidInputError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class MemorySecrets:
    """The `SecretStore` port, kept as long as the object lives."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = environment or {}
        self._values: dict[str, str] = {}

    def get(self, name: str) -> str | None:
        return self._environment.get(name.upper()) or self._values.get(name.upper())

    def set(self, name: str, value: str) -> None:
        if not value.strip() or not name.isidentifier():
            raise InvalidInputError(f"{name!r} cannot be kept")
        self._values[name.upper()] = value

    def delete(self, name: str) -> None:
        if self._values.pop(name.upper(), None) is None:
            raise NotFoundError(f"no secret {name}")

    def names(self) -> Sequence[str]:
        return sorted(self._values)


class MemoryKeyring(KeyringBackend):
    """A keyring that keeps what it is given; `is_locked` makes it refuse."""

    priority = -1.0  # never chosen by itself

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}
        self.is_locked = False

    def get_password(self, service: str, username: str) -> str | None:
        self._unlock()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._unlock()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._unlock()
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError(f"nothing under {username}")

    def _unlock(self) -> None:
        if self.is_locked:
            raise KeyringLocked("Failed to unlock the collection!")


class ForgetfulKeyring(MemoryKeyring):
    """A keyring that takes everything and keeps nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        del service, username, password


class SilentKeyring(MemoryKeyring):
    """A keyring that waits for a password nobody is asked for, until it is `released`."""

    def __init__(self) -> None:
        super().__init__()
        self.released = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.released.wait(30)
        return super().get_password(service, username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self.released.wait(30)
        super().set_password(service, username, password)

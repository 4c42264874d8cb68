"""Secrets in the OS keyring; in a file only when the owner chose so, never silently."""

from __future__ import annotations

import re
import secrets
import threading
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from avatar.adapters.secret_file import IN_FILE, IN_KEYRING, SecretFolder
from avatar.errors import InvalidInputError, NotFoundError, SecretStoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from keyring.backend import KeyringBackend

T = TypeVar("T")

NAME: Final = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
TIMEOUT_S: Final = 10.0
PROBE: Final = "__PROBE__"

ENCRYPTED_BACKENDS: Final = frozenset(
    {
        "keyring.backends.SecretService.Keyring",
        "keyring.backends.libsecret.Keyring",
        "keyring.backends.kwallet.DBusKeyring",
        "keyring.backends.kwallet.DBusKeyringKWallet4",
        "keyring.backends.macOS.Keyring",
        "keyring.backends.Windows.WinVaultKeyring",
    }
)
"""Keyrings that encrypt; others keep plain text, or nothing at all."""

CHAINER: Final = "keyring.backends.chainer.ChainerBackend"


class _Backend(Protocol):
    def get_password(self, service: str, username: str) -> str | None: ...
    def set_password(self, service: str, username: str, password: str) -> None: ...
    def delete_password(self, service: str, username: str) -> None: ...


class KeyringSecrets:
    """The `SecretStore` port: environment variable first, then the place chosen for the name.

    Names are upper-case, like environment variables. The state folder holds which names are
    kept and where, so that nothing asks the keyring in vain.
    """

    def __init__(
        self,
        profile_id: str,
        folder: Path,
        environment: Mapping[str, str],
        *,
        encrypted: Collection[str] = ENCRYPTED_BACKENDS,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._service = f"avatar:{profile_id}"
        self._folder = SecretFolder(folder)
        self._environment = environment
        self._encrypted = encrypted
        self._timeout_s = timeout_s

    def get(self, name: str) -> str | None:
        """Return a secret; an environment variable of the same name wins.

        Raises `SecretStoreError` when it is in a keyring that is locked or gone.
        """
        name = _checked(name)
        given = self._environment.get(name)
        if given:
            return given
        place = self._folder.place(name)
        if place == IN_FILE:
            return self._folder.value(name)
        if place == IN_KEYRING:
            return self._ask(name, lambda backend: backend.get_password(self._service, name))
        return None

    def set(self, name: str, value: str) -> None:
        """Keep a secret where this name is kept already, else in the keyring.

        Raises `SecretStoreError` that gives the choices when no usable keyring is there.
        """
        name = _checked(name)
        _refuse_empty(name, value)
        if self._folder.place(name) == IN_FILE:
            self._folder.keep_value(name, value)
            return
        self._ask(name, self._probe)
        self._ask(name, lambda backend: self._put(backend, name, value))
        self._folder.mark(name)

    def set_in_file(self, name: str, value: str) -> str:
        """Keep a secret unencrypted in a file of the state folder; return the warning to show.

        The choice holds for this name until it is deleted.
        """
        name = _checked(name)
        _refuse_empty(name, value)
        was_in_keyring = self._folder.place(name) == IN_KEYRING
        self._folder.keep_value(name, value)
        if was_in_keyring:
            self._ask(name, lambda backend: self._remove(backend, name))
        return _warning(name, self._folder.path(name))

    def delete(self, name: str) -> None:
        """Forget a secret; raises `NotFoundError` when there is none."""
        name = _checked(name)
        place = self._folder.place(name)
        if place is None:
            raise NotFoundError(
                f"No secret {name} is kept. `avatar secrets list` shows what is."
                + (
                    " It is set in the environment; unset it there."
                    if self._environment.get(name)
                    else ""
                )
            )
        if place == IN_KEYRING:
            self._ask(name, lambda backend: self._remove(backend, name))
        self._folder.drop(name)

    def names(self) -> Sequence[str]:
        """Return the names of kept secrets, never the values."""
        return self._folder.names()

    def warnings(self) -> Sequence[str]:
        """Return a sentence for each secret that is kept unencrypted."""
        return [
            _warning(name, self._folder.path(name))
            for name in self.names()
            if self._folder.place(name) == IN_FILE
        ]

    def _probe(self, backend: _Backend) -> None:
        """Write, read and delete a value, because some keyrings lose what they are given."""
        value = secrets.token_hex(8)
        self._put(backend, PROBE, value)
        self._remove(backend, PROBE)

    def _put(self, backend: _Backend, name: str, value: str) -> None:
        backend.set_password(self._service, name, value)
        if backend.get_password(self._service, name) != value:
            raise RuntimeError("it did not give back what it was given")

    def _remove(self, backend: _Backend, name: str) -> None:
        if backend.get_password(self._service, name) is not None:
            backend.delete_password(self._service, name)

    def _ask(self, name: str, call: Callable[[_Backend], T]) -> T:
        """Call the keyring in a thread of its own: a prompt nobody sees must not block us."""
        from keyring.errors import KeyringError, KeyringLocked

        answers: list[T] = []
        errors: list[Exception] = []

        def run() -> None:
            try:
                answers.append(call(self._backend()))
            except (KeyringError, RuntimeError, ImportError, ValueError, OSError) as error:
                errors.append(error)

        thread = threading.Thread(target=run, name="avatar-keyring", daemon=True)
        thread.start()
        thread.join(self._timeout_s)
        if answers:
            return answers[0]
        if not errors:
            cause = (
                f"it gave no answer within {self._timeout_s:g} s and may be asking for its password"
                if thread.is_alive()
                else "its library failed in an unknown way"
            )
            raise SecretStoreError(_choices(name, cause))
        cause = str(errors[0]).rstrip(".") or type(errors[0]).__name__
        if isinstance(errors[0], KeyringLocked):
            cause = f"the keyring is locked ({cause})"
        raise SecretStoreError(_choices(name, cause)) from errors[0]

    def _backend(self) -> _Backend:
        """Return the keyring in force, refusing those that do not encrypt."""
        import keyring

        backend: KeyringBackend = keyring.get_keyring()
        if _qualified(backend) == CHAINER:
            chained: Sequence[KeyringBackend] = getattr(backend, "backends", ())
            backend = next(iter(chained), backend)
        kind = _qualified(backend)
        if kind not in self._encrypted:
            raise RuntimeError(
                "no keyring is available here"
                if kind == "keyring.backends.fail.Keyring"
                else f"the keyring {kind} does not keep secrets encrypted"
            )
        return backend


def _qualified(backend: object) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


def _checked(name: str) -> str:
    upper = name.strip().upper()
    if not NAME.fullmatch(upper):
        raise InvalidInputError(
            f"{name[:80]!r} cannot name a secret. Use letters, digits and _, as in OPENAI_API_KEY."
        )
    return upper


def _refuse_empty(name: str, value: str) -> None:
    if not value.strip():
        raise InvalidInputError(f"The value of {name} is empty; nothing was kept.")


def _choices(name: str, cause: str) -> str:
    return (
        f"The secret {name} cannot be reached in the keyring: {cause}. Either unlock or install a"
        f" keyring (GNOME Keyring, KWallet, macOS Keychain, Windows Credential Manager), or set"
        f" the environment variable {name}, or choose an unencrypted file that only you can read"
        f" with `avatar secrets set {name} --file`."
    )


def _warning(name: str, path: Path) -> str:
    return (
        f"The secret {name} is kept unencrypted in {path}, readable by you alone (mode 0600)."
        f" `avatar secrets delete {name}` and setting it anew moves it to a keyring."
    )

"""Secrets go to an encrypting keyring, or to a file the owner chose, and nowhere else."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backends.chainer import ChainerBackend
from keyring.backends.fail import Keyring as FailKeyring
from keyring.backends.null import Keyring as NullKeyring

from avatar.adapters.keyring_secrets import KeyringSecrets
from avatar.errors import NotFoundError, SecretStoreError, StateUnwritableError
from tests.fakes.secrets import ForgetfulKeyring, MemoryKeyring, SilentKeyring

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from keyring.backend import KeyringBackend

    Use = Callable[[KeyringBackend], None]

ENCRYPTED = [
    f"{kind.__module__}.{kind.__qualname__}"
    for kind in (MemoryKeyring, ForgetfulKeyring, SilentKeyring)
]
VALUE = "plain-value-77"


@pytest.fixture
def use() -> Iterator[Use]:
    """Put a keyring in force until the test ends."""
    before = keyring.get_keyring()
    yield keyring.set_keyring
    keyring.set_keyring(before)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "secrets"


@pytest.fixture
def store(folder: Path) -> KeyringSecrets:
    return KeyringSecrets("p1", folder, {}, encrypted=ENCRYPTED, timeout_s=5)


class Chain(ChainerBackend):
    """A chain over given keyrings, as the library builds one over those it finds."""

    backends: tuple[KeyringBackend, ...] = ()


Chain.__module__, Chain.__qualname__ = ChainerBackend.__module__, ChainerBackend.__qualname__


def test_the_service_is_named_after_the_profile(use: Use, store: KeyringSecrets) -> None:
    backend = MemoryKeyring()
    use(backend)
    store.set("TOKEN", VALUE)
    assert backend.kept == {("avatar:p1", "TOKEN"): VALUE}


@pytest.mark.parametrize("backend", [FailKeyring(), NullKeyring()])  # type: ignore[no-untyped-call]
def test_without_a_keyring_that_encrypts_the_owner_gets_the_choices(
    use: Use, store: KeyringSecrets, backend: KeyringBackend, folder: Path
) -> None:
    use(backend)
    with pytest.raises(SecretStoreError) as told:
        store.set("TOKEN", VALUE)
    for choice in ("unlock or install", "environment variable TOKEN", "set TOKEN --file"):
        assert choice in str(told.value)
    assert VALUE not in str(told.value)
    assert not folder.exists()


def test_the_shipped_list_refuses_an_unknown_keyring(use: Use, folder: Path) -> None:
    use(MemoryKeyring())
    with pytest.raises(SecretStoreError, match="does not keep secrets encrypted"):
        KeyringSecrets("p1", folder, {}).set("TOKEN", VALUE)


def test_a_keyring_that_loses_what_it_is_given_is_found_out(
    use: Use, store: KeyringSecrets
) -> None:
    use(ForgetfulKeyring())
    with pytest.raises(SecretStoreError, match="did not give back"):
        store.set("TOKEN", VALUE)
    assert list(store.names()) == []


def test_of_a_chain_only_the_first_keyring_counts(use: Use, store: KeyringSecrets) -> None:
    first = MemoryKeyring()
    losing = NullKeyring()  # type: ignore[no-untyped-call]
    chain = Chain()  # type: ignore[no-untyped-call]
    chain.backends = (first, losing)
    use(chain)
    store.set("TOKEN", VALUE)
    assert ("avatar:p1", "TOKEN") in first.kept
    for others in ((losing, first), ()):
        chain.backends = others
        with pytest.raises(SecretStoreError):
            store.get("TOKEN")


def test_a_locked_keyring_is_told_and_what_it_keeps_stays_listed(
    use: Use, store: KeyringSecrets
) -> None:
    backend = MemoryKeyring()
    use(backend)
    store.set("TOKEN", VALUE)
    backend.is_locked = True
    with pytest.raises(SecretStoreError, match="locked"):
        store.get("TOKEN")
    with pytest.raises(SecretStoreError, match="locked"):
        store.delete("TOKEN")
    assert list(store.names()) == ["TOKEN"]
    assert store.get("OTHER") is None


def test_a_keyring_that_waits_for_a_prompt_does_not_block(use: Use, folder: Path) -> None:
    backend = SilentKeyring()
    use(backend)
    store = KeyringSecrets("p1", folder, {}, encrypted=ENCRYPTED, timeout_s=0.1)
    with pytest.raises(SecretStoreError, match=r"no answer within 0\.1 s"):
        store.set("TOKEN", VALUE)
    backend.released.set()
    assert list(store.names()) == []


def test_a_file_is_used_only_when_chosen_and_says_so(use: Use, store: KeyringSecrets) -> None:
    use(FailKeyring())  # type: ignore[no-untyped-call]
    assert store.warnings() == []
    warning = store.set_in_file("TOKEN", VALUE)
    assert "unencrypted" in warning
    assert VALUE not in warning
    assert store.warnings() == [warning]
    assert store.get("token") == VALUE


def test_the_choice_of_a_file_is_remembered_until_it_is_deleted(
    use: Use, store: KeyringSecrets, folder: Path
) -> None:
    backend = MemoryKeyring()
    use(backend)
    store.set_in_file("TOKEN", "one")
    store.set("TOKEN", "two")
    assert store.get("TOKEN") == "two"
    assert backend.kept == {}
    store.delete("TOKEN")
    assert list(folder.iterdir()) == []
    store.set("TOKEN", "three")
    assert backend.kept == {("avatar:p1", "TOKEN"): "three"}


def test_moving_a_secret_to_a_file_takes_it_out_of_the_keyring(
    use: Use, store: KeyringSecrets, folder: Path
) -> None:
    backend = MemoryKeyring()
    use(backend)
    store.set("TOKEN", "one")
    store.set_in_file("TOKEN", "two")
    assert backend.kept == {}
    assert [path.name for path in folder.iterdir()] == ["TOKEN.value"]


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX")
def test_the_file_is_for_the_owner_alone_and_refused_when_it_is_not(
    store: KeyringSecrets, folder: Path
) -> None:
    store.set_in_file("TOKEN", VALUE)
    path = folder / "TOKEN.value"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    path.chmod(0o640)
    with pytest.raises(SecretStoreError, match="chmod 600"):
        store.get("TOKEN")


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = KeyringSecrets("p1", tmp_path / "file" / "secrets", {})
    with pytest.raises(StateUnwritableError, match="folder of secrets"):
        store.set_in_file("TOKEN", VALUE)


def test_a_secret_already_gone_from_the_keyring_can_still_be_deleted(
    use: Use, store: KeyringSecrets
) -> None:
    backend = MemoryKeyring()
    use(backend)
    store.set("TOKEN", VALUE)
    backend.kept.clear()
    assert store.get("TOKEN") is None
    store.delete("TOKEN")
    assert list(store.names()) == []


def test_deleting_what_only_the_environment_has_says_where_it_is(folder: Path) -> None:
    store = KeyringSecrets("p1", folder, {"TOKEN": VALUE})
    assert store.get("token") == VALUE
    with pytest.raises(NotFoundError, match="unset it there"):
        store.delete("TOKEN")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_unknown_failure_of_the_library_is_told_too(use: Use, store: KeyringSecrets) -> None:
    class OddKeyring(MemoryKeyring):
        def set_password(self, service: str, username: str, password: str) -> None:
            raise LookupError(service, username, len(password))

    OddKeyring.__module__, OddKeyring.__qualname__ = ENCRYPTED[0].rsplit(".", 1)
    use(OddKeyring())
    with pytest.raises(SecretStoreError, match="unknown way"):
        store.set("TOKEN", VALUE)

"""The contract on the real Secret Service; `test_secrets.py` runs it on a D-Bus of its own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backends.SecretService import Keyring

from avatar.adapters.keyring_secrets import KeyringSecrets
from tests.contracts.secrets import ENVIRONMENT, SecretsContract

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYRINGS = Path(os.environ.get("XDG_DATA_HOME", "/nowhere"))


class TestRealKeyring(SecretsContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[KeyringSecrets]:
        before = keyring.get_keyring()
        keyring.set_keyring(Keyring())  # type: ignore[no-untyped-call]
        store = KeyringSecrets(f"profile of {tmp_path}", tmp_path / "secrets", ENVIRONMENT)
        yield store
        for name in store.names():
            store.delete(name)
        keyring.set_keyring(before)

    def test_no_value_is_in_any_file(self, store: KeyringSecrets, tmp_path: Path) -> None:
        store.set("TOKEN", "plain-value-5b1f")
        files = [path for folder in (tmp_path, KEYRINGS) for path in folder.rglob("*")]
        assert any(path.suffix == ".keyring" for path in files)
        assert all(b"plain-value-5b1f" not in path.read_bytes() for path in files if path.is_file())

"""Every secret store keeps the contract, the real keyring among them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import keyring
import pytest

from avatar.adapters.keyring_secrets import KeyringSecrets
from tests.contracts.secrets import ENVIRONMENT, SecretsContract
from tests.fakes.secrets import MemoryKeyring, MemorySecrets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avatar.ports import SecretStore

REAL_KEYRING = Path(__file__).with_name("real_keyring.py")


class TestMemorySecrets(SecretsContract):
    @pytest.fixture
    def store(self) -> SecretStore:
        return MemorySecrets(ENVIRONMENT)


class TestKeyringSecrets(SecretsContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[SecretStore]:
        before = keyring.get_keyring()
        keyring.set_keyring(MemoryKeyring())
        kind = f"{MemoryKeyring.__module__}.{MemoryKeyring.__qualname__}"
        yield KeyringSecrets("p1", tmp_path / "secrets", ENVIRONMENT, encrypted=[kind])
        keyring.set_keyring(before)


def run_in_private_session(tmp_path: Path, command: str) -> subprocess.CompletedProcess[str]:
    """Run a shell command on a D-Bus of its own, in a home of its own, without a display."""
    kept = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    return subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", command],
        env=kept | {"XDG_DATA_HOME": str(tmp_path / "data"), "XDG_RUNTIME_DIR": str(tmp_path)},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


needs_a_session = pytest.mark.skipif(
    not all(map(shutil.which, ("gnome-keyring-daemon", "dbus-run-session"))),
    reason="gnome-keyring and dbus-run-session are not installed",
)


@pytest.mark.keyring
@needs_a_session
def test_the_contract_holds_on_a_real_secret_service(tmp_path: Path) -> None:
    done = run_in_private_session(
        tmp_path,
        r'printf "\n" | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null;'
        f" exec {sys.executable} -m pytest -p no:cacheprovider {REAL_KEYRING}",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "7 passed" in done.stdout


@pytest.mark.keyring
@needs_a_session
def test_a_locked_secret_service_gives_the_choices(tmp_path: Path) -> None:
    script = tmp_path / "locked.py"
    script.write_text(
        "import sys, pathlib\n"
        "from avatar.adapters.keyring_secrets import KeyringSecrets\n"
        "store = KeyringSecrets('p1', pathlib.Path(sys.argv[1]), {})\n"
        "try:\n"
        "    store.set('TOKEN', 'the-value')\n"
        "except Exception as error:\n"
        "    print(type(error).__name__, error, list(store.names()))\n"
    )
    done = run_in_private_session(
        tmp_path, f"exec {sys.executable} {script} {tmp_path / 'secrets'}"
    )
    assert done.stdout.startswith("SecretStoreError"), done.stdout + done.stderr
    assert "avatar secrets set TOKEN --file" in done.stdout
    assert done.stdout.rstrip().endswith("[]")
    assert "the-value" not in done.stdout + done.stderr

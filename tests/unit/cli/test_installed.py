"""The program as it is installed: its real doors, what it imports, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from avatar.cli.session import Doors

if TYPE_CHECKING:
    from pathlib import Path


def test_the_real_doors_look_at_the_real_terminal_and_settings() -> None:
    assert Doors().env is os.environ
    assert Doors().is_terminal() in {True, False}


def avatar(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [sys.executable, "-m", "avatar", *arguments],
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys\nfrom avatar.cli.app import make_app\n"
        "try:\n    make_app()(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'rich', 'pydantic', 'numpy', 'httpx', 'fastapi', 'llama_index', 'qdrant_edge',"
        "'slack_sdk', 'slack_bolt', 'aiohttp', 'connectors'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_installed_program_tells_where_a_profile_is_missing(tmp_path: Path) -> None:
    done = avatar("status", "--json", cwd=tmp_path)
    assert done.returncode == 3
    assert json.loads(done.stdout)["error"] == "ProfileError"
    assert "avatar init" in done.stderr
    assert avatar("no-such-command").returncode == 2
    assert avatar("ask", "--no-such-option").returncode == 2


def test_the_real_secrets_stand_behind_the_real_doors(tmp_path: Path) -> None:
    folder = tmp_path / "me"
    assert avatar("init", str(folder), "--owner", "Dana").returncode == 0
    done = avatar("secrets", "list", "--json", "--profile", str(folder))
    assert (done.returncode, done.stdout) == (0, "")

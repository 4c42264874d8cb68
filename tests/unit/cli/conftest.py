from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from avatar.profile import register
from tests.unit.cli.desk import Desk

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    folder = tmp_path / "stand-in"
    (folder / "notes").mkdir(parents=True)
    (folder / "profile.toml").write_text(
        '[owner]\nname = "Dana"\n[[sources]]\npath = "notes"\naudience = "everyone"\n'
    )
    home = tmp_path / "home"
    register(folder, {"AVATAR_HOME": str(home)})
    return Desk(home, folder)

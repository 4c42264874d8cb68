"""The README says what is so."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from typer.main import get_command

from avatar.cli.app import make_app
from avatar.profile.sections import ProfileFile

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
INSTALL_AND_SHOW = "python3 -m venv .venv && .venv/bin/pip install -q . && .venv/bin/avatar demo"
TEST = "python3 -m venv .venv && .venv/bin/pip install -q -e '.[test]' && .venv/bin/pytest"


def test_both_commands_stand_there_to_be_copied() -> None:
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)

    assert f"{INSTALL_AND_SHOW}\n" in blocks
    assert f"{TEST}\n" in blocks


def test_every_command_it_shows_exists() -> None:
    known = set(get_command(make_app()).commands)  # type: ignore[attr-defined]
    shown = set(re.findall(r"^avatar (?:--\S+ \S+ )*([a-z]+)", README, re.MULTILINE))

    assert shown
    assert shown <= known


def test_its_profile_can_be_used_as_it_stands() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)

    whole = ProfileFile.model_validate(tomllib.loads(blocks[0]))
    assert whole.owner.name == "Dana"
    for part in blocks[1:]:
        ProfileFile.model_validate(tomllib.loads('[owner]\nname = "Dana"\n' + part))

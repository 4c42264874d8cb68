"""The README says what the code does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import connectors.slack
from connectors.slack import setup
from connectors.slack.config import SlackConfig

FOLDER = Path(next(iter(connectors.slack.__path__)))
README = (FOLDER / "README.md").read_text()


def test_every_setting_is_documented() -> None:
    table = README[: README.index("## What each side sees")]
    for name in SlackConfig.model_fields:
        assert f"`{name}`" in table


def test_every_permission_is_documented_with_its_reason() -> None:
    wanted = setup.permissions(SlackConfig(user_groups={"S1": "sre"}))
    table = dict(
        re.findall(r"^\| `([a-z_.:]+:[a-z_.]+|commands)` \| (.+) \|$", README, re.MULTILINE)
    )
    assert table.keys() == wanted.keys()
    for scope, reason in setup.PERMISSIONS.items():
        assert table[scope] == reason


def test_the_manifest_shown_is_the_one_that_is_written() -> None:
    shown = re.search(r"```json\n(.*?)```", README, re.DOTALL)
    assert shown is not None
    assert json.loads(shown[1]) == setup.manifest("Dana", SlackConfig())


def test_every_module_is_in_the_table_of_parts() -> None:
    for module in FOLDER.glob("*.py"):
        if module.name not in {"__init__.py", "blocks.py", "texts.py", "owner_texts.py"}:
            assert f"`{module.name}`" in README, module.name

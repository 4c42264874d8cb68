"""Setting Slack up and examining it, against a workspace that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from avatar import bootstrap, profile
from avatar.errors import InvalidInputError
from tests.fakes.slack_office import DANA, new_workspace
from tests.fakes.slack_world import APP_TOKEN, BOT_TOKEN, BOT_USER, TEAM

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from avatar.channels import SlackSetup
    from tests.fakes.slack_server import FakeSlack

HEALTH = {
    "is_connected": False,
    "connections": 0,
    "trouble": "no network",
    "unsent": 0,
    "unfinished": 0,
    "is_paused": False,
}


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with new_workspace() as running:
        yield running


@pytest.fixture
def setup(tmp_path: Path, slack: FakeSlack, monkeypatch: pytest.MonkeyPatch) -> SlackSetup:
    monkeypatch.setenv("AVATAR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    (tmp_path / "profile.toml").write_text(
        '[owner]\nname = "Dana"\nemail = "dana@example.com"\nlanguage = "zh"\n'
        f'[channels.slack]\napi_url = "{slack.api_url}"\n'
    )
    return bootstrap.slack_setup(profile.load(tmp_path))


def test_setup_finds_the_owner_and_names_what_the_app_lacks(
    setup: SlackSetup, slack: FakeSlack
) -> None:
    assert setup.manifest()["display_information"]["name"] == "Dana's stand-in"
    slack.world.scopes.discard("dnd:read")
    found = setup.prepare(BOT_TOKEN, APP_TOKEN)
    assert (found["owner"], found["team"], found["bot_user"]) == (DANA, TEAM, BOT_USER)
    assert found["missing"] == {"dnd:read": "leave the owner alone while do-not-disturb is on"}


def test_tokens_in_the_wrong_order_are_refused(setup: SlackSetup) -> None:
    with pytest.raises(InvalidInputError, match="xoxb-"):
        setup.prepare(APP_TOKEN, BOT_TOKEN)


def test_every_link_is_examined_and_a_missing_token_is_the_first(
    setup: SlackSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    ((name, hint),) = setup.checks(None)
    assert (name, "avatar slack setup" in hint) == ("tokens", True)
    monkeypatch.setenv("SLACK_BOT_TOKEN", BOT_TOKEN)
    monkeypatch.setenv("SLACK_APP_TOKEN", APP_TOKEN)
    assert not any(hint for _, hint in setup.checks(None))
    broken = {name: hint for name, hint in setup.checks(HEALTH) if hint}
    assert broken == {"socket connected": "Not connected: no network."}

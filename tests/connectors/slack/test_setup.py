"""Setup and doctor name the broken link and what to do about it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from avatar.adapters.system_clock import SystemClock
from avatar.errors import InvalidInputError, OwnerMustActError
from connectors.slack import setup
from connectors.slack.config import SlackConfig
from connectors.slack.connector import Health
from connectors.slack.doctor import Check, Doctor
from connectors.slack.gateway import SlackGateway, SlackRefusedError
from connectors.slack.identity import OwnerDetails, find_identity
from connectors.slack.log_sqlite import SqliteSlackLog
from connectors.slack.socket_mode import Tokens
from tests.fakes.slack_office import DANA, new_workspace
from tests.fakes.slack_world import APP_TOKEN, BOT_TOKEN, TEAM

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.fakes.slack_server import FakeSlack

TOKENS = Tokens(BOT_TOKEN, APP_TOKEN)
OWNER = OwnerDetails("Dana", "dana@example.com")


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with new_workspace() as fake:
        yield fake


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteSlackLog]:
    made = SqliteSlackLog(tmp_path / "slack.sqlite")
    yield made
    made.close()


def config(slack: FakeSlack, **more: str) -> SlackConfig:
    return SlackConfig(api_url=slack.api_url, **more)  # type: ignore[arg-type]


def failing(
    slack: FakeSlack, log: SqliteSlackLog, tokens: Tokens = TOKENS, health: Health | None = None
) -> list[Check]:
    doctor = Doctor(config(slack), OWNER, tokens, log, SystemClock())
    return [check for check in doctor.checks(health) if not check.is_fine]


def test_the_manifest_asks_for_what_is_needed_and_says_why() -> None:
    made = setup.manifest("Dana", SlackConfig())
    assert made["features"]["app_home"]["messages_tab_read_only_enabled"] is False
    assert made["settings"]["socket_mode_enabled"] is True
    scopes = made["oauth_config"]["scopes"]["bot"]
    assert "usergroups:read" not in scopes
    assert "chat:write.customize" not in scopes
    assert all(setup.permissions(SlackConfig())[scope] for scope in scopes)
    events = made["settings"]["event_subscriptions"]["bot_events"]
    assert "message.im" in events
    assert "message.channels" not in events
    more = SlackConfig(user_groups={"S1": "sre"}, channel_follow_ups=True)
    wider = setup.manifest("D" * 60, more)
    assert "usergroups:read" in wider["oauth_config"]["scopes"]["bot"]
    assert "message.channels" in wider["settings"]["event_subscriptions"]["bot_events"]
    assert len(wider["display_information"]["name"]) <= 35
    assert "assistant_view" not in json.dumps(wider)


def test_setup_pins_owner_and_team(slack: FakeSlack, log: SqliteSlackLog) -> None:
    prepared = setup.prepare(config(slack), OWNER, TOKENS, log, SystemClock())
    assert (prepared.identity.owner, prepared.identity.team) == (DANA, TEAM)
    assert prepared.missing_permissions == ()
    slack.world.users[DANA]["profile"]["email"] = "was-dana@example.com"
    slack.world.add_user("U9NEW", "impostor", email="dana@example.com")
    again = find_identity(doctor_gateway(slack), log, config(slack), OWNER)
    assert again.owner == DANA


def doctor_gateway(slack: FakeSlack) -> SlackGateway:
    return SlackGateway(BOT_TOKEN, slack.api_url, SystemClock())


def test_another_team_or_owner_than_pinned_is_refused(
    slack: FakeSlack, log: SqliteSlackLog
) -> None:
    setup.prepare(config(slack), OWNER, TOKENS, log, SystemClock())
    gateway = doctor_gateway(slack)
    with pytest.raises(OwnerMustActError, match="was set up for owner"):
        find_identity(gateway, log, config(slack), OwnerDetails("Eve", "eve@example.com"))
    with pytest.raises(OwnerMustActError, match="belongs to team T0TEAM"):
        find_identity(gateway, log, config(slack, team_id="T9"), OWNER)
    with pytest.raises(OwnerMustActError, match="was set up for owner"):
        find_identity(gateway, log, config(slack, owner_id="U9"), OWNER)


def test_an_owner_slack_does_not_know_is_explained(slack: FakeSlack, log: SqliteSlackLog) -> None:
    gateway = doctor_gateway(slack)
    with pytest.raises(OwnerMustActError, match="Nobody in this Slack workspace"):
        find_identity(gateway, log, config(slack), OwnerDetails("Zed", "zed@example.com"))
    with pytest.raises(OwnerMustActError, match="no e-mail address"):
        find_identity(gateway, log, config(slack), OwnerDetails("Zed", ""))
    slack.world.scopes.discard("users:read.email")
    with pytest.raises(SlackRefusedError, match=r"users:read\.email"):
        find_identity(gateway, log, config(slack), OWNER)


@pytest.mark.parametrize(
    ("tokens", "hint"),
    [(Tokens(APP_TOKEN, APP_TOKEN), "xoxb-"), (Tokens(BOT_TOKEN, BOT_TOKEN), "xapp-")],
)
def test_a_token_of_the_wrong_kind_is_named(tokens: Tokens, hint: str) -> None:
    with pytest.raises(InvalidInputError, match=hint):
        setup.check_token_kinds(tokens)
    assert "fake" not in repr(tokens)


def test_a_healthy_chain_has_nothing_to_mend(slack: FakeSlack, log: SqliteSlackLog) -> None:
    alive = Health(
        is_connected=True, connections=1, trouble="", unsent=0, unfinished=0, is_paused=False
    )
    assert failing(slack, log, health=alive) == []
    assert not slack.human.bot_messages(slack.world.dm(DANA))


def test_each_broken_link_is_named_with_a_hint(slack: FakeSlack, log: SqliteSlackLog) -> None:
    slack.world.scopes.discard("dnd:read")
    slack.world.messages_tab = False
    slack.world.app_token = "xapp-other"
    broken = failing(
        slack,
        log,
        health=Health(
            is_connected=False, connections=2, trouble="", unsent=0, unfinished=0, is_paused=False
        ),
    )
    assert [check.name for check in broken] == [
        "permissions",
        "app token",
        "direct message to the owner",
        "socket connected",
        "socket alone",
    ]
    assert "dnd:read" in broken[0].hint
    assert "install the app again" in broken[0].hint
    assert "Messages tab is off" in broken[2].hint


def test_a_wrong_token_ends_the_examination(slack: FakeSlack, log: SqliteSlackLog) -> None:
    broken = failing(slack, log, Tokens("xoxb-wrong", APP_TOKEN))
    assert [check.name for check in broken] == ["bot token"]
    assert "xoxb-wrong" not in broken[0].hint
    assert [check.name for check in failing(slack, log, Tokens("oops", APP_TOKEN))] == [
        "kinds of tokens"
    ]
    slack.fail("chat.postMessage", error="restricted_action")
    assert "restricted_action" in failing(slack, log)[0].hint

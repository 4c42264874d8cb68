"""Making the Slack app: the manifest to paste, the tokens it needs, the owner pinned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from avatar.errors import InvalidInputError
from connectors.slack.gateway import SlackGateway
from connectors.slack.identity import find_identity, forget_identity
from connectors.slack.modals import SAVE_SHORTCUT

if TYPE_CHECKING:
    from avatar.ports import Clock
    from connectors.slack.audiences import Identity
    from connectors.slack.config import SlackConfig
    from connectors.slack.identity import OwnerDetails
    from connectors.slack.log import SlackLog
    from connectors.slack.socket_mode import Tokens

PERMISSIONS: Final = {
    "app_mentions:read": "hear a mention in a channel",
    "assistant:write": "be shown as an agent with its own Messages tab",
    "channels:history": "read the thread of a mention, see the owner answer there, catch up later",
    "channels:read": "see who is in a channel, because all of them read the reply",
    "chat:write": "reply",
    "commands": "`/avatar` and the message shortcut",
    "dnd:read": "leave the owner alone while do-not-disturb is on",
    "groups:history": "the same as channels:history, in private channels it is invited to",
    "groups:read": "the same as channels:read, in private channels it is invited to",
    "im:history": "catch up on direct messages after sleep, and never send one twice",
    "im:read": "find the direct messages to catch up on",
    "im:write": "write to the owner first",
    "users:read": "tell members from guests, externals and bots",
    "users:read.email": "find the owner, and the asker's groups, by e-mail address",
}
GROUP_PERMISSIONS: Final = {"usergroups:read": "map Slack user groups to groups of the profile"}
EVENTS: Final = (
    "agent_session_stopped",
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "message.im",
    "tokens_revoked",
)
FOLLOW_UP_EVENTS: Final = ("message.channels", "message.groups")
LONGEST_NAME: Final = 35


@dataclass(frozen=True, slots=True)
class Prepared:
    """What setup found out."""

    identity: Identity
    missing_permissions: tuple[str, ...]


def permissions(config: SlackConfig) -> dict[str, str]:
    """Return every permission the app needs and what for."""
    return {**PERMISSIONS, **(GROUP_PERMISSIONS if config.user_groups else {})}


def manifest(owner_name: str, config: SlackConfig) -> dict[str, Any]:
    """Return the app manifest to paste at api.slack.com/apps."""
    name = f"{owner_name}'s stand-in"[:LONGEST_NAME]
    events = sorted({*EVENTS, *(FOLLOW_UP_EVENTS if config.channel_follow_ups else ())})
    description = f"Answers for {owner_name} from their files and past answers; asks when unsure."
    shortcut = {
        "name": "Save as my answer",
        "type": "message",
        "callback_id": SAVE_SHORTCUT,
        "description": "Keep this message as a past answer",
    }
    command = {
        "command": "/avatar",
        "description": "pause, resume, or see today",
        "usage_hint": "pause | resume | today",
        "should_escape": False,
    }
    return {
        "display_information": {"name": name, "description": description[:140]},
        "features": {
            "agent_view": {"agent_description": description[:140], "suggested_prompts": []},
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": name, "always_online": True},
            "shortcuts": [shortcut],
            "slash_commands": [command],
        },
        "oauth_config": {"scopes": {"bot": sorted(permissions(config))}},
        "settings": {
            "event_subscriptions": {"bot_events": events},
            "interactivity": {"is_enabled": True},
            "org_deploy_enabled": False,
            "socket_mode_enabled": True,
            "token_rotation_enabled": False,
        },
    }


def check_token_kinds(tokens: Tokens) -> None:
    """Raise `InvalidInputError` when a token is of the wrong kind; says nothing of its value."""
    if not tokens.bot.startswith("xoxb-"):
        raise InvalidInputError(
            "The bot token must begin with xoxb-. Copy it from OAuth & Permissions, after"
            " installing the app in the workspace."
        )
    if not tokens.app.startswith("xapp-"):
        raise InvalidInputError(
            "The app token must begin with xapp-. Make one under Basic Information, App-Level"
            " Tokens, with the scope connections:write."
        )


def prepare(
    config: SlackConfig, owner: OwnerDetails, tokens: Tokens, log: SlackLog, clock: Clock
) -> Prepared:
    """Check the tokens, find the owner, and pin who is who for good.

    Raises `OwnerMustActError` for what does not fit, `TryAgainLaterError` without an answer.
    """
    check_token_kinds(tokens)
    slack = SlackGateway(tokens.bot, config.api_url, clock)
    granted = slack.scopes()
    slack.call("apps.connections.open", app_token=tokens.app)
    forget_identity(log)
    identity = find_identity(slack, log, config, owner)
    missing = tuple(sorted(set(permissions(config)) - granted))
    return Prepared(identity, missing)

"""Who is who in the workspace: found once, then pinned, so that nobody can become the owner."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from avatar.errors import OwnerMustActError
from connectors.slack.audiences import Identity
from connectors.slack.gateway import SlackRefusedError

if TYPE_CHECKING:
    from connectors.slack.config import SlackConfig
    from connectors.slack.gateway import Slack
    from connectors.slack.log import SlackLog

PINNED: Final = "pinned-identity"


@dataclass(frozen=True, slots=True)
class OwnerDetails:
    """The owner as the profile names them."""

    name: str
    email: str


def find_identity(
    slack: Slack, log: SlackLog, config: SlackConfig, owner: OwnerDetails
) -> Identity:
    """Return who is who; the first finding is kept and a different one refused.

    Raises `OwnerMustActError` when the token, the team or the owner do not fit.
    """
    me = slack.call("auth.test")
    team, bot_user = str(me["team_id"]), str(me["user_id"])
    if config.team_id and config.team_id != team:
        raise OwnerMustActError(
            f"The bot token belongs to team {team}, the profile names {config.team_id}."
            " Install the app in the right workspace, or correct `team_id`."
        )
    known = log.note(PINNED)
    if known is not None:
        return _checked(Identity(**json.loads(known)), team, bot_user, config, owner)
    found = Identity(
        team=team,
        owner=config.owner_id or _by_email(slack, owner.email),
        bot_user=bot_user,
        owner_name=owner.name,
        owner_email=owner.email,
    )
    log.set_note(PINNED, json.dumps(asdict(found)))
    return found


def _checked(
    pinned: Identity, team: str, bot_user: str, config: SlackConfig, owner: OwnerDetails
) -> Identity:
    same_owner = not config.owner_id or config.owner_id == pinned.owner
    if pinned.team != team or not same_owner or pinned.owner_email != owner.email:
        raise OwnerMustActError(
            f"This profile was set up for owner {pinned.owner} ({pinned.owner_email}) in team"
            f" {pinned.team}; token and profile now say otherwise. Run `avatar slack setup` again"
            " if that is meant."
        )
    return Identity(pinned.team, pinned.owner, bot_user, owner.name, owner.email)


def _by_email(slack: Slack, email: str) -> str:
    if not email:
        raise OwnerMustActError(
            "The profile has no e-mail address of the owner, so Slack cannot tell who that is."
            " Write `email` under `[owner]`, or `owner_id` under `[channels.slack]`."
        )
    try:
        return str(slack.call("users.lookupByEmail", email=email)["user"]["id"])
    except SlackRefusedError as error:
        if error.code != "users_not_found":
            raise
        raise OwnerMustActError(
            f"Nobody in this Slack workspace has the e-mail address {email}. Correct `email` under"
            " `[owner]`, or write your member id as `owner_id` under `[channels.slack]`."
        ) from error


def forget_identity(log: SlackLog) -> None:
    """Let the next start find out anew who is who; only setup does this."""
    log.set_note(PINNED, None)

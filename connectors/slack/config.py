"""The `[channels.slack]` section of a profile."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator

from avatar.domain.questions import Language

SLACK_API: Final = "https://slack.com/api/"
BOT_TOKEN: Final = "SLACK_BOT_TOKEN"  # noqa: S105 - the name of a secret
APP_TOKEN: Final = "SLACK_APP_TOKEN"  # noqa: S105 - the same
TIME_OF_DAY: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class SlackConfig(BaseModel):
    """How the stand-in behaves in Slack; tokens are never here, they are in the keyring."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = True
    owner_id: Annotated[str, Field(description="U…; default: found by the owner's e-mail")] = ""
    team_id: Annotated[str, Field(description="T…; default: the team of the bot token")] = ""
    owner_language: Annotated[Language, Field(description="language of cards to the owner")] = (
        Language.ENGLISH
    )
    api_url: Annotated[str, Field(description="Slack's Web API, for tests or a proxy")] = SLACK_API
    user_groups: Annotated[
        dict[str, str], Field(description="Slack user group (id or handle) = group of the profile")
    ] = Field(default_factory=dict)
    links: Annotated[
        dict[str, str],
        Field(description="source name = URL with {path}, {start}, {end}, {commit}"),
    ] = Field(default_factory=dict)
    quiet_hours: Annotated[str, Field(description="such as 19:00-08:00; cards wait")] = ""
    quiet_weekends: bool = False
    timezone: Annotated[str, Field(description="default: the owner's in Slack")] = ""
    respect_dnd: Annotated[bool, Field(description="cards wait while do-not-disturb is on")] = True
    digest_at: Annotated[
        tuple[str, ...], Field(description="times of day for one digest instead of single cards")
    ] = ()
    remind_after_h: Annotated[float, Field(ge=0, description="0 = never")] = 24.0
    expire_after_days: Annotated[float, Field(gt=0)] = 7.0
    snooze_h: Annotated[float, Field(gt=0)] = 4.0
    channel_follow_ups: Annotated[
        bool, Field(description="answer the asker's follow-ups in channel threads without mention")
    ] = False
    workers: Annotated[int, Field(ge=1, le=16)] = 4
    replies_per_thread_and_hour: Annotated[int, Field(ge=1)] = 30
    recall_days: Annotated[float, Field(ge=0, description="how long answers are recalled")] = 30.0

    @field_validator("api_url")
    @classmethod
    def _is_private_or_encrypted(cls, url: str) -> str:
        return checked_api_url(url)

    @field_validator("quiet_hours")
    @classmethod
    def _is_a_span(cls, text: str) -> str:
        if text and not re.fullmatch(f"{TIME_OF_DAY.pattern}-{TIME_OF_DAY.pattern}", text):
            raise ValueError("write quiet hours like `19:00-08:00`")
        return text

    @field_validator("digest_at")
    @classmethod
    def _are_times(cls, times: tuple[str, ...]) -> tuple[str, ...]:
        for time in times:
            if not TIME_OF_DAY.fullmatch(time):
                raise ValueError(f"`{time}` is not a time of day; write `09:30`")
        return tuple(sorted(times))

    @field_validator("timezone")
    @classmethod
    def _is_a_timezone(cls, name: str) -> str:
        if name:
            try:
                ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError) as error:
                raise ValueError(f"`{name}` is not a time zone; write `Europe/Berlin`") from error
        return name

    @field_validator("links")
    @classmethod
    def _are_https(cls, links: dict[str, str]) -> dict[str, str]:
        for source, url in links.items():
            if not url.startswith("https://") or "{path}" not in url:
                raise ValueError(f"the link of `{source}` must be https and hold {{path}}")
            try:
                url.format(path="p", start=1, end=1, commit="c")
            except (KeyError, IndexError, ValueError) as error:
                raise ValueError(
                    f"the link of `{source}` may use {{path}}, {{start}}, {{end}}, {{commit}} only"
                ) from error
        return links


def checked_api_url(url: str) -> str:
    """Return the URL with one slash at its end; plain http is for this machine only."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not host:
        raise ValueError(f"`{url}` is not a URL; leave api_url out to use {SLACK_API}")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError(f"`{url}` would send tokens and questions unencrypted; use https")
    return url.rstrip("/") + "/"


def is_loopback(host: str) -> bool:
    """Whether a host name is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

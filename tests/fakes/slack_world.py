"""What a fake Slack workspace holds: people, places, messages, views, and who may do what."""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Final

TEAM: Final = "T0TEAM"
APP: Final = "A0APP"
BOT_USER: Final = "U0BOT"
BOT_ID: Final = "B0BOT"
BOT_TOKEN: Final = "xoxb-fake-bot-token"
APP_TOKEN: Final = "xapp-1-A0APP-fake-app-token"
TRIGGER_LIFE_S: Final = 3.0

ALL_SCOPES: Final = frozenset(
    {
        "app_mentions:read",
        "assistant:write",
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "dnd:read",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "im:write",
        "mpim:history",
        "mpim:read",
        "reactions:write",
        "usergroups:read",
        "users:read",
        "users:read.email",
    }
)

Row = dict[str, Any]


class SlackError(Exception):
    """An `ok: false` answer."""

    def __init__(self, code: str, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra


@dataclass
class Trigger:
    """A trigger id: three seconds, once."""

    user: str
    made_at: float
    used: bool = False


@dataclass
class Channel:
    """A conversation of any kind, with everything said in it."""

    id: str
    kind: str  # im, channel, group, mpim
    members: set[str]
    user: str = ""
    name: str = ""
    is_ext_shared: bool = False
    messages: list[Row] = field(default_factory=list)

    def find(self, ts: str) -> Row | None:
        return next((m for m in self.messages if m["ts"] == ts), None)

    def thread(self, ts: str) -> list[Row]:
        return [m for m in self.messages if m["ts"] == ts or m.get("thread_ts") == ts]

    @property
    def row(self) -> Row:
        return {
            "id": self.id,
            "name": self.name,
            "is_im": self.kind == "im",
            "is_mpim": self.kind == "mpim",
            "is_channel": self.kind == "channel",
            "is_group": self.kind == "group",
            "is_private": self.kind != "channel",
            "is_ext_shared": self.is_ext_shared,
            "is_shared": self.is_ext_shared,
            "is_member": BOT_USER in self.members,
            **({"user": self.user} if self.kind == "im" else {}),
        }


class World:
    """One workspace with one app installed; every change happens under `lock`."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.scopes: set[str] = set(ALL_SCOPES)
        self.bot_token = BOT_TOKEN
        self.app_token = APP_TOKEN
        self.messages_tab = True
        self.keeps_marks = True
        self.users: dict[str, Row] = {}
        self.channels: dict[str, Channel] = {}
        self.views: dict[str, Row] = {}
        self.homes: dict[str, Row] = {}
        self.triggers: dict[str, Trigger] = {}
        self.statuses: dict[tuple[str, str], str] = {}
        self.status_log: list[tuple[str, str, str]] = []
        self.sessions: dict[tuple[str, str], str] = {}
        self.titles: dict[tuple[str, str], str] = {}
        self.session_log: list[tuple[str, str, str]] = []
        self.ephemerals: list[Row] = []
        self.user_groups: dict[str, tuple[str, set[str]]] = {}
        self.dnd: dict[str, Row] = {}
        self.presence: dict[str, str] = {}
        self._ids = itertools.count(1)
        self._last_ts = 0
        self.add_user(BOT_USER, "standin", is_bot=True)

    def new_id(self, prefix: str) -> str:
        return f"{prefix}{next(self._ids):07d}"

    def new_ts(self) -> str:
        """Return a message time that is later than every one before."""
        with self.lock:
            self._last_ts = max(self._last_ts + 1, time.time_ns() // 1000)
            return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def advance(self, seconds: float) -> None:
        """Let Slack's time pass."""
        with self.lock:
            self._last_ts = time.time_ns() // 1000 + round(seconds * 1e6)

    def add_user(self, user: str, name: str, *, team: str = TEAM, **flags: Any) -> str:
        """Add a person; `flags` are fields of `users.info`."""
        email = flags.pop("email", f"{name}@example.com")
        self.users[user] = {
            "id": user,
            "team_id": team,
            "name": name,
            "real_name": name.title(),
            "deleted": False,
            "is_bot": False,
            "is_restricted": False,
            "is_ultra_restricted": False,
            "is_email_confirmed": True,
            "tz": "Etc/UTC",
            "tz_offset": 0,
            "profile": {"email": email, "real_name": name.title(), "display_name": name},
            **flags,
        }
        return user

    def add_channel(self, name: str, members: set[str], *, kind: str = "channel") -> Channel:
        """Add a channel with the bot in it."""
        prefix = "G" if kind == "mpim" else "C"
        channel = Channel(self.new_id(prefix), kind, {*members, BOT_USER}, name=name)
        self.channels[channel.id] = channel
        return channel

    def dm(self, user: str) -> Channel:
        """Return the bot's direct messages with a person, opening them if needed."""
        with self.lock:
            for channel in self.channels.values():
                if channel.kind == "im" and channel.user == user:
                    return channel
            channel = Channel(self.new_id("D"), "im", {user, BOT_USER}, user=user)
            self.channels[channel.id] = channel
            return channel

    def new_trigger(self, user: str) -> str:
        """Make a trigger id for a person's click."""
        trigger = f"{next(self._ids)}.{time.monotonic_ns()}.trigger"
        self.triggers[trigger] = Trigger(user, time.monotonic())
        return trigger

    def use_trigger(self, trigger: str) -> str:
        """Spend a trigger id and return whose click it was."""
        found = self.triggers.get(trigger)
        if found is None:
            raise SlackError("invalid_trigger_id")
        if found.used:
            raise SlackError("exchanged_trigger_id")
        if time.monotonic() - found.made_at > TRIGGER_LIFE_S:
            raise SlackError("expired_trigger_id")
        found.used = True
        return found.user

    def said(self, channel: Channel, row: Row) -> Row:
        """Put a message into a conversation."""
        with self.lock:
            message = {"type": "message", "ts": self.new_ts(), **row}
            channel.messages.append(message)
            return message

"""Who somebody in Slack is, and who is in a channel; remembered for a short while."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from connectors.slack.gateway import SlackRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from avatar.ports import Clock
    from connectors.slack.gateway import Slack

REMEMBERED_S: Final = 600.0
REMEMBERED_FOR_SENDING_S: Final = 30.0
MANY_UNKNOWN: Final = 20
"""From so many unknown members on, the whole list is cheaper than one call each."""
NOT_OURS: Final = frozenset({"user_not_found", "user_not_visible", "users_not_found"})
"""What Slack says of people in other companies, and of nobody."""


@dataclass(frozen=True, slots=True)
class Person:
    """A user as Slack describes them; unknown flags count as the worse case."""

    user: str
    team: str
    name: str
    email: str
    is_bot: bool
    is_deleted: bool
    is_guest: bool
    is_stranger: bool
    is_confirmed: bool
    timezone: str
    utc_offset_s: int


@dataclass(frozen=True, slots=True)
class Room:
    """A conversation: what kind it is and who is in it."""

    channel: str
    is_im: bool
    is_private: bool
    is_shared: bool
    members: tuple[str, ...]


class People:
    """The workspace's people and rooms, through Slack; a caller says how old it may be."""

    def __init__(self, slack: Slack, clock: Clock) -> None:
        self._slack = slack
        self._clock = clock
        self._lock = threading.Lock()
        self._people: dict[str, tuple[float, Person]] = {}
        self._groups: tuple[float, Mapping[str, frozenset[str]]] | None = None

    def person(self, user: str, *, max_age_s: float = REMEMBERED_S) -> Person:
        """Return who a user is; raises the gateway's errors when Slack does not say."""
        known = self._known(user, max_age_s)
        if known is not None:
            return known
        try:
            row = self._slack.call("users.info", user=user)["user"]
        except SlackRefusedError as error:
            if error.code not in NOT_OURS:
                raise
            row = {"id": user, "is_stranger": True}
        return self._remember(person_of(row))

    def people(self, users: Sequence[str], *, max_age_s: float = REMEMBERED_S) -> Iterable[Person]:
        """Return who several users are, with one listing when many are unknown."""
        unknown = [user for user in users if self._known(user, max_age_s) is None]
        if len(unknown) >= MANY_UNKNOWN:
            try:
                for row in self._slack.pages("users.list", "members"):
                    self._remember(person_of(row))
            except SlackRefusedError:
                pass  # then one by one
        return [self.person(user, max_age_s=max_age_s) for user in users]

    def room(self, channel: str) -> Room:
        """Return a conversation as it is now; a kind that Slack does not tell counts as private."""
        try:
            info = self._slack.call("conversations.info", channel=channel)["channel"]
        except SlackRefusedError:
            info = {}
        members = self._slack.pages("conversations.members", "members", channel=channel)
        shared = ("is_ext_shared", "is_pending_ext_shared", "is_org_shared")
        return Room(
            channel=channel,
            is_im=bool(info.get("is_im")),
            is_private=bool(info.get("is_private", True)),
            is_shared=any(info.get(flag) for flag in shared),
            members=tuple(members),
        )

    def groups_of(self, user: str, mapping: Mapping[str, str]) -> frozenset[str]:
        """Return the profile's groups a user has through Slack user groups."""
        if not mapping:
            return frozenset()
        members = self._group_members(mapping)
        return frozenset(group for group, users in members.items() if user in users)

    def direct(self, user: str) -> str:
        """Return the channel of direct messages with a user."""
        found = self._slack.call("conversations.open", users=user)
        return str(found["channel"]["id"])

    def _group_members(self, mapping: Mapping[str, str]) -> Mapping[str, frozenset[str]]:
        now = self._clock.monotonic()
        kept = self._groups
        if kept is not None and now - kept[0] < REMEMBERED_S:
            return kept[1]
        members: dict[str, frozenset[str]] = {}
        for row in self._slack.call("usergroups.list").get("usergroups", ()):
            group = mapping.get(row["id"]) or mapping.get(row.get("handle", ""))
            if group:
                users = self._slack.call("usergroups.users.list", usergroup=row["id"])["users"]
                members[group] = members.get(group, frozenset()) | frozenset(users)
        self._groups = (now, members)
        return members

    def _known(self, user: str, max_age_s: float) -> Person | None:
        with self._lock:
            kept = self._people.get(user)
        if kept is None or self._clock.monotonic() - kept[0] > max_age_s:
            return None
        return kept[1]

    def _remember(self, person: Person) -> Person:
        with self._lock:
            self._people[person.user] = (self._clock.monotonic(), person)
        return person


def person_of(row: Mapping[str, Any]) -> Person:
    """Read a user as Slack describes them."""
    profile = row.get("profile") or {}
    name = profile.get("display_name") or profile.get("real_name") or row.get("name") or row["id"]
    return Person(
        user=row["id"],
        team=str(row.get("team_id") or profile.get("team") or ""),
        name=str(name),
        email=str(profile.get("email") or "").lower(),
        is_bot=bool(row.get("is_bot")),
        is_deleted=bool(row.get("deleted")),
        is_guest=bool(row.get("is_restricted") or row.get("is_ultra_restricted")),
        is_stranger=bool(row.get("is_stranger")),
        is_confirmed=bool(row.get("is_email_confirmed", True)),
        timezone=str(row.get("tz") or ""),
        utc_offset_s=int(row.get("tz_offset") or 0),
    )

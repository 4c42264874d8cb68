"""Whose eyes a reply meets: one person in a direct message, everybody in a channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avatar.domain.audience import Audience, Reader
from connectors.slack.gate import refusal
from connectors.slack.gateway import SlackRefusedError
from connectors.slack.people import REMEMBERED_FOR_SENDING_S, REMEMBERED_S

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.slack.front_desk import FrontDesk
    from connectors.slack.people import People, Person, Room


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the owner and the stand-in are in this workspace, pinned at setup."""

    team: str
    owner: str
    bot_user: str
    owner_name: str
    owner_email: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a question was asked, as far as reading goes."""

    reader: Reader
    audience: Audience
    is_direct: bool


class Audiences:
    """Turns people and channels into readers; what cannot be told is read by nobody."""

    def __init__(
        self,
        people: People,
        front_desk: FrontDesk,
        identity: Identity,
        user_groups: Mapping[str, str],
    ) -> None:
        self._people = people
        self._front_desk = front_desk
        self._identity = identity
        self._user_groups = user_groups

    def reader(self, person: Person) -> Reader:
        """Return what one person may read."""
        if refusal(person, team=self._identity.team) is not None:
            return Reader(person.user, frozenset())
        if person.user == self._identity.owner:
            return Reader.owner()
        groups = self._people.groups_of(person.user, self._user_groups)
        return self._front_desk.reader_of(self._names(person), sorted(groups))

    def direct(self, person: Person) -> Place:
        """Return the place of direct messages with a person."""
        reader = self.reader(person)
        return Place(reader, reader.widest_audience(), is_direct=True)

    def channel(self, channel: str, *, before_sending: bool = False) -> Place:
        """Return the place of a channel: what every one of its members may read.

        Before sending, people are looked up anew. When Slack does not say who is in the
        channel, nobody may read anything there.
        """
        nobody = Reader(channel, frozenset())
        try:
            room = self._people.room(channel)
        except SlackRefusedError:
            return Place(nobody, Audience.owner_only(), is_direct=False)
        if room.is_shared or not room.members:
            return Place(nobody, Audience.owner_only(), is_direct=False)
        age = REMEMBERED_FOR_SENDING_S if before_sending else REMEMBERED_S
        people = self._people.people(room.members, max_age_s=age)
        readers = [self._in_company(person) for person in people if self._counts(person)]
        # with the owner alone, what is written may still be read by whoever joins later
        together = Reader.together(channel, readers or [Reader.colleague(channel)])
        return Place(together, _place_audience(room, together), is_direct=False)

    def _counts(self, person: Person) -> bool:
        """Whether a member narrows what may be said: not us, and the owner may read anything."""
        us = {self._identity.bot_user, self._identity.owner}
        return person.user not in us and not person.is_deleted

    def _in_company(self, person: Person) -> Reader:
        if person.is_bot and person.team == self._identity.team:
            return Reader.colleague(person.user)  # other apps of the team see what everyone sees
        return self.reader(person)

    def _names(self, person: Person) -> tuple[str, ...]:
        """Return names nobody can give themselves: never the display name."""
        names = [person.user]
        if person.email:
            names.append(person.email)
            local, _, domain = person.email.partition("@")
            if domain and domain == self._identity.owner_email.lower().partition("@")[2]:
                names.append(local)
        return tuple(names)


def _place_audience(room: Room, together: Reader) -> Audience:
    if not room.is_private:
        return Audience.everyone()
    shared = together.widest_audience()
    # a private channel without a common group is for nobody beyond it
    return Audience.owner_only() if shared.is_everyone else shared

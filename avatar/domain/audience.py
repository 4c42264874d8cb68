"""Who may read what: labels on knowledge, labels on readers, and their meeting.

An audience is a set of labels. `everyone` opens knowledge to all askers, `group:NAME` to the
members of a group; the owner may always read. A reader holds the labels that open something
to them. Access is the non-empty meeting of both sets, so an empty set denies.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

EVERYONE: Final = "everyone"
OWNER: Final = "owner"
GROUP_PREFIX: Final = "group:"


@dataclass(frozen=True, slots=True)
class Audience:
    """Who may read a piece of knowledge; `labels` always holds `owner`."""

    labels: frozenset[str] = field(default_factory=lambda: frozenset({OWNER}))

    def __post_init__(self) -> None:
        """Add the owner, who may read everything in their own profile."""
        object.__setattr__(self, "labels", frozenset(self.labels) | {OWNER})

    @classmethod
    def everyone(cls) -> Audience:
        """Return the audience that leaves nobody out."""
        return cls(frozenset({EVERYONE}))

    @classmethod
    def owner_only(cls) -> Audience:
        """Return the audience of the owner alone."""
        return cls()

    @classmethod
    def groups(cls, names: Iterable[str]) -> Audience:
        """Return the audience of the named groups, given without prefix."""
        return cls(frozenset(f"{GROUP_PREFIX}{name}" for name in names))

    @classmethod
    def parse(cls, text: str) -> Audience:
        """Read `everyone`, `owner` or comma-separated group names."""
        names = [name.strip() for name in text.split(",") if name.strip()]
        if EVERYONE in names:
            return cls.everyone()
        return cls.groups(name.removeprefix(GROUP_PREFIX) for name in names if name != OWNER)

    @property
    def is_everyone(self) -> bool:
        """Whether nobody is left out."""
        return EVERYONE in self.labels

    def meet(self, other: Audience) -> Audience:
        """Return the widest audience that is inside both."""
        if self.is_everyone:
            return other
        if other.is_everyone:
            return self
        return Audience(self.labels & other.labels)

    def within(self, other: Audience) -> bool:
        """Whether everybody in this audience is also in the other."""
        return other.is_everyone or (not self.is_everyone and self.labels <= other.labels)

    def __str__(self) -> str:
        """Write it the way `parse` reads it."""
        if self.is_everyone:
            return EVERYONE
        names = sorted(_written(label) for label in self.labels - {OWNER})
        return ",".join(names) or OWNER


def _written(label: str) -> str:
    """Return a group's name; one that would read as everyone or the owner keeps its prefix."""
    name = label.removeprefix(GROUP_PREFIX)
    return label if name in {EVERYONE, OWNER} else name


@dataclass(frozen=True, slots=True)
class Reader:
    """Who will read a reply: one person, or everybody who sees the place it appears in."""

    identity: str
    labels: frozenset[str] = field(default_factory=lambda: frozenset({EVERYONE}))

    @classmethod
    def owner(cls, identity: str = OWNER) -> Reader:
        """Return the owner, who may read everything in the profile."""
        return cls(identity, frozenset({OWNER, EVERYONE}))

    @classmethod
    def colleague(cls, identity: str, groups: Iterable[str] = ()) -> Reader:
        """Return a colleague who is in the named groups."""
        return cls(identity, frozenset({EVERYONE, *(f"{GROUP_PREFIX}{name}" for name in groups)}))

    @classmethod
    def together(cls, identity: str, readers: Iterable[Reader]) -> Reader:
        """Return a reader who may see only what every one of the readers may see."""
        label_sets = [reader.labels for reader in readers]
        return cls(identity, frozenset.intersection(*label_sets) if label_sets else frozenset())

    @property
    def is_owner(self) -> bool:
        """Whether this is the owner alone."""
        return OWNER in self.labels

    def may_read(self, audience: Audience) -> bool:
        """Whether the audience is open to this reader."""
        return bool(self.labels & audience.labels)

    def widest_audience(self) -> Audience:
        """Return the audience of a reply written for this reader alone."""
        if self.is_owner:
            return Audience.owner_only()
        groups = frozenset(label for label in self.labels if label.startswith(GROUP_PREFIX))
        return Audience(groups) if groups else Audience.everyone()

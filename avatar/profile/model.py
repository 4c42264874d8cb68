"""A loaded profile: every path absolute, every source named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from avatar.domain.audience import OWNER, Reader

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from avatar.profile.sections import (
        AnsweringSection,
        AnswersSection,
        ChannelsSection,
        EscalationSection,
        IndexSection,
        ModelSection,
        OwnerSection,
        SourceSection,
        WebSection,
    )

PROFILE_FILE: Final = "profile.toml"
ANSWERS_FOLDER: Final = "answers"


@dataclass(frozen=True, slots=True)
class Profile:
    """What an owner wrote; `sources` ends with the answers folder, which is always one.

    `profile_id` is stable for the folder's absolute path and safe as a file name.
    """

    folder: Path
    profile_id: str
    owner: OwnerSection
    sources: tuple[SourceSection, ...]
    answers: AnswersSection
    askers: Mapping[str, tuple[str, ...]]
    answering: AnsweringSection
    model: ModelSection | None
    index: IndexSection
    escalation: EscalationSection
    web: WebSection
    channels: ChannelsSection

    @property
    def file(self) -> Path:
        """The profile file."""
        return self.folder / PROFILE_FILE

    @property
    def answers_folder(self) -> Path:
        """The folder of past answers."""
        return self.folder / ANSWERS_FOLDER

    def reader(self, who: str) -> Reader:
        """Return the reader behind a name: the owner, an asker with groups, or a stranger."""
        if who == OWNER:
            return Reader.owner()
        return Reader.colleague(who, self.askers.get(who, ()))

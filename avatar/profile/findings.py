"""One thing that is wrong with a profile: where, what, and what to write instead."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Severity(StrEnum):
    """How much a finding matters."""

    FATAL = "fatal"
    """The profile cannot be used."""

    PROBLEM = "problem"
    """The rest of the profile works without this part."""

    WARNING = "warning"
    """It works, perhaps not as it was meant."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding about one key of one file; `fix` says what to write or do."""

    file: Path
    key: str
    message: str
    fix: str
    severity: Severity = Severity.FATAL

    def __str__(self) -> str:
        """Write it on one line."""
        place = f"{self.file}: {self.key}" if self.key else str(self.file)
        return f"{place}: {self.message}; {self.fix}"

"""What an indexing pass did, in numbers and reasons."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from avatar.domain.documents import Skipped


@dataclass(frozen=True, slots=True)
class IndexReport:
    """Documents by what became of them; reports of parts can be added up.

    `skipped` counts by reason, `faults` are those the owner should look at. `chunks` were
    written, `embedded` counts the vectors that had to be computed for them. Documents in
    `unavailable` could not be read right now and stay as they are known.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    faults: tuple[Skipped, ...] = ()
    redacted: int = 0
    chunks: int = 0
    embedded: int = 0
    unavailable: tuple[str, ...] = ()

    def __add__(self, other: IndexReport) -> IndexReport:
        """Return what both did together."""
        return IndexReport(
            added=self.added + other.added,
            changed=self.changed + other.changed,
            unchanged=self.unchanged + other.unchanged,
            removed=self.removed + other.removed,
            skipped=dict(Counter(self.skipped) + Counter(other.skipped)),
            faults=self.faults + other.faults,
            redacted=self.redacted + other.redacted,
            chunks=self.chunks + other.chunks,
            embedded=self.embedded + other.embedded,
            unavailable=self.unavailable + other.unavailable,
        )

    @property
    def documents(self) -> int:
        """How many documents were looked at."""
        looked_at = self.added + self.changed + self.unchanged + self.removed
        return looked_at + sum(self.skipped.values()) + len(self.unavailable)


def covers_document(prefixes: Iterable[str], document_id: str) -> bool:
    """Whether one of the ids is the document's own or that of a folder around it."""
    return any(
        document_id == prefix.rstrip("/") or document_id.startswith(f"{prefix.rstrip('/')}/")
        for prefix in prefixes
    )

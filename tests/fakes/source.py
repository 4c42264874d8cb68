"""A source whose documents are set by the test."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from avatar.domain.audience import Audience
from avatar.domain.documents import Document, DocumentRef, Skipped, SourceKind
from avatar.errors import SourceUnavailableError
from avatar.indexing.report import covers_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True, slots=True)
class SavedText:
    """A text as it was saved, with what the source says of it."""

    text: str
    stamp: str
    kind: SourceKind
    audience: Audience
    format: str
    modified_at: float
    commit: str


class MemorySource:
    """Documents in memory; the first part of an id is its root.

    Roots in `unavailable` cannot be read, ids in `vanishing` are listed but gone when read.
    `reads` remembers what was read, `walks` beneath which folders was listed.
    """

    def __init__(self) -> None:
        self._items: dict[str, SavedText | Skipped] = {}
        self._saves = 0
        self.unavailable: set[str] = set()
        self.vanishing: set[str] = set()
        self.reads: list[str] = []
        self.walks: list[tuple[str, ...]] = []

    def save(
        self,
        document_id: str,
        text: str,
        *,
        kind: SourceKind = SourceKind.NOTES,
        audience: Audience | None = None,
        format: str = "markdown",  # noqa: A002 - the field's name
        commit: str = "",
    ) -> None:
        """Save a document; its stamp changes even when the text does not."""
        self._saves += 1
        self._items[document_id] = SavedText(
            text,
            f"{self._saves}-{len(text)}",
            kind,
            audience or Audience.owner_only(),
            format,
            1_600_000_000.0 + self._saves,
            commit,
        )

    def skip(self, document_id: str, reason: str, *, is_fault: bool = False) -> None:
        """Let a document be left out from now on."""
        self._saves += 1
        self._items[document_id] = Skipped(document_id, f"{self._saves}-0", reason, is_fault)

    def delete(self, document_id: str) -> None:
        """Delete a document; it may be gone already."""
        self._items.pop(document_id, None)

    def move(self, old: str, new: str) -> None:
        """Rename a document without touching its text."""
        item = self._items.pop(old)
        self._items[new] = replace(item, document_id=new) if isinstance(item, Skipped) else item

    def ids(self) -> list[str]:
        """Return the ids of what is there."""
        return sorted(self._items)

    def list(self, beneath: Sequence[str] = ()) -> Iterator[DocumentRef | Skipped]:
        self.walks.append(tuple(beneath))
        for document_id, item in sorted(self._items.items()):
            if document_id.split("/", 1)[0] in self.unavailable:
                continue
            if beneath and not covers_document(beneath, document_id):
                continue
            yield item if isinstance(item, Skipped) else DocumentRef(document_id, item.stamp)
        asked = {folder.split("/", 1)[0] for folder in beneath} or self.unavailable
        if roots := sorted(self.unavailable & asked):
            raise SourceUnavailableError(f"{', '.join(roots)} cannot be read: mount it", roots)

    def read(self, document_id: str) -> Document | Skipped | None:
        self.reads.append(document_id)
        root = document_id.split("/", 1)[0]
        if root in self.unavailable:
            raise SourceUnavailableError(f"{root} cannot be read: mount it", [root])
        item = self._items.get(document_id)
        if item is None or document_id in self.vanishing:
            return None
        if isinstance(item, Skipped):
            return item
        return Document(
            document_id=document_id,
            stamp=item.stamp,
            fingerprint=hashlib.sha256(item.text.encode()).hexdigest(),
            text=item.text,
            kind=item.kind,
            audience=item.audience,
            format=item.format,
            modified_at=item.modified_at,
            commit=item.commit,
        )

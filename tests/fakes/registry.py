"""A registry in memory."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from avatar.domain.documents import Totals

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from avatar.domain.documents import Recorded


def _nothing(_call: str) -> None:
    return None


class MemoryRegistry:
    """What was indexed, kept as long as the object lives.

    `on_call` is told the name of each method before it does anything, so that a test can raise.
    """

    def __init__(self, on_call: Callable[[str], None] = _nothing) -> None:
        self.on_call = on_call
        self._lock = threading.Lock()
        self._entries: dict[str, Recorded] = {}

    def all(self) -> Mapping[str, Recorded]:
        with self._lock:
            return dict(self._entries)

    def get(self, document_id: str) -> Recorded | None:
        with self._lock:
            return self._entries.get(document_id)

    def some(self, document_ids: Collection[str]) -> Mapping[str, Recorded]:
        with self._lock:
            return {name: self._entries[name] for name in document_ids if name in self._entries}

    def totals(self, prefix: str = "") -> Totals:
        kept = [entry for name, entry in self.all().items() if name.startswith(prefix)]
        return Totals(
            documents=sum(entry.chunks > 0 for entry in kept),
            faults=sum(entry.is_fault for entry in kept),
            skipped=sum(bool(entry.skipped_reason) and not entry.is_fault for entry in kept),
            redactions=sum(len(entry.redactions) for entry in kept),
            indexed_at=max((entry.indexed_at for entry in kept), default=0.0),
        )

    def record(self, entries: Sequence[Recorded]) -> None:
        self.on_call("record")
        with self._lock:
            self._entries.update({entry.document_id: entry for entry in entries})

    def forget(self, document_ids: Sequence[str]) -> None:
        self.on_call("forget")
        with self._lock:
            for document_id in document_ids:
                self._entries.pop(document_id, None)

    def clear(self) -> None:
        self.on_call("clear")
        with self._lock:
            self._entries.clear()

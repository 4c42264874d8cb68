"""What is done to the knowledge on request: a whole pass, single documents, forgetting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from avatar.domain.documents import Change, ChangeKind
from avatar.indexing.reconcile import reconcile
from avatar.indexing.report import IndexReport, covers_document

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from avatar.indexing.backfill import Backfill
    from avatar.indexing.indexer import Indexer, Parts
    from avatar.indexing.reconcile import Reconciliation

HANDFUL: Final = 200
"""Chunks whose slow vectors take a few seconds at most."""


@dataclass(frozen=True, slots=True)
class Pass:
    """What a whole pass did; `problem` says which folders could not be read, in words."""

    report: IndexReport
    problem: str
    elapsed_s: float


class Library:
    """Keeps the index in step with the files when asked to, one request at a time.

    `turn` is held while something is written, so that the worker's thread and requests alternate.
    """

    def __init__(
        self, parts: Parts, indexer: Indexer, backfill: Backfill, turn: threading.Lock
    ) -> None:
        self._parts = parts
        self._indexer = indexer
        self._backfill = backfill
        self._turn = turn

    def refresh(
        self, on_progress: Callable[[int, int, str], None], *, rebuild: bool = False
    ) -> Pass:
        """Compare files and index, apply what differs, and make every vector still missing.

        `on_progress` gets (done, total, what): documents first, then vectors of slow models.
        """
        started = self._parts.clock.monotonic()
        if rebuild:
            with self._turn:
                self._empty()
        report, problem = self._compare_and_apply(on_progress)
        report += IndexReport(embedded=self._fill(on_progress))
        return Pass(report, problem, self._parts.clock.monotonic() - started)

    def catch_up(self, on_progress: Callable[[int, int, str], None]) -> Pass:
        """Apply what changed while nobody watched, before a question is answered.

        Vectors of slow models are made at once only for a handful of chunks, so that nobody
        waits for them; `refresh` makes the rest.
        """
        started = self._parts.clock.monotonic()
        report, problem = self._compare_and_apply(on_progress)
        if 0 < report.chunks <= HANDFUL:
            report += IndexReport(embedded=self._fill(on_progress))
        return Pass(report, problem, self._parts.clock.monotonic() - started)

    def drop_missing(self) -> int:
        """Take out what is gone or left out now, so that it is not cited before a whole pass."""
        with self._turn:
            found = self._compare()
            gone = [change for change in found.changes if change.kind is ChangeKind.REMOVED]
            return self._indexer.apply(gone).removed

    def _compare(self) -> Reconciliation:
        return reconcile(
            self._parts.source,
            self._parts.registry,
            self._parts.store,
            forgotten=self._parts.forgotten(),
        )

    def _compare_and_apply(
        self, on_progress: Callable[[int, int, str], None]
    ) -> tuple[IndexReport, str]:
        with self._turn:
            found = self._compare()
            report = self._indexer.apply(
                found.changes, lambda done, total: on_progress(done, total, "documents")
            )
        report += IndexReport(unchanged=found.unchanged, skipped=found.skipped)
        return report, found.problem

    def look_at(self, document_ids: Sequence[str]) -> IndexReport:
        """Bring single documents up to date now."""
        with self._turn:
            return self._indexer.apply(Change(name, ChangeKind.SAVED) for name in document_ids)

    def drop(self, prefixes: Sequence[str]) -> tuple[tuple[str, ...], int]:
        """Take documents and folders out of the index; return their ids and their chunks."""
        with self._turn:
            stored = self._parts.store.document_ids()
            known = stored.keys() | self._parts.registry.all().keys()
            gone = tuple(sorted(name for name in known if covers_document(prefixes, name)))
            self._parts.store.remove_documents(gone)
            self._parts.registry.forget(gone)
            return gone, sum(stored.get(name, 0) for name in gone)

    def _empty(self) -> None:
        self._parts.registry.clear()
        self._parts.store.remove_documents(tuple(self._parts.store.document_ids()))
        self._parts.store.vacuum()

    def _fill(self, on_progress: Callable[[int, int, str], None]) -> int:
        total, done = self._parts.store.count(), 0
        while True:
            with self._turn:
                made = self._backfill.step()
            if not made:
                return done
            done += made
            on_progress(done, max(total, done), "vectors")

"""Fakes wired together the way the product wires the index loop."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from avatar.domain.documents import Change, ChangeKind
from avatar.indexing.backfill import Backfill
from avatar.indexing.changes import ChangeQueue
from avatar.indexing.indexer import Indexer, Parts
from avatar.indexing.reconcile import Reconciliation, reconcile
from avatar.indexing.secrets import redact
from avatar.indexing.worker import IndexWorker
from tests.fakes.clock import FakeClock
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.registry import MemoryRegistry
from tests.fakes.source import MemorySource
from tests.fakes.splitter import ParagraphSplitter
from tests.fakes.store import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar.domain.chunks import Chunk
    from avatar.indexing.report import IndexReport
    from avatar.ports import Clock, Splitter


class RealClock:
    """Time as it passes, for tests with a real thread."""

    def now(self) -> float:
        return time.monotonic()

    def monotonic(self) -> float:
        return time.monotonic()


class World:
    """A source, a store and all between; `slow` has a second, slow model."""

    def __init__(self, splitter: Splitter | None = None, real_clock: Clock | None = None) -> None:
        self.source = MemorySource()
        self.fast = FakeEmbedder("fast")
        self.slow = FakeEmbedder("slow", is_fast=False)
        self.store = MemoryStore(("fast", "slow"))
        self.registry = MemoryRegistry()
        self.clock = FakeClock()
        self.forgotten: list[str] = []
        self.reports: list[IndexReport] = []
        self.parts = Parts(
            source=self.source,
            splitter=splitter or ParagraphSplitter(),
            store=self.store,
            registry=self.registry,
            embedders=(self.slow, self.fast),
            clock=real_clock or self.clock,
            redact=redact,
            forgotten=lambda: self.forgotten,
        )
        self.indexer = Indexer(self.parts)
        self.backfill = Backfill(self.store, self.parts.embedders)
        self.queue = ChangeQueue(self.parts.clock)
        self.turn = threading.Lock()
        self.worker = IndexWorker(
            self.queue,
            self.indexer,
            self.backfill,
            self.parts,
            turn=self.turn,
            on_report=self.reports.append,
        )

    def saved(self, *ids: str) -> IndexReport:
        return self.indexer.apply([Change(i, ChangeKind.SAVED) for i in ids])

    def removed(self, *ids: str) -> IndexReport:
        return self.indexer.apply([Change(i, ChangeKind.REMOVED) for i in ids])

    def compare(self, beneath: Sequence[str] = ()) -> Reconciliation:
        return reconcile(
            self.source, self.registry, self.store, forgotten=self.forgotten, beneath=beneath
        )

    def catch_up(self) -> IndexReport:
        return self.indexer.apply(self.compare().changes)

    def chunks(self, document_id: str) -> list[Chunk]:
        return sorted(self.store.existing(document_id).values(), key=lambda c: c.start_line)

    def texts(self) -> dict[str, list[str]]:
        return {i: [c.text for c in self.chunks(i)] for i in sorted(self.store.document_ids())}

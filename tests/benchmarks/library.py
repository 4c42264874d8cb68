"""A set written as files of a profile, indexed and searched by the product's own parts."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from avatar.adapters.edge_store import EdgeStore
from avatar.adapters.minilm_embedder import MiniLmEmbedder
from avatar.adapters.qdrant_schema import VectorModel
from avatar.adapters.splitting.by_format import FormatSplitter
from avatar.adapters.system_clock import SystemClock
from avatar.adapters.use_embedder import UseEmbedder
from avatar.answering import intent as understanding
from avatar.answering import weights
from avatar.answering.retrieve import Retriever
from avatar.domain.audience import Audience, Reader
from avatar.domain.documents import Change, ChangeKind, DocumentRef, SourceKind
from avatar.domain.questions import Question, ReplyAddress
from avatar.indexing.backfill import Backfill
from avatar.indexing.indexer import Indexer, Parts
from avatar.indexing.secrets import redact
from connectors.filesystem.roots import Root
from connectors.filesystem.source import FilesystemSource
from tests.fakes.registry import MemoryRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from avatar.domain.questions import Intent, Turn
    from avatar.ports import Embedder, KnowledgeStore, Matrix, Vector
    from tests.benchmarks.datasets import Entry

READER: Final = Reader.colleague("benchmark")
STEP: Final = 256


class CachedEmbedder:
    """The product's embedder with its passages kept in a file, so that a rerun embeds nothing."""

    def __init__(self, inner: Embedder, folder: Path) -> None:
        self._inner = inner
        folder.mkdir(parents=True, exist_ok=True)
        self._rows = sqlite3.connect(folder / f"{inner.name}.sqlite")
        self._rows.execute("PRAGMA synchronous=OFF")  # what a power cut loses is embedded again
        self._rows.execute("CREATE TABLE IF NOT EXISTS vectors (key TEXT PRIMARY KEY, row BLOB)")

    @property
    def name(self) -> str:
        return self._inner.name

    @property
    def dimension(self) -> int:
        return self._inner.dimension

    @property
    def fingerprint(self) -> str:
        return self._inner.fingerprint

    @property
    def is_fast(self) -> bool:
        return self._inner.is_fast

    def covers(self, text: str) -> bool:
        return self._inner.covers(text)

    def embed_passages(self, texts: Sequence[str]) -> Matrix:
        keys = [self._key(text) for text in texts]
        known = {key: found for key in keys if (found := self._read(key)) is not None}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if missing:
            made = self._inner.embed_passages([*missing.values()])
            with self._rows:
                self._rows.executemany(
                    "INSERT OR REPLACE INTO vectors VALUES (?, ?)",
                    [(key, row.tobytes()) for key, row in zip(missing, made, strict=True)],
                )
            known |= dict(zip(missing, made, strict=True))
        return np.stack([known[key] for key in keys])

    def embed_question(self, text: str) -> Vector:
        return np.asarray(self.embed_passages([text])[0])

    def close(self) -> None:
        self._rows.close()

    def _key(self, text: str) -> str:
        return hashlib.sha256(f"{self.fingerprint}\n{text}".encode()).hexdigest()

    def _read(self, key: str) -> Vector | None:
        found = self._rows.execute("SELECT row FROM vectors WHERE key = ?", (key,)).fetchone()
        return None if found is None else np.frombuffer(found[0], np.float32)


@dataclass(frozen=True, slots=True)
class Library:
    """An indexed set: where each document id came from, and how to search it."""

    store: KnowledgeStore
    embedders: tuple[CachedEmbedder, ...]
    entry_of: Mapping[str, str]

    def retriever(self, *, lexical_only: bool = False) -> Retriever:
        """Return the product's retriever with the shipped weights."""
        fusion, _, _ = weights.load()
        return Retriever(self.store, () if lexical_only else self.embedders, fusion)


@contextmanager
def models(cache: Path) -> Iterator[tuple[CachedEmbedder, ...]]:
    """Give the bundled embedders, cached in a folder."""
    embedders = tuple(CachedEmbedder(inner, cache) for inner in (UseEmbedder(), MiniLmEmbedder()))
    try:
        yield embedders
    finally:
        for embedder in embedders:
            embedder.close()


@contextmanager
def library(
    entries: Sequence[Entry], embedders: tuple[CachedEmbedder, ...], folder: Path
) -> Iterator[Library]:
    """Write the entries as files, index them with the product, and give the library."""
    entry_of = _write_files(entries, folder / "files")
    everyone = Audience.everyone()
    roots = [
        Root(name=kind.value, path=folder / "files" / kind.value, kind=kind, audience=everyone)
        for kind in (SourceKind.NOTES, SourceKind.CODE, SourceKind.ANSWERS)
        if (folder / "files" / kind.value).exists()
    ]
    source = FilesystemSource(roots)
    store = EdgeStore(folder / "index", [VectorModel.of(e) for e in embedders], "benchmark")
    parts = Parts(
        source=source,
        splitter=FormatSplitter(),
        store=store,
        registry=MemoryRegistry(),
        embedders=embedders,
        clock=SystemClock(),
        redact=redact,
    )
    try:
        Indexer(parts).apply(
            Change(ref.document_id, ChangeKind.SAVED)
            for ref in source.list()
            if isinstance(ref, DocumentRef)
        )
        backfill = Backfill(store, embedders)
        while backfill.step(STEP):
            pass
        yield Library(store, embedders, entry_of)
    finally:
        store.close()


def _write_files(entries: Sequence[Entry], folder: Path) -> dict[str, str]:
    entry_of = {}
    for number, entry in enumerate(entries):
        if entry.questions:
            kind, ending = SourceKind.ANSWERS, ".md"
            forms = "\n".join(f"  - {json.dumps(form)}" for form in entry.questions)
            text = f"---\nquestions:\n{forms}\naudience: everyone\n---\n\n{entry.text}\n"
        elif entry.is_code:
            kind, ending, text = SourceKind.CODE, ".py", entry.text
        else:
            kind, ending = SourceKind.NOTES, ".md"
            text = f"# {entry.title}\n\n{entry.text}\n" if entry.title else f"{entry.text}\n"
        path = folder / kind.value / f"{number // 1000:03}" / f"{number:06}{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", errors="replace")
        entry_of[f"{kind.value}/{path.parent.name}/{path.name}"] = entry.entry_id
    return entry_of


def asked(text: str, history: tuple[Turn, ...] = ()) -> Intent:
    """Return the product's understanding of a question asked by a colleague."""
    place, reply_to = Audience.everyone(), ReplyAddress("cli", "")
    return understanding.parse(Question("q", text, "a", READER, place, reply_to, 0.0, history))

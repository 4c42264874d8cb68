"""The knowledge store inside this process: Qdrant Edge, one shard per profile."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from avatar.adapters.chunk_cache import ChunkCache
from avatar.adapters.document_frequencies import DocumentFrequencies
from avatar.adapters.edge_folder import (
    SPARE_BYTES,
    EdgeFolder,
    explained,
    require_space,
    told_nobody,
)
from avatar.adapters.edge_points import (
    STORED_FIELDS,
    chunk_of,
    number_of,
    point_number,
    with_own_fields,
)
from avatar.adapters.edge_search import Narrowed, among, channels, equals, search
from avatar.adapters.lexical_vectors import LexicalVectors
from avatar.adapters.qdrant_schema import (
    LEXICAL,
    SCHEMA_VERSION,
    SCOPE,
    SETTLED,
    TERMS,
    VectorModel,
    chunk_terms,
    readable_scopes,
    settled,
    stored_names,
    to_payload,
)
from avatar.errors import StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import qdrant_edge

    from avatar.domain.audience import Reader
    from avatar.domain.chunks import Chunk
    from avatar.domain.documents import SourceKind
    from avatar.domain.evidence import Hit
    from avatar.ports import Vector

BATCH: Final = 128
"""Points written under one lock, so that a question never waits long behind indexing."""

PAGE: Final = 1000

FLUSH_AFTER: Final = 2000
"""Points after which the log is folded into the files, so that a reopen replays little."""


class EdgeStore:
    """Knowledge in a folder that this process owns.

    A write is in the engine's write-ahead log when the call returns, so it survives the end of
    this process at any instant; after a power failure the last writes may be missing and are
    found by the next reconcile. One lock serialises the engine and the counts beside it.
    """

    def __init__(
        self,
        folder: Path,
        models: Sequence[VectorModel],
        tenant: str,
        *,
        spare_bytes: int = SPARE_BYTES,
        on_note: Callable[[str], None] = told_nobody,
    ) -> None:
        """Open the folder, or make it; `on_note` is told when that takes longer than usual."""
        self._folder = folder
        self._models = tuple(models)
        self._stored = stored_names(models)
        self._tenant = tenant
        self._spare_bytes = spare_bytes
        self._lexical = LexicalVectors()
        self._lock = threading.RLock()
        self._cache = ChunkCache()
        self._saved_counts = folder / "frequencies.json"
        self._unflushed = 0
        opened = EdgeFolder(folder, models, spare_bytes, on_note).open()
        self._shard: qdrant_edge.EdgeShard | None = opened
        self._counts = self._load_counts()
        # all that are stored and some that were: a new document need not be looked for
        self._seen_documents = set(self.document_ids())

    def existing(self, document_id: str) -> Mapping[str, Chunk]:
        """Return the stored chunks of a document by chunk id."""
        with self._engine() as shard:
            if document_id not in self._seen_documents:
                return {}
            records = self._scroll(shard, equals("document_id", document_id))
            return {chunk.chunk_id: chunk for chunk in map(_chunk, records)}

    def known_vectors(self, content_hashes: Iterable[str]) -> Mapping[str, Mapping[str, Vector]]:
        """Return the vectors of stored chunks with these contents."""
        named = {stored: name for name, stored in self._stored.items()}
        wanted = sorted(set(content_hashes))
        known: dict[str, dict[str, Vector]] = {}
        with self._engine() as shard:
            for start in range(0, len(wanted), PAGE):
                hashes = wanted[start : start + PAGE]
                for record in self._scroll(
                    shard, among("content_sha256", hashes), ("content_sha256",), [*named]
                ):
                    own = known.setdefault((record.payload or {})["content_sha256"], {})
                    own.update(_as_arrays(record.vector, named))
        return known

    def write(self, chunks: Sequence[Chunk], vectors: Mapping[str, Mapping[str, Vector]]) -> None:
        """Add or replace chunks with the vectors that are there; the others are waited for."""
        from qdrant_edge import Point, SparseVector, UpdateOperation

        for start in range(0, len(chunks), BATCH):
            batch = {point_number(c.chunk_id): c for c in chunks[start : start + BATCH]}
            points, counted = [], []
            for number, chunk in batch.items():
                own = vectors.get(chunk.chunk_id, {})
                sparse = self._lexical.of_chunk(chunk)
                payload = self._payload(chunk)
                payload[SETTLED] = settled(self._models, own)
                vector = self._as_lists(own)
                vector[LEXICAL] = SparseVector(sparse.indices, sparse.values)
                points.append(Point(number, vector, payload))
                counted.append((payload[SCOPE], payload[TERMS].split(), sparse.indices))
            with self._writing(len(points)) as shard:
                self._uncount(shard, [*batch])
                shard.update(UpdateOperation.upsert_points(points))
                for words in counted:
                    self._counts.add(*words)
                for number, chunk in batch.items():
                    self._cache.put(number, chunk)
                    self._seen_documents.add(chunk.document_id)

    def restate(self, chunks: Sequence[Chunk]) -> None:
        """Replace what is stored about chunks whose content did not change; vectors stay."""
        from qdrant_edge import UpdateOperation

        for start in range(0, len(chunks), BATCH):
            batch = {point_number(c.chunk_id): c for c in chunks[start : start + BATCH]}
            with self._writing(len(batch)) as shard:
                for record in shard.retrieve([*batch], [TERMS, SCOPE], [LEXICAL]):
                    number = number_of(record.id)
                    payload = self._payload(batch[number])
                    self._cache.drop([number])
                    shard.update(UpdateOperation.set_payload([number], payload))
                    scopes, words, tokens = _counted(record)
                    self._counts.drop(scopes, words, tokens)
                    self._counts.add(payload[SCOPE], payload[TERMS].split(), tokens)

    def remove_chunks(self, chunk_ids: Sequence[str]) -> None:
        """Drop chunks; unknown ids are ignored."""
        self._remove([point_number(chunk_id) for chunk_id in chunk_ids])

    def remove_documents(self, document_ids: Sequence[str]) -> None:
        """Drop every chunk of the documents; unknown ones are ignored."""
        for start in range(0, len(document_ids), PAGE):
            gone = among("document_id", document_ids[start : start + PAGE])
            with self._engine() as shard:
                found = self._scroll(shard, gone, ("document_id",))
                self._remove([number_of(record.id) for record in found])

    def lacking(self, vector_name: str, limit: int) -> Sequence[Chunk]:
        """Return up to `limit` chunks still marked as waiting for this embedder's vectors."""
        from qdrant_edge import Filter, ScrollRequest

        waiting = Filter(
            must=[equals("tenant", self._tenant)],
            must_not=[equals(SETTLED, key) for key in self._keys(vector_name)],
        )
        with self._engine() as shard:
            records, _ = shard.scroll(
                ScrollRequest(
                    limit=limit,
                    filter=waiting,
                    with_payload=list(STORED_FIELDS),
                )
            )
        return [_chunk(record) for record in records]

    def add_vectors(self, vectors: Mapping[str, Mapping[str, Vector]], *, settles: str) -> None:
        """Add vectors to stored chunks and mark them as no longer waiting for `settles`."""
        from qdrant_edge import PointVectors, UpdateOperation

        ids = list(vectors)
        for start in range(0, len(ids), BATCH):
            batch = {point_number(name): vectors[name] for name in ids[start : start + BATCH]}
            with self._writing(len(batch)) as shard:
                records = shard.retrieve([*batch], [SETTLED], with_vector=False)
                owned = [(record.id, batch[number_of(record.id)]) for record in records]
                added = [PointVectors(i, self._as_lists(own)) for i, own in owned if own]
                if added:
                    shard.update(UpdateOperation.update_vectors(added))
                self._settle(shard, records, self._keys(settles))

    def search(
        self,
        text: str,
        vectors: Mapping[str, Vector],
        *,
        reader: Reader,
        limit: int,
        kinds: Sequence[SourceKind] = (),
        document_ids: Sequence[str] = (),
    ) -> Sequence[Hit]:
        """Return the union of each channel's best `limit` chunks the reader may read.

        Compressed vectors choose candidates, of which three times the limit are scored exactly.
        """
        scopes = readable_scopes(self._tenant, reader)
        tokens = self._lexical.of_question(text).indices
        with self._engine() as shard:
            queries = channels(self._counts.inverse(tokens, scopes), vectors, self._stored)
            if not scopes or not queries or limit < 1:
                return []
            narrowed = Narrowed.to(scopes, [kind.value for kind in kinds], document_ids)
            return search(shard, queries, narrowed, limit, self._cache)

    def term_frequencies(self, terms: Sequence[str], *, reader: Reader) -> Mapping[str, int]:
        """Count, per term, the chunks the reader may read that hold it; `""` counts all."""
        scopes = readable_scopes(self._tenant, reader)
        with self._engine():
            return self._counts.of_terms(terms, scopes) | {"": self._counts.total(scopes)}

    def document_ids(self) -> Mapping[str, int]:
        """Return the number of stored chunks per document."""
        from qdrant_edge import FacetRequest

        with self._engine() as shard:
            hits = shard.facet(
                FacetRequest("document_id", limit=max(1, self.count()), exact=True)
            ).hits
            return {str(hit.value): hit.count for hit in hits}

    def count(self) -> int:
        """Count stored chunks."""
        from qdrant_edge import CountRequest

        with self._engine() as shard:
            return shard.count(CountRequest(exact=True))

    def describe(self) -> Mapping[str, str]:
        """Name the engine, its version and place, and the vector models."""
        return {
            "engine": f"Qdrant Edge {version('qdrant-edge-py')}, embedded",
            "place": str(self._folder),
            "models": ", ".join(f"{m.name} ({m.dimension})" for m in self._models),
        }

    def vacuum(self) -> None:
        """Give back the space of removed chunks; nothing else runs meanwhile."""
        with self._writing(0) as shard:
            shard.optimize()
            self._flush(shard)

    def close(self) -> None:
        """Flush and let go of the engine; safe to call twice."""
        with self._lock:
            if self._shard is None:
                return
            with self._engine() as shard:
                stamp = self._stamp()
                shard.flush()
                shard.close()
                self._shard = None
                self._counts.save(self._saved_counts, stamp)

    @contextmanager
    def _engine(self) -> Iterator[qdrant_edge.EdgeShard]:
        with self._lock:
            if self._shard is None:
                raise StoreUnavailableError(
                    f"The index in {self._folder} was closed while it was still used; try again."
                )
            with explained(self._folder):
                yield self._shard

    @contextmanager
    def _writing(self, points: int) -> Iterator[qdrant_edge.EdgeShard]:
        with self._engine() as shard:
            require_space(self._folder, self._spare_bytes)
            self._saved_counts.unlink(missing_ok=True)
            yield shard
            self._unflushed += points
            if self._unflushed >= FLUSH_AFTER:
                self._flush(shard)

    def _flush(self, shard: qdrant_edge.EdgeShard) -> None:
        shard.flush()
        self._unflushed = 0

    def _payload(self, chunk: Chunk) -> dict[str, Any]:
        # one string, because the engine parses a whole payload to give any of it
        words = {TERMS: " ".join(chunk_terms(chunk))}
        return with_own_fields(to_payload(chunk, self._tenant) | words, chunk.chunk_id)

    def _own(self, *conditions: qdrant_edge.FieldCondition) -> qdrant_edge.Filter:
        from qdrant_edge import Filter

        return Filter(must=[equals("tenant", self._tenant), *conditions])

    def _scroll(
        self,
        shard: qdrant_edge.EdgeShard,
        condition: qdrant_edge.FieldCondition | None,
        fields: Sequence[str] = STORED_FIELDS,
        vector_names: Sequence[str] = (),
    ) -> Iterator[qdrant_edge.Record]:
        from qdrant_edge import ScrollRequest

        conditions = () if condition is None else (condition,)
        offset = None
        while True:
            records, offset = shard.scroll(
                ScrollRequest(
                    offset=offset,
                    limit=PAGE,
                    filter=self._own(*conditions),
                    with_payload=list(fields),
                    with_vector=list(vector_names) or False,
                )
            )
            yield from records
            if offset is None:
                return

    def _remove(self, numbers: Sequence[int]) -> None:
        from qdrant_edge import UpdateOperation

        for start in range(0, len(numbers), BATCH):
            batch = list(dict.fromkeys(numbers[start : start + BATCH]))
            with self._writing(len(batch)) as shard:
                self._uncount(shard, batch)
                shard.update(UpdateOperation.delete_points([*batch]))

    def _uncount(self, shard: qdrant_edge.EdgeShard, numbers: Sequence[int]) -> None:
        for record in shard.retrieve([*numbers], [TERMS, SCOPE], [LEXICAL]):
            self._counts.drop(*_counted(record))
            self._cache.drop([number_of(record.id)])

    def _settle(
        self,
        shard: qdrant_edge.EdgeShard,
        records: Sequence[qdrant_edge.Record],
        keys: Sequence[str],
    ) -> None:
        from qdrant_edge import UpdateOperation

        groups: dict[tuple[str, ...], list[qdrant_edge.PointId]] = {}
        for record in records:
            before = (record.payload or {})[SETTLED]
            groups.setdefault(tuple(sorted({*before, *keys})), []).append(record.id)
        for after, ids in groups.items():
            shard.update(UpdateOperation.set_payload(ids, {SETTLED: [*after]}))

    def _keys(self, name: str) -> list[str]:
        return [model.key for model in self._models if model.name == name]

    def _as_lists(self, vectors: Mapping[str, Vector]) -> dict[str, Any]:
        return {
            self._stored[name]: vector.tolist()
            for name, vector in vectors.items()
            if name in self._stored
        }

    def _stamp(self) -> Mapping[str, object]:
        return {"schema": SCHEMA_VERSION, "points": self.count(), "tenant": self._tenant}

    def _load_counts(self) -> DocumentFrequencies:
        saved = DocumentFrequencies.load(self._saved_counts, self._stamp())
        if saved is not None:
            return saved
        counts = DocumentFrequencies()
        with self._engine() as shard:
            for record in self._scroll(shard, None, (TERMS, SCOPE), (LEXICAL,)):
                counts.add(*_counted(record))
        return counts


def _chunk(record: qdrant_edge.Record) -> Chunk:
    return chunk_of(record.payload)


def _counted(record: qdrant_edge.Record) -> tuple[list[str], list[str], list[int]]:
    payload = record.payload or {}
    vector: Any = record.vector
    sparse = vector.get(LEXICAL) if vector else None
    return payload[SCOPE], payload[TERMS].split(), sparse.indices if sparse else []


def _as_arrays(stored: qdrant_edge.Vector | None, named: Mapping[str, str]) -> dict[str, Vector]:
    vectors: Any = stored or {}
    return {named[name]: np.asarray(vector, np.float32) for name, vector in vectors.items()}

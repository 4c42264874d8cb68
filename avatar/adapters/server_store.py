"""The knowledge store in a Qdrant server or cluster: one collection, a tenant per profile."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from avatar.adapters.lexical_vectors import LexicalVectors
from avatar.adapters.qdrant_schema import (
    CHUNK_FIELDS,
    KEYWORD_FIELDS,
    LEXICAL,
    SETTLED,
    TERMS,
    VectorModel,
    chunk_terms,
    readable_scopes,
    settled,
    stored_names,
    to_chunk,
    to_payload,
)
from avatar.adapters.server_conditions import (
    Channel,
    among,
    matching,
    of_channel,
    readable,
    request,
)
from avatar.domain.evidence import Hit
from avatar.errors import StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from qdrant_client import QdrantClient, models

    from avatar.domain.audience import Reader
    from avatar.domain.chunks import Chunk
    from avatar.domain.documents import SourceKind
    from avatar.ports import Vector

BATCH: Final = 128
PAGE: Final = 1000
ALL_DOCUMENTS: Final = 10_000_000
TIMEOUT_S: Final = 20


def connect(url: str, *, api_key: str | None = None, timeout_s: int = TIMEOUT_S) -> QdrantClient:
    """Return a client of the server at this address; nothing is sent yet."""
    from qdrant_client import QdrantClient

    return QdrantClient(url=url, api_key=api_key, timeout=timeout_s, check_compatibility=False)


class ServerStore:
    """Knowledge in a server that several profiles may share.

    Everything is counted by the server over what the reader may read, so it has to be one that
    knows the scope of document frequencies (`params.idf.corpus`, Qdrant 1.18 or newer): an
    older server would refuse or count everything. One lock keeps a search consistent with
    itself; writes of other processes may come between its steps.
    """

    def __init__(
        self,
        client: QdrantClient,
        collection: str,
        models: Sequence[VectorModel],
        tenant: str,
        *,
        place: str = "",
    ) -> None:
        self._client = client
        self._collection = collection
        self._models = tuple(models)
        self._stored = stored_names(models)
        self._tenant = tenant
        self._place = place
        self._lexical = LexicalVectors()
        self._lock = threading.RLock()
        self._closed = False
        self._prepare()

    def existing(self, document_id: str) -> Mapping[str, Chunk]:
        """Return the stored chunks of a document by chunk id."""
        return {
            str(record.id): to_chunk(str(record.id), record.payload or {})
            for record in self._scroll([among("document_id", [document_id])])
        }

    def known_vectors(self, content_hashes: Iterable[str]) -> Mapping[str, Mapping[str, Vector]]:
        """Return the vectors of stored chunks with these contents."""
        named = {stored: name for name, stored in self._stored.items()}
        wanted = sorted(set(content_hashes))
        known: dict[str, dict[str, Vector]] = {}
        for start in range(0, len(wanted), PAGE):
            hashes = among("content_sha256", wanted[start : start + PAGE])
            for record in self._scroll([hashes], ("content_sha256",), [*named]):
                own = known.setdefault((record.payload or {})["content_sha256"], {})
                vectors: Any = record.vector or {}
                own.update({named[n]: np.asarray(v, np.float32) for n, v in vectors.items()})
        return known

    def write(self, chunks: Sequence[Chunk], vectors: Mapping[str, Mapping[str, Vector]]) -> None:
        """Add or replace chunks with the vectors that are there; the others are waited for."""
        from qdrant_client import models

        for start in range(0, len(chunks), BATCH):
            batch = {chunk.chunk_id: chunk for chunk in chunks[start : start + BATCH]}
            points = []
            for chunk_id, chunk in batch.items():
                own = vectors.get(chunk_id, {})
                sparse = self._lexical.of_chunk(chunk)
                payload = self._payload(chunk) | {SETTLED: settled(self._models, own)}
                lexical = models.SparseVector(indices=sparse.indices, values=sparse.values)
                points.append(
                    models.PointStruct(
                        id=chunk_id,
                        vector={**self._as_lists(own), LEXICAL: lexical},
                        payload=payload,
                    )
                )
            with self._server() as client:
                client.upsert(self._collection, points, wait=True)

    def restate(self, chunks: Sequence[Chunk]) -> None:
        """Replace what is stored about chunks whose content did not change; vectors stay."""
        for start in range(0, len(chunks), BATCH):
            batch = {chunk.chunk_id: chunk for chunk in chunks[start : start + BATCH]}
            with self._server() as client:
                for record in client.retrieve(self._collection, [*batch], with_payload=False):
                    client.set_payload(
                        self._collection,
                        self._payload(batch[str(record.id)]),
                        points=[record.id],
                        wait=True,
                    )

    def remove_chunks(self, chunk_ids: Sequence[str]) -> None:
        """Drop chunks; unknown ids are ignored."""
        from qdrant_client import models

        for start in range(0, len(chunk_ids), PAGE):
            ids = models.PointIdsList(points=[*chunk_ids[start : start + PAGE]])
            with self._server() as client:
                client.delete(self._collection, ids, wait=True)

    def remove_documents(self, document_ids: Sequence[str]) -> None:
        """Drop every chunk of the documents; unknown ones are ignored."""
        from qdrant_client import models

        for start in range(0, len(document_ids), PAGE):
            gone = self._own([among("document_id", document_ids[start : start + PAGE])])
            with self._server() as client:
                client.delete(self._collection, models.FilterSelector(filter=gone), wait=True)

    def lacking(self, vector_name: str, limit: int) -> Sequence[Chunk]:
        """Return up to `limit` chunks still waiting for this embedder's vectors."""
        done = [model.key for model in self._models if model.name == vector_name]
        without = [among(SETTLED, done)] if done else []
        waiting = matching([among("tenant", [self._tenant])], without=without)
        with self._server() as client:
            records, _ = client.scroll(
                self._collection, waiting, limit=limit, with_payload=[*CHUNK_FIELDS]
            )
        return [to_chunk(str(record.id), record.payload or {}) for record in records]

    def add_vectors(self, vectors: Mapping[str, Mapping[str, Vector]], *, settles: str) -> None:
        """Add vectors to stored chunks and mark them as no longer waiting for `settles`."""
        from qdrant_client import models

        keys = [model.key for model in self._models if model.name == settles]
        ids = list(vectors)
        for start in range(0, len(ids), BATCH):
            with self._server() as client:
                records = client.retrieve(
                    self._collection, ids[start : start + BATCH], with_payload=[SETTLED]
                )
                added = [
                    models.PointVectors(id=r.id, vector=self._as_lists(vectors[str(r.id)]))
                    for r in records
                    if vectors[str(r.id)]
                ]
                if added:
                    client.update_vectors(self._collection, added, wait=True)
                for record in records:
                    after = sorted({*(record.payload or {})[SETTLED], *keys})
                    client.set_payload(
                        self._collection, {SETTLED: after}, points=[record.id], wait=True
                    )

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
        """Return the union of each channel's best `limit` chunks the reader may read."""
        scopes = readable_scopes(self._tenant, reader)
        if not scopes or limit < 1:
            return []
        allowed = [among("tenant", [self._tenant]), readable(scopes)]
        narrowed = [*allowed]
        if kinds:
            narrowed.append(among("kind", [kind.value for kind in kinds]))
        if document_ids:
            narrowed.append(among("document_id", document_ids))
        asked = self._channels(text, vectors)
        if not asked:
            return []
        with self._server() as client:
            corpus = matching(allowed)
            best = client.query_batch_points(
                self._collection,
                [request(c, matching(of_channel(c, narrowed)), corpus, limit) for c in asked],
            )
            scores = [{p.id: p.score for p in answer.points} for answer in best]
            found = {point_id for of in scores for point_id in of}
            if not found:
                return []
            records = client.retrieve(self._collection, [*found], with_payload=[*CHUNK_FIELDS])
            self._complete(client, asked, allowed, scores)
        return [
            Hit(
                to_chunk(str(record.id), record.payload or {}),
                {LEXICAL: 0.0}
                | {
                    channel.name: of[record.id]
                    for channel, of in zip(asked, scores, strict=True)
                    if record.id in of
                },
            )
            for record in records
        ]

    def term_frequencies(self, terms: Sequence[str], *, reader: Reader) -> Mapping[str, int]:
        """Count, per term, the chunks the reader may read that hold it; `""` counts all."""
        scopes = readable_scopes(self._tenant, reader)
        if not scopes:
            return dict.fromkeys((*terms, ""), 0)
        allowed = [among("tenant", [self._tenant]), readable(scopes)]
        with self._server() as client:
            counted = {
                term: client.count(
                    self._collection, matching([*allowed, among(TERMS, [term])]), exact=True
                ).count
                for term in terms
            }
            return counted | {"": client.count(self._collection, matching(allowed)).count}

    def document_ids(self) -> Mapping[str, int]:
        """Return the number of stored chunks per document."""
        with self._server() as client:
            hits = client.facet(
                self._collection,
                "document_id",
                facet_filter=self._own([]),
                limit=ALL_DOCUMENTS,
                exact=True,
            ).hits
        return {str(hit.value): hit.count for hit in hits}

    def count(self) -> int:
        """Count stored chunks of this tenant."""
        with self._server() as client:
            return int(client.count(self._collection, self._own([]), exact=True).count)

    def describe(self) -> Mapping[str, str]:
        """Name the engine, its client's version and place, and the vector models."""
        return {
            "engine": f"Qdrant server, qdrant-client {version('qdrant-client')}",
            "place": f"{self._place} collection {self._collection}, tenant {self._tenant}".strip(),
            "models": ", ".join(f"{m.name} ({m.dimension})" for m in self._models),
        }

    def vacuum(self) -> None:
        """Do nothing: a server gives back space by itself."""

    def close(self) -> None:
        """Let go of the connection; safe to call twice."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._client.close()

    @contextmanager
    def _server(self) -> Iterator[QdrantClient]:
        from qdrant_client.common.client_exceptions import QdrantException
        from qdrant_client.http.exceptions import ApiException

        with self._lock:
            if self._closed:
                raise StoreUnavailableError(
                    f"The connection to the Qdrant server {self._place} was closed; try again."
                )
            try:
                yield self._client
            except (ApiException, QdrantException, OSError) as error:
                raise StoreUnavailableError(
                    f"The Qdrant server {self._place} did not do what was asked "
                    f"({type(error).__name__}). Check that it runs, its address, and the API key."
                ) from error

    def _prepare(self) -> None:
        from qdrant_client import models

        with self._server() as client:
            if not client.collection_exists(self._collection):
                client.create_collection(
                    self._collection,
                    vectors_config={},
                    sparse_vectors_config={
                        LEXICAL: models.SparseVectorParams(modifier=models.Modifier.IDF)
                    },
                )
            known = client.get_collection(self._collection)
            dense: Any = known.config.params.vectors or {}
            for model in self._models:
                for name in model.stored_names.values():
                    if name not in dense:
                        self._add_vector_name(client, name, model.dimension)
            for field in (*KEYWORD_FIELDS, TERMS):
                if field not in known.payload_schema:
                    self._add_index(client, field)

    def _add_vector_name(self, client: QdrantClient, name: str, size: int) -> None:
        from qdrant_client import models

        config = models.DenseVectorConfig(size=size, distance=models.Distance.DOT)
        client.create_vector_name(
            self._collection, name, models.DenseVectorNameConfig(dense=config)
        )

    def _add_index(self, client: QdrantClient, field: str) -> None:
        from qdrant_client import models

        schema = models.KeywordIndexParams(
            type=models.KeywordIndexType.KEYWORD,
            is_tenant=True if field == "tenant" else None,
            on_disk=True if field == TERMS else None,
        )
        client.create_payload_index(self._collection, field, schema, wait=True)

    def _channels(self, text: str, vectors: Mapping[str, Vector]) -> list[Channel]:
        from qdrant_client import models

        asked = [
            Channel(name, self._stored[name], vector.tolist())
            for name, vector in vectors.items()
            if name in self._stored
        ]
        sparse = self._lexical.of_question(text)
        if sparse.indices:
            query = models.SparseVector(indices=sparse.indices, values=sparse.values)
            asked.append(Channel(LEXICAL, LEXICAL, query))
        return asked

    def _complete(
        self,
        client: QdrantClient,
        asked: Sequence[Channel],
        allowed: Sequence[models.FieldCondition],
        scores: Sequence[dict[Any, float]],
    ) -> None:
        """Add to each channel the scores of what only other channels found."""
        found = {point_id for of in scores for point_id in of}
        lacking = [
            (channel, of, found - of.keys())
            for channel, of in zip(asked, scores, strict=True)
            if found - of.keys()
        ]
        if not lacking:
            return
        requests = [
            request(
                channel,
                matching(of_channel(channel, allowed), ids=ids),
                matching(allowed),
                len(ids),
            )
            for channel, _, ids in lacking
        ]
        answers = client.query_batch_points(self._collection, requests)
        for (_, of, _), answer in zip(lacking, answers, strict=True):
            of.update((point.id, point.score) for point in answer.points)

    def _payload(self, chunk: Chunk) -> dict[str, Any]:
        return to_payload(chunk, self._tenant) | {TERMS: [*chunk_terms(chunk)]}

    def _as_lists(self, vectors: Mapping[str, Vector]) -> dict[str, Any]:
        return {
            self._stored[name]: vector.tolist()
            for name, vector in vectors.items()
            if name in self._stored
        }

    def _own(self, conditions: Sequence[models.FieldCondition]) -> models.Filter:
        return matching([among("tenant", [self._tenant]), *conditions])

    def _scroll(
        self,
        conditions: Sequence[models.FieldCondition],
        fields: Sequence[str] = CHUNK_FIELDS,
        vector_names: Sequence[str] = (),
    ) -> Iterator[models.Record]:
        offset = None
        while True:
            with self._server() as client:
                records, offset = client.scroll(
                    self._collection,
                    self._own(conditions),
                    limit=PAGE,
                    offset=offset,
                    with_payload=[*fields],
                    with_vectors=[*vector_names] or False,
                )
            yield from records
            if offset is None:
                return

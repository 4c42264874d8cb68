"""The folder of an embedded index: opened, created, kept in step with the embedding models."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from avatar.adapters.edge_points import INDEXED_FIELDS
from avatar.adapters.edge_upgrade import EARLIER, copy_points
from avatar.adapters.qdrant_schema import (
    LEXICAL,
    SCHEMA_VERSION,
    SETTLED,
    VectorModel,
)
from avatar.errors import IndexDamagedError, IndexInUseError, StateUnwritableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    import qdrant_edge

SPARE_BYTES: Final = 96 * 1024 * 1024
"""The engine maps its files into memory: on a full disk it would be killed, not told."""

REBUILD: Final = "Rebuild it from your files with `avatar index --rebuild`."


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn what the engine raises into an error that says who must act."""
    try:
        yield
    except OSError as error:
        raise _unwritable(folder, str(error)) from error
    except BaseException as error:
        # a damaged file makes the engine panic, which is no `Exception`
        if type(error) is not Exception and type(error).__name__ != "PanicException":
            raise
        raise _translated(folder, str(error)) from error


def _translated(folder: Path, said: str) -> Exception:
    if "init WAL" in said and "WouldBlock" in said:
        return IndexInUseError(
            f"Another process owns the index in {folder}: probably `avatar up` or another avatar "
            "command on this profile. Wait for it or end it, then try again."
        )
    if any(words in said for words in ("os error 28", "No space", "StorageFull")):
        return _unwritable(folder, "the disk is full")
    if any(words in said for words in ("os error 13", "os error 30", "ermission denied")):
        return _unwritable(folder, "writing is not permitted")
    return IndexDamagedError(f"The index in {folder} cannot be read ({said[:200]}). {REBUILD}")


def _unwritable(folder: Path, why: str) -> StateUnwritableError:
    return StateUnwritableError(
        f"The index in {folder} cannot be written: {why}. Nothing that was indexed is lost; free "
        "some space or give write permission, then try again."
    )


def require_space(folder: Path, spare_bytes: int = SPARE_BYTES) -> None:
    """Raise `StateUnwritableError` when the disk is too full to write safely."""
    free = shutil.disk_usage(folder).free
    if free < spare_bytes:
        raise _unwritable(folder, f"only {free >> 20} MB are free on its disk")


def told_nobody(_note: str) -> None:
    """Take a note that nobody wants to hear."""


class EdgeFolder:
    """A folder with `meta.json` (schema and models) and the engine's own files.

    Those lie in a folder named for their schema, so that an index of an earlier one stands until
    its successor is whole; `meta.json` says which of them counts.
    """

    def __init__(
        self,
        path: Path,
        models: Sequence[VectorModel],
        spare_bytes: int = SPARE_BYTES,
        on_note: Callable[[str], None] = told_nobody,
    ) -> None:
        self.path = path
        self._spare_bytes = spare_bytes
        self._models = tuple(models)
        self._on_note = on_note
        self._meta = path / "meta.json"
        self._shard = path / f"shard-{SCHEMA_VERSION}"

    def open(self) -> qdrant_edge.EdgeShard:
        """Open the shard, making it, upgrading it or adding vector names when needed."""
        with explained(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
        schema, known = self._read_meta()
        if known is None and any(self.path.glob("shard*")):
            raise IndexDamagedError(f"The index in {self.path} lost its meta.json. {REBUILD}")
        with explained(self.path):
            if known is not None and schema in EARLIER:
                self._upgrade(self.path / EARLIER[schema], known)
            now = {**(known or {}), **{model.name: model for model in self._models}}
            if known is None or not (self._shard / "edge_config.json").exists():
                require_space(self.path, self._spare_bytes)
                self._write_meta({})
                shutil.rmtree(self._shard, ignore_errors=True)
                shard = self._create(self._models)
            else:
                shard = self._load(self._shard)
                if now != known:
                    self._replace_models(shard, known)
            if now != known:
                self._write_meta(now)
            for name in EARLIER.values():
                shutil.rmtree(self.path / name, ignore_errors=True)
            return shard

    def _upgrade(self, earlier: Path, known: Mapping[str, VectorModel]) -> None:
        """Make the index of an earlier version into one of this version.

        Until `meta.json` says otherwise the earlier one counts, so it may be cut short anywhere.
        """
        if not (earlier / "edge_config.json").exists():
            return
        old = self._load(earlier)
        try:
            count = old.info().points_count
            self._on_note(
                f"The index in {self.path} was made by an earlier version: its {count:,} chunks "
                "are taken over now, once. Nothing is embedded again."
            )
            shutil.rmtree(self._shard, ignore_errors=True)  # what an earlier try left
            held = sum(path.stat().st_size for path in earlier.rglob("*") if path.is_file())
            require_space(self.path, self._spare_bytes + held)
            new = self._create(tuple(known.values()))
            copy_points(
                old, new, [name for model in known.values() for name in model.stored_names.values()]
            )
            new.close()
        finally:
            old.close()
        self._write_meta(known)

    def _replace_models(
        self, shard: qdrant_edge.EdgeShard, known: Mapping[str, VectorModel]
    ) -> None:
        """Add the vector names of new models and drop those of the ones they replace.

        May be repeated when it was cut short. Search goes on with the other channels meanwhile.
        """
        from qdrant_edge import Distance, UpdateOperation, VectorStorageDatatype

        for model in self._models:
            old = known.get(model.name)
            if old == model:
                continue
            if old is not None:
                unsettle(shard, old.key)
                for name in old.stored_names.values():
                    shard.update(UpdateOperation.delete_vector_name(name))
            for name in model.stored_names.values():
                shard.update(
                    UpdateOperation.create_dense_vector(
                        name,
                        model.dimension,
                        Distance.Dot,
                        datatype=VectorStorageDatatype.Float16,
                    )
                )
        shard.flush()

    def _create(self, models: Sequence[VectorModel]) -> qdrant_edge.EdgeShard:
        from qdrant_edge import EdgeShard, KeywordIndexParams, Memory, UpdateOperation

        self._shard.mkdir()
        dense = {
            name: _dense(model.dimension)
            for model in models
            for name in model.stored_names.values()
        }
        shard = EdgeShard.create(str(self._shard), _config(dense))
        for name in INDEXED_FIELDS:
            shard.update(
                UpdateOperation.create_field_index(name, KeywordIndexParams(memory=Memory.Pinned))
            )
        return shard

    def _load(self, folder: Path) -> qdrant_edge.EdgeShard:
        from qdrant_edge import EdgeShard

        shard = EdgeShard.load(str(folder), _config(None))
        _read_ahead(folder)
        return shard

    def _read_meta(self) -> tuple[int, Mapping[str, VectorModel] | None]:
        """Return the schema and the models of what is there; None when nothing is."""
        try:
            document = json.loads(self._meta.read_text(encoding="utf-8"))
            schema, vectors = document["schema"], document["models"]
            models = {name: VectorModel(**fields) for name, fields in vectors.items()}
        except FileNotFoundError:
            return SCHEMA_VERSION, None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise IndexDamagedError(f"{self._meta} cannot be read. {REBUILD}") from error
        if schema != SCHEMA_VERSION and schema not in EARLIER:
            raise IndexDamagedError(
                f"The index in {self.path} was made by another version (schema {schema}, this one "
                f"reads {SCHEMA_VERSION}). {REBUILD}"
            )
        return schema, models

    def _write_meta(self, models: Mapping[str, VectorModel]) -> None:
        document = {
            "schema": SCHEMA_VERSION,
            "models": {name: asdict(model) for name, model in models.items()},
        }
        partial = self._meta.with_suffix(".partial")
        partial.write_text(json.dumps(document, indent=1), encoding="utf-8")
        partial.replace(self._meta)


def _config(vectors: dict[str, qdrant_edge.EdgeVectorParams] | None) -> qdrant_edge.EdgeConfig:
    """Describe how the engine keeps its data; an index that exists keeps its own vectors."""
    from qdrant_edge import (
        EdgeConfig,
        EdgeOptimizersConfig,
        EdgeSparseVectorParams,
        HnswIndexConfig,
        Memory,
        TurboQuantBitSize,
        TurboQuantQuantizationConfig,
    )

    return EdgeConfig(
        vectors=vectors,
        sparse_vectors={LEXICAL: EdgeSparseVectorParams()},
        # no graph: building one stops the process for minutes
        hnsw_config=HnswIndexConfig(m=0, ef_construct=4, full_scan_threshold=1_000_000_000),
        # a scan takes as long as its vectors are large: a quarter of them is read, the best again
        quantization_config=TurboQuantQuantizationConfig(
            bits=TurboQuantBitSize.Bits4, memory=Memory.Cold
        ),
        optimizers=EdgeOptimizersConfig(default_segment_number=1, indexing_threshold=1_000_000_000),
        payload_memory=Memory.Cold,
    )


def _dense(dimension: int) -> qdrant_edge.EdgeVectorParams:
    from qdrant_edge import Distance, EdgeVectorParams, Memory, VectorStorageDatatype

    return EdgeVectorParams(
        dimension, Distance.Dot, datatype=VectorStorageDatatype.Float16, memory=Memory.Cold
    )


def _read_ahead(folder: Path) -> None:
    """Have the system read the engine's files, so that no question waits for the disk.

    The engine would do that for what is not `Cold`, but by mapping whole files of 32 MB, however
    little they hold: they would count as memory of this process.
    """
    if not hasattr(os, "posix_fadvise"):
        return
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_WILLNEED)


def unsettle(shard: qdrant_edge.EdgeShard, key: str) -> None:
    """Forget that chunks have the vectors of a model, before those are dropped."""
    from qdrant_edge import FieldCondition, Filter, MatchValue, ScrollRequest, UpdateOperation

    having = Filter(must=[FieldCondition(SETTLED, match=MatchValue(key))])
    while True:
        records, _ = shard.scroll(ScrollRequest(limit=1000, filter=having, with_payload=[SETTLED]))
        if not records:
            return
        groups: dict[tuple[str, ...], list[qdrant_edge.PointId]] = {}
        for record in records:
            others = tuple(k for k in (record.payload or {})[SETTLED] if k != key)
            groups.setdefault(others, []).append(record.id)
        for others, ids in groups.items():
            shard.update(UpdateOperation.set_payload(ids, {SETTLED: [*others]}))

"""An index of an earlier version is taken over as it is, whatever interrupts it."""

from __future__ import annotations

import json
import shutil
import uuid
from typing import TYPE_CHECKING

import pytest
from qdrant_edge import (
    Distance,
    EdgeConfig,
    EdgeShard,
    EdgeSparseVectorParams,
    EdgeVectorParams,
    HnswIndexConfig,
    KeywordIndexParams,
    Point,
    ScrollRequest,
    UpdateOperation,
)

from avatar.adapters.edge_store import EdgeStore
from avatar.adapters.qdrant_schema import KEYWORD_FIELDS, VectorModel
from avatar.domain.audience import Audience
from avatar.errors import IndexInUseError, StateUnwritableError
from tests.contracts.store import COLLEAGUE, DIMENSIONS, OWNER, SLOW, both, chunk, fill, unit

if TYPE_CHECKING:
    from pathlib import Path

    from avatar.domain.evidence import Hit

MODELS = tuple(VectorModel(name, size, "v1") for name, size in DIMENSIONS.items())
NAMES = [name for model in MODELS for name in model.stored_names.values()]
SIZES = {name: model.dimension for model in MODELS for name in model.stored_names.values()}


def everything(store: EdgeStore) -> list[Hit]:
    hits = store.search("budget entry", both(1), reader=OWNER, limit=50)
    return sorted(hits, key=lambda hit: hit.chunk.chunk_id)


def first_schema(folder: Path) -> list[Hit]:
    """Fill an index, then write it as the first schema had it; return what is in it."""
    store = EdgeStore(folder, MODELS, "ada")
    fill(store, [chunk(f"budget entry {n}", f"notes/{n}.md") for n in range(40)])
    fill(store, [chunk("budget of mine", "own.md", audience=Audience.owner_only())])
    store.write([chunk("budget of later", "late.md")], {})
    found = everything(store)
    store.close()
    write_as_first(folder)
    return found


def write_as_first(folder: Path) -> None:
    now = EdgeShard.load(str(folder / "shard-2"))
    records, _ = now.scroll(
        ScrollRequest(limit=1000, with_payload=True, with_vector=[*NAMES, "lexical"])
    )
    now.close()
    (folder / "shard").mkdir()
    dense = {name: EdgeVectorParams(size, Distance.Dot) for name, size in SIZES.items()}
    graph = HnswIndexConfig(m=0, ef_construct=4, full_scan_threshold=1_000_000)
    sparse = {"lexical": EdgeSparseVectorParams()}
    earlier = EdgeShard.create(
        str(folder / "shard"), EdgeConfig(vectors=dense, sparse_vectors=sparse, hnsw_config=graph)
    )
    for field in KEYWORD_FIELDS:
        earlier.update(UpdateOperation.create_field_index(field, KeywordIndexParams()))
    points = []
    for record in records:
        payload = dict(record.payload or {})
        points.append(Point(uuid.UUID(payload.pop("chunk_id")), record.vector or {}, payload))
    earlier.update(UpdateOperation.upsert_points(points))
    earlier.close()
    shutil.rmtree(folder / "shard-2")
    mark(folder, schema=1)


def mark(folder: Path, *, schema: int) -> None:
    meta = folder / "meta.json"
    meta.write_text(json.dumps({**json.loads(meta.read_text()), "schema": schema}))


def scores(hits: list[Hit]) -> list[dict[str, float]]:
    return [dict(sorted(hit.scores.items())) for hit in hits]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


def test_everything_is_taken_over_once_and_the_owner_is_told(folder: Path) -> None:
    before = first_schema(folder)
    notes: list[str] = []
    store = EdgeStore(folder, MODELS, "ada", on_note=notes.append)
    after = everything(store)
    assert [hit.chunk for hit in after] == [hit.chunk for hit in before]
    assert scores(after) == [pytest.approx(of, abs=1e-3) for of in scores(before)]
    assert store.term_frequencies(["budget"], reader=OWNER) == {"": 42, "budget": 42}
    assert store.term_frequencies(["budget"], reader=COLLEAGUE) == {"": 41, "budget": 41}
    assert [c.document_id for c in store.lacking(SLOW, 9)] == ["late.md"]
    store.close()
    assert not (folder / "shard").exists()
    assert any(folder.rglob("quantized*"))
    EdgeStore(folder, MODELS, "ada", on_note=notes.append).close()
    (told,) = notes
    assert "earlier version" in told
    assert "42 chunks" in told


def test_what_was_taken_over_can_be_changed_and_removed(folder: Path) -> None:
    first_schema(folder)
    store = EdgeStore(folder, MODELS, "ada")
    (late,) = store.lacking(SLOW, 9)
    store.add_vectors({late.chunk_id: {SLOW: unit(5, DIMENSIONS[SLOW])}}, settles=SLOW)
    assert not store.lacking(SLOW, 9)
    store.remove_documents(["notes/1.md", "late.md"])
    assert store.count() == 40
    assert store.existing("notes/2.md").keys() == {
        hit.chunk.chunk_id for hit in everything(store) if hit.chunk.document_id == "notes/2.md"
    }
    store.close()


def test_taking_over_is_begun_anew_when_it_was_cut_short(folder: Path) -> None:
    before = first_schema(folder)
    aside = folder.parent / "other"
    EdgeStore(aside, MODELS, "ada").close()
    shutil.copytree(aside / "shard-2", folder / "shard-2")  # empty: nothing was copied yet
    store = EdgeStore(folder, MODELS, "ada")
    assert len(everything(store)) == len(before)
    store.close()


def test_what_was_taken_over_is_not_taken_over_again(folder: Path) -> None:
    """As if it ended right after the new index counted and before the old one was gone."""
    first_schema(folder)
    shutil.copytree(folder / "shard", folder.parent / "kept")
    store = EdgeStore(folder, MODELS, "ada")
    store.remove_documents(["notes/1.md"])
    store.close()
    shutil.copytree(folder.parent / "kept", folder / "shard")
    store = EdgeStore(folder, MODELS, "ada")
    assert "notes/1.md" not in store.document_ids()
    assert not (folder / "shard").exists()
    store.close()


def test_an_earlier_index_that_was_never_filled_is_made_anew(folder: Path) -> None:
    EdgeStore(folder, MODELS, "ada").close()
    shutil.rmtree(folder / "shard-2")
    mark(folder, schema=1)
    store = EdgeStore(folder, MODELS, "ada")
    assert store.count() == 0
    store.close()


def test_a_disk_too_full_for_both_leaves_the_earlier_index_as_it_is(folder: Path) -> None:
    before = first_schema(folder)
    with pytest.raises(StateUnwritableError, match="free some space"):
        EdgeStore(folder, MODELS, "ada", spare_bytes=1 << 60)
    store = EdgeStore(folder, MODELS, "ada")
    assert len(everything(store)) == len(before)
    store.close()


def test_an_earlier_index_that_is_in_use_is_left_alone(folder: Path) -> None:
    first_schema(folder)
    used = EdgeShard.load(str(folder / "shard"))
    with pytest.raises(IndexInUseError, match="Another process"):
        EdgeStore(folder, MODELS, "ada")
    used.close()

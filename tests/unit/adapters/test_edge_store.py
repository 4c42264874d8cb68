"""The embedded store keeps the promises of the port, and its own."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar.adapters.edge_store import EdgeStore
from avatar.adapters.qdrant_schema import VectorModel
from avatar.domain.audience import Audience
from avatar.errors import (
    IndexDamagedError,
    IndexInUseError,
    StateUnwritableError,
    StoreUnavailableError,
)
from tests.contracts.store import (
    COLLEAGUE,
    DIMENSIONS,
    FAST,
    OWNER,
    SLOW,
    StoreContract,
    both,
    chunk,
    fill,
    unit,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from avatar.domain.chunks import Chunk

MODELS = tuple(VectorModel(name, size, "v1") for name, size in DIMENSIONS.items())


def opened(folder: Path, *models: VectorModel) -> EdgeStore:
    return EdgeStore(folder, models or MODELS, "ada")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


class TestEdgeStore(StoreContract):
    @pytest.fixture
    def store(self, folder: Path) -> Iterator[EdgeStore]:
        store = opened(folder)
        yield store
        store.close()


def notes(count: int) -> list[Chunk]:
    return [chunk(f"budget entry {n}", f"notes/{n}.md") for n in range(count)]


def test_everything_is_there_after_a_reopen(folder: Path) -> None:
    store = opened(folder)
    chunks = [*notes(5), chunk("my budget", "own.md", audience=Audience.owner_only())]
    vectors = fill(store, chunks)
    asked = both(3)
    before = sorted(store.search("budget entry", asked, reader=COLLEAGUE, limit=9), key=repr)
    store.close()
    again = opened(folder)
    assert (
        sorted(again.search("budget entry", asked, reader=COLLEAGUE, limit=9), key=repr) == before
    )
    assert again.term_frequencies(["budget"], reader=COLLEAGUE) == {"": 5, "budget": 5}
    assert again.term_frequencies(["budget"], reader=OWNER) == {"": 6, "budget": 6}
    known = again.known_vectors([chunks[0].content_sha256])[chunks[0].content_sha256]
    assert set(known) == set(vectors[chunks[0].chunk_id])
    again.close()


@pytest.mark.parametrize("saved", ["", "not json", "[]", '{"stamp": {"points": 99}}'])
def test_words_are_counted_anew_when_the_saved_counts_do_not_fit(folder: Path, saved: str) -> None:
    store = opened(folder)
    fill(store, [*notes(4), chunk("entry", "own.md", audience=Audience.owner_only())])
    store.close()
    (folder / "frequencies.json").write_text(saved)
    again = opened(folder)
    assert again.term_frequencies(["entry"], reader=OWNER) == {"": 5, "entry": 5}
    assert again.term_frequencies(["entry"], reader=COLLEAGUE) == {"": 4, "entry": 4}
    again.close()


def test_a_changed_chunk_is_not_served_from_memory(folder: Path) -> None:
    store = opened(folder)
    (written,) = notes(1)
    fill(store, [written])
    assert store.search("budget", {}, reader=OWNER, limit=3)[0].chunk == written
    moved = replace(written, start_line=9, end_line=9)
    store.restate([moved])
    assert store.search("budget", {}, reader=OWNER, limit=3)[0].chunk == moved
    store.write([written], {})
    assert store.search("budget", {}, reader=OWNER, limit=3)[0].chunk == written
    store.close()


def test_a_second_owner_is_told_who_has_it(folder: Path) -> None:
    store = opened(folder)
    with pytest.raises(IndexInUseError, match="avatar up"):
        opened(folder)
    store.close()
    opened(folder).close()


def test_a_closed_store_says_so(folder: Path) -> None:
    store = opened(folder)
    store.close()
    with pytest.raises(StoreUnavailableError, match="closed"):
        store.count()


def test_a_new_model_makes_every_chunk_wait_and_loses_no_search(folder: Path) -> None:
    store = opened(folder, MODELS[0])
    chunks = notes(3)
    store.write(chunks, {c.chunk_id: {FAST: unit(n, 8)} for n, c in enumerate(chunks)})
    store.close()
    both_models = opened(folder)
    assert both_models.lacking(FAST, 9) == []
    assert len(both_models.lacking(SLOW, 9)) == 3
    hits = both_models.search("budget", {FAST: unit(1, 8), SLOW: unit(1, 6)}, reader=OWNER, limit=9)
    assert [set(hit.scores) for hit in hits] == [{FAST, "lexical"}] * 3
    both_models.add_vectors({chunks[0].chunk_id: {SLOW: unit(1, 6)}}, settles=SLOW)
    both_models.close()
    resumed = opened(folder)
    waiting = {c.chunk_id for c in resumed.lacking(SLOW, 9)}
    assert waiting == {chunks[1].chunk_id, chunks[2].chunk_id}
    resumed.close()


@pytest.mark.parametrize("model", [VectorModel(SLOW, 6, "v2"), VectorModel(SLOW, 4, "v1")])
def test_another_fingerprint_or_size_drops_the_old_vectors(
    folder: Path, model: VectorModel
) -> None:
    store = opened(folder)
    chunks = notes(3)
    vectors = fill(store, chunks)
    store.close()
    changed = opened(folder, MODELS[0], model)
    assert len(changed.lacking(SLOW, 9)) == 3
    asked = {FAST: vectors[chunks[0].chunk_id][FAST], SLOW: unit(1, model.dimension)}
    hits = changed.search("budget", asked, reader=OWNER, limit=9)
    assert [set(hit.scores) for hit in hits] == [{FAST, "lexical"}] * 3
    settled = {c.chunk_id: {SLOW: unit(1, model.dimension)} for c in chunks}
    changed.add_vectors(settled, settles=SLOW)
    assert changed.lacking(SLOW, 9) == []
    changed.close()
    back = opened(folder)
    assert len(back.lacking(SLOW, 9)) == 3, "vectors of the first model are gone, so they wait"
    back.close()


def test_a_model_that_rests_keeps_its_vectors(folder: Path) -> None:
    store = opened(folder)
    fill(store, notes(2))
    store.close()
    without = opened(folder, MODELS[0])
    without.write([chunk("budget later", "late.md")], {})
    without.close()
    again = opened(folder)
    assert [c.document_id for c in again.lacking(SLOW, 9)] == ["late.md"]
    again.close()


def damage(folder: Path, how: str) -> None:
    if how == "meta":
        (folder / "meta.json").write_text("{")
    elif how == "no meta":
        (folder / "meta.json").unlink()
    elif how == "version":
        (folder / "meta.json").write_text(json.dumps({"schema": 99, "models": {}}))
    elif how == "state":
        for path in (folder / "shard-2" / "segments").glob("*/segment.json"):
            path.write_text("garbage")
    elif how == "config":
        (folder / "shard-2" / "edge_config.json").write_text("garbage")


@pytest.mark.parametrize("how", ["meta", "no meta", "version", "state", "config"])
def test_a_damaged_index_says_how_to_rebuild_it(folder: Path, how: str) -> None:
    store = opened(folder)
    fill(store, notes(3))
    store.close()
    damage(folder, how)
    with pytest.raises(IndexDamagedError, match="avatar index --rebuild"):
        opened(folder)


def test_a_creation_cut_short_is_begun_anew(folder: Path) -> None:
    opened(folder).close()
    shutil.rmtree(folder / "shard-2")
    store = opened(folder)
    fill(store, notes(1))
    assert store.count() == 1
    store.close()


def test_a_creation_cut_short_before_its_models_were_noted_is_finished(folder: Path) -> None:
    opened(folder).close()
    meta = folder / "meta.json"
    meta.write_text(json.dumps({**json.loads(meta.read_text()), "models": {}}))
    store = opened(folder)
    fill(store, notes(2))
    hits = store.search("budget", both(0), reader=OWNER, limit=5)
    assert all({FAST, SLOW} <= hit.scores.keys() for hit in hits)
    store.close()
    assert json.loads(meta.read_text())["models"].keys() == {FAST, SLOW}


def test_a_full_disk_is_told_before_anything_is_written(folder: Path) -> None:
    store = opened(folder)
    fill(store, notes(2))
    store.close()
    full = EdgeStore(folder, MODELS, "ada", spare_bytes=1 << 60)
    with pytest.raises(StateUnwritableError, match="MB are free"):
        full.write(notes(3), {})
    assert full.count() == 2
    assert full.search("budget", {}, reader=OWNER, limit=5)
    full.close()
    with pytest.raises(StateUnwritableError, match="free some space"):
        EdgeStore(folder.parent / "other", MODELS, "ada", spare_bytes=1 << 60)


def test_a_really_full_disk_is_told_too(tmp_path: Path) -> None:
    """Runs on a tmpfs of its own in a mount namespace, where that is permitted."""
    program = textwrap.dedent(
        """
        import random, shutil, sys
        from pathlib import Path
        from avatar.adapters.edge_store import EdgeStore
        from avatar.errors import StateUnwritableError
        from tests.unit.adapters.test_edge_store import MODELS, chunk
        place = Path(sys.argv[1])
        store = EdgeStore(place / "index", MODELS, "ada", spare_bytes=4 << 20)
        (place / "filler").write_bytes(bytes(shutil.disk_usage(place).free - (6 << 20)))
        written = 0
        try:
            while written < 2000:
                text = random.Random(written).randbytes(8_000).hex()
                store.write([chunk(text, f"{written}.md")], {})
                written += 1
        except StateUnwritableError as error:
            assert store.count() == written, (store.count(), written)
            print("told:", error, flush=True)
        """
    )
    script = tmp_path / "fill.py"
    script.write_text(program)
    mount = tmp_path / "small"
    mount.mkdir()
    shell = f"mount -t tmpfs -o size=160m none {mount} && exec {sys.executable} {script} {mount}"
    ran = subprocess.run(
        ["unshare", "-rm", "sh", "-c", shell], capture_output=True, text=True, check=False
    )
    if "unshare" in ran.stderr or "mount:" in ran.stderr:
        pytest.skip("mount namespaces are not permitted here")
    assert ran.stdout.startswith("told:"), ran.stderr


WRITER = """
import sys
from pathlib import Path
from avatar.adapters.edge_store import EdgeStore
from tests.unit.adapters.test_edge_store import MODELS, FAST, chunk, unit
store = EdgeStore(Path(sys.argv[1]), MODELS, "ada")
first = int(sys.argv[2])
for number in range(first, first + 100_000):
    written = chunk(f"entry {number}", f"notes/{number}.md")
    store.write([written], {written.chunk_id: {FAST: unit(number, 8)}})
    if number % 3 == 2:
        store.remove_documents([f"notes/{number - 1}.md"])
    print(number, flush=True)
"""


def test_nothing_acknowledged_is_lost_by_kill_9(folder: Path, tmp_path: Path) -> None:
    script = tmp_path / "writer.py"
    script.write_text(WRITER)
    acknowledged = -1
    for run in range(10):
        with subprocess.Popen(
            [sys.executable, str(script), str(folder), str(acknowledged + 1)],
            stdout=subprocess.PIPE,
            text=True,
        ) as writer:
            assert writer.stdout
            for line in writer.stdout:
                acknowledged = int(line)
                if acknowledged % (17 + 5 * run) == 11:
                    break
            writer.send_signal(signal.SIGKILL)
            acknowledged = max([acknowledged, *map(int, writer.stdout.read().split())])
    store = opened(folder)
    stored = store.document_ids()
    for number in range(acknowledged + 1):
        removed = number % 3 == 1 and number + 1 <= acknowledged
        assert (f"notes/{number}.md" in stored) != removed, number
    assert set(stored.values()) == {1}
    counted = store.term_frequencies(["entry"], reader=COLLEAGUE)
    assert counted == {"": store.count(), "entry": store.count()}
    store.close()


def test_questions_are_answered_while_another_thread_writes(folder: Path) -> None:
    store = opened(folder)
    fill(store, notes(50))
    failures: list[BaseException] = []

    def write() -> None:
        try:
            for number in range(30):
                fill(store, [chunk(f"budget late {number}", f"late/{number}.md")])
                store.remove_documents([f"late/{number - 5}.md"])
        except BaseException as error:  # noqa: BLE001 - handed to the test below
            failures.append(error)

    writer = threading.Thread(target=write, name="avatar-test-writer")
    writer.start()
    for seed in range(30):
        hits = store.search("budget", both(seed), reader=COLLEAGUE, limit=10)
        assert len(hits) >= 10
        assert all(set(hit.scores) == {FAST, SLOW, "lexical"} for hit in hits)
    writer.join()
    assert not failures
    assert store.count() == 55
    store.close()


def test_vectors_are_kept_compressed_too_and_yet_bring_the_best_with_exact_scores(
    folder: Path,
) -> None:
    chance = np.random.default_rng(4)
    rows = chance.standard_normal((1_500, 256), dtype=np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    store = EdgeStore(folder, [VectorModel(FAST, 256, "v1")], "ada")
    chunks = notes(len(rows))
    store.write(chunks, {c.chunk_id: {FAST: row} for c, row in zip(chunks, rows, strict=True)})
    for asked in rows[:20]:
        exact = rows @ asked
        best = sorted(range(len(rows)), key=lambda n: -exact[n])[:10]
        hits = store.search("", {FAST: asked}, reader=OWNER, limit=10)
        scores = {hit.chunk.document_id: hit.scores[FAST] for hit in hits}
        assert scores == pytest.approx({f"notes/{n}.md": exact[n] for n in best}, abs=1e-3)
    assert any(folder.rglob("quantized*"))
    store.close()


def test_vacuum_keeps_what_is_stored(folder: Path) -> None:
    store = opened(folder)
    for _ in range(3):
        fill(store, notes(1200))
    store.vacuum()
    assert store.count() == 1200
    assert store.term_frequencies(["budget"], reader=OWNER)["budget"] == 1200
    store.close()

from __future__ import annotations

from avatar.indexing.backfill import Backfill
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.store import MemoryStore
from tests.unit.indexing.world import World


def test_slow_vectors_come_step_by_step_and_resume_where_they_were() -> None:
    world = World()
    world.source.save("n/a.md", "\n\n".join(f"line {n}" for n in range(10)))
    world.saved("n/a.md")
    assert world.slow.embedded == []
    assert world.backfill.step(4) == 4
    resumed = Backfill(world.store, world.parts.embedders)
    assert [resumed.step(4), resumed.step(4), resumed.step(4)] == [4, 2, 0]
    assert len(world.slow.embedded) == 10
    assert all("slow" in point.vectors for point in world.store.points.values())


def test_text_a_model_does_not_know_is_settled_without_a_vector() -> None:
    store = MemoryStore(("latin",))
    latin = FakeEmbedder("latin", covers=str.isascii)
    world = World()
    world.source.save("n/a.md", "english\n\n中文\n")
    world.saved("n/a.md")
    store.write([point.chunk for point in world.store.points.values()], {})
    backfill = Backfill(store, [latin])
    assert [backfill.step(), backfill.step()] == [2, 0]
    assert latin.embedded == ["english"]
    assert sorted(len(point.vectors) for point in store.points.values()) == [0, 1]


def test_a_fast_model_that_is_new_is_looked_after_first() -> None:
    world = World()
    world.source.save("n/a.md", "one")
    world.saved("n/a.md")
    (point,) = world.store.points.values()
    point.waiting.add("fast")
    world.backfill.step()
    assert point.waiting == {"slow"}

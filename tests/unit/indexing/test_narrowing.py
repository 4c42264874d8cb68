"""What fewer people may read is closed from the index alone."""

from __future__ import annotations

import pytest

from avatar.domain.audience import Audience
from avatar.indexing.narrowing import narrow
from tests.unit.indexing.world import World

SRE = Audience.groups(["sre"])
EVERYONE = Audience.everyone()


@pytest.fixture
def world() -> World:
    world = World()
    world.source.save("notes/a.md", "deploy with make", audience=EVERYONE)
    world.source.save("runbooks/b.md", "by hand with make", audience=SRE)
    world.saved("notes/a.md", "runbooks/b.md")
    return world


def audiences_in(world: World) -> dict[str, str]:
    return {
        document_id: str(world.chunks(document_id)[0].audience)
        for document_id in world.store.document_ids()
    }


def test_a_narrower_audience_is_in_force_without_reading_a_file(world: World) -> None:
    world.source.unavailable.add("notes")
    world.source.reads.clear()
    narrow(world.store, world.registry, {"notes": SRE, "runbooks": SRE}, before={})
    assert audiences_in(world) == {"notes/a.md": "sre", "runbooks/b.md": "sre"}
    assert world.source.reads == []


def test_nobody_is_let_in_by_it(world: World) -> None:
    narrow(world.store, world.registry, {"notes": EVERYONE, "runbooks": EVERYONE}, before={})
    assert audiences_in(world) == {"notes/a.md": "everyone", "runbooks/b.md": "sre"}


def test_a_source_that_is_as_it_was_is_not_looked_at(world: World) -> None:
    owner = Audience.owner_only()
    narrow(
        world.store, world.registry, {"notes": owner, "runbooks": owner}, before={"notes": owner}
    )
    assert audiences_in(world) == {"notes/a.md": "everyone", "runbooks/b.md": "owner"}


def test_what_belongs_to_no_source_any_more_is_dropped(world: World) -> None:
    narrow(world.store, world.registry, {"notes": EVERYONE}, before={})
    assert list(world.store.document_ids()) == ["notes/a.md"]
    assert list(world.registry.all()) == ["notes/a.md"]

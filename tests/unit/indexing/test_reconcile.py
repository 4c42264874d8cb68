from __future__ import annotations

from avatar.domain.documents import Change, ChangeKind, DocumentRef, Skipped
from avatar.errors import SourceUnavailableError
from avatar.indexing.reconcile import MANY, Reconciliation, reconcile
from tests.unit.indexing.world import World

SAVED, REMOVED = ChangeKind.SAVED, ChangeKind.REMOVED


def indexed() -> World:
    world = World()
    for name in ("notes/a.md", "notes/sub/b.md", "code/c.py"):
        world.source.save(name, f"text of {name}")
    world.catch_up()
    world.source.reads.clear()
    return world


def test_unchanged_documents_are_not_read() -> None:
    world = indexed()
    assert world.compare() == Reconciliation(unchanged=3)
    assert world.source.reads == []


def test_what_was_missed_is_found() -> None:
    world = indexed()
    world.source.save("notes/a.md", "new")
    world.source.save("notes/new.md", "new")
    world.source.delete("code/c.py")
    assert set(world.compare().changes) == {
        Change("notes/a.md", SAVED),
        Change("notes/new.md", SAVED),
        Change("code/c.py", REMOVED),
    }


def test_a_lost_registry_costs_reading_but_no_embedding() -> None:
    world = indexed()
    world.registry.clear()
    before = len(world.fast.embedded)
    report = world.catch_up()
    assert report.unchanged == 3
    assert len(world.fast.embedded) == before
    assert world.compare().unchanged == 3


def test_a_lost_store_and_a_store_that_holds_too_much_are_noticed() -> None:
    world = indexed()
    world.store.remove_documents(["code/c.py"])
    extra = next(iter(world.store.existing("notes/a.md").values()))
    world.registry.forget(["notes/a.md"])
    world.source.delete("notes/a.md")
    assert set(world.compare().changes) == {
        Change("code/c.py", SAVED),
        Change("notes/a.md", REMOVED),
    }
    world.catch_up()
    assert extra.chunk_id not in world.store.points
    assert set(world.texts()) == {"notes/sub/b.md", "code/c.py"}


def test_an_unmounted_root_is_not_taken_for_deleted_files() -> None:
    world = indexed()
    world.source.unavailable.add("notes")
    world.source.delete("code/c.py")
    found = world.compare()
    assert found.changes == (Change("code/c.py", REMOVED),)
    assert found.out_of_reach == ("notes",)
    assert "mount it" in found.problem
    world.catch_up()
    assert set(world.texts()) == {"notes/a.md", "notes/sub/b.md"}
    world.source.unavailable.clear()
    assert world.compare().changes == ()


def test_a_source_that_cannot_say_what_is_missing_removes_nothing() -> None:
    world = indexed()

    class Blind:
        def list(self, *_: object) -> object:
            raise SourceUnavailableError("the network is down")

    found = reconcile(Blind(), world.registry, world.store)  # type: ignore[arg-type]
    assert found.changes == ()
    assert found.problem == "the network is down"


def test_a_bare_mount_point_is_not_taken_for_deleted_files() -> None:
    world = indexed()
    names = [f"disk/{number}.md" for number in range(MANY)]
    for name in names:
        world.source.save(name, name)
    world.catch_up()
    for name in names:
        world.source.delete(name)
    found = world.compare()
    assert (found.changes, found.out_of_reach) == ((), ("disk",))
    assert "`avatar index --rebuild` if they were deleted on purpose" in found.problem
    world.forgotten = ["disk"]
    world.source.save(names[0], "one is there")
    assert len(world.compare().changes) == MANY


def test_a_folder_that_cannot_be_read_keeps_what_is_known_of_it() -> None:
    world = indexed()
    world.source.delete("notes/sub/b.md")
    world.source.skip("notes/sub/", "cannot be read", is_fault=True)
    found = world.compare()
    assert found.changes == ()
    assert found.skipped == {"cannot be read": 1}
    assert [fault.document_id for fault in found.faults] == ["notes/sub/"]
    assert found.out_of_reach == ("notes/sub/",)


def test_faults_are_tried_again_and_known_reasons_are_not() -> None:
    world = indexed()
    world.source.skip("notes/bad.md", "cannot be read", is_fault=True)
    world.source.skip("notes/big.md", "larger than 2 MB")
    assert world.compare().changes == (Change("notes/bad.md", SAVED),)
    world.catch_up()
    assert world.registry.get("notes/big.md") is None
    world.saved("notes/big.md")
    found = world.compare()
    assert found.changes == (Change("notes/bad.md", SAVED),)
    assert found.skipped == {"cannot be read": 1, "larger than 2 MB": 1}
    world.source.delete("notes/big.md")
    assert Change("notes/big.md", REMOVED) in world.compare().changes


def test_a_document_that_is_left_out_now_is_removed() -> None:
    world = indexed()
    world.source.skip("code/c.py", "ignored by .gitignore")
    assert world.compare().changes == (Change("code/c.py", REMOVED),)
    assert world.catch_up().skipped == {"ignored by .gitignore": 1}
    assert "code/c.py" not in world.texts()


def test_forgotten_documents_are_removed_and_not_found_again() -> None:
    world = indexed()
    world.forgotten = ["notes/sub"]
    assert world.compare().changes == (Change("notes/sub/b.md", REMOVED),)
    world.catch_up()
    assert world.compare() == Reconciliation(unchanged=2)


def test_one_folder_can_be_compared_alone() -> None:
    world = indexed()
    world.source.save("notes/a.md", "new")
    world.source.save("notes/sub/new.md", "new")
    world.source.delete("notes/sub/b.md")
    world.source.delete("code/c.py")
    assert set(world.compare(["notes/sub/"]).changes) == {
        Change("notes/sub/new.md", SAVED),
        Change("notes/sub/b.md", REMOVED),
    }


def test_comparing_a_folder_looks_at_nothing_else_while_something_is_in_it() -> None:
    world = indexed()
    world.source.save("notes/sub/new.md", "new")
    world.compare(["notes/sub/"])
    assert world.source.walks[-1:] == [("notes/sub/",)]
    world.source.delete("notes/sub/b.md")
    world.source.delete("notes/sub/new.md")
    assert world.compare(["notes/sub/"]).changes == (Change("notes/sub/b.md", REMOVED),)
    assert world.source.walks[-2:] == [("notes/sub/",), ()]


def test_a_folder_of_a_root_that_is_bare_is_not_taken_for_emptied() -> None:
    world = World()
    names = [f"disk/sub/{n}.md" for n in range(MANY)]
    for name in names:
        world.source.save(name, "text")
    world.catch_up()
    for name in names:
        world.source.delete(name)
    found = world.compare(["disk/sub/"])
    assert found.changes == ()
    assert found.out_of_reach == ("disk",)


def test_a_closed_folder_around_the_one_compared_keeps_what_is_known_of_it() -> None:
    world = indexed()
    world.source.delete("notes/sub/b.md")
    world.source.skip("notes/", "cannot be read", is_fault=True)
    assert world.compare(["notes/sub/"]).changes == ()


def test_the_fakes_list_what_they_were_told() -> None:
    world = indexed()
    world.source.skip("notes/x", "why")
    kinds = {type(item) for item in world.source.list()}
    assert kinds == {DocumentRef, Skipped}

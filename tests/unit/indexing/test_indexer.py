from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avatar.domain.audience import Audience, Reader
from avatar.domain.documents import Change, ChangeKind, Redaction
from avatar.errors import StateUnwritableError, StoreUnavailableError
from avatar.indexing.indexer import CHUNKS_AT_ONCE, DOCUMENTS_AT_ONCE, FORGOTTEN
from avatar.indexing.report import IndexReport
from tests.fakes.embedder import FakeEmbedder
from tests.unit.indexing.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

NOTE = "# Pool\n\nThe pool holds ten connections.\n\nA timeout means it is empty.\n"


def test_a_saved_document_is_stored_with_its_place_and_can_be_found() -> None:
    world = World()
    world.source.save("notes/db.md", NOTE, audience=Audience.everyone(), commit="c0ffee")
    report = world.saved("notes/db.md")
    assert report == IndexReport(added=1, chunks=3, embedded=3)
    chunk = world.chunks("notes/db.md")[1]
    assert (chunk.start_line, chunk.end_line, chunk.headings) == (3, 3, ("Pool",))
    assert (chunk.language, chunk.format, chunk.commit) == ("en", "markdown", "c0ffee")
    assert chunk.location == "notes/db.md:3"
    (best, *_) = world.store.search(
        "pool connections",
        {"fast": world.fast.embed_question("pool connections")},
        reader=Reader.colleague("ana"),
        limit=1,
    )
    assert best.chunk.text == "The pool holds ten connections."
    recorded = world.registry.get("notes/db.md")
    assert recorded is not None
    assert (recorded.chunks, recorded.skipped_reason) == (3, "")


def test_the_same_change_twice_is_the_same_as_once() -> None:
    world = World()
    world.source.save("notes/db.md", NOTE)
    world.saved("notes/db.md")
    before = world.texts()
    assert world.saved("notes/db.md", "notes/db.md") == IndexReport(unchanged=1)
    assert world.texts() == before
    assert len(world.fast.embedded) == 3


def test_an_edit_embeds_only_what_changed_and_drops_what_went() -> None:
    world = World()
    world.source.save("notes/db.md", NOTE)
    world.saved("notes/db.md")
    world.source.save("notes/db.md", "first, a new line\n\n" + NOTE.replace("ten", "twenty"))
    assert world.saved("notes/db.md") == IndexReport(changed=1, chunks=2, embedded=2)
    assert world.fast.embedded[3:] == [
        "first, a new line",
        "Pool\nThe pool holds twenty connections.",
    ]
    assert [c.start_line for c in world.chunks("notes/db.md")] == [1, 3, 5, 7]
    assert "ten connections" not in str(world.texts())


def test_a_touched_document_is_restated_and_counts_as_unchanged() -> None:
    world = World()
    world.source.save("notes/db.md", NOTE)
    world.saved("notes/db.md")
    old = world.chunks("notes/db.md")[0].modified_at
    world.source.save("notes/db.md", NOTE)
    assert world.saved("notes/db.md") == IndexReport(unchanged=1)
    assert world.chunks("notes/db.md")[0].modified_at > old


def test_a_narrower_audience_reaches_every_chunk_before_anything_is_embedded() -> None:
    world = World()
    world.source.save("notes/db.md", NOTE, audience=Audience.everyone())
    world.saved("notes/db.md")
    world.source.save("notes/db.md", NOTE + "\nnew\n", audience=Audience.owner_only())
    world.store.on_call = _raise_at("known_vectors", 1, StoreUnavailableError("gone"))
    with pytest.raises(StoreUnavailableError):
        world.saved("notes/db.md")
    assert {c.audience for c in world.chunks("notes/db.md")} == {Audience.owner_only()}
    world.store.on_call = _nothing
    assert world.saved("notes/db.md").changed == 1


def test_a_rename_embeds_nothing() -> None:
    world = World()
    world.source.save("notes/old.md", NOTE)
    world.saved("notes/old.md")
    while world.backfill.step():
        pass
    fast, slow = len(world.fast.embedded), len(world.slow.embedded)
    world.source.move("notes/old.md", "notes/new.md")
    report = world.indexer.apply(
        [Change("notes/old.md", ChangeKind.REMOVED), Change("notes/new.md", ChangeKind.SAVED)]
    )
    assert report == IndexReport(added=1, removed=1, chunks=3)
    assert (len(world.fast.embedded), len(world.slow.embedded)) == (fast, slow)
    assert list(world.texts()) == ["notes/new.md"]
    assert world.store.lacking("slow", 10) == []
    assert world.registry.get("notes/old.md") is None


def test_equal_text_in_two_documents_is_embedded_once() -> None:
    world = World()
    world.source.save("notes/a.md", NOTE)
    world.source.save("notes/b.md", NOTE)
    assert world.saved("notes/a.md", "notes/b.md").embedded == 3
    assert world.store.count() == 6


def test_a_document_that_vanishes_between_listing_and_reading_is_no_document() -> None:
    world = World()
    world.source.save("notes/a.md", NOTE)
    world.source.vanishing.add("notes/a.md")
    assert world.saved("notes/a.md") == IndexReport()
    assert world.store.count() == 0


def test_a_removal_that_came_late_does_not_remove_what_is_there_again() -> None:
    world = World()
    world.source.save("notes/a.md", NOTE)
    world.saved("notes/a.md")
    assert world.removed("notes/a.md") == IndexReport(unchanged=1)
    world.source.delete("notes/a.md")
    assert world.removed("notes/a.md") == IndexReport(removed=1)
    assert world.removed("notes/a.md") == IndexReport()
    assert world.store.count() == 0


def test_a_document_out_of_reach_stays_as_it_is_known() -> None:
    world = World()
    world.source.save("notes/a.md", NOTE)
    world.saved("notes/a.md")
    world.source.unavailable.add("notes")
    assert world.removed("notes/a.md") == IndexReport(unavailable=("notes/a.md",))
    assert world.store.count() == 3


def test_what_is_skipped_is_dropped_and_remembered_with_its_reason() -> None:
    world = World()
    world.source.save("notes/a.md", NOTE)
    world.source.save("notes/b.md", NOTE)
    world.saved("notes/a.md", "notes/b.md")
    world.source.skip("notes/a.md", "not text")
    world.source.skip("notes/b.md", "cannot be read", is_fault=True)
    report = world.saved("notes/a.md", "notes/b.md")
    assert report.skipped == {"not text": 1, "cannot be read": 1}
    assert [fault.document_id for fault in report.faults] == ["notes/b.md"]
    assert report.documents == 2
    assert world.store.count() == 0
    entry = world.registry.get("notes/b.md")
    assert entry is not None
    assert (entry.skipped_reason, entry.is_fault, entry.chunks) == ("cannot be read", True, 0)
    world.source.save("notes/b.md", NOTE)
    assert world.saved("notes/b.md").added == 1


def test_what_a_rule_leaves_out_is_not_worth_a_record() -> None:
    world = World()
    world.source.save("notes/a.md", NOTE)
    world.saved("notes/a.md")
    world.source.skip("notes/a.md", "ignored")
    (item,) = world.source.list()
    world.source._items["notes/a.md"] = replace(item, stamp="")  # type: ignore[assignment]
    report = world.saved("notes/a.md")
    assert (report.skipped, report.removed) == ({"ignored": 1}, 1)
    assert world.registry.all() == {}


def test_secrets_never_reach_the_store_or_a_model() -> None:
    world = World()
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    world.source.save("notes/a.md", f"Deploy\n\nuse {secret} for it\n")
    report = world.saved("notes/a.md")
    assert report.redacted == 1
    assert secret not in str(world.store.points)
    assert secret not in str(world.fast.embedded)
    entry = world.registry.get("notes/a.md")
    assert entry is not None
    assert [(r.document_id, r.line) for r in entry.redactions] == [("notes/a.md", 3)]
    assert isinstance(entry.redactions[0], Redaction)


def test_forgotten_documents_are_removed_and_left_out() -> None:
    world = World()
    for name in ("notes/a.md", "notes/private/b.md", "notes/privateer.md"):
        world.source.save(name, name)
    world.saved("notes/a.md", "notes/private/b.md", "notes/privateer.md")
    world.forgotten = ["notes/private/", "notes/a.md"]
    report = world.saved("notes/a.md", "notes/private/b.md", "notes/privateer.md")
    assert report.skipped == {FORGOTTEN: 2}
    assert report.removed == 2
    assert list(world.texts()) == ["notes/privateer.md"]
    assert list(world.registry.all()) == ["notes/privateer.md"]


def test_question_forms_get_vectors_of_their_own() -> None:
    world = World()
    world.source.save("answers/a.md", "Q: How big is the pool?\nTen.\n", format="answer")
    world.saved("answers/a.md")
    (point,) = world.store.points.values()
    assert set(point.vectors) == {"fast", "fast-q"}
    assert "How big is the pool?" in world.fast.embedded
    while world.backfill.step():
        pass
    assert set(point.vectors) == {"fast", "fast-q", "slow", "slow-q"}


def test_a_model_is_not_asked_about_text_it_does_not_know() -> None:
    world = World()
    latin = FakeEmbedder("fast", covers=str.isascii)
    world.indexer = type(world.indexer)(replace(world.parts, embedders=(latin,)))
    world.source.save("notes/a.md", "english\n\n中文内容\n")
    assert world.saved("notes/a.md").embedded == 1
    assert latin.embedded == ["english"]


def test_many_documents_are_held_in_memory_group_by_group_and_told_of() -> None:
    world = World()
    paragraphs = "\n\n".join(f"line {n} " + "x" * (n % 7) for n in range(100))
    ids = [f"notes/{n}.md" for n in range(8)]
    for name in ids:
        world.source.save(name, f"{name}\n\n" + paragraphs.replace("line", name))
    told: list[tuple[int, int]] = []
    report = world.indexer.apply(
        [Change(i, ChangeKind.SAVED) for i in ids], lambda done, total: told.append((done, total))
    )
    assert report.added == 8
    assert told == [(3, 8), (6, 8), (8, 8)]
    assert max(world.fast.batch_sizes) <= CHUNKS_AT_ONCE + 101
    lengths = [len(t) for t in world.fast.embedded[: world.fast.batch_sizes[0]]]
    assert lengths == sorted(lengths)


def test_documents_without_text_are_recorded_in_groups_too() -> None:
    world = World()
    ids = [f"notes/{n}.md" for n in range(DOCUMENTS_AT_ONCE + 1)]
    for name in ids:
        world.source.save(name, "")
    assert world.saved(*ids).added == len(ids)
    assert world.saved(*ids).unchanged == len(ids)
    assert world.fast.embedded == []


def test_a_full_disk_reaches_the_caller_and_nothing_is_lost() -> None:
    world = World()
    world.source.save("notes/a.md", NOTE)
    world.registry.on_call = _raise_at("record", 1, StateUnwritableError("the disk is full"))
    with pytest.raises(StateUnwritableError):
        world.saved("notes/a.md")
    world.registry.on_call = _nothing
    assert world.catch_up().embedded == 0
    assert world.store.count() == 3


def _nothing(_call: str) -> None:
    return None


class CrashError(Exception):
    """The process ends here."""


def _raise_at(method: str, nth: int, error: Exception) -> Callable[[str], None]:
    left = nth

    def on_call(call: str) -> None:
        nonlocal left
        if method in {call, "*"}:
            left -= 1
            if left == 0:
                raise error

    return on_call


names = st.sampled_from(["n/a.md", "n/b.md", "n/c/d.md", "m/e.md"])
texts = st.lists(st.sampled_from(["one", "two", "three", "四五六"]), max_size=4).map("\n\n".join)
edits = st.lists(
    st.one_of(
        st.tuples(st.just("save"), names, texts),
        st.tuples(st.just("delete"), names, st.just("")),
        st.tuples(st.just("move"), names, names),
        st.tuples(st.just("skip"), names, st.just("")),
        st.tuples(st.just("crash"), st.integers(1, 12), st.just("")),
        st.tuples(st.just("index"), st.just(""), st.just("")),
    ),
    max_size=25,
)


@settings(deadline=None, max_examples=150)
@given(edits)
def test_any_edits_and_crashes_end_in_what_a_fresh_index_would_hold(
    edits: list[tuple[str, str | int, str]],
) -> None:
    world = World()
    for what, first, second in edits:
        _edit(world, what, first, second)
    world.catch_up()
    fresh = World()
    fresh.source = world.source
    fresh.indexer = type(fresh.indexer)(replace(fresh.parts, source=world.source))
    fresh.saved(*world.source.ids())
    assert world.texts() == fresh.texts()
    for chunk_id, point in world.store.points.items():
        twin = fresh.store.points[chunk_id]
        assert point.chunk.same_statement(twin.chunk)
        assert point.vectors.keys() == twin.vectors.keys()
    stored = world.store.document_ids()
    assert {i: r.chunks for i, r in world.registry.all().items() if r.chunks} == dict(stored)
    assert world.compare().changes == ()


def _edit(world: World, what: str, first: str | int, second: str) -> None:
    if what == "save":
        world.source.save(str(first), second)
    elif what == "delete":
        world.source.delete(str(first))
    elif what == "move":
        if first in world.source.ids() and first != second:
            world.source.move(str(first), second)
    elif what == "skip":
        world.source.skip(str(first), "not text")
    elif what == "index":
        world.catch_up()
    else:
        on_call = _raise_at("*", int(first), CrashError())
        world.store.on_call = world.registry.on_call = on_call
        try:
            world.catch_up()
        except CrashError:
            pass
        finally:
            world.store.on_call = world.registry.on_call = _nothing


@settings(deadline=None, max_examples=60)
@given(st.lists(texts, min_size=1, max_size=6), st.integers(1, 30))
def test_after_a_crash_no_stored_chunk_is_embedded_again_and_no_old_one_is_missing(
    contents: list[str], nth: int
) -> None:
    world = World()
    for number, text in enumerate(contents):
        world.source.save(f"n/{number}.md", text)
    world.catch_up()
    for number, text in enumerate(contents):
        world.source.save(f"n/{number}.md", f"{text}\n\nmore {number}")
    lines = {line for text in contents for line in text.split("\n\n") if line}
    world.store.on_call = world.registry.on_call = _raise_at("*", nth, CrashError())
    try:
        world.catch_up()
    except CrashError:
        held = {line for kept in world.texts().values() for line in kept}
        assert lines <= held
    world.store.on_call = world.registry.on_call = _nothing
    stored = {p.chunk.indexed_text for p in world.store.points.values()}
    before = len(world.fast.embedded)
    world.catch_up()
    assert not stored & set(world.fast.embedded[before:])

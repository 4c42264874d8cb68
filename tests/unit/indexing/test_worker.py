from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from avatar.domain.documents import Change, ChangeKind, Document
from avatar.errors import StoreUnavailableError
from avatar.indexing.worker import (
    DOCUMENTS_A_STEP,
    RECONCILE_EVERY_S,
    TRIES_ALONE,
    VACUUM_AFTER_S,
    folder_changed,
)
from tests.fakes.splitter import ParagraphSplitter
from tests.unit.indexing.world import RealClock, World

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pytest

    from avatar.domain.chunks import Piece

SAVED, REMOVED = ChangeKind.SAVED, ChangeKind.REMOVED


def run(world: World, *, for_s: float = 0.0) -> None:
    """Let the worker do all it has to do now, and what comes due within the time."""
    until = world.clock.monotonic() + for_s
    while world.worker.step() or world.clock.monotonic() < until:
        world.clock.advance(0.25)


def put(world: World, *changes: Change) -> None:
    world.queue.put(changes)
    world.clock.advance(1)


def test_at_first_everything_is_compared_and_indexed_with_slow_vectors_last() -> None:
    world = World()
    for number in range(DOCUMENTS_A_STEP + 1):
        world.source.save(f"n/{number}.md", f"text {number}")
    world.source.skip("n/x.bin", "not text")
    assert not world.worker.status().is_caught_up
    assert world.worker.step()
    assert world.worker.status().depth == DOCUMENTS_A_STEP + 1
    run(world)
    status = world.worker.status()
    assert (status.depth, status.is_caught_up, status.fault) == (0, True, "")
    assert status.skipped == {"not text": 1}
    assert status.last_change_at > 0
    assert not status.is_running
    assert [report.added for report in world.reports] == [DOCUMENTS_A_STEP, 1]
    assert world.store.lacking("slow", 10) == []


def test_a_fresh_change_comes_before_what_was_missed() -> None:
    world = World()
    for number in range(3 * DOCUMENTS_A_STEP):
        world.source.save(f"n/{number}.md", f"text {number}")
    world.worker.step()
    world.source.save("n/now.md", "urgent")
    put(world, Change("n/now.md", SAVED))
    world.worker.step()
    assert list(world.texts()) == ["n/now.md"]


def test_a_save_that_is_due_in_a_moment_does_not_wait_for_slow_vectors() -> None:
    world = World()
    world.source.save("n/a.md", "text")
    while not world.texts():
        world.worker.step()
    world.source.save("n/now.md", "urgent")
    world.queue.put([Change("n/now.md", SAVED)])
    assert not world.worker.step()
    assert len(world.store.lacking("slow", 10)) == 1
    world.clock.advance(1)
    assert world.worker.step()
    assert list(world.texts()) == ["n/a.md", "n/now.md"]
    run(world)
    assert world.store.lacking("slow", 10) == []


def test_a_changed_folder_is_compared_with_what_is_known_of_it() -> None:
    world = World()
    for name in ("n/sub/a.md", "n/sub/b.md", "n/c.md"):
        world.source.save(name, name)
    run(world)
    world.source.move("n/sub/a.md", "n/sub/new.md")
    world.source.delete("n/sub/b.md")
    world.source.delete("n/c.md")
    embedded = len(world.fast.embedded)
    put(world, folder_changed("n/sub"), Change("n/sub/new.md", SAVED))
    world.worker.step()
    assert list(world.texts()) == ["n/c.md", "n/sub/new.md"]
    assert len(world.fast.embedded) == embedded


def test_what_the_watcher_lost_is_found_sooner_or_later() -> None:
    world = World()
    run(world)
    world.source.save("n/a.md", "lost event")
    run(world)
    assert world.texts() == {}
    world.clock.advance(RECONCILE_EVERY_S)
    run(world)
    assert list(world.texts()) == ["n/a.md"]
    world.source.delete("n/a.md")
    world.worker.request_reconcile()
    run(world)
    assert world.texts() == {}


def test_space_is_given_back_when_it_has_been_quiet_for_long() -> None:
    world = World()
    world.source.save("n/a.md", "text")
    run(world)
    world.clock.advance(VACUUM_AFTER_S)
    run(world)
    assert world.store.vacuums == 0
    world.source.delete("n/a.md")
    put(world, Change("n/a.md", REMOVED))
    run(world)
    assert world.store.vacuums == 0
    world.clock.advance(VACUUM_AFTER_S)
    run(world)
    run(world)
    assert world.store.vacuums == 1


def test_a_store_that_is_down_loses_nothing_and_is_said_in_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World()
    run(world)
    world.store.on_call = _always(StoreUnavailableError("the vector store does not answer"))
    world.source.save("n/a.md", "text")
    put(world, Change("n/a.md", SAVED), folder_changed("n/sub"))
    run(world, for_s=20)
    status = world.worker.status()
    assert "the vector store does not answer" in status.fault
    assert status.depth == 1
    assert not status.is_caught_up
    assert len(caplog.records) < 10
    world.store.on_call = _nothing
    run(world, for_s=90)
    assert list(world.texts()) == ["n/a.md"]
    assert world.worker.status().fault == ""
    assert world.registry.all()["n/a.md"].skipped_reason == ""


def test_missed_changes_survive_a_fault_as_well() -> None:
    world = World()
    for number in range(3):
        world.source.save(f"n/{number}.md", f"text {number}")
    world.worker.step()
    world.store.on_call = _once(StoreUnavailableError("no answer"))
    run(world, for_s=10)
    assert len(world.texts()) == 3
    assert world.worker.status().fault == ""


class PickySplitter(ParagraphSplitter):
    def split(self, document: Document) -> Sequence[Piece]:
        if "poison" in document.text:
            raise RuntimeError(f"cannot cut {document.text}")
        return super().split(document)


def test_one_bad_document_does_not_hold_up_the_others_and_becomes_a_fault(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World(PickySplitter())
    world.source.save("n/bad.md", "poison with a private word")
    world.source.save("n/a.md", "fine")
    world.source.save("n/b.md", "fine too")
    caplog.set_level(logging.DEBUG)
    run(world, for_s=120)
    assert list(world.texts()) == ["n/a.md", "n/b.md"]
    fault = world.registry.all()["n/bad.md"]
    assert fault.is_fault
    assert "RuntimeError" in fault.skipped_reason
    assert "private word" not in caplog.text + fault.skipped_reason
    assert fault.skipped_reason.rpartition(" ")[2].rstrip(")") in caplog.text
    assert len(caplog.records) == 1 + TRIES_ALONE
    assert world.worker.status().depth == 0
    assert world.worker.status().fault == ""
    world.source.save("n/bad.md", "healed")
    put(world, Change("n/bad.md", SAVED))
    run(world)
    assert world.texts()["n/bad.md"] == ["healed"]
    assert not world.registry.all()["n/bad.md"].is_fault


def test_a_bad_document_that_is_saved_anew_is_tried_anew() -> None:
    world = World(PickySplitter())
    world.source.save("n/bad.md", "poison")
    run(world, for_s=5)
    world.source.save("n/bad.md", "healed")
    put(world, Change("n/bad.md", SAVED))
    run(world, for_s=60)
    assert world.texts() == {"n/bad.md": ["healed"]}
    assert world.worker.status().fault == ""


def test_an_unmounted_folder_is_said_in_the_status() -> None:
    world = World()
    world.source.save("n/a.md", "text")
    run(world)
    world.source.unavailable.add("n")
    put(world, folder_changed("n"))
    run(world)
    status = world.worker.status()
    assert status.out_of_reach == ("n",)
    assert "mount it" in status.fault
    assert list(world.texts()) == ["n/a.md"]
    world.source.unavailable.clear()
    put(world, folder_changed("n"))
    run(world)
    assert world.worker.status().fault == ""


def _nothing(_call: str) -> None:
    return None


def _always(error: Exception) -> Callable[[str], None]:
    def on_call(_call: str) -> None:
        raise error

    return on_call


def _once(error: Exception) -> Callable[[str], None]:
    left = [error]

    def on_call(_call: str) -> None:
        if left:
            raise left.pop()

    return on_call


def eventually(claim: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not claim():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)


def test_the_thread_takes_changes_until_it_is_stopped() -> None:
    world = World(real_clock=RealClock())
    world.worker.start()
    try:
        world.source.save("n/a.md", "text")
        world.queue.put([Change("n/a.md", SAVED)])
        eventually(lambda: "n/a.md" in world.texts())
        assert world.worker.status().is_running
    finally:
        world.worker.stop()
        world.worker.stop()
    assert not world.worker.status().is_running


class WaitingSplitter(ParagraphSplitter):
    def __init__(self) -> None:
        self.started, self.go_on = threading.Event(), threading.Event()

    def split(self, document: Document) -> Sequence[Piece]:
        self.started.set()
        self.go_on.wait(10)
        return super().split(document)


def test_stopping_ends_a_long_batch_at_the_next_group() -> None:
    splitter = WaitingSplitter()
    world = World(splitter, RealClock())
    for number in range(20):
        text = "\n\n".join(f"line {number} {n}" for n in range(100))
        world.source.save(f"n/{number}.md", text)
    world.worker.start()
    assert splitter.started.wait(10)
    stopper = threading.Thread(target=world.worker.stop, name="avatar-test-stop")
    stopper.start()
    eventually(lambda: world.queue.is_closed)
    splitter.go_on.set()
    stopper.join(10)
    assert 0 < len(world.texts()) < 20
    assert world.catch_up().added == 20 - 3


def test_stopping_before_starting_is_fine() -> None:
    World(real_clock=RealClock()).worker.stop()


def test_the_thread_waits_for_its_turn_to_write() -> None:
    world = World(real_clock=RealClock())
    world.source.save("n/a.md", "text")
    with world.turn:
        world.worker.start()
        world.queue.put([Change("n/a.md", SAVED)])
        eventually(lambda: world.worker.status().is_running)
        assert world.texts() == {}
    try:
        eventually(lambda: "n/a.md" in world.texts())
    finally:
        world.worker.stop()

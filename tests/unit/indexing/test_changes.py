from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from avatar.domain.documents import Change, ChangeKind
from avatar.indexing.changes import ChangeQueue
from tests.fakes.clock import FakeClock
from tests.unit.indexing.world import RealClock

SAVED, REMOVED = ChangeKind.SAVED, ChangeKind.REMOVED


def saved(name: str) -> Change:
    return Change(name, SAVED)


def test_a_batch_is_handed_over_when_it_has_been_quiet() -> None:
    clock = FakeClock()
    queue = ChangeQueue(clock, quiet_s=0.08, at_most_s=0.3)
    queue.put([saved("a")])
    assert queue.take(0) == []
    clock.advance(0.05)
    queue.put([saved("b")])
    clock.advance(0.05)
    assert queue.take(0) == []
    assert queue.depth == 2
    clock.advance(0.04)
    assert queue.take(0) == [saved("a"), saved("b")]
    assert queue.depth == 0


def test_changes_without_end_are_handed_over_in_parts() -> None:
    clock = FakeClock()
    queue = ChangeQueue(clock, quiet_s=0.08, at_most_s=0.25)
    batches = []
    for number in range(20):
        queue.put([saved(f"d{number}")])
        clock.advance(0.0625)
        batches.append(queue.take(0))
    assert [len(batch) for batch in batches if batch] == [4, 4, 4, 4, 4]


def test_of_several_changes_of_one_document_the_last_counts() -> None:
    clock = FakeClock()
    queue = ChangeQueue(clock)
    queue.put([saved("a"), Change("b", REMOVED), Change("a", REMOVED), saved("b")])
    clock.advance(1)
    assert queue.take(0) == [Change("a", REMOVED), saved("b")]


def test_putting_nothing_is_nothing() -> None:
    clock = FakeClock()
    queue = ChangeQueue(clock)
    queue.put([])
    clock.advance(1)
    assert queue.take(0) == []


def test_closing_hands_over_the_rest_at_once_and_takes_nothing_more() -> None:
    queue = ChangeQueue(FakeClock())
    queue.put([saved("a")])
    queue.close()
    queue.close()
    queue.put([saved("b")])
    assert queue.is_closed
    assert queue.take(10) == [saved("a")]
    assert queue.take(10) == []


def test_waiting_ends_when_a_change_is_due() -> None:
    queue = ChangeQueue(RealClock(), quiet_s=0.01)
    taken: list[Change] = []
    taker = threading.Thread(target=lambda: taken.extend(queue.take(10)), name="avatar-test")
    taker.start()
    queue.put([saved("a")])
    taker.join(5)
    assert taken == [saved("a")]
    assert queue.take(0.01) == []


def test_closing_wakes_who_waits() -> None:
    queue = ChangeQueue(RealClock())
    taker = threading.Thread(target=lambda: queue.take(60), name="avatar-test")
    taker.start()
    queue.close()
    taker.join(5)
    assert not taker.is_alive()


steps = st.lists(
    st.one_of(
        st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from([SAVED, REMOVED]))),
        st.floats(0, 0.5),
        st.none(),
    ),
    max_size=30,
)


@given(steps)
def test_no_change_is_lost_and_each_document_keeps_its_order(
    steps: list[list[tuple[str, ChangeKind]] | float | None],
) -> None:
    clock = FakeClock()
    queue = ChangeQueue(clock)
    put: dict[str, list[ChangeKind]] = {}
    told: dict[str, list[ChangeKind]] = {}
    for step in [*steps, 1.0, None]:
        if step is None:
            batch = queue.take(0)
            assert len({change.document_id for change in batch}) == len(batch)
            for change in batch:
                told.setdefault(change.document_id, []).append(change.kind)
        elif isinstance(step, float):
            clock.advance(step)
        else:
            queue.put([Change(name, kind) for name, kind in step])
            for name, kind in step:
                put.setdefault(name, []).append(kind)
    assert told.keys() == put.keys()
    for name, kinds in told.items():
        assert kinds[-1] == put[name][-1]
        rest = iter(put[name])
        assert all(kind in rest for kind in kinds)  # a subsequence, in order

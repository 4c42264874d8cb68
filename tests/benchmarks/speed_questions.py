"""How long a question takes from its text to its decision, and how much of that is the search."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from avatar import furnishing, profile, wiring
from avatar.adapters.minilm_embedder import MiniLmEmbedder
from avatar.adapters.sqlite_inbox import SqliteInbox
from avatar.adapters.use_embedder import UseEmbedder
from avatar.domain.audience import Audience, Reader
from avatar.domain.questions import Question, ReplyAddress
from avatar.escalation.desk import Desk
from tests.benchmarks.speed_notes import NearbyEmbedder, batches, question
from tests.stories.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from avatar.standin import StandIn

READER = Reader.colleague("kim")


@dataclass
class Spans:
    """Milliseconds of many runs: as the clock saw them, and spent by this process."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def run(self, call: Callable[[], Any]) -> Any:
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            return call()
        finally:
            self.wall.append(1000 * (time.perf_counter() - wall))
            self.cpu.append(1000 * (time.process_time() - cpu))

    def __str__(self) -> str:
        return (
            f"p50 {share(self.wall, 0.5):.1f} / p95 {share(self.wall, 0.95):.1f} ms "
            f"(CPU p50 {share(self.cpu, 0.5):.1f} / p95 {share(self.cpu, 0.95):.1f})"
        )


def share(values: list[float], part: float) -> float:
    """Return the value below which this part of the values lies."""
    return sorted(values)[min(len(values) - 1, int(part * len(values)))] if values else 0.0


class TimedStore:
    """Any store, its searches timed."""

    def __init__(self, store: Any, spans: Spans) -> None:
        self._store = store
        self._spans = spans

    def search(self, *given: Any, **named: Any) -> Any:
        return self._spans.run(lambda: self._store.search(*given, **named))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def questions(chunks: int, folder: Path, count: int = 200) -> Iterator[tuple[str, str, str]]:
    """Fill an index with `chunks`, reopen it, ask, and yield (what, goal, measured)."""
    place = Place(folder)
    embedders = tuple(NearbyEmbedder(inner) for inner in (UseEmbedder(), MiniLmEmbedder()))
    opened = profile.load(place.folder)

    def wire() -> AbstractContextManager[Any]:
        return _Closing(wiring.wire(opened, place.state, print, embedders))

    with wire() as wired:
        if wired.store.count() < chunks:
            for written, vectors in batches(chunks, embedders):
                wired.store.write(written, vectors)
            wired.store.vacuum()
    with wire() as wired:
        inside = Spans()
        standin = _standin(wired, inside)
        for number in range(20):  # a daemon is warm after a while
            standin.handle(_asked(-5 - number))
        inside.wall.clear()
        inside.cpu.clear()
        whole = Spans()
        for number in range(count):
            whole.run(partial(standin.handle, _asked(number)))
        times = "≤ 60 ms" if chunks <= 20_000 else "≤ 2 × that of 20,000"
        yield f"question → decision, {chunks:,} chunks, each asked once", f"p95 {times}", str(whole)
        yield "… of which search", "≤ 5 ms", str(inside)


class _Closing:
    def __init__(self, wired: Any) -> None:
        self._wired = wired

    def __enter__(self) -> Any:
        return self._wired

    def __exit__(self, *_: object) -> None:
        self._wired.close()


def _standin(wired: Any, spans: Spans) -> StandIn:
    timed = replace(wired, store=TimedStore(wired.store, spans))
    desk = Desk(SqliteInbox(wired.database), wired.clock, owner="Dana", secret_lines=lambda _: [])
    return furnishing.standin_of(timed, desk)


def _asked(number: int) -> Question:
    return Question(
        question_id=f"q{number}",
        text=question(number),
        asker="kim",
        reader=READER,
        place=Audience.everyone(),
        reply_to=ReplyAddress("cli", "kim"),
        asked_at=0.0,
    )

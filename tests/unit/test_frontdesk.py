"""What the real front desk does beyond its contract: files, records, days, troubles."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from avatar import furnishing, profile, wiring
from avatar.adapters.sqlite_journal import SqliteVerdicts
from avatar.domain.audience import Audience, Reader
from avatar.domain.calibration import Origin
from avatar.domain.decisions import Answer
from avatar.domain.escalations import Verdict
from avatar.domain.questions import Question, ReplyAddress
from avatar.errors import SourceUnavailableError, StoreUnavailableError
from avatar.frontdesk import Behind, FrontDesk, House
from avatar.learning.freshness import Freshness
from avatar.learning.verdicts import labels
from tests.contracts.journal import an_entry
from tests.fakes.clock import FakeClock
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.journal import MemoryJournal
from tests.fakes.source import MemorySource
from tests.stories.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from avatar.domain.chunks import Chunk
    from avatar.domain.decisions import Outcome
    from avatar.domain.documents import Document
    from avatar.indexing.report import IndexReport
    from avatar.wiring import Wired

LONG = " ".join(f"The flux capacitor of bay {n} runs at {n} volts." for n in range(400))
CELL = {"cell_type": "code", "source": ["# calibrate the wombat\n", "wombat.calibrate(7)\n"]}
FILES = {
    "notes/plain.md": "# Valves\r\n\r\nOpen the quasar valve slowly.\r\nThen wait.\r\n",
    "notes/long.txt": LONG,
    "notes/lab.ipynb": json.dumps({"cells": [CELL], "metadata": {}, "nbformat": 4}, indent=1),
    "notes/page.html": "<h1>Lamps</h1>\n<p>Dim the nebula lamp &amp; leave.</p>\n",
    "notes/keys.md": "# Safe\n\nThe zircon safe opens with password: hunter2swordfish9 today.\n",
}


class Bench:
    """The real desk over real files, on words alone."""

    def __init__(self, root: Path) -> None:
        self.place = Place(root)
        for name, text in FILES.items():
            (self.place.folder / name).write_bytes(text.encode())
        self.clock = FakeClock()
        opened = profile.load(self.place.folder)
        embedders = [FakeEmbedder("use")]
        wired = wiring.wire(opened, self.place.state, lambda _: None, embedders)
        self.wired: Wired = replace(wired, clock=self.clock)
        self.rooms = furnishing.rooms_of(self.wired, lambda _: None, worker=None)
        self.rooms.library.refresh(lambda *_: None)
        self.verdicts = SqliteVerdicts(wired.database)
        self.behind = Behind(
            standin=self.rooms.standin,
            desk=self.rooms.desk,
            deliveries=self.rooms.deliveries,
            inbox=self.rooms.inbox,
            past_answers=self.rooms.past_answers,
            library=self.rooms.library,
            locate=self.rooms.locate,
            store=self.rooms.store,
            registry=self.rooms.registry,
            journal=self.rooms.journal,
            verdicts=self.verdicts,
            freshness=furnishing.freshness_of(wired.source),
            certainty=self.rooms.certainty,
            clock=self.clock,
        )

    def desk(self, house: House | None = None, **changes: object) -> FrontDesk:
        return FrontDesk(house or House({}, ()), replace(self.behind, **changes))  # type: ignore[arg-type]

    def asks(self, text: str, question_id: str = "q1") -> Outcome:
        reader = Reader.colleague("ben")
        question = Question(
            question_id,
            text,
            "ben",
            reader,
            Audience.everyone(),
            ReplyAddress("slack", "a|b|c"),
            self.clock.now(),
        )
        return self.desk().handle(question)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.wired.close()


@pytest.mark.parametrize(
    ("asked", "path", "change"),
    [
        ("How do I open the quasar valve?", "notes/plain.md", ("slowly", "fast")),
        ("At what volts runs the flux capacitor of bay 250?", "notes/long.txt", ("bay 250", "x")),
        ("How do I calibrate the wombat?", "notes/lab.ipynb", ("calibrate(7)", "calibrate(8)")),
        ("How do I dim the nebula lamp?", "notes/page.html", ("Dim", "Break")),
        ("What opens the zircon safe?", "notes/keys.md", ("today", "tomorrow")),
    ],
)
def test_cited_lines_of_every_kind_of_file_hold_until_they_change(
    bench: Bench, asked: str, path: str, change: tuple[str, str]
) -> None:
    understood = bench.rooms.standin.search(asked, reader=Reader.colleague("ben"), limit=3)
    from avatar.answering.extract import cite

    chunk = next(p.chunk for p in understood if p.chunk.document_id == path)
    citation = cite(chunk, chunk.start_line, chunk.end_line)
    desk = bench.desk()
    assert desk.still_holds(citation)
    file = bench.place.folder / path
    if path.endswith((".md", ".txt")):
        file.write_bytes(b"\n\n" + file.read_bytes())
    bench.rooms.library.refresh(lambda *_: None)
    assert desk.still_holds(citation), "moving lines changes nothing"
    file.write_bytes(file.read_bytes().replace(change[0].encode(), change[1].encode()))
    bench.rooms.library.refresh(lambda *_: None)
    assert not desk.still_holds(citation)


def test_what_cannot_be_looked_at_now_is_taken_to_hold(bench: Bench) -> None:
    outcome = bench.asks("How do I open the quasar valve?")
    assert isinstance(outcome.decision, Answer)
    (citation, *_) = outcome.decision.citations

    class Unplugged(MemorySource):
        def read(self, document_id: str) -> Document:
            raise SourceUnavailableError(f"{document_id} cannot be read", [document_id])

    class Down:
        def existing(self, _document_id: str) -> dict[str, Chunk]:
            raise StoreUnavailableError("the store does not answer")

    assert bench.desk(freshness=Freshness(Unplugged(), str)).still_holds(citation)
    empty = Freshness(MemorySource(), str)
    assert bench.desk(freshness=empty, store=Down()).still_holds(citation)
    gone = replace(citation, chunk_id="gone")
    assert not bench.desk(freshness=empty).still_holds(gone)
    skipping = MemorySource()
    skipping.skip(citation.document_id, "is binary")
    assert bench.desk(freshness=Freshness(skipping, str)).still_holds(gone)


def test_the_owners_word_outweighs_a_colleagues(bench: Bench) -> None:
    bench.asks("How do I open the quasar valve?")
    desk = bench.desk()
    desk.feedback("q1", good=True, by_owner=False)
    assert [given.verdict for given in bench.verdicts.all()] == [Verdict.HELPFUL]
    (opinion,) = labels(bench.verdicts.all(), now=bench.clock.now())
    assert opinion.origin is Origin.FEEDBACK
    desk.feedback("q1", good=False, by_owner=True)
    desk.feedback("q1", good=True, by_owner=False)
    assert [given.verdict for given in bench.verdicts.all()] == [Verdict.REJECTED]
    (label,) = labels(bench.verdicts.all(), now=bench.clock.now())
    assert (label.origin, label.is_right) == (Origin.VERDICT, False)
    assert label.features
    assert opinion.weight < label.weight


def test_names_are_matched_as_written_and_else_in_any_case_if_that_is_clear(bench: Bench) -> None:
    askers = {"ana": ["a"], "Ben": ["b"], "Kim": ["k"], "kim": ["l"], "EVE": ["e"], "Eve": ["f"]}
    desk = bench.desk(House(askers, ()))
    assert desk.reader_of(["ben"], []) == Reader.colleague("Ben", ["b"])
    assert desk.reader_of(["kim"], []) == Reader.colleague("kim", ["l"])
    assert desk.reader_of(["eve"], ["g"]) == Reader.colleague("eve", ["g"])
    assert desk.reader_of(["U1", "ANA"], []) == Reader.colleague("ana", ["a"])


def test_the_day_begins_at_midnight_where_the_owner_is(bench: Bench) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    journal = MemoryJournal()
    now = datetime(2026, 3, 5, 1, 0, tzinfo=zone)
    bench.clock.jump(now.timestamp())
    for number in range(1000):
        at = now.timestamp() - 10 * (1000 - number)
        journal.record(an_entry(f"j{number}", decided_at=at))
    desk = bench.desk(House({}, (), zone), journal=journal)
    assert desk.day().escalated == 360
    assert desk.day().gaps == ()
    utc = bench.desk(House({}, (), UTC), journal=journal)
    assert utc.day().escalated == 1000
    assert bench.desk(House({}, ()), journal=journal).day().escalated in range(1001)


def test_a_greeting_is_no_answer_and_what_policy_keeps_is_no_gap(bench: Bench) -> None:
    bench.asks("Hello!", "q1")
    bench.asks("Can you promise me the zebra by Friday?", "q2")
    day = bench.desk().day()
    assert (day.answered, day.escalated, day.gaps) == (0, 1, ())


def test_an_answer_is_kept_even_when_the_index_cannot_take_it_now(bench: Bench) -> None:
    class Busy:
        def look_at(self, _names: Sequence[str]) -> IndexReport:
            raise StoreUnavailableError("the store does not answer")

    path = bench.desk(library=Busy()).save_answer("Why?", "Because.", Audience.everyone())
    assert (bench.place.folder / path).is_file()

"""What the owner rejected for a question is known at once, and no longer than it should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar.domain.audience import Audience
from avatar.domain.decisions import Citation, Reason
from avatar.domain.escalations import Verdict
from avatar.domain.journal import OutcomeKind, SeenPassage, Served
from avatar.learning.rejected import Rejections, is_rejected, served_by
from avatar.learning.verdicts import GivenVerdict
from tests.contracts.journal import an_entry
from tests.fakes.journal import MemoryJournal, MemoryVerdicts

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

ASKED = "Which port is it?"


def cited(quote: str, chunk: str = "") -> Citation:
    return Citation(
        "c1", "notes/a.md", 1, 1, "", quote, Audience.everyone(), chunk or f"chunk of {quote}"
    )


class Room:
    """A journal with verdicts, and what was rejected by them."""

    def __init__(self) -> None:
        self.journal = MemoryJournal()
        self.verdicts = CountedVerdicts(self.journal)
        self.rejections = Rejections(self.verdicts, str.casefold)
        self.numbers = 0

    def says(self, verdict: Verdict, *citations: Citation, **changes: object) -> None:
        self.numbers += 1
        about: dict[str, object] = {
            "question_id": f"q{self.numbers}",
            "searched": ASKED,
            "outcome": OutcomeKind.ANSWER,
            "served": served_by(citations),
        }
        self.journal.record(an_entry(f"j{self.numbers}", **(about | changes)))
        self.verdicts.record(GivenVerdict(f"q{self.numbers}", verdict, 1.0))

    def holds(self, *citations: Citation, question: str = ASKED) -> bool:
        return self.rejections.cover(question, citations)


class CountedVerdicts(MemoryVerdicts):
    """Counts how often rows are read."""

    reads = 0

    def all(self, *, after: int = 0, of: Collection[Verdict] = ()) -> Sequence[GivenVerdict]:
        self.reads += 1
        return super().all(after=after, of=of)


@pytest.fixture
def room() -> Room:
    return Room()


def test_nothing_is_rejected_before_the_owner_says_so(room: Room) -> None:
    assert not room.holds(cited("It is 1."))
    room.says(Verdict.APPROVED, cited("It is 1."))
    room.says(Verdict.NOT_HELPFUL, cited("It is 1."))
    room.says(Verdict.EDITED, cited("It is 1."))
    assert not room.holds(cited("It is 1."))


def test_a_rejection_holds_from_the_next_question_on_in_any_wording_of_it(room: Room) -> None:
    assert not room.holds(cited("It is 1."))
    room.says(Verdict.REJECTED, cited("It is 1."))
    assert room.holds(cited("It is 1."))
    assert room.holds(cited("It is 1."), question=ASKED.upper())
    assert not room.holds(cited("It is 1."), question="Which host is it?")
    assert not room.holds(cited("It is 2."))
    assert not room.holds()


def test_the_owners_latest_word_counts(room: Room) -> None:
    for verdict in (Verdict.REJECTED, Verdict.APPROVED, Verdict.REJECTED, Verdict.APPROVED):
        room.says(verdict, cited("It is 1."))
        assert room.holds(cited("It is 1.")) is (verdict is Verdict.REJECTED)
        fresh = Rejections(room.verdicts, str.casefold)
        assert fresh.cover(ASKED, [cited("It is 1.")]) is (verdict is Verdict.REJECTED)


def test_an_approval_from_before_lifts_nothing(room: Room) -> None:
    room.says(Verdict.APPROVED, cited("It is 1."))
    room.says(Verdict.REJECTED, cited("It is 1."))
    assert room.holds(cited("It is 1."))


def test_an_edit_elsewhere_in_the_section_leaves_the_lines_rejected(room: Room) -> None:
    room.says(Verdict.REJECTED, cited("It is 1.", "before"))
    assert room.holds(cited("It is 1.", "after"))
    assert room.holds(cited("Another line of the same section.", "before"))
    assert not room.holds(cited("It is 2.", "after"))
    assert not room.holds(cited("It is 1.", "after"), cited("Not on staging.", "after"))


def test_what_leads_with_other_lines_is_another_answer(room: Room) -> None:
    room.says(Verdict.REJECTED, cited("It is 1."), cited("It was 0."))
    assert room.holds(cited("It was 0."))
    assert room.holds(cited("It is 1."), cited("Anything."))
    assert not room.holds(cited("It is 2."), cited("It was 0."))


@pytest.mark.parametrize("code", ["low-confidence", "draft-mode", "disputed", "rejected"])
def test_a_draft_that_was_thrown_away_is_rejected_too(room: Room, code: str) -> None:
    room.says(
        Verdict.REJECTED,
        cited("It is 1."),
        outcome=OutcomeKind.ESCALATE,
        reasons=(Reason(code, "x"),),
    )
    assert room.holds(cited("It is 1."))


@pytest.mark.parametrize("reasons", [(), (Reason("contradiction", "x"),), (Reason("stale", "x"),)])
def test_a_word_on_what_was_not_served_as_an_answer_rejects_none(
    room: Room, reasons: tuple[Reason, ...]
) -> None:
    room.says(Verdict.REJECTED, cited("It is 1."), outcome=OutcomeKind.ESCALATE, reasons=reasons)
    assert not room.holds(cited("It is 1."))


def test_a_verdict_without_a_decision_rejects_nothing(room: Room) -> None:
    room.verdicts.record(GivenVerdict("unknown", Verdict.REJECTED, 1.0))
    assert not room.holds(cited("It is 1."))


def test_of_older_records_the_cited_passages_are_rejected(room: Room) -> None:
    seen = [SeenPassage(f"c{n}", "notes/a.md", 1, 9, f"chunk {n}", 0.5, {}) for n in (1, 2)]
    room.says(Verdict.REJECTED, passages=tuple(seen), cited=("c2",))
    assert room.holds(cited("It is 1.", "chunk 2"))
    assert not room.holds(cited("It is 1.", "chunk 1"))
    room.says(Verdict.REJECTED, passages=tuple(seen), cited=())
    assert room.holds(cited("It is 1.", "chunk 1"))


def test_rows_are_read_only_when_there_are_new_verdicts(room: Room) -> None:
    room.says(Verdict.REJECTED, cited("It is 1."))
    for _ in range(5):
        room.holds(cited("It is 1."))
    reads = room.verdicts.reads
    room.holds(cited("It is 1."))
    assert room.verdicts.reads == reads


HASHES = st.sampled_from("abcde")


@given(
    st.lists(st.builds(Served, HASHES, HASHES.map(str.upper)), max_size=4),
    st.sets(st.sampled_from("abcdeABCDE")),
)
def test_more_rejections_never_let_more_through(served: list[Served], rejected: set[str]) -> None:
    everything = {*rejected, *(name for one in served for name in vars_of(one))}
    assert is_rejected(served, rejected) <= is_rejected(served, everything)
    assert is_rejected(served, everything) is bool(served)
    assert not is_rejected(served, set())


def vars_of(one: Served) -> tuple[str, str]:
    return one.content_sha256, one.lines_sha256

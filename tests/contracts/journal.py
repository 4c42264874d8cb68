"""What every `Journal` and `VerdictLog` must do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from avatar.domain.decisions import Reason, Thresholds
from avatar.domain.escalations import Verdict
from avatar.domain.journal import JournalEntry, OutcomeKind, SeenPassage, Served
from avatar.errors import InvalidInputError
from avatar.learning.verdicts import GivenVerdict

if TYPE_CHECKING:
    from avatar.learning.verdicts import VerdictLog
    from avatar.ports import Journal


def an_entry(entry_id: str = "j1", **changes: object) -> JournalEntry:
    entry = JournalEntry(
        entry_id=entry_id,
        question_id=f"question-{entry_id}",
        question="怎么换 deploy key?",
        searched="怎么换 deploy key?",
        asker="lin",
        reader_labels=("everyone", "group:core"),
        channel="cli",
        outcome=OutcomeKind.ESCALATE,
        reply="I asked.",
        probability=0.25,
        features={"coverage": 0.5, "margin": -1.0},
        reasons=(Reason("weak", "nothing says so", -2.0),),
        thresholds=Thresholds(0.8, 0.4, 0.3),
        passages=(SeenPassage("c1", "notes/a.md", 1, 9, "ab", 0.5, {"lexical": 3.5}),),
        cited=("c1",),
        engine={"model": "none"},
        decided_at=1_700_000_000.5,
        elapsed_ms=12.5,
        escalation_id="",
        notes=("merged",),
        served=(Served("ab", "cd"),),
    )
    return replace(entry, **changes)  # type: ignore[arg-type]


class JournalContract:
    """Subclasses give fixtures `journal` and `verdicts` over it."""

    def test_an_entry_reads_back_as_it_was_written(self, journal: Journal) -> None:
        journal.record(an_entry())
        assert journal.get("j1") == an_entry()
        assert journal.get("question-j1") == an_entry()

    def test_the_same_entry_twice_is_kept_once_as_it_was_first(self, journal: Journal) -> None:
        journal.record(an_entry())
        journal.record(an_entry(reply="changed"))
        assert journal.recent(10) == [an_entry()]

    def test_the_newest_entries_come_first(self, journal: Journal) -> None:
        for number in range(5):
            journal.record(an_entry(f"j{number}"))
        assert [entry.entry_id for entry in journal.recent(2)] == ["j4", "j3"]
        assert journal.recent(0) == []
        assert journal.recent(-1) == []

    def test_the_last_decision_on_a_question_is_found_by_its_whole_id_alone(
        self, journal: Journal
    ) -> None:
        journal.record(an_entry("j1", question_id="q1"))
        journal.record(an_entry("j2", question_id="q1-1"))
        journal.record(an_entry("j3", question_id="q1"))
        found = journal.of_question("q1")
        assert found is not None
        assert found.entry_id == "j3"
        assert journal.of_question("q") is None

    def test_an_escalation_id_gives_the_decision_that_opened_it(self, journal: Journal) -> None:
        journal.record(an_entry("j1", escalation_id="esc-1"))
        journal.record(an_entry("j2", escalation_id="esc-1"))
        for asked in ("esc-1", "esc"):
            found = journal.get(asked)
            assert found is not None
            assert found.entry_id == "j1"

    def test_a_beginning_that_fits_several_is_refused_with_the_matches(
        self, journal: Journal
    ) -> None:
        journal.record(an_entry("jabc"))
        journal.record(an_entry("jabd"))
        with pytest.raises(InvalidInputError, match=r"jabc.*jabd"):
            journal.get("ja")
        assert journal.get("jabc") == an_entry("jabc")

    def test_what_nobody_recorded_is_not_found(self, journal: Journal) -> None:
        journal.record(an_entry())
        assert journal.get("nothing") is None
        assert journal.get("") is None
        assert journal.get("%") is None

    def test_a_verdict_is_kept_with_the_first_decision_on_its_question(
        self, journal: Journal, verdicts: VerdictLog
    ) -> None:
        journal.record(an_entry())
        given = GivenVerdict("question-j1", Verdict.APPROVED, 5.0)
        verdicts.record(given)
        verdicts.record(replace(given, verdict=Verdict.REJECTED))
        verdicts.record(GivenVerdict("unknown", Verdict.EDITED, 6.0, "esc"))
        first, second = verdicts.all()
        assert first == replace(given, entry=an_entry(), number=first.number)
        assert second.entry is None
        assert (second.question_id, second.verdict, second.escalation_id) == (
            "unknown",
            Verdict.EDITED,
            "esc",
        )
        assert first.number < second.number

    def test_a_colleagues_verdict_gives_way_to_a_later_one(
        self, journal: Journal, verdicts: VerdictLog
    ) -> None:
        journal.record(an_entry())
        for at, verdict in enumerate((Verdict.HELPFUL, Verdict.NOT_HELPFUL)):
            verdicts.record(GivenVerdict("question-j1", verdict, float(at)))
        assert [(one.verdict, one.at) for one in verdicts.all()] == [(Verdict.NOT_HELPFUL, 1.0)]
        for verdict in (Verdict.APPROVED, Verdict.NOT_HELPFUL):
            verdicts.record(GivenVerdict("question-j1", verdict, 2.0))
        assert [one.verdict for one in verdicts.all()] == [Verdict.APPROVED]

    def test_verdicts_can_be_had_of_some_kinds_only(
        self, journal: Journal, verdicts: VerdictLog
    ) -> None:
        journal.record(an_entry())
        said = (Verdict.REJECTED, Verdict.APPROVED, Verdict.HELPFUL, Verdict.REJECTED)
        for number, verdict in enumerate(said, start=1):
            verdicts.record(GivenVerdict(f"question-j{number}", verdict, 1.0))
        first, last = verdicts.all(of=[Verdict.REJECTED])
        assert [first.question_id, last.question_id] == ["question-j1", "question-j4"]
        assert first.entry == an_entry()
        assert verdicts.all(after=first.number, of={Verdict.REJECTED}) == [last]
        owners = verdicts.all(of=(Verdict.REJECTED, Verdict.APPROVED))
        assert [one.verdict for one in owners] == [said[0], said[1], said[3]]

    def test_every_verdict_gets_a_new_number_so_that_only_the_new_ones_need_be_heard(
        self, journal: Journal, verdicts: VerdictLog
    ) -> None:
        journal.record(an_entry())
        assert verdicts.newest() == 0
        heard = [0]
        for at, verdict in enumerate((Verdict.HELPFUL, Verdict.NOT_HELPFUL, Verdict.APPROVED)):
            verdicts.record(GivenVerdict("question-j1", verdict, float(at)))
            (new,) = verdicts.all(after=heard[-1])
            assert (new.verdict, new.number) == (verdict, verdicts.newest())
            heard.append(verdicts.newest())
        assert heard == sorted({*heard})
        verdicts.record(GivenVerdict("question-j1", Verdict.REJECTED, 9.0))
        assert verdicts.newest() == heard[-1]
        assert verdicts.all(after=heard[-1]) == []

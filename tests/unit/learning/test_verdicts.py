"""Verdicts become labels only where they judge what was served, and count by who and when."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from avatar.adapters.sqlite_database import Database
from avatar.adapters.sqlite_inbox import SqliteInbox
from avatar.adapters.sqlite_journal import SqliteJournal, SqliteVerdicts
from avatar.domain.calibration import Origin
from avatar.domain.decisions import Reason
from avatar.domain.escalations import EscalationState, Verdict
from avatar.domain.journal import OutcomeKind
from avatar.domain.opinion import ASKED, MODEL, SUFFICIENT
from avatar.learning.verdicts import HALF_LIFE_S, GivenVerdict, labels
from tests.contracts.inbox import an_asker, an_escalation, deliveries_for
from tests.contracts.journal import an_entry

if TYPE_CHECKING:
    from pathlib import Path

    from avatar.domain.journal import JournalEntry

NOW = 1_000_000.0


def decided(reason: str = "low-confidence", **changes: object) -> JournalEntry:
    entry = an_entry(reasons=(Reason(reason, "because", -1.0),))
    return replace(entry, **changes)  # type: ignore[arg-type]


def given(verdict: Verdict, *, at: float = NOW, question: str = "q1") -> GivenVerdict:
    return GivenVerdict(question, verdict, at, entry=decided())


@pytest.mark.parametrize(
    ("verdict", "is_right", "weight", "origin"),
    [
        (Verdict.APPROVED, True, 1.0, Origin.VERDICT),
        (Verdict.REJECTED, False, 1.0, Origin.VERDICT),
        (Verdict.EDITED, False, 0.5, Origin.VERDICT),
        (Verdict.OWN_ANSWER, False, 0.25, Origin.VERDICT),
        (Verdict.HELPFUL, True, 0.25, Origin.FEEDBACK),
        (Verdict.NOT_HELPFUL, False, 0.25, Origin.FEEDBACK),
    ],
)
def test_a_verdict_is_a_label_that_counts_by_who_gave_it(
    verdict: Verdict, weight: float, origin: Origin, *, is_right: bool
) -> None:
    (label,) = labels([given(verdict)], now=NOW)
    assert (label.is_right, label.weight, label.origin) == (is_right, weight, origin)
    assert label.features == an_entry().features
    assert label.topic == "notes"
    assert label.served == "notes/a.md:1-9"
    assert label.question == an_entry().question


def test_the_opinion_of_another_model_than_now_is_no_feature_of_a_label() -> None:
    features = {"dense": 0.8, ASKED: 1.0, SUFFICIENT: 1.0}
    entry = decided(features=features, engine={MODEL: "wise"})
    verdict = GivenVerdict("q1", Verdict.APPROVED, NOW, entry=entry)

    assert labels([verdict], now=NOW, model="wise")[0].features == features
    for model in ("other", ""):
        assert labels([verdict], now=NOW, model=model)[0].features == {"dense": 0.8}


def test_a_dismissal_says_nothing_of_what_was_served() -> None:
    assert labels([given(Verdict.DISMISSED)], now=NOW) == []


def test_a_verdict_counts_less_with_age_and_never_more_when_the_clock_was_set_back() -> None:
    for age, weight in ((0.0, 1.0), (HALF_LIFE_S, 0.5), (2 * HALF_LIFE_S, 0.25), (-9e9, 1.0)):
        (label,) = labels([given(Verdict.APPROVED, at=NOW - age)], now=NOW)
        assert label.weight == pytest.approx(weight)


@pytest.mark.parametrize(
    ("entry", "counts"),
    [
        (decided("draft-mode"), True),
        (decided("disputed"), True),
        (decided("anything", outcome=OutcomeKind.ANSWER), True),
        (decided("contradiction"), False),
        (decided("stale"), False),
        (decided("commitment"), False),
        (decided(passages=()), False),
        (decided(features={}), False),
        (decided(reasons=()), False),
        (None, False),
    ],
)
def test_only_what_judges_the_served_passage_is_a_label(
    entry: JournalEntry | None, *, counts: bool
) -> None:
    one = GivenVerdict("q1", Verdict.APPROVED, NOW, entry=entry)
    assert bool(labels([one], now=NOW)) is counts


def test_of_one_question_the_owners_last_word_is_the_label() -> None:
    said = [given(Verdict.NOT_HELPFUL), given(Verdict.APPROVED), given(Verdict.HELPFUL)]
    (label,) = labels(said, now=NOW)
    assert (label.is_right, label.origin) == (True, Origin.VERDICT)
    (label,) = labels([*said, given(Verdict.REJECTED)], now=NOW)
    assert not label.is_right


@pytest.mark.parametrize("verdict", list(Verdict))
def test_closing_an_escalation_records_its_verdict_with_it(
    tmp_path: Path, verdict: Verdict
) -> None:
    database = Database(tmp_path / "state.db")
    inbox, verdicts = SqliteInbox(database), SqliteVerdicts(database)
    SqliteJournal(database).record(an_entry("j1", question_id="q1"))
    opened = inbox.open(an_escalation(an_asker("q1"), an_asker("q2")))
    for _ in range(2):
        inbox.close(
            opened.escalation_id,
            EscalationState.ANSWERED,
            reply="reply",
            verdict=verdict,
            at=4.0,
            deliveries=deliveries_for(opened),
        )
    (found,) = verdicts.all()
    assert (found.question_id, found.verdict, found.at) == ("q1", verdict, 4.0)
    assert found.entry == an_entry("j1", question_id="q1")
    database.close()

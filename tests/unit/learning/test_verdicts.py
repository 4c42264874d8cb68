"""Verdicts become labels only where they judge a draft whose evidence is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from avatar.adapters.sqlite_database import Database
from avatar.adapters.sqlite_inbox import SqliteInbox
from avatar.adapters.sqlite_journal import SqliteJournal, SqliteVerdicts
from avatar.domain.escalations import EscalationState, Verdict
from avatar.learning.verdicts import GivenVerdict, Label, labels
from tests.contracts.inbox import an_asker, an_escalation, deliveries_for
from tests.contracts.journal import an_entry

if TYPE_CHECKING:
    from pathlib import Path


def test_only_verdicts_on_drafts_with_known_features_are_labels() -> None:
    features = {"coverage": 0.5}
    given = [
        GivenVerdict(verdict.value, verdict, float(number), features=features)
        for number, verdict in enumerate(Verdict)
    ]
    unknown = [GivenVerdict("u", Verdict.APPROVED, 9.0), GivenVerdict("e", Verdict.APPROVED, 9.0)]
    assert labels([*given, *unknown]) == [
        Label("approved", features, is_right=True),
        Label("edited", features, is_right=False),
        Label("rejected", features, is_right=False),
    ]


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
    (given,) = verdicts.all()
    assert (given.question_id, given.verdict, given.at) == ("q1", verdict, 4.0)
    assert (given.entry_id, given.features) == ("j1", an_entry().features)
    database.close()

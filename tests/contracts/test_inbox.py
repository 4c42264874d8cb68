"""Every inbox keeps the contract, one step at a time and in any order."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    rule,
    run_state_machine_as_test,
)

from avatar.adapters.sqlite_database import Database
from avatar.adapters.sqlite_inbox import SqliteInbox
from avatar.domain.escalations import EscalationState
from avatar.errors import TryAgainLaterError
from tests.contracts.inbox import InboxContract, an_asker, an_escalation, answer
from tests.fakes.inbox import MemoryInbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avatar.domain.escalations import Escalation
    from avatar.ports import Inbox


class TestMemoryInbox(InboxContract):
    @pytest.fixture
    def inbox(self) -> Inbox:
        return MemoryInbox()


class TestSqliteInbox(InboxContract):
    @pytest.fixture
    def inbox(self, tmp_path: Path) -> Iterator[Inbox]:
        database = Database(tmp_path / "state.db")
        yield SqliteInbox(database)
        database.close()


class InboxMachine(RuleBasedStateMachine):
    """Both inboxes, driven alike, tell the same story; nobody who asked is ever lost."""

    opened = Bundle("opened")

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._database = Database(Path(self._folder.name) / "state.db")
        self._real: Inbox = SqliteInbox(self._database)
        self._fake: Inbox = MemoryInbox()
        self._asked: set[str] = set()
        self._numbers = iter(range(10_000))

    def teardown(self) -> None:
        self._database.close()
        self._folder.cleanup()

    def _open(self, question_id: str, key: str) -> tuple[Escalation, Escalation]:
        self._asked.add(question_id)
        number = f"n{next(self._numbers):04d}"
        given = an_escalation(an_asker(question_id), key=key, escalation_id=number)
        return self._real.open(given), self._fake.open(given)

    @rule(target=opened, question=st.integers(0, 12), key=st.sampled_from("abc"))
    def opens(self, question: int, key: str) -> Escalation:
        real, fake = self._open(f"q{question}", key)
        assert real == fake
        return real

    @rule(seen=opened, reply=st.text(max_size=5).filter(lambda text: "\x00" not in text))
    def closes(self, seen: Escalation, reply: str) -> None:
        told = []
        for inbox in (self._real, self._fake):
            try:
                told.append(str(answer(inbox, seen, reply)))
            except TryAgainLaterError:
                told.append("somebody joined")
        assert told[0] == told[1]

    @rule(seen=opened, question=st.integers(0, 12))
    def joins(self, seen: Escalation, question: int) -> None:
        asker = an_asker(f"q{question}")
        done = self._real.add_waiting(seen.escalation_id, asker)
        assert done == self._fake.add_waiting(seen.escalation_id, asker)
        if done:
            self._asked.add(asker.question_id)

    @rule(seen=consumes(opened))
    def delivers(self, seen: Escalation) -> None:
        for delivery in self._real.undelivered():
            if delivery.escalation_id == seen.escalation_id:
                self._real.mark_delivered(delivery.delivery_id, 9.0)
                self._fake.mark_delivered(delivery.delivery_id, 9.0)

    @invariant()
    def both_hold_the_same(self) -> None:
        assert list(self._real.list()) == list(self._fake.list())
        assert list(self._real.undelivered()) == list(self._fake.undelivered())

    @invariant()
    def every_question_is_in_exactly_one_escalation(self) -> None:
        found = [asker.question_id for one in self._real.list() for asker in one.waiting]
        assert sorted(found) == sorted(self._asked)

    @invariant()
    def one_escalation_is_pending_per_key(self) -> None:
        keys = [escalation.key for escalation in self._real.list(EscalationState.PENDING)]
        assert len(keys) == len(set(keys))


def test_the_memory_and_the_sqlite_inbox_agree_in_any_order_of_events() -> None:
    run_state_machine_as_test(
        InboxMachine,
        settings=settings(
            max_examples=10,
            stateful_step_count=16,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )

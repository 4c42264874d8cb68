"""Several processes on one state database: races have one winner, and kill -9 loses nothing."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections import Counter
from typing import TYPE_CHECKING

from avatar.adapters.sqlite_database import Database
from avatar.adapters.sqlite_inbox import SqliteInbox
from avatar.adapters.sqlite_journal import SqliteJournal
from avatar.domain.escalations import EscalationState
from tests.unit.adapters import state_worker

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 50
RACERS = 3

context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload([state_worker.__name__])


def said(log: Path) -> list[str]:
    return log.read_text().splitlines() if log.exists() else []


def test_processes_that_race_merge_into_one_escalation_with_one_winner(tmp_path: Path) -> None:
    path, log = tmp_path / "state.db", tmp_path / "log"
    start = context.Barrier(RACERS)
    racers = [
        context.Process(target=state_worker.race, args=(path, log, number, start))
        for number in range(RACERS)
    ]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(120)
        assert racer.exitcode == 0
    lines = [line.split() for line in said(log)]
    assert len({(number, opened) for number, opened, _ in lines}) == 5
    assert Counter((number, end) for number, _, end in lines if end == "won") == Counter(
        {(str(number), "won"): 1 for number in range(5)}
    )
    database = Database(path)
    inbox = SqliteInbox(database)
    assert [len(escalation.waiting) for escalation in inbox.list()] == [RACERS] * 5
    assert len(inbox.undelivered()) == RACERS * 5
    database.close()


def test_kill_9_at_any_moment_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    path, log = tmp_path / "state.db", tmp_path / "log"
    Database(path).close()
    chance = random.Random(7)
    for number in range(KILLS):
        before = len(said(log))
        worker = context.Process(target=state_worker.work_until_killed, args=(path, log, number))
        worker.start()
        deadline = time.monotonic() + 30
        steps = chance.randrange(1, 8)
        while len(said(log)) < before + steps and time.monotonic() < deadline:
            time.sleep(chance.random() * 0.004)
        worker.kill()
        worker.join(30)
        assert len(said(log)) >= before + steps
    database = Database(path)
    database.check()
    inbox = SqliteInbox(database)
    state_worker.deliver_all(inbox, log)
    lines = [line.split() for line in said(log)]
    escalations = inbox.list()
    waiting = Counter(asker.question_id for one in escalations for asker in one.waiting)
    assert {name for what, name in lines if what == "asked"} <= set(waiting)
    assert set(waiting.values()) == {1}
    states = {one.escalation_id: one.state for one in escalations}
    closed = {name for what, name in lines if what == "closed"}
    assert closed
    assert {states[name] for name in closed} == {EscalationState.ANSWERED}
    due = Counter(
        f"{one.escalation_id}/{asker.question_id}"
        for one in escalations
        if one.state is EscalationState.ANSWERED
        for asker in one.waiting
    )
    shown = {name for what, name in lines if what == "received"}  # a channel shows an id once
    assert shown == set(due)
    assert inbox.undelivered() == []
    database.close()


def test_a_full_disk_is_told_and_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    path, log = tmp_path / "state.db", tmp_path / "log"
    worker = context.Process(target=state_worker.write_until_full, args=(path, log, 300_000))
    worker.start()
    worker.join(60)
    assert worker.exitcode == 0
    *kept, last = said(log)
    assert last.startswith("StateUnwritableError")
    assert str(path) in last
    assert kept
    database = Database(path)
    database.check()
    journal = SqliteJournal(database)
    assert [f"kept {entry.entry_id}" for entry in reversed(journal.recent(10_000))] == kept
    database.close()

"""What other processes do to a state database while a test watches, races or kills them."""

from __future__ import annotations

import os
import random
import resource
import signal
from typing import TYPE_CHECKING

from avatar.adapters.answers_folder import MarkdownAnswersFolder
from avatar.adapters.sqlite_database import Database
from avatar.adapters.sqlite_inbox import SqliteInbox
from avatar.adapters.sqlite_journal import SqliteJournal
from avatar.domain.escalations import EscalationState
from avatar.errors import AvatarError
from tests.contracts.inbox import an_asker, an_escalation, answer
from tests.contracts.journal import an_entry

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.synchronize import Barrier
    from pathlib import Path


def say(log: Path, line: str) -> None:
    """Append a line in one write, which survives the end of this process."""
    handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(handle, f"{line}\n".encode())
    os.close(handle)


def work_until_killed(path: Path, log: Path, number: int) -> None:
    """Open, join, close and deliver for ever; what was acknowledged is said in the log."""
    chance = random.Random(number)
    inbox = SqliteInbox(Database(path))
    for step in range(1_000_000):
        question_id = f"q{number}-{step}"
        inbox.open(an_escalation(an_asker(question_id), key=f"key {chance.randrange(4)}"))
        say(log, f"asked {question_id}")
        pending = inbox.list(EscalationState.PENDING)
        if chance.random() < 0.5:
            chosen = chance.choice(list(pending))
            answer(inbox, chosen, f"reply by {number}")
            say(log, f"closed {chosen.escalation_id}")
        if chance.random() < 0.5:
            deliver_all(inbox, log)


def deliver_all(inbox: SqliteInbox, log: Path) -> None:
    """Make every delivery: received first, then marked, as a channel does."""
    for delivery in inbox.undelivered():
        say(log, f"received {delivery.delivery_id}")
        inbox.mark_delivered(delivery.delivery_id, 1.0)


def race(path: Path, log: Path, number: int, start: Barrier) -> None:
    """Open a new database, the same question, and its answer, all at the same moment as others."""
    start.wait(30)
    inbox = SqliteInbox(Database(path))
    for round_number in range(5):
        start.wait(30)
        mine = an_asker(f"r{round_number}-{number}")
        opened = inbox.open(an_escalation(mine, key=f"round {round_number}"))
        start.wait(30)
        current = inbox.get(opened.escalation_id)
        assert current is not None
        start.wait(30)
        won = answer(inbox, current, f"by {number}")
        say(log, f"{round_number} {opened.escalation_id} {'won' if won else 'lost'}")


def limit_files(limit: int) -> Callable[[], None]:
    """Let no file of this process grow beyond the limit; return what lifts it again."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, before)


def write_until_full(path: Path, log: Path, limit: int) -> None:
    """Write the journal with files limited in size, as on a full disk, and say what came of it."""
    journal = SqliteJournal(Database(path))
    restore = limit_files(limit)
    for number in range(10_000):
        try:
            journal.record(an_entry(f"j{number}"))
        except AvatarError as error:
            restore()
            say(log, f"{type(error).__name__}: {error}")
            return
        say(log, f"kept j{number}")


def keep_until_full(folder: Path, log: Path, limit: int) -> None:
    """Write a past answer that fits and one that does not, with files limited in size."""
    restore = limit_files(limit)
    answers = MarkdownAnswersFolder(folder)
    answers.write("small", "text")
    try:
        answers.write("large", "x" * limit * 2)
    except AvatarError as error:
        restore()
        say(log, f"{type(error).__name__}: {error}")

"""The journal and the log of verdicts in memory."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from avatar.errors import InvalidInputError
from avatar.learning.verdicts import OF_COLLEAGUES, GivenVerdict

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from avatar.domain.escalations import Verdict
    from avatar.domain.journal import JournalEntry


class MemoryJournal:
    """The `Journal` port, kept as long as the object lives."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.entries: list[JournalEntry] = []

    def record(self, entry: JournalEntry) -> None:
        with self._lock:
            if all(known.entry_id != entry.entry_id for known in self.entries):
                self.entries.append(entry)

    def get(self, entry_id: str) -> JournalEntry | None:
        if not entry_id:
            return None
        with self._lock:
            for entry in self.entries:
                if entry_id in _ids(entry):
                    return entry
            found = [e for e in self.entries if any(i.startswith(entry_id) for i in _ids(e))]
        if len({entry.escalation_id or entry.entry_id for entry in found}) > 1:
            raise InvalidInputError(f"{entry_id!r} begins {[entry.entry_id for entry in found]}")
        return found[0] if found else None

    def of_question(self, question_id: str) -> JournalEntry | None:
        with self._lock:
            return next((e for e in reversed(self.entries) if e.question_id == question_id), None)

    def recent(self, limit: int) -> Sequence[JournalEntry]:
        with self._lock:
            return self.entries[::-1][: max(limit, 0)]


class MemoryVerdicts:
    """The `VerdictLog`, over a journal in memory."""

    def __init__(self, journal: MemoryJournal) -> None:
        self._journal = journal
        self._given: dict[tuple[str, str], GivenVerdict] = {}
        self._number = 0

    def record(self, given: GivenVerdict) -> None:
        key = (given.question_id, given.escalation_id)
        known = self._given.get(key)
        if known is None or known.verdict in OF_COLLEAGUES:
            self._given.pop(key, None)
            self._number += 1
            self._given[key] = replace(given, number=self._number)

    def judge(self, question_id: str, verdict: Verdict, at: float) -> None:
        self.record(GivenVerdict(question_id, verdict, at))

    def on_sent(self, question_id: str) -> Verdict | None:
        given = self._given.get((question_id, ""))
        return None if given is None or given.verdict in OF_COLLEAGUES else given.verdict

    def all(self, *, after: int = 0, of: Collection[Verdict] = ()) -> Sequence[GivenVerdict]:
        by_question = {e.question_id: e for e in reversed(self._journal.entries)}
        return [
            replace(given, entry=by_question.get(given.question_id))
            for given in self._given.values()
            if given.number > after and (not of or given.verdict in of)
        ]

    def newest(self) -> int:
        return self._number


def _ids(entry: JournalEntry) -> tuple[str, str, str]:
    return entry.entry_id, entry.question_id, entry.escalation_id

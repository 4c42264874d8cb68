"""What the owner has said is no answer to a question: it is not sent by itself again."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from avatar.domain.escalations import Verdict
from avatar.domain.journal import OutcomeKind, Served
from avatar.learning.freshness import hash_lines, lines_of
from avatar.learning.verdicts import JUDGES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from avatar.domain.decisions import Citation
    from avatar.domain.journal import JournalEntry
    from avatar.learning.verdicts import GivenVerdict, VerdictLog

REJECTED: Final = "rejected"
"""The reason of a hand-over whose draft the owner has rejected before."""

WORDS: Final = (Verdict.REJECTED, Verdict.APPROVED)
"""What the owner says of an answer as it was served; the latest counts."""


def served_by(citations: Sequence[Citation]) -> tuple[Served, ...]:
    """Return what an answer or a draft rests on, as it is compared with what was rejected."""
    return tuple(
        Served(citation.content_sha256, hash_lines(lines_of(citation.quote)))
        for citation in citations
    )


def is_rejected(served: Sequence[Served], rejected: Collection[str]) -> bool:
    """Whether this is what was rejected, by the hashes of everything rejected for the question.

    It is when its main ground has not changed, or when it has no line that was not rejected: an
    edit elsewhere in a section leaves the lines that were wrong as they are.
    """
    if not served:
        return False
    return served[0].content_sha256 in rejected or all(
        one.lines_sha256 in rejected for one in served
    )


class Rejections:
    """Knows what was rejected for which question; a verdict holds from the next question on.

    `key` is equal for wordings of the same question. May be called from any thread.
    """

    def __init__(self, verdicts: VerdictLog, key: Callable[[str], str]) -> None:
        self._verdicts = verdicts
        self._key = key
        self._lock = threading.Lock()
        self._heard = 0
        self._rejected: dict[str, set[str]] = {}

    def cover(self, question: str, citations: Sequence[Citation]) -> bool:
        """Whether the owner's latest word is that these lines are no answer to the question."""
        with self._lock:
            self._listen()
            if not self._rejected:
                return False
            rejected = self._rejected.get(self._key(question), ())
            return bool(rejected) and is_rejected(served_by(citations), rejected)

    def _listen(self) -> None:
        newest = self._verdicts.newest()
        if newest == self._heard:
            return
        given = self._verdicts.all(after=self._heard, of=[Verdict.REJECTED])
        if given or self._rejected:
            # an approval from before the first rejection lifts nothing
            since = self._heard if self._rejected else given[0].number - 1
            for one in self._verdicts.all(after=since, of=WORDS):
                self._hear(one)
        self._heard = newest

    def _hear(self, given: GivenVerdict) -> None:
        entry = given.entry
        if entry is None or not _judges_what_was_served(entry):
            return
        hashes = {
            name
            for one in _served(entry)
            for name in (one.content_sha256, one.lines_sha256)
            if name
        }
        known = self._rejected.setdefault(self._key(entry.searched), set())
        if given.verdict is Verdict.REJECTED:
            known |= hashes
        else:
            known -= hashes


def _judges_what_was_served(entry: JournalEntry) -> bool:
    """Whether a verdict is on served lines; a draft may also show answers that disagree."""
    if entry.outcome is OutcomeKind.ANSWER:
        return True
    return bool(entry.reasons) and entry.reasons[0].code in {*JUDGES, REJECTED}


def _served(entry: JournalEntry) -> Sequence[Served]:
    """Return what was served; of decisions that did not note it, the passages it was from."""
    if entry.served:
        return entry.served
    cited = [seen for seen in entry.passages if seen.chunk_id in entry.cited]
    return [Served(seen.content_sha256, "") for seen in cited or entry.passages[:1]]

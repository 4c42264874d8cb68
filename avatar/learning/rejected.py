"""What the owner has said is no answer to a question: it is not sent by itself again."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from avatar.domain.escalations import REJECTED, Verdict
from avatar.domain.journal import Served
from avatar.learning.freshness import hash_lines, lines_of
from avatar.learning.verdicts import judges

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from avatar.domain.decisions import Citation
    from avatar.domain.journal import JournalEntry
    from avatar.learning.verdicts import VerdictLog


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
        self._rejected = _Heard(Verdict.REJECTED)
        self._approved = _Heard(Verdict.APPROVED)

    def cover(self, question: str, citations: Sequence[Citation]) -> bool:
        """Whether the owner's latest word is that these lines are no answer to the question."""
        with self._lock:
            newest = self._verdicts.newest()
            self._rejected.listen(self._verdicts, newest, self._key)
            if not self._rejected.said:
                return False
            key, served = self._key(question), served_by(citations)
            rejected = self._rejected.said.get(key, {})
            if not is_rejected(served, rejected):
                return False
            # only now, because approvals are many and seldom about what was rejected
            self._approved.listen(self._verdicts, newest, self._key)
            approved = self._approved.said.get(key, {})
            held = {name for name, number in rejected.items() if number > approved.get(name, 0)}
            return is_rejected(served, held)


class _Heard:
    """Verdicts of one kind up to a number: by question and hash, the number of the latest."""

    def __init__(self, verdict: Verdict) -> None:
        self.said: dict[str, dict[str, int]] = {}
        self._verdict = verdict
        self._number = 0

    def listen(self, verdicts: VerdictLog, newest: int, key: Callable[[str], str]) -> None:
        """Take in what is new up to `newest`."""
        if newest == self._number:
            return
        for given in verdicts.all(after=self._number, of=[self._verdict]):
            entry = given.entry
            if entry is not None and _judges_what_was_served(entry):
                self.said.setdefault(key(entry.searched), {}).update(
                    dict.fromkeys(_hashes(entry), given.number)
                )
        self._number = newest


def _judges_what_was_served(entry: JournalEntry) -> bool:
    """Whether a verdict is on served lines; a draft may also show answers that disagree."""
    return judges(entry) or any(reason.code == REJECTED for reason in entry.reasons[:1])


def _hashes(entry: JournalEntry) -> Iterator[str]:
    """Yield the hashes of what was served; of older records, those of the passages it was from."""
    for one in entry.served:
        yield from (one.content_sha256, one.lines_sha256)
    if not entry.served:
        cited = [seen for seen in entry.passages if seen.chunk_id in entry.cited]
        yield from (seen.content_sha256 for seen in cited or entry.passages[:1])

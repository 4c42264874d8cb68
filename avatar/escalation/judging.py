"""The owner's word on an answer that was sent already: kept, and acted on when it was wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from avatar.domain.audience import Audience
from avatar.domain.escalations import Verdict, WaitingAsker
from avatar.domain.journal import OutcomeKind
from avatar.domain.language import reply_language
from avatar.domain.questions import ReplyAddress
from avatar.errors import InvalidInputError, NotFoundError, TryAgainLaterError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from avatar.domain.journal import JournalEntry
    from avatar.escalation.desk import Desk
    from avatar.ports import Clock, Journal

LOOKED_AT: Final = 1000
"""Newest decisions among which others who got the same answer are sought."""


class Recall(Protocol):
    """How a channel of its own tells people that an answer was wrong."""

    def __call__(self, question_id: str) -> int:
        """Tell everybody there who got the answer to this question; return how many now were."""
        ...


class SentVerdicts(Protocol):
    """Where the owner's word on sent answers is kept."""

    def on_sent(self, question_id: str) -> Verdict | None:
        """Return what the owner said of a sent answer, None when nothing."""
        ...

    def judge(self, question_id: str, verdict: Verdict, at: float) -> None:
        """Keep what the owner says of a sent answer; on disk when this returns."""
        ...


@dataclass(frozen=True, slots=True)
class JudgedAnswer:
    """What was judged and how many people were told that they got a wrong answer."""

    question_id: str
    question: str
    verdict: Verdict
    told: int


class Judging:
    """Takes the owner's word on sent answers, whatever channel they were sent on.

    `recalls` are channels that know whom they told; on `fetched` ones askers come for what is
    for them.
    """

    def __init__(
        self,
        journal: Journal,
        verdicts: SentVerdicts,
        desk: Desk,
        clock: Clock,
        *,
        recalls: Mapping[str, Recall],
        fetched: Collection[str],
    ) -> None:
        self._journal = journal
        self._verdicts = verdicts
        self._desk = desk
        self._clock = clock
        self._recalls = recalls
        self._fetched = frozenset(fetched)

    def judge(self, record_id: str, *, right: bool) -> JudgedAnswer:
        """Keep the word on an answer, by question or entry id; who got a wrong one is told.

        The same word again finishes what a crash cut short. Raises `NotFoundError`,
        `InvalidInputError` when there was no answer or the owner said the contrary before, and
        `TryAgainLaterError`, with nothing kept, when its channel cannot be reached now.
        """
        entry = self._answered(record_id)
        verdict = Verdict.APPROVED if right else Verdict.REJECTED
        before = self._verdicts.on_sent(entry.question_id)
        if before is not None and before is not verdict:
            raise InvalidInputError(
                f"You have judged the answer to {entry.question_id} already ({before.value});"
                " that stands. Teach the right answer with `avatar teach`."
            )
        told = 0 if right else self._take_back(entry)
        self._verdicts.judge(entry.question_id, verdict, self._clock.now())
        return JudgedAnswer(entry.question_id, entry.question, verdict, told)

    def _answered(self, record_id: str) -> JournalEntry:
        entry = self._journal.get(record_id)
        if entry is None:
            raise NotFoundError(
                f"No decision is recorded under {record_id!r}. `avatar ask --json` shows the ids;"
                " a dry run records nothing."
            )
        if entry.outcome is not OutcomeKind.ANSWER or not entry.cited:
            raise InvalidInputError(
                f"{record_id} was not answered from your files, so there is nothing to judge."
                " What waits for you is in `avatar inbox list`."
            )
        return entry

    def _take_back(self, entry: JournalEntry) -> int:
        """Tell the asker and all who got the same answer; return how many people now were.

        Whoever comes for replies gets one notice, however often they asked; a channel of its own
        marks every place where the answer stands.
        """
        if entry.channel not in self._recalls and entry.channel not in self._fetched:
            raise TryAgainLaterError(
                f"That answer was sent on {entry.channel}, which only the running daemon reaches."
                " Run `avatar up`, then judge it again; nothing was kept."
            )
        alike = [one for one in self._journal.recent(LOOKED_AT) if _is_same(one, entry)]
        asked: dict[tuple[str, str], list[JournalEntry]] = {}
        for one in {one.question_id: one for one in (*reversed(alike), entry)}.values():
            asked.setdefault((one.channel, one.asker), []).append(one)
        return sum(self._tell(channel, entries) for (channel, _), entries in asked.items())

    def _tell(self, channel: str, entries: Sequence[JournalEntry]) -> int:
        """Tell one asker, and who read along; they are the same people each time."""
        if channel in self._recalls:
            return max(self._recalls[channel](one.question_id) for one in entries)
        if channel in self._fetched:
            return self._desk.take_back([_asker(one) for one in entries])
        return 0


def _is_same(one: JournalEntry, other: JournalEntry) -> bool:
    if one.outcome is not OutcomeKind.ANSWER or set(one.cited) != set(other.cited):
        return False
    return one.searched.split() == other.searched.split()


def _asker(entry: JournalEntry) -> WaitingAsker:
    return WaitingAsker(
        question_id=entry.question_id,
        asker=entry.asker,
        text=entry.question,
        language=reply_language(entry.question),
        reply_to=ReplyAddress(entry.channel, entry.asker),
        place=Audience.owner_only(),
        asked_at=entry.decided_at,
    )

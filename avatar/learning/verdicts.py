"""What was said of drafts and answers, as labels from which confidence can be learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from avatar.domain import opinion
from avatar.domain.calibration import Label, Origin
from avatar.domain.escalations import Verdict
from avatar.domain.journal import OutcomeKind
from avatar.domain.judgement import topic_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from avatar.domain.journal import JournalEntry

OF_COLLEAGUES: Final = frozenset({Verdict.HELPFUL, Verdict.NOT_HELPFUL})
"""What readers thought of an answer; the owner alone knows what is right."""

SAYS: Final[Mapping[Verdict, tuple[bool, float]]] = {
    Verdict.APPROVED: (True, 1.0),
    Verdict.REJECTED: (False, 1.0),
    Verdict.EDITED: (False, 0.5),  # it could not be sent as it was, and much of it was right
    Verdict.OWN_ANSWER: (False, 0.25),  # nothing was good enough to draft, which proves little
    Verdict.HELPFUL: (True, 0.25),
    Verdict.NOT_HELPFUL: (False, 0.25),
}
"""Whether what was served was right, and how much it counts; a dismissal says nothing of it."""

JUDGES: Final = frozenset({"low-confidence", "draft-mode", "disputed"})
"""Reasons of a hand-over whose draft is the served passage; others hide or mix what was served."""

HALF_LIFE_S: Final = 180 * 86_400
"""After so long a verdict counts half: files and questions change."""


@dataclass(frozen=True, slots=True)
class GivenVerdict:
    """One verdict with the decision it judges, as the journal has it.

    `at` is in seconds since the epoch; `escalation_id` is empty for a verdict on a sent answer.
    `entry` is None when the journal has no decision on the question. `number` grows with each
    verdict, whatever the clock does.
    """

    question_id: str
    verdict: Verdict
    at: float
    escalation_id: str = ""
    entry: JournalEntry | None = None
    number: int = 0

    @property
    def is_owners(self) -> bool:
        """Whether the owner gave it."""
        return self.verdict not in OF_COLLEAGUES

    @property
    def topic(self) -> str:
        """The topic of what was served, empty when nothing was."""
        served = self.entry.passages if self.entry else ()
        return topic_of(served[0].document_id) if served else ""


class VerdictLog(Protocol):
    """The durable list of verdicts; those on escalations enter it when they are closed."""

    def record(self, given: GivenVerdict) -> None:
        """Add a verdict; on disk when this returns.

        The same question again is kept once; only a colleague's verdict gives way to a later one.
        """
        ...

    def all(self, *, after: int = 0, of: Collection[Verdict] = ()) -> Sequence[GivenVerdict]:
        """Return verdicts with the first decision on their question, oldest first.

        Those of a higher number than `after` only, and where some are named only `of` these.
        """
        ...

    def newest(self) -> int:
        """Return the number of the newest verdict, 0 when there is none; quick."""
        ...


def that_judge(given: Iterable[GivenVerdict]) -> Sequence[GivenVerdict]:
    """Return, for each question, the verdict that says most of what was served, oldest first.

    Where the owner said something, a colleague's opinion of the same question is left out.
    """
    best: dict[str, GivenVerdict] = {}
    for one in given:
        if one.verdict not in SAYS or not judges(one.entry):
            continue
        known = best.get(one.question_id)
        if known is None or one.is_owners or not known.is_owners:
            best.pop(one.question_id, None)
            best[one.question_id] = one
    return list(best.values())


def labels(given: Iterable[GivenVerdict], *, now: float, model: str = "") -> Sequence[Label]:
    """Return the examples among verdicts; they count less with age, never more with a bad clock.

    The opinion of another language model than `model` is left out of their features.
    """
    found = []
    for one in that_judge(given):
        entry = one.entry
        assert entry is not None  # `that_judge` has looked
        is_right, weight = SAYS[one.verdict]
        served = entry.passages[0]
        found.append(
            Label(
                question=entry.question,
                group=f"verdict: {one.question_id}",
                origin=Origin.VERDICT if one.is_owners else Origin.FEEDBACK,
                features=_features(entry, model),
                is_right=is_right,
                weight=weight * 0.5 ** (max(0.0, now - one.at) / HALF_LIFE_S),
                at=one.at,
                topic=one.topic,
                served=f"{served.document_id}:{served.start_line}-{served.end_line}",
            )
        )
    return found


def _features(entry: JournalEntry, model: str) -> Mapping[str, float]:
    if entry.engine.get(opinion.MODEL, "") == model:
        return entry.features
    return {n: value for n, value in entry.features.items() if n not in opinion.NAMES}


def judges(entry: JournalEntry | None) -> bool:
    """Whether a verdict on this decision judges the passage that its features are of."""
    if entry is None or not entry.features or not entry.passages:
        return False
    if entry.outcome is OutcomeKind.ANSWER:
        return True
    return bool(entry.reasons) and entry.reasons[0].code in JUDGES

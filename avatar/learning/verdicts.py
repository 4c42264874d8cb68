"""What the owner said of drafts, as labels from which confidence can be learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from avatar.domain.escalations import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

DRAFT_WAS_RIGHT: Final = {
    Verdict.APPROVED: True,
    Verdict.EDITED: False,  # it could not be sent as it was
    Verdict.REJECTED: False,
}
"""Verdicts that judge a draft; the others say nothing of one."""

OF_COLLEAGUES: Final = frozenset({Verdict.HELPFUL, Verdict.NOT_HELPFUL})
"""What readers thought of an answer; the owner alone knows what is right, so never a label."""


@dataclass(frozen=True, slots=True)
class GivenVerdict:
    """One verdict with the evidence features of the decision it judges.

    `features` are those the journal kept for the question, empty when it has no entry of it. `at`
    is in seconds since the epoch; `escalation_id` is empty for a verdict on a sent answer.
    """

    question_id: str
    verdict: Verdict
    at: float
    escalation_id: str = ""
    entry_id: str = ""
    probability: float | None = None
    features: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """One example for calibration: the features of a decision and whether it was right."""

    question_id: str
    features: Mapping[str, float]
    is_right: bool


class VerdictLog(Protocol):
    """The durable list of verdicts; those on escalations enter it when they are closed."""

    def record(self, given: GivenVerdict) -> None:
        """Add a verdict; on disk when this returns.

        The same question again is kept once; only a colleague's verdict gives way to a later one.
        """
        ...

    def all(self) -> Sequence[GivenVerdict]:
        """Return every verdict with its features, oldest first."""
        ...


def labels(given: Iterable[GivenVerdict]) -> Sequence[Label]:
    """Return the examples among verdicts: those that judge a draft whose features are known."""
    return [
        Label(one.question_id, one.features, DRAFT_WAS_RIGHT[one.verdict])
        for one in given
        if one.verdict in DRAFT_WAS_RIGHT and one.features
    ]

"""Verdicts for tests: what was served, how sure the stand-in was, what was said of it."""

from __future__ import annotations

from avatar.domain.decisions import Reason, Thresholds
from avatar.domain.escalations import Verdict
from avatar.domain.journal import OutcomeKind, SeenPassage
from avatar.learning.verdicts import GivenVerdict
from tests.contracts.journal import an_entry

BAR = Thresholds(0.8, 0.4, 0.2)


def given(
    verdict: Verdict | bool,
    number: int = 1,
    *,
    probability: float = 0.9,
    at: float = 0.0,
    topic: str = "notes",
    question: str = "",
    thresholds: Thresholds = BAR,
    outcome: OutcomeKind = OutcomeKind.ANSWER,
) -> GivenVerdict:
    """Return a verdict on an answer; True and False are the owner's yes and no."""
    if isinstance(verdict, bool):
        verdict = Verdict.APPROVED if verdict else Verdict.REJECTED
    entry = an_entry(
        f"j{number}",
        outcome=outcome,
        probability=probability,
        thresholds=thresholds,
        reasons=(Reason("low-confidence", "x"),),
        passages=(SeenPassage("c1", f"{topic}/a.md", 1, 9, "ab", 0.5, {}),),
    )
    return GivenVerdict(question or f"q{number}", verdict, at, entry=entry, number=number)

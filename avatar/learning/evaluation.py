"""The owner's own test questions: what was decided of each, and what that comes to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from avatar.domain.terms import normalise
from avatar.learning.bounds import at_least, lower_bound
from avatar.learning.measures import auroc, calibration_error
from avatar.learning.promise import DOUBT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

OF_EACH_KIND: Final = 5
"""Right and wrong ones needed each before it is said how well they are told apart."""

FOR_ERROR: Final = 30
"""Questions needed before the gap between stated and real says something."""


class Result(StrEnum):
    """What a decision was worth, against what the owner expects."""

    RIGHT = "right"
    """Answered, and the answer is the expected one."""

    WRONG = "wrong"
    """Answered, and it is not; or nothing should have been answered."""

    MISSED = "missed"
    """Handed over, though the files know it."""

    HANDED_OVER = "handed-over"
    """Handed over, as it should be."""

    ASKED_BACK = "asked-back"
    """One question back."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What should come of a question: paths or texts, any of which will do; none for unknown."""

    answers: tuple[str, ...] = ()

    @property
    def is_unknown(self) -> bool:
        """Whether nothing should be answered."""
        return not self.answers

    def holds(self, paths: Iterable[str], texts: Iterable[str]) -> bool:
        """Whether something served is it: a path, or the folder or end of one, or words in a text.

        Case, spacing and width of letters do not matter in texts.
        """
        there, said = list(paths), _plain(" ".join(texts))
        return any(_is_path(wanted, path) for wanted in self.answers for path in there) or any(
            _plain(wanted) in said for wanted in self.answers
        )


@dataclass(frozen=True, slots=True)
class Trial:
    """One test question with its result.

    `would_be_right` tells whether what is served, or would be if it were sure enough, is right.
    """

    result: Result
    probability: float
    would_be_right: bool


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What all test questions come to.

    `precision` is the share of answers that is right, 1 without answers; `lower_bound` its
    Clopper-Pearson bound. `coverage` is the share of all questions that was answered, `known` the
    share that should be. `chance` is how probable so many wrong ones are while the promise is
    kept. `auroc` and `error` are None while there are too few questions.
    """

    asked: int
    results: dict[Result, int]
    precision: float
    lower_bound: float
    coverage: float
    known: float
    promise: float
    chance: float
    auroc: float | None
    error: float | None

    @property
    def is_broken(self) -> bool:
        """Whether more of the answers are wrong than was promised."""
        return self.precision < self.promise


def result_of(expected: Expected, *, decision: str, is_right: bool) -> Result:
    """Return what a decision, as it is named in rows, was worth."""
    match decision:
        case "answer":
            return Result.RIGHT if is_right and not expected.is_unknown else Result.WRONG
        case "clarify":
            return Result.ASKED_BACK
        case _:
            return Result.HANDED_OVER if expected.is_unknown else Result.MISSED


def evaluate(trials: Sequence[Trial], known: Sequence[bool], promise: float) -> Evaluation:
    """Return what the questions come to; `known` tells which of them should be answered."""
    results = {each: sum(one.result is each for one in trials) for each in Result}
    right, wrong = results[Result.RIGHT], results[Result.WRONG]
    answered = right + wrong
    said = np.array([one.probability for one in trials], dtype=np.float64)
    truth = np.array([one.would_be_right for one in trials], dtype=bool)
    of_each = min(int(truth.sum()), int((~truth).sum())) if len(trials) else 0
    return Evaluation(
        asked=len(trials),
        results=results,
        precision=right / answered if answered else 1.0,
        lower_bound=lower_bound(right, answered, DOUBT),
        coverage=answered / len(trials) if trials else 0.0,
        known=sum(known) / len(known) if known else 0.0,
        promise=promise,
        chance=at_least(wrong, answered, 1 - promise),
        auroc=auroc(said, truth) if of_each >= OF_EACH_KIND else None,
        error=calibration_error(said, truth) if len(trials) >= FOR_ERROR else None,
    )


def _is_path(wanted: str, path: str) -> bool:
    if wanted.endswith("/"):
        return path.startswith(wanted)
    return path == wanted or path.endswith(f"/{wanted}")


def _plain(text: str) -> str:
    return " ".join(normalise(text).casefold().split())

"""What the stand-in decides: answer, ask back, or hand over; and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from avatar.domain.audience import Audience
from avatar.domain.chunks import location_of

EXTRACTIVE: Final = "extractive"
"""Who a reply is by when its sentences stand in the files as they are."""


class Band(StrEnum):
    """Confidence as it is told to people."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why confidence is what it is; `code` is stable, `text` is for people.

    `weight` is the feature's contribution to the log-odds, negative when it lowers confidence.
    `names` are the words, names or places it is about, as they are shown; empty when there are
    none.
    """

    code: str
    text: str
    weight: float = 0.0
    names: str = ""


@dataclass(frozen=True, slots=True)
class Confidence:
    """The probability that the answer is right, the evidence features, and reasons in words.

    `is_calibrated` tells whether the probability was fitted on the owner's own questions.
    """

    probability: float
    features: Mapping[str, float]
    reasons: tuple[Reason, ...] = ()
    is_calibrated: bool = False


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where decisions change; probabilities.

    At `answer` and above the stand-in answers by itself; from `draft` up to there it hands the
    question over with a draft. `ask_back` is the least confidence at which asking back is
    worth the colleague's time. `answer_crossing` is the bar when what was found is in another
    language than the question; it never lies below `answer`.
    """

    answer: float
    draft: float
    ask_back: float
    answer_crossing: float = 0.0

    def needed(self, *, is_crossing: bool) -> float:
        """Return the confidence from which the stand-in answers by itself."""
        return max(self.answer, self.answer_crossing) if is_crossing else self.answer

    def with_answer(self, answer: float) -> Thresholds:
        """Move the bar for answering, and the one for crossing languages by the same odds.

        The bar for drafts never stays above it.
        """
        return Thresholds(
            answer,
            min(self.draft, answer),
            self.ask_back,
            _moved(self.answer_crossing, self.answer, answer),
        )


def _moved(other: float, before: float, after: float) -> float:
    """Return `other` with its odds changed as those of `before` are when it becomes `after`."""
    in_favour = other * after * (1 - before)
    against = (1 - other) * (1 - after) * before
    return max(after, in_favour / (in_favour + against)) if in_favour > 0 else after


@dataclass(frozen=True, slots=True)
class Citation:
    """The exact lines a sentence relies on; `quote` is their text as stored."""

    chunk_id: str
    document_id: str
    start_line: int
    end_line: int
    symbol: str
    quote: str
    audience: Audience
    content_sha256: str
    commit: str = ""

    @property
    def location(self) -> str:
        """`path:line` or `path:start-end`."""
        return location_of(self.document_id, self.start_line, self.end_line)


@dataclass(frozen=True, slots=True)
class Composed:
    """A reply with what it rests on; `by` is `extractive` or the model's name.

    `text` marks its sentences with `[1]`, `[2]` … for the citations, which it does not list.
    """

    text: str
    citations: tuple[Citation, ...]
    by: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The stand-in answers by itself; `text` is without label and without the list of sources."""

    text: str
    citations: tuple[Citation, ...]
    by: str


@dataclass(frozen=True, slots=True)
class Clarify:
    """The evidence is split: one question back, with the options the evidence holds."""

    text: str
    options: tuple[str, ...]
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Escalate:
    """The owner is asked; `text` tells the colleague so. `draft` is for the owner only."""

    text: str
    reasons: tuple[Reason, ...]
    draft: Composed | None = None


Decision = Answer | Clarify | Escalate


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question: the decision, how sure, and where the record is.

    `text` is what the colleague reads, in their language. `escalation_id` is empty unless the
    question was handed over. `elapsed_ms` is the time from question to decision, `band` the
    confidence as it is told to people.
    """

    question_id: str
    decision: Decision
    confidence: Confidence
    text: str
    elapsed_ms: float
    escalation_id: str = ""
    citations: tuple[Citation, ...] = field(default=())
    band: Band = Band.LOW

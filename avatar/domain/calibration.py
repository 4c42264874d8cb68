"""What confidence is learned from, and what was learned: labels, promise, evidence for both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from avatar.domain.decisions import Thresholds
from avatar.domain.weights import ConfidenceWeights, FusionWeights


class Origin(StrEnum):
    """Where a label comes from."""

    REPLAYED = "replayed"
    """A past answer's question, asked of the library without that wording."""

    ABLATED = "ablated"
    """The same question, asked of the library without its whole thread."""

    FOREIGN = "foreign"
    """A question of another domain."""

    SWAPPED = "swapped"
    """The same words about something nobody wrote of."""

    TEST = "test"
    """One of the owner's own test questions."""

    VERDICT = "verdict"
    """What the owner said of a draft or an answer."""

    FEEDBACK = "feedback"
    """What a colleague said of an answer."""


@dataclass(frozen=True, slots=True)
class Label:
    """One question with its evidence features, and whether the served passage was right.

    Labels of one `group` (a thread) are one observation: they stay on one side of every fold.
    `weight` is 1 for what the owner or the replay says for certain, less for the rest. `at` is in
    seconds since the epoch. `topic` is the source the served passage stands in, and `served` its
    place as `path:start-end`, empty when nothing was found.
    """

    question: str
    group: str
    origin: Origin
    features: Mapping[str, float]
    is_right: bool
    weight: float = 1.0
    at: float = 0.0
    topic: str = ""
    served: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A label with the probability said by a model that never saw its group."""

    label: Label
    probability: float


@dataclass(frozen=True, slots=True)
class Quality:
    """How well probabilities tell right from wrong, over judged labels.

    `coverage` is the share answered at the threshold in force, `precision` the share of those
    that was right, `possible` the share answerable at all: the most coverage there could be.
    `error` is the expected calibration error over ten bins of equal size.
    """

    asked: int
    auroc: float
    error: float
    precision: float
    coverage: float
    possible: float


@dataclass(frozen=True, slots=True)
class TopicEvidence:
    """What the replay says of one topic at the threshold.

    `lower_bound` is the Clopper-Pearson bound of its precision; `may_promise` whether that
    reaches the promise, so that answering by itself can be proposed.
    """

    topic: str
    asked: int
    answered: int
    right: int
    lower_bound: float
    may_promise: bool


@dataclass(frozen=True, slots=True)
class LearningPoint:
    """How well a model does that was fitted on so many threads only."""

    threads: int
    auroc: float
    error: float


@dataclass(frozen=True, slots=True)
class FeatureWorth:
    """What one group of features adds: AUROC with all features, and without these."""

    name: str
    auroc_with: float
    auroc_without: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Everything one calibration found; what decisions use is `fusion`, `confidence`, `thresholds`.

    `judged` holds every label with its out-of-fold probability. `answerable_share` is what the
    threshold was corrected for. `is_promised` tells whether the promise can be kept at these
    thresholds; if not, `shortfall` says why in one sentence, such as "not calibrated: 7 of about
    60 answers", and no threshold is below the shipped one. `before` and `after` judge the same
    labels by the shipped weights and by the fitted ones.
    """

    made_at: float
    promise: float
    fusion: FusionWeights
    confidence: ConfidenceWeights
    thresholds: Thresholds
    is_promised: bool
    shortfall: str
    answerable_share: float
    threads: int
    counts: Mapping[Origin, int]
    judged: tuple[Judged, ...]
    before: Quality
    after: Quality
    topics: tuple[TopicEvidence, ...] = ()
    learning: tuple[LearningPoint, ...] = ()
    worth: tuple[FeatureWorth, ...] = ()
    notes: tuple[str, ...] = field(default=())

"""The numbers a decision is made with: what channels count for, and what evidence is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Scale:
    """A model's cosine between unrelated texts, and between a question and its right passage."""

    unrelated: float
    right: float

    def apply(self, cosine: float) -> float:
        """Put a cosine on the common scale: 0 unrelated, 1 right."""
        return (cosine - self.unrelated) / (self.right - self.unrelated)


@dataclass(frozen=True, slots=True)
class FusionWeights:
    """How the channels of one passage become its score.

    `scales` are keyed by language pair (or `code`) and embedder, `dense` likewise; `*` stands for
    an embedder that is not named. `lexical` is keyed by that pair, too, or by `answers` for past
    answers in the question's language. `identifier` is what holding every asked name adds.
    """

    scales: Mapping[str, Mapping[str, Scale]]
    dense: Mapping[str, Mapping[str, float]]
    lexical: Mapping[str, float]
    identifier: float


@dataclass(frozen=True, slots=True)
class ConfidenceWeights:
    """A logistic model over named features; each is standardised and clipped first.

    `fitted_on` says how many questions of which kinds of data were used; `models` names the
    vector models it was fitted with. `is_calibrated` is true once it was fitted on the owner's
    own questions. `rising` are corners of a map from the logistic's probability to the one that
    is said, empty for none; between corners it is straight.
    """

    intercept: float
    mean: Mapping[str, float]
    scale: Mapping[str, float]
    coefficient: Mapping[str, float]
    clip: float = 4.0
    models: Mapping[str, str] = field(default_factory=dict)
    fitted_on: Mapping[str, int] = field(default_factory=dict)
    is_calibrated: bool = False
    rising: tuple[tuple[float, float], ...] = ()

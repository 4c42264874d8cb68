"""What questions are judged by at one moment: weights, thresholds, and who sends the answer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from avatar.domain.decisions import Thresholds
from avatar.domain.weights import ConfidenceWeights, FusionWeights


class Mode(StrEnum):
    """Who sends the answers of a topic; a topic is a source, by its name."""

    AUTO = "auto"
    """The stand-in, when it is sure enough."""

    DRAFT = "draft"
    """The owner, who approves each."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Everything one decision is made by, so that nothing changes in the middle of it.

    `modes` names topics, `otherwise` is for those it does not name. `origin` says for the record
    where the numbers come from.
    """

    fusion: FusionWeights
    confidence: ConfidenceWeights
    thresholds: Thresholds
    modes: Mapping[str, Mode] = field(default_factory=dict)
    otherwise: Mode = Mode.AUTO
    origin: str = "shipped"

    def waiting(self, topics: Iterable[str]) -> str:
        """Return the first topic whose answers wait for the owner, empty when none does."""
        held = (name for name in topics if self.modes.get(name, self.otherwise) is Mode.DRAFT)
        return next(held, "")


def topic_of(document_id: str) -> str:
    """Return the topic a document belongs to: its source's name."""
    return document_id.partition("/")[0]


def hollow(promise: float) -> str:
    """Say why a promise cannot be kept or says nothing; empty when it is one."""
    if not math.isfinite(promise):
        return "a promise must be a number; as this is none, every answer goes to you as a draft"
    if promise >= 1:
        return (
            f"a promise of {promise:.0%} cannot be proved by any number of answers, so every"
            " answer goes to you as a draft"
        )
    if promise <= 0:
        return (
            f"a promise of {promise:.0%} promises nothing, so every answer goes to you as a draft"
        )
    return ""

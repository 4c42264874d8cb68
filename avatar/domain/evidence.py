"""What was found: passages with every channel's raw score, and what is known of the terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from avatar.domain.chunks import Chunk


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk the store found, with its exact raw score in every channel it can be scored in.

    Channels are `lexical` (BM25) and vector names (cosine). A channel is missing when the chunk
    has no vector of that name; a lexical score of 0 means that no term matched.
    """

    chunk: Chunk
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk that was retrieved: fused score for ranking, raw scores for confidence."""

    chunk: Chunk
    score: float
    scores: Mapping[str, float] = field(default_factory=dict)
    also: tuple[Chunk, ...] = ()


@dataclass(frozen=True, slots=True)
class TermStatistics:
    """How often the question's terms occur in what this reader may read.

    `total` counts readable chunks; `frequency` counts those that hold a term.
    """

    total: int
    frequency: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search brought, before channels are weighed against each other."""

    hits: tuple[Hit, ...]
    statistics: TermStatistics


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything the decision rests on, best passage first."""

    passages: tuple[Passage, ...]
    statistics: TermStatistics
    background: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    @property
    def top(self) -> Passage | None:
        """The best passage, if there is any."""
        return self.passages[0] if self.passages else None

"""The replayable record of every decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from avatar.domain.decisions import Reason, Thresholds


class OutcomeKind(StrEnum):
    """The decision's name as it is written in records and JSON."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    ESCALATE = "escalate"


@dataclass(frozen=True, slots=True)
class SeenPassage:
    """A passage as the decision saw it: place, hash of its content, and raw scores."""

    chunk_id: str
    document_id: str
    start_line: int
    end_line: int
    content_sha256: str
    score: float
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Served:
    """One citation of an answer or a draft: the hashes of its chunk and of the cited lines."""

    content_sha256: str
    lines_sha256: str


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One decision with all it rested on; `decided_at` in seconds since the epoch.

    `served` is what the answer, or the draft for the owner, was cited from, in its order.
    `engine` names the vector models, confidence weights and language model that were in force.
    """

    entry_id: str
    question_id: str
    question: str
    searched: str
    asker: str
    reader_labels: tuple[str, ...]
    channel: str
    outcome: OutcomeKind
    reply: str
    probability: float
    features: Mapping[str, float]
    reasons: tuple[Reason, ...]
    thresholds: Thresholds
    passages: tuple[SeenPassage, ...]
    cited: tuple[str, ...]
    engine: Mapping[str, str]
    decided_at: float
    elapsed_ms: float
    escalation_id: str = ""
    notes: tuple[str, ...] = field(default=())
    served: tuple[Served, ...] = field(default=())

"""How sure is sure enough, as rows: the state of confidence, and what a calibration found."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from avatar.commands.contract import Row
    from avatar.domain.calibration import Calibration, TopicEvidence
    from avatar.domain.decisions import Thresholds
    from avatar.learning.certainty import Sureness
    from avatar.learning.modes import TopicMode


def confidence_row(sureness: Sureness) -> Row:
    """Return how confidence stands, for `status`."""
    found, drift = sureness.calibration, sureness.drift
    return {
        "promise": sureness.promise,
        "is_promised": sureness.is_promised,
        "shortfall": sureness.shortfall or None,
        "refused": sureness.refused or None,
        "thresholds": thresholds_row(sureness.thresholds),
        "calibrated_at": found.made_at if found else None,
        "drift": {
            "judged": drift.judged,
            "recent": len(drift.recent),
            "precision": drift.precision,
            "raised": max(0.0, sureness.thresholds.answer - sureness.calibrated),
            "alarm": asdict(drift.alarm) if drift.alarm else None,
        },
        "modes": {one.topic: str(one.mode) for one in sureness.modes},
        "proposed": [one.topic for one in sureness.proposals],
    }


def mode_rows(sureness: Sureness) -> list[Row]:
    """Return who sends the answers of each topic, and what would let it answer by itself."""
    proposals = {one.topic: one for one in sureness.proposals}
    return [mode_row(one, proposals.get(one.topic)) for one in sureness.modes]


def mode_row(one: TopicMode, proposal: TopicEvidence | None = None) -> Row:
    """Return who sends the answers of a topic."""
    return {
        "topic": one.topic,
        "mode": str(one.mode),
        "why": str(one.why),
        "since": one.since,
        "proposal": asdict(proposal) if proposal else None,
    }


def thresholds_row(thresholds: Thresholds) -> Row:
    """Return where decisions change."""
    return {
        "answer": thresholds.answer,
        "answer_crossing": thresholds.answer_crossing,
        "draft": thresholds.draft,
        "ask_back": thresholds.ask_back,
    }


def calibration_row(found: Calibration, sureness: Sureness) -> Row:
    """Return what a calibration found, without the labels."""
    modes = {one.topic: str(one.mode) for one in sureness.modes}
    return {
        "made_at": found.made_at,
        "promise": found.promise,
        "is_promised": found.is_promised,
        "shortfall": found.shortfall or None,
        "threads": found.threads,
        "labels": {str(origin): number for origin, number in found.counts.items()},
        "answerable_share": found.answerable_share,
        "thresholds": thresholds_row(found.thresholds),
        "held_at": held if (held := sureness.thresholds.answer) > sureness.calibrated else None,
        "before": asdict(found.before),
        "after": asdict(found.after),
        "topics": [asdict(one) | {"mode": modes.get(one.topic)} for one in found.topics],
        "proposed": [one.topic for one in sureness.proposals],
        "notes": list(found.notes),
    }

"""How sure is sure enough, as rows: the state of confidence, and what a calibration found."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from avatar.domain.judgement import Mode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar.commands.contract import Row
    from avatar.domain.calibration import Calibration, TopicEvidence
    from avatar.domain.decisions import Thresholds
    from avatar.domain.judgement import Judgement
    from avatar.learning.certainty import Sureness


def confidence_row(sureness: Sureness, judgement: Judgement) -> Row:
    """Return how confidence stands, for `status`."""
    found = sureness.calibration
    return {
        "promise": sureness.promise,
        "is_promised": sureness.is_promised,
        "shortfall": sureness.shortfall or None,
        "refused": sureness.refused or None,
        "thresholds": thresholds_row(sureness.thresholds),
        "calibrated_at": found.made_at if found else None,
        "modes": {topic: str(mode) for topic, mode in judgement.modes.items()},
        "proposed": proposed(found, judgement.modes) if found else [],
    }


def thresholds_row(thresholds: Thresholds) -> Row:
    """Return where decisions change."""
    return {
        "answer": thresholds.answer,
        "answer_crossing": thresholds.answer_crossing,
        "draft": thresholds.draft,
        "ask_back": thresholds.ask_back,
    }


def calibration_row(found: Calibration, modes: Mapping[str, Mode]) -> Row:
    """Return what a calibration found, without the labels."""
    return {
        "made_at": found.made_at,
        "promise": found.promise,
        "is_promised": found.is_promised,
        "shortfall": found.shortfall or None,
        "threads": found.threads,
        "labels": {str(origin): number for origin, number in found.counts.items()},
        "answerable_share": found.answerable_share,
        "thresholds": thresholds_row(found.thresholds),
        "before": asdict(found.before),
        "after": asdict(found.after),
        "topics": [_topic(one, modes) for one in found.topics],
        "proposed": proposed(found, modes),
        "notes": list(found.notes),
    }


def proposed(found: Calibration, modes: Mapping[str, Mode]) -> list[str]:
    """Return the topics in draft mode whose replayed answers prove the promise."""
    return [
        one.topic
        for one in found.topics
        if found.is_promised and one.may_promise and modes.get(one.topic) is Mode.DRAFT
    ]


def _topic(one: TopicEvidence, modes: Mapping[str, Mode]) -> Row:
    mode = modes.get(one.topic)
    return asdict(one) | {"mode": str(mode) if mode else None}

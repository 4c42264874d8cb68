"""The report of a calibration as one HTML page that needs nothing else: Jinja2 writes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from avatar.adapters.report_pictures import Axis, Picture
from avatar.answering.confidence import contributions
from avatar.answering.feature_words import feature_words
from avatar.domain.calibration import Origin
from avatar.domain.terms import CONTROL, INVISIBLE
from avatar.learning.calibration import ENOUGH_THREADS, LEAST_THREADS
from avatar.learning.curves import (
    confident_wrong,
    in_force,
    kept_promises,
    reliability,
    risk_coverage,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avatar.domain.calibration import Calibration, Judged, LearningPoint
    from avatar.learning.curves import KeptPromise, ReliabilityBin, RiskPoint

TEMPLATES: Final = Path(__file__).with_name("templates")
STRONGEST: Final = 10
REASONS: Final = 3
SHARES: Final = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
ROWS_AT_MOST: Final = 12
"""Rows of a table under a picture; a long curve is told at as many points."""

ORIGINS: Final[Mapping[Origin, str]] = {
    Origin.REPLAYED: "past answers, each asked again without its own wording",
    Origin.ABLATED: "the same questions, asked as if the answer had never been given",
    Origin.FOREIGN: "questions about something else altogether",
    Origin.SWAPPED: "your questions with a name nobody knows in them",
    Origin.TEST: "your own test questions",
    Origin.VERDICT: "your verdicts on drafts and answers",
    Origin.FEEDBACK: "what colleagues said of answers",
}
UNPROVING: Final = "learned from; proves nothing, as nobody asked it"


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """What the page says of the profile: its modes by topic, and what is proposed to change."""

    owner: str
    profile: str
    modes: Mapping[str, str]
    proposed: frozenset[str] = frozenset()


def render(calibration: Calibration, facts: ReportFacts) -> str:
    """Return the page. It holds the owner's questions: it is for the owner's eyes only."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": percent, "clean": clean}
    return environment.get_template("report.html").render(_context(calibration, facts))


def percent(share: float) -> str:
    """Return a share as it is written, with one digit where it says something."""
    digits = 0 if abs(share * 100 - round(share * 100)) < 0.05 else 1
    return f"{share:.{digits}%}".replace("%", "\u202f%")


def clean(text: str) -> str:
    """Return text of others without characters that steer how it is shown."""
    return INVISIBLE.sub("", CONTROL.sub(" ", text))


def chances(promise: float) -> str:
    """Return how many may be wrong, as `1 in 10`."""
    share = 1 - promise
    if share <= 0:
        return "none"
    whole = round(1 / share)
    return f"1 in {whole}" if abs(1 / share - whole) < 0.01 else f"{share * 100:.0f} in 100"


def _context(calibration: Calibration, facts: ReportFacts) -> dict[str, Any]:
    judged = calibration.judged
    has_both = len({one.label.is_right for one in judged}) == 2
    has_pictures = has_both and calibration.threads >= LEAST_THREADS
    return {
        "facts": facts,
        "calibration": calibration,
        "made_at": datetime.fromtimestamp(calibration.made_at, UTC),
        "chances": chances(calibration.promise),
        "enough": ENOUGH_THREADS,
        "known_share": min(1.0, calibration.threads / ENOUGH_THREADS),
        "now": in_force(calibration),
        "before_after": _before_after(calibration) if has_pictures else [],
        "wrong": [_wrong(one, calibration) for one in confident_wrong(judged)],
        "counts": _counts(calibration),
        "topics": _topics(calibration, facts),
        "pictures": _pictures(calibration) if has_pictures else {},
        "worth": _worth(calibration),
        "strongest": _strongest(calibration) if has_pictures else [],
    }


def _pictures(calibration: Calibration) -> dict[str, Any]:
    """Return each picture with the numbers it shows."""
    from markupsafe import Markup

    risk, bins = risk_coverage(calibration), reliability(calibration.judged)
    kept, learning = kept_promises(calibration), calibration.learning
    drawn = {
        "risk": (_risk_picture(risk, calibration), _thinned(risk)),
        "reliability": (_reliability_picture(bins), bins),
        "kept": (_kept_picture(kept, calibration), kept),
    }
    if len(learning) > 1:
        drawn["learning"] = (_learning_picture(learning), learning)
    # nothing in a picture is text of others: numbers and words of this module only
    return {name: (Markup(svg), rows) for name, (svg, rows) in drawn.items()}  # noqa: S704


def _risk_picture(risk: Sequence[RiskPoint], calibration: Calibration) -> str:
    worst = max(0.2, *(point.wrong for point in risk), risk[-1].wrong)
    top = 0.1 * (int(worst * 10) + 1)
    step = 0.1 if top <= 0.6 else 0.2
    marks = tuple(step * number for number in range(int(top / step + 1e-9) + 1))
    picture = Picture(
        Axis("questions answered by itself", 0, 1, SHARES), Axis("of those, wrong", 0, top, marks)
    )
    may = 1 - calibration.promise
    picture.line([(0, may), (1, may)], "promise")
    picture.note(0.015, may, f"at most {percent(may)} promised", dy=-7)
    overall = risk[-1].wrong
    picture.line([(0, overall), (1, overall)], "chance")
    picture.line([(point.coverage, point.wrong) for point in risk], "curve")
    now = in_force(calibration)
    picture.dot(now.answered, 1 - now.precision, "here", radius=6)
    if now.answered < 0.8:  # the curve rises: below it to the right, or above it to the left
        picture.note(now.answered + 0.025, 1 - now.precision, "in force", dy=14)
    else:
        picture.note(now.answered - 0.02, 1 - now.precision, "in force", anchor="end", dy=-10)
    return picture.svg("risk", "How many answers are wrong, by how many questions are answered")


def _reliability_picture(bins: Sequence[ReliabilityBin]) -> str:
    picture = Picture(
        Axis("confidence it stated", 0, 1, SHARES), Axis("really right", 0, 1, SHARES)
    )
    picture.line([(0, 0), (1, 1)], "ideal")
    for each in bins:
        picture.span(each.said, each.low, each.high, "interval")
    picture.line([(each.said, each.right) for each in bins], "curve")
    for each in bins:
        picture.dot(each.said, each.right, "point")
    return picture.svg("reliability", "Confidence as it was stated against the share really right")


def _kept_picture(kept: Sequence[KeptPromise], calibration: Calibration) -> str:
    low = min(0.7, *(one.lower_bound for one in kept if one.threshold is not None), 1.0)
    low = int(low * 10) / 10
    axis = Axis("promised", 0.75, 1, (0.75, 0.8, 0.85, 0.9, 0.95, 1.0))
    picture = Picture(axis, Axis("realised precision", low, 1, _tenths(low)))
    picture.line([(max(0.75, low), max(0.75, low)), (1, 1)], "ideal")
    for one in kept:
        if one.threshold is None:
            picture.note(one.promise, low, "none", anchor="middle", dy=-8)
            continue
        is_own = abs(one.promise - calibration.promise) < 1e-9
        picture.span(one.promise, one.lower_bound, one.precision, "interval")
        picture.dot(one.promise, one.precision, "here" if is_own else "point", radius=5)
    return picture.svg("kept", "What was promised against what was realised, with lower bounds")


def _learning_picture(learning: Sequence[LearningPoint]) -> str:
    last = learning[-1].threads
    marks = tuple(sorted({*(point.threads for point in learning[-4:]), 0}))
    low = int(10 * min(0.5, *(point.auroc for point in learning))) / 10
    up = Axis("told apart (AUROC)", low, 1, _tenths(low), is_share=False)
    picture = Picture(Axis("answers it learned from", 0, last, marks, is_share=False), up)
    picture.line([(point.threads, point.auroc) for point in learning], "curve")
    for point in learning:
        picture.dot(point.threads, point.auroc, "point")
    return picture.svg(
        "learning", "How well right and wrong are told apart, by answers learned from"
    )


def _tenths(low: float) -> tuple[float, ...]:
    """Return marks from a tenth up to 1, a twentieth apart when there is room."""
    step = 0.05 if low >= 0.7 else 0.1
    return tuple(round(low + step * number, 2) for number in range(round((1 - low) / step) + 1))


def _thinned(risk: Sequence[RiskPoint]) -> list[RiskPoint]:
    """Return some points of a curve, the last one among them."""
    step = max(1, -(-len(risk) // ROWS_AT_MOST))
    return list(risk[::-1][::step])[::-1]


def _before_after(calibration: Calibration) -> list[tuple[str, str, str, str]]:
    before, after = calibration.before, calibration.after
    plain = "{:.3f}".format
    return [
        (
            "right and wrong told apart (AUROC)",
            plain(before.auroc),
            plain(after.auroc),
            "1 is best",
        ),
        ("precision of what is sent", percent(before.precision), percent(after.precision), ""),
        ("questions answered by itself", percent(before.coverage), percent(after.coverage), ""),
        (
            "… of those a perfect judge would answer",
            percent(_of(before.coverage, before.possible)),
            percent(_of(after.coverage, after.possible)),
            "",
        ),
        ("gap between stated and real (ECE)", plain(before.error), plain(after.error), "0 is best"),
    ]


def _of(part: float, whole: float) -> float:
    return min(1.0, part / whole) if whole else 0.0


def _wrong(one: Judged, calibration: Calibration) -> dict[str, Any]:
    parts = contributions(one.label.features, calibration.confidence)
    strongest = sorted(parts, key=lambda name: -abs(parts[name]))[:REASONS]
    needed = calibration.thresholds.needed(is_crossing=one.label.features.get("cross", 0.0) > 0)
    return {
        "question": one.label.question,
        "served": one.label.served,
        "probability": one.probability,
        "is_sent": one.probability >= needed,
        "origin": ORIGINS[one.label.origin],
        "why": [
            f"{side} it: {', '.join(feature_words(name) for name in names)}"
            for side, names in (
                ("for", [name for name in strongest if parts[name] > 0]),
                ("against", [name for name in strongest if parts[name] < 0]),
            )
            if names
        ],
    }


def _counts(calibration: Calibration) -> list[dict[str, Any]]:
    unproving = {Origin.FOREIGN, Origin.SWAPPED}
    return [
        {
            "name": name,
            "count": calibration.counts.get(origin, 0),
            "note": UNPROVING if origin in unproving else "",
        }
        for origin, name in ORIGINS.items()
    ]


def _topics(calibration: Calibration, facts: ReportFacts) -> list[dict[str, Any]]:
    return [
        {
            "topic": one.topic,
            "mode": facts.modes.get(one.topic, ""),
            "asked": one.asked,
            "answered": one.answered,
            "right": one.right,
            "lower_bound": one.lower_bound,
            "is_proposed": one.topic in facts.proposed,
        }
        for one in calibration.topics
    ]


def _worth(calibration: Calibration) -> list[dict[str, Any]]:
    found = [(one.name, one.auroc_with - one.auroc_without) for one in calibration.worth]
    most = max((abs(gain) for _, gain in found), default=0.0) or 1.0
    return [
        {"name": feature_words(name), "gain": gain, "part": max(0.0, gain) / most}
        for name, gain in sorted(found, key=lambda item: -item[1])
    ]


def _strongest(calibration: Calibration) -> list[dict[str, Any]]:
    found = sorted(calibration.confidence.coefficient.items(), key=lambda item: -abs(item[1]))
    shown = [(name, value) for name, value in found[:STRONGEST] if abs(value) > 0.005]
    most = max((abs(value) for _, value in shown), default=1.0)
    return [
        {"name": feature_words(name), "value": value, "part": abs(value) / most}
        for name, value in shown
    ]

"""What was heard of verdicts so far, as one value that can be written down and gone on from."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from avatar.learning import drift as drifts
from avatar.learning import modes
from avatar.learning.drift import Alarm, Drift
from avatar.learning.modes import Demotion, Runs

if TYPE_CHECKING:
    from avatar.learning.verdicts import GivenVerdict


@dataclass(frozen=True, slots=True)
class Heard:
    """Everything up to the verdict of this number; `bar` is calibration's, as it was then."""

    number: int = 0
    bar: float | None = None
    drift: Drift = field(default_factory=Drift)
    runs: Runs = field(default_factory=Runs)

    def and_then(self, given: GivenVerdict, *, promise: float, bar: float) -> Heard:
        """Return what is known after one more verdict."""
        return Heard(
            given.number,
            bar,
            drifts.heard(self.drift, given, promise=promise, calibrated=bar),
            modes.heard(self.runs, given, promise=promise),
        )

    def over(self, bar: float) -> Heard:
        """Return the same when calibration has set the bar anew."""
        if self.bar is None or self.bar == bar:
            return Heard(self.number, bar, self.drift, self.runs)
        moved = drifts.recalibrated(self.drift, self.bar, bar)
        return Heard(self.number, bar, moved, self.runs)

    def as_text(self) -> str:
        """Write it down; `read` reads back the same."""
        return json.dumps(asdict(self))


def read(text: str) -> Heard:
    """Return what `as_text` wrote; nothing was heard when it is empty."""
    if not text:
        return Heard()
    data = json.loads(text)
    drift, runs = data["drift"], data["runs"]
    drift["alarm"] = Alarm(**drift["alarm"]) if drift["alarm"] else None
    drift |= {"recent": tuple(drift["recent"]), "opinions": tuple(drift["opinions"])}
    runs["demoted"] = {topic: Demotion(**row) for topic, row in runs["demoted"].items()}
    return Heard(data["number"], data["bar"], Drift(**drift), Runs(**runs))

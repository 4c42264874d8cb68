"""Whether the promise is kept by what was really sent, and what is done when it is not.

Two things happen with each verdict on an answer that was sent, or that would have been:

- The bar moves: up with a wrong answer, down with a right one, never below where calibration set
  it. What calibration would have sent and only the raised bar held back counts, too: the bar
  stays up as long as that is more often wrong than promised. Steps are those of adaptive
  conformal inference (Gibbs and Candes 2021, arXiv 2106.00170), so that the share of wrong
  answers comes back to what is promised whatever the questions do: every wrong one takes the bar
  a sixth of the way to certainty, so that about six more than promised can be sent before
  nothing is. Right ones that were sent count half of what would balance it.
- The promise is tested: how probable would so many wrong ones be among the last 10, 20, 40 and 80
  if it held? The exact binomial tail, looked at each time half a window is new. Looking again and
  again must not make an alarm of chance, so each look may only be wrong so rarely that all looks
  together give at most one false alarm in a thousand verdicts (union bound). An alarm takes the
  bar a third of the way up, and the owner is told.

Down is slow: at most .05 in any day and night. A clock that is set back gives no time to go down.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from avatar.domain.escalations import Verdict
from avatar.learning.bounds import at_least
from avatar.learning.verdicts import OF_COLLEAGUES, SAYS, judges

if TYPE_CHECKING:
    from avatar.learning.verdicts import GivenVerdict

WRONG_ONES: Final = 6
"""Wrong answers that take the bar from where calibration set it to certainty."""

CAUTION: Final = 0.5
"""What a right answer counts, of what would balance the promised share of wrong ones."""

WINDOWS: Final = (10, 20, 40, 80)
QUIET: Final = 1000
"""Verdicts in which one false alarm is expected at most."""

JUMP: Final = 1 / 3
"""How far of the way to certainty an alarm takes the bar."""

DOWN_A_DAY: Final = 0.04
DOWN_AT_ONCE: Final = 0.01
"""In any 24 hours the bar can go down by the sum of these two, which is .05."""

A_DAY_S: Final = 86_400.0
FARTHEST: Final = 2.0
"""How far beyond certainty it is remembered that answers were wrong, in ways to certainty."""

OPINIONS: Final = 100
"""Colleagues' last opinions that are remembered, so that changing one's mind counts once."""

CERTAIN: Final = frozenset({Verdict.APPROVED, Verdict.REJECTED})
"""Verdicts the test goes by: the others leave open whether the substance was right."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """The promise was broken beyond chance: so many wrong among the last judged, and when."""

    at: float
    wrong: int
    judged: int


@dataclass(frozen=True, slots=True)
class Drift:
    """What verdicts have shown since the last alarm.

    `raised` is how far of the way from calibration's bar to certainty the bar is moved up; from 1
    on nothing is sent.
    `recent` says of the last answers the owner judged whether they were right, oldest first;
    `judged` counts all. `room` is how much the bar may go down at once, as of `latest`, the
    latest time that was seen.
    """

    raised: float = 0.0
    recent: tuple[bool, ...] = ()
    judged: int = 0
    room: float = DOWN_AT_ONCE
    latest: float = 0.0
    alarm: Alarm | None = None
    opinions: tuple[str, ...] = ()

    @property
    def is_closed(self) -> bool:
        """Whether nothing is to be sent, however sure: certainty is said of wrong answers, too."""
        return self.raised >= 1

    @property
    def precision(self) -> float | None:
        """The share of the recent answers that was right, None when none was judged."""
        return sum(self.recent) / len(self.recent) if self.recent else None

    def bar(self, calibrated: float) -> float:
        """Return where the bar is for one that calibration set there."""
        return calibrated + min(1.0, self.raised) * (1 - calibrated)


def was_at_stake(given: GivenVerdict) -> bool:
    """Whether what is judged was sent, or would have been if its topic did not wait."""
    entry = given.entry
    if entry is None or not judges(entry):
        return False
    is_crossing = entry.features.get("cross", 0.0) > 0
    return entry.probability >= entry.thresholds.needed(is_crossing=is_crossing)


def heard(drift: Drift, given: GivenVerdict, *, promise: float, calibrated: float) -> Drift:
    """Return what is known after one more verdict; `calibrated` is calibration's bar now."""
    if given.verdict not in SAYS or given.entry is None or not judges(given.entry):
        return drift  # such as a draft that shows two answers which disagree
    if given.verdict in OF_COLLEAGUES:
        if given.question_id in drift.opinions:
            return drift
        drift = replace(drift, opinions=(*drift.opinions, given.question_id)[-OPINIONS:])
    drift = _at(drift, given.at)
    is_right, weight = SAYS[given.verdict]
    at_stake = was_at_stake(given)
    is_crossing = given.entry.features.get("cross", 0.0) > 0  # has a bar of its own
    is_above = at_stake if is_crossing else given.entry.probability >= calibrated
    if is_right and is_above:
        caution = CAUTION if at_stake else 1.0
        drift = _lowered(drift, weight * caution * (1 - promise) / WRONG_ONES, calibrated)
    elif not is_right and (is_above or at_stake):
        raised = drift.raised + weight * promise / WRONG_ONES
        drift = replace(drift, raised=min(FARTHEST, raised))
    if at_stake and given.verdict in CERTAIN:
        recent = (*drift.recent, is_right)[-max(WINDOWS) :]
        drift = _tested(replace(drift, recent=recent, judged=drift.judged + 1), promise)
    return drift


def recalibrated(drift: Drift, before: float, after: float) -> Drift:
    """Return the same drift over a new bar: what verdicts have raised comes down slowly only."""
    if not drift.raised or after >= 1:
        return replace(drift, raised=0.0)
    return replace(drift, raised=max(0.0, (drift.bar(before) - after) / (1 - after)))


def _at(drift: Drift, now: float) -> Drift:
    passed_s = now - drift.latest
    if passed_s <= 0:
        return drift
    room = min(DOWN_AT_ONCE, drift.room + DOWN_A_DAY * passed_s / A_DAY_S)
    return replace(drift, room=room, latest=now)


def _lowered(drift: Drift, step: float, calibrated: float) -> Drift:
    """Go down by a step, as far as the day has room and never below calibration's bar."""
    way = 1 - calibrated
    if way <= 0:
        return drift
    step = min(step, drift.raised, drift.room / way)
    return replace(drift, raised=drift.raised - step, room=drift.room - step * way)


def _tested(drift: Drift, promise: float) -> Drift:
    for window in WINDOWS:
        if len(drift.recent) < window or drift.judged % (window // 2):
            continue
        wrong = window - sum(drift.recent[-window:])
        chance = at_least(wrong, window, 1 - promise)
        if chance <= window / 2 / len(WINDOWS) / QUIET:
            alarm = Alarm(drift.latest, wrong, window)
            raised = min(FARTHEST, drift.raised + JUMP)
            return replace(drift, raised=raised, recent=(), judged=0, alarm=alarm)
    return drift

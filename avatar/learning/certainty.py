"""How sure is sure enough now: calibration and the owner's own choices, put together."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from avatar.domain.judgement import Judgement, Mode, hollow
from avatar.learning.calibration import ENOUGH_THREADS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from avatar.domain.calibration import Calibration
    from avatar.domain.decisions import Thresholds
    from avatar.learning.calibration import Shipped

ENOUGH: Final = ENOUGH_THREADS


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the profile says: the promise, own thresholds if any, and modes by topic.

    `mode` is for the topics that `modes` does not name; `topics` are all there are.
    """

    promise: float
    answer: float | None = None
    draft: float | None = None
    mode: Mode = Mode.AUTO
    modes: Mapping[str, Mode] | None = None
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sureness:
    """How confidence stands, for `status`.

    `is_promised` tells whether the promise is proved; if not, `shortfall` says why in a sentence.
    `refused` says why a calibration that is there is not used, empty when it is. `calibration`
    is the one in force, without its labels.
    """

    promise: float
    is_promised: bool
    shortfall: str
    thresholds: Thresholds
    refused: str
    calibration: Calibration | None


class Certainty:
    """Gives each decision what it is made by; a change holds from the next question on.

    `past_answers` counts the past answers there are, for the sentence about what is missing.
    """

    def __init__(self, wishes: Wishes, shipped: Shipped, past_answers: Callable[[], int]) -> None:
        self._wishes = wishes
        self._shipped = shipped
        self._past_answers = past_answers
        self._lock = threading.Lock()
        self._calibration: Calibration | None = None
        self._refused = ""
        self._judgement = self._judged()

    def adopt(self, calibration: Calibration | None, refused: str = "") -> None:
        """Put a calibration into force; None puts the shipped numbers back, and says why."""
        with self._lock:
            # labels hold people's questions, and nothing here needs them
            self._calibration = replace(calibration, judged=()) if calibration else None
            self._refused = refused
            self._judgement = self._judged()

    def judgement(self) -> Judgement:
        """Return what questions are judged by now."""
        with self._lock:
            return self._judgement

    def sureness(self) -> Sureness:
        """Return how confidence stands."""
        with self._lock:
            found, refused = self._calibration, self._refused
            thresholds = self._judgement.thresholds
        shortfall = hollow(self._wishes.promise)
        if not shortfall:
            shortfall = self._missing() if found is None else found.shortfall
        return Sureness(
            promise=self._wishes.promise if found is None else found.promise,
            is_promised=not shortfall,
            shortfall=shortfall,
            thresholds=thresholds,
            refused=refused,
            calibration=found,
        )

    def _missing(self) -> str:
        count = self._past_answers()
        if count < ENOUGH:
            return f"not calibrated: {count} of about {ENOUGH} answers"
        return f"not calibrated: {count} past answers wait for `avatar calibrate`"

    def _judged(self) -> Judgement:
        wishes, found, shipped = self._wishes, self._calibration, self._shipped
        base = shipped if found is None else found
        modes = dict.fromkeys(wishes.topics, wishes.mode) | dict(wishes.modes or {})
        if hollow(wishes.promise):
            modes = {}
        return Judgement(
            fusion=base.fusion,
            confidence=base.confidence,
            thresholds=self._chosen(base.thresholds),
            modes=modes,
            otherwise=Mode.DRAFT if hollow(wishes.promise) else wishes.mode,
            origin="shipped" if found is None else f"calibrated at {found.made_at:.0f}",
        )

    def _chosen(self, thresholds: Thresholds) -> Thresholds:
        """Return thresholds as the owner wrote them in the profile, where that was done."""
        wishes = self._wishes
        drafting = thresholds
        if wishes.draft is not None:
            drafting = replace(thresholds, draft=wishes.draft)
        return drafting.with_answer(thresholds.answer if wishes.answer is None else wishes.answer)

"""How sure is sure enough now: calibration, verdicts and the owner's choices, put together."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Protocol

from avatar.domain.judgement import Judgement, Mode, hollow
from avatar.errors import InvalidInputError, StateUnwritableError, TryAgainLaterError
from avatar.learning import hearing, modes
from avatar.learning.calibration import ENOUGH_THREADS
from avatar.learning.modes import Choice, Why

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from avatar.domain.calibration import Calibration, TopicEvidence
    from avatar.domain.decisions import Thresholds
    from avatar.learning.calibration import Shipped
    from avatar.learning.drift import Drift
    from avatar.learning.modes import TopicMode
    from avatar.learning.verdicts import VerdictLog
    from avatar.ports import Clock

LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the profile says: the promise, own thresholds if any, and the mode of every topic."""

    promise: float
    answer: float | None = None
    draft: float | None = None
    modes: Mapping[str, Mode] = field(default_factory=dict)


class Notebook(Protocol):
    """What must outlive a restart; all is on disk when a call returns."""

    def choose(self, choice: Choice) -> None:
        """Add the owner's choice of a mode."""
        ...

    def choices(self) -> Sequence[Choice]:
        """Return every choice, oldest first."""
        ...

    def heard(self) -> str:
        """Return what was last kept of the verdicts that were heard, empty at first."""
        ...

    def hear(self, text: str) -> None:
        """Keep what verdicts have shown."""
        ...


@dataclass(frozen=True, slots=True)
class Sources:
    """Where certainty looks: verdicts, its notebook, the time, and the past answers there are.

    `tell` is how the owner hears of what happened by itself.
    """

    verdicts: VerdictLog
    notebook: Notebook
    clock: Clock
    past_answers: Callable[[], int]
    tell: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Sureness:
    """How confidence stands, for `status`.

    `is_promised` tells whether the promise is proved; if not, `shortfall` says why in a sentence.
    `thresholds` are in force, `calibrated` is the bar for answering before verdicts raised it.
    `refused` says why a calibration that is there is not used, empty when it is. `calibration`
    is the one in force, without its labels. `proposals` are topics that could answer by
    themselves.
    """

    promise: float
    is_promised: bool
    shortfall: str
    thresholds: Thresholds
    calibrated: float
    drift: Drift
    refused: str
    calibration: Calibration | None
    modes: Sequence[TopicMode]
    proposals: Sequence[TopicEvidence]


class Certainty:
    """Gives each decision what it is made by; a change holds from the next question on."""

    def __init__(self, wishes: Wishes, shipped: Shipped, sources: Sources) -> None:
        self._wishes = wishes
        self._shipped = shipped
        self._sources = sources
        self._lock = threading.RLock()
        self._calibration: Calibration | None = None
        self._refused = ""
        self._choices = tuple(sources.notebook.choices())
        self._heard = hearing.read(sources.notebook.heard())
        self._judgement = self._judged()

    def adopt(self, calibration: Calibration | None, refused: str = "") -> None:
        """Put a calibration into force; None puts the shipped numbers back, and says why.

        What verdicts have raised the bar to stays, and comes down with right answers.
        """
        with self._lock:
            # labels hold people's questions, and nothing here needs them
            self._calibration = replace(calibration, judged=()) if calibration else None
            self._refused = refused
            self._keep(self._heard.over(self._calibrated().answer))

    def judgement(self) -> Judgement:
        """Return what questions are judged by now, every verdict so far included."""
        with self._lock:
            self._listen()
            return self._judgement

    def set_mode(self, topic: str, mode: Mode) -> TopicMode:
        """Choose who sends a topic's answers; on disk when this returns.

        Raises `InvalidInputError` when the profile has no such topic.
        """
        wishes, sources = self._wishes, self._sources
        if topic not in wishes.modes:
            raise InvalidInputError(
                f"The profile has no source {topic!r}; there are {', '.join(wishes.modes)}."
            )
        with self._lock:
            self._listen()
            choice = Choice(
                topic,
                mode,
                over=wishes.modes[topic],
                at=sources.clock.now(),
                after=self._heard.number,
            )
            sources.notebook.choose(choice)
            self._choices = (*self._choices, choice)
            self._judgement = self._judged()
            return next(one for one in self._modes() if one.topic == topic)

    def sureness(self) -> Sureness:
        """Return how confidence stands."""
        with self._lock:
            self._listen()
            found, wishes = self._calibration, self._wishes
            topics = self._modes()
            return Sureness(
                promise=wishes.promise if found is None else found.promise,
                is_promised=not self._shortfall(),
                shortfall=self._shortfall(),
                thresholds=self._judgement.thresholds,
                calibrated=self._calibrated().answer,
                drift=self._heard.drift,
                refused=self._refused,
                calibration=found,
                modes=topics,
                proposals=modes.proposals(topics, found),
            )

    def _shortfall(self) -> str:
        trouble = hollow(self._wishes.promise)
        if trouble:
            return trouble
        if self._calibration is not None:
            return self._calibration.shortfall
        count = self._sources.past_answers()
        if count < ENOUGH_THREADS:
            return f"not calibrated: {count} of about {ENOUGH_THREADS} answers"
        return f"not calibrated: {count} past answers wait for `avatar calibrate`"

    def _listen(self) -> None:
        """Take in the verdicts that are new; what follows from them is told once."""
        verdicts, before = self._sources.verdicts, self._heard
        if verdicts.newest() == before.number:
            return
        now, bar, promise = before, self._calibrated().answer, self._promise()
        for given in verdicts.all(after=before.number):
            now = now.and_then(given, promise=promise, bar=bar)
        self._keep(now)
        for text in self._news(before, now):
            self._sources.tell(text)

    def _keep(self, heard: hearing.Heard) -> None:
        if heard != self._heard:
            self._heard = heard
            try:
                self._sources.notebook.hear(heard.as_text())
            except (StateUnwritableError, TryAgainLaterError) as error:
                # the verdicts themselves are kept, and are heard again after a restart
                LOG.warning("what verdicts have shown was not kept: %s", error)
        self._judgement = self._judged()

    def _news(self, before: hearing.Heard, now: hearing.Heard) -> list[str]:
        told = []
        alarm = now.drift.alarm
        if alarm is not None and alarm != before.drift.alarm:
            bar = f"{self._judgement.thresholds.answer:.0%}"
            told.append(
                f"The promise of {self._promise():.0%} was broken: {alarm.wrong} of the last"
                f" {alarm.judged} answers judged were wrong, which is beyond chance. The bar for"
                f" answering is at {bar} now and comes down with right answers."
                " `avatar calibrate` learns from the verdicts."
            )
        for one in self._modes():
            demotion = now.runs.demoted.get(one.topic)
            if one.why is Why.DEMOTED and demotion != before.runs.demoted.get(one.topic):
                assert demotion is not None  # it is what `why` comes from
                told.append(
                    f"You rejected {demotion.run} answers from `{one.topic}` in a row, so they wait"
                    f" for your approval from now on. `avatar mode {one.topic} auto` lets the"
                    " stand-in send them again."
                )
        return told

    def _promise(self) -> float:
        found = self._calibration
        return self._wishes.promise if found is None else found.promise

    def _modes(self) -> Sequence[TopicMode]:
        return modes.in_force(self._wishes.modes, self._choices, self._heard.runs.demoted)

    def _judged(self) -> Judgement:
        found = self._calibration
        base: Calibration | Shipped = self._shipped if found is None else found
        thresholds = self._calibrated()
        if self._heard.drift.raised:
            thresholds = thresholds.with_answer(self._heard.drift.bar(thresholds.answer))
        all_wait = bool(hollow(self._wishes.promise)) or self._heard.drift.is_closed
        return Judgement(
            fusion=base.fusion,
            confidence=base.confidence,
            thresholds=thresholds,
            modes={} if all_wait else {one.topic: one.mode for one in self._modes()},
            otherwise=Mode.DRAFT if all_wait else Mode.AUTO,
            origin="shipped" if found is None else f"calibrated at {found.made_at:.0f}",
        )

    def _calibrated(self) -> Thresholds:
        """Return thresholds before verdicts, as the owner wrote them where that was done."""
        wishes, found = self._wishes, self._calibration
        thresholds = self._shipped.thresholds if found is None else found.thresholds
        draft = thresholds.draft if wishes.draft is None else wishes.draft
        answer = thresholds.answer if wishes.answer is None else wishes.answer
        return replace(thresholds, draft=draft).with_answer(answer)

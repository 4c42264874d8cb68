"""Calibrating a profile: everything that is known of right and wrong, put to one use.

Labels are asked of a copy of the library, as a reader who may read all that the owner may. A
colleague who may read less gets features of what they may read; the owner's view is the one that
misses no answer, so a label never says "wrong" because something was closed to the asker.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from avatar.domain.journal import OutcomeKind
from avatar.domain.judgement import hollow
from avatar.domain.terms import normalise, terms
from avatar.errors import InvalidInputError, TryAgainLaterError
from avatar.learning import promise as promises
from avatar.learning.calibration import Wish, analysed, calibrate
from avatar.learning.foreign import FOREIGN
from avatar.learning.mixing import fitted_fusion
from avatar.learning.opinions import with_opinions
from avatar.learning.replay import label, replay, threads_of
from avatar.learning.verdicts import JUDGES, labels

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from avatar.domain.calibration import Calibration, Label
    from avatar.domain.weights import FusionWeights
    from avatar.learning.calibration import Shipped
    from avatar.learning.fitting import Fitter
    from avatar.learning.replay import Examiner, Thread
    from avatar.learning.scratch import ScratchLibrary
    from avatar.learning.verdicts import VerdictLog
    from avatar.ports import Clock, Journal, KnowledgeStore

    Progress = Callable[[int, int, str], None]

LOOKED_AT: Final = 1000
"""Newest entries of the journal in which the last questions that confidence decided are sought."""

LookedT = TypeVar("LookedT")


@dataclass(frozen=True, slots=True)
class Bench(Generic[LookedT]):
    """A library that may be changed at will, and how the product looks questions up in it."""

    library: ScratchLibrary
    examiner: Examiner[LookedT]


@dataclass(frozen=True, slots=True)
class Workshop(Generic[LookedT]):
    """What a calibration needs.

    `bench` gives an empty scratch library that is gone afterwards; `store` is the live one and
    only read. `refresh` brings that up to date before. `keep` makes the result durable and then
    puts it into force. `promise` is what the profile says; `model` names the language model the
    examiner asks, empty without one.
    """

    store: KnowledgeStore
    bench: Callable[[], AbstractContextManager[Bench[LookedT]]]
    refresh: Callable[[Progress], None]
    verdicts: VerdictLog
    journal: Journal
    clock: Clock
    fitter: Fitter
    shipped: Shipped
    keep: Callable[[Calibration], None]
    promise: float
    model: str = ""


class Calibrator(Generic[LookedT]):
    """Calibrates on request, one request at a time; questions are answered meanwhile."""

    def __init__(self, workshop: Workshop[LookedT]) -> None:
        self._shop = workshop
        self._turn = threading.Lock()

    def run(
        self,
        *,
        promise: float | None = None,
        tests: Sequence[Label] = (),
        on_progress: Progress = lambda *_: None,
    ) -> Calibration:
        """Replay, fit, promise, keep, and put into force; returns what was found.

        `promise` takes the place of the profile's; `tests` are labels from the owner's own test
        questions. `on_progress` gets (done, total, what). Raises `InvalidInputError` for a
        promise nothing can prove, `TryAgainLaterError` while another calibration runs,
        `StateUnwritableError` when the result cannot be kept: then nothing has changed.
        """
        wanted = self._shop.promise if promise is None else promise
        if trouble := hollow(wanted):
            raise InvalidInputError(
                f"Nothing was calibrated: {trouble}. Write promise = 0.90 under [answering], or"
                " another share between 0 and 1."
            )
        if not self._turn.acquire(blocking=False):
            raise TryAgainLaterError(
                "A calibration of this profile runs already; its result will hold for this one."
            )
        try:
            found = self._calibrate(wanted, tests, on_progress)
        finally:
            self._turn.release()
        return found

    def _calibrate(
        self, wanted: float, tests: Sequence[Label], on_progress: Progress
    ) -> Calibration:
        shop = self._shop
        shop.refresh(on_progress)
        replayed, group_of, fusion = self._replayed(on_progress)
        now = shop.clock.now()
        given = labels(shop.verdicts.all(), now=now, model=shop.model)
        joined = [
            replace(one, group=group_of.get(_spoken(one.question), one.group))
            for one in (*given, *tests)
        ]
        wish = Wish(wanted, now, _recent(shop.journal), shop.model)
        on_progress(0, 1, "fits")
        start = replace(shop.shipped, fusion=fusion)
        known = [*replayed, *joined]
        found = analysed(
            calibrate(known, start, shop.fitter, wish), known, shop.shipped, shop.fitter
        )
        shop.keep(found)
        on_progress(1, 1, "fits")
        return found

    def _replayed(
        self, on_progress: Progress
    ) -> tuple[Sequence[Label], Mapping[str, str], FusionWeights]:
        """Return labels of the past answers, the thread of each wording, and how to weigh words."""
        with self._shop.bench() as bench:
            forms = bench.library.fill(self._shop.store, on_progress)
            threads = threads_of(forms, bench.library.sources)
            asked = replay(threads, bench.library, bench.examiner, FOREIGN, on_progress)
            fusion = fitted_fusion(asked, bench.examiner, self._shop.shipped.fusion, on_progress)
            made = [label(one, bench.examiner, fusion) for one in asked]
            if self._shop.model:
                made = with_opinions(asked, made, bench.examiner, self._shop.shipped, on_progress)
        return made, _groups(threads), fusion


def _recent(journal: Journal) -> list[Mapping[str, float]]:
    """Return the features of the last questions that were decided by confidence, oldest first."""
    decided = [
        entry.features
        for entry in journal.recent(LOOKED_AT)
        if entry.features
        and (entry.outcome is not OutcomeKind.ESCALATE or entry.reasons[0].code in JUDGES)
    ]
    return decided[: promises.RECENT][::-1]


def _groups(threads: Sequence[Thread]) -> Mapping[str, str]:
    return {_spoken(asked.text): thread.group for thread in threads for asked in thread.asked}


def _spoken(text: str) -> str:
    """Return a question as its terms, so that the same one in other signs is the same."""
    return " ".join(terms(normalise(text)))

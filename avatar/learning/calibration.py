"""One calibration: from labels to weights, thresholds, and what can be said for them.

Everything is judged out of fold: by a model that never saw the thread. The same labels give the
same calibration, always.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from avatar.domain.calibration import (
    Calibration,
    Judged,
    Origin,
    Quality,
    TopicEvidence,
)
from avatar.domain.opinion import ASKED, MODEL
from avatar.learning import promise as promises
from avatar.learning.bounds import lower_bound
from avatar.learning.fitting import (
    as_fitted,
    examples,
    fit,
    out_of_fold,
    probabilities,
    with_opinion,
)
from avatar.learning.growth import learning_points
from avatar.learning.measures import auroc, calibration_error, possible_coverage
from avatar.learning.worth import worth_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avatar.domain.calibration import Label
    from avatar.domain.decisions import Thresholds
    from avatar.domain.weights import ConfidenceWeights, FusionWeights
    from avatar.learning.fitting import Fitted, Fitter
    from avatar.learning.measures import Flags, Floats

LEAST_THREADS: Final = 10
"""Threads below which the shipped weights know better (the learning curve starts there)."""

ENOUGH_THREADS: Final = 60
"""Threads from which a threshold is proved, and may so fall below the shipped, careful one."""

MANY: Final = 1000
"""Labels from which a rising map calibrates better than two numbers (Alasalmi et al. 2020)."""

FITTED_SHARE: Final = 0.5
"""The share of right answers probabilities are fitted for, before the seen one is put in."""

INVENTED: Final = frozenset({Origin.FOREIGN, Origin.SWAPPED})
"""Questions that nobody asked: they are learned from, and prove nothing."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """The numbers that came with the product, which a calibration starts from."""

    fusion: FusionWeights
    confidence: ConfidenceWeights
    thresholds: Thresholds


@dataclass(frozen=True, slots=True)
class Wish:
    """What is promised, and for what: `recent` are the features of the last questions asked.

    `model` names the language model whose opinion is among the features, if any is.
    """

    promise: float
    made_at: float
    recent: Sequence[Mapping[str, float]] = ()
    model: str = ""


@dataclass(frozen=True, slots=True)
class _Sure:
    """A fitted model and what it said, out of fold, of the labels that prove something."""

    weights: ConfidenceWeights
    said: Floats
    share: float


def calibrate(labels: Sequence[Label], shipped: Shipped, fitter: Fitter, wish: Wish) -> Calibration:
    """Fit to the labels and promise what they prove.

    With too few threads, or answers of one kind only, the shipped numbers stay in force and
    `shortfall` says so.
    """
    proving = [label for label in labels if label.origin not in INVENTED]
    threads = len({label.group for label in proving if label.origin is not Origin.FEEDBACK})
    before = _by_shipped(proving, shipped)
    shortfall = _shortfall(proving, threads)
    if shortfall and (threads < LEAST_THREADS or not _has_both(proving)):
        sure = _Sure(shipped.confidence, before, FITTED_SHARE)
        thresholds, is_promised = shipped.thresholds, False
    else:
        base = replace(shipped, confidence=_base(proving, shipped, wish))
        sure = _fitted(labels, proving, base, fitter, wish)
        thresholds, shortfall = _thresholds(proving, sure, shipped, wish, shortfall)
        is_promised = not shortfall
    return Calibration(
        made_at=wish.made_at,
        promise=wish.promise,
        fusion=shipped.fusion,
        confidence=sure.weights,
        thresholds=thresholds,
        is_promised=is_promised,
        shortfall=shortfall,
        answerable_share=sure.share,
        threads=threads,
        counts=Counter(label.origin for label in labels),
        judged=tuple(
            Judged(label, float(said)) for label, said in zip(proving, sure.said, strict=True)
        ),
        before=quality(proving, before, shipped.thresholds, wish.promise),
        after=quality(proving, sure.said, thresholds, wish.promise),
        topics=_topics(proving, sure.said, thresholds, wish.promise),
    )


def analysed(
    found: Calibration, labels: Sequence[Label], shipped: Shipped, fitter: Fitter
) -> Calibration:
    """Add what a report tells of a calibration: what features are worth, and what more would do.

    Many fits for what no decision needs, so it is a step of its own; each starts from the shipped
    numbers, as the calibration did. One that left those in force has nothing to tell.
    """
    if not found.confidence.is_calibrated:
        return found
    proving = [label for label in labels if label.origin not in INVENTED]
    base, proves = with_opinion(shipped.confidence, proving), _proves(labels)
    return replace(
        found,
        worth=worth_of(labels, base, fitter, proves),
        learning=learning_points(labels, base, fitter, proves),
    )


def _base(proving: Sequence[Label], shipped: Shipped, wish: Wish) -> ConfidenceWeights:
    """Return what is fitted from: the shipped model, with an opinion if labels have enough."""
    base = with_opinion(shipped.confidence, proving)
    if ASKED not in base.coefficient:
        return base
    return replace(base, models={**base.models, MODEL: wish.model})


def _proves(labels: Sequence[Label]) -> Flags:
    return np.array([label.origin not in INVENTED for label in labels], dtype=bool)


def quality(
    labels: Sequence[Label], said: Floats, thresholds: Thresholds, promise: float
) -> Quality:
    """Return how well these probabilities tell right from wrong at these thresholds."""
    right = np.array([label.is_right for label in labels], dtype=bool)
    sent = _sent(labels, said, thresholds)
    return Quality(
        asked=len(labels),
        auroc=auroc(said, right),
        error=calibration_error(said, right),
        precision=float(right[sent].mean()) if sent.any() else 1.0,
        coverage=float(sent.mean()) if len(sent) else 0.0,
        possible=possible_coverage(right, promise),
    )


def _by_shipped(labels: Sequence[Label], shipped: Shipped) -> Floats:
    rows = examples(labels, shipped.confidence)
    return probabilities(as_fitted(shipped.confidence).log_odds(rows.inputs))


def _has_both(labels: Sequence[Label]) -> bool:
    return len({label.is_right for label in labels}) == 2


def _shortfall(labels: Sequence[Label], threads: int) -> str:
    if threads < ENOUGH_THREADS:
        return f"not calibrated: {threads} of about {ENOUGH_THREADS} answers"
    if not _has_both(labels):
        kind = "right" if labels[0].is_right else "wrong"
        return f"not calibrated: every answer replayed was {kind}, so nothing tells them apart"
    return ""


def _fitted(
    labels: Sequence[Label],
    proving: Sequence[Label],
    shipped: Shipped,
    fitter: Fitter,
    wish: Wish,
) -> _Sure:
    """Fit, and put out-of-fold log-odds on the scale of probabilities."""
    rows = examples(labels, shipped.confidence)
    proves = _proves(labels)
    log_odds = out_of_fold(rows, shipped.confidence, fitter)[proves]
    right, weight = rows.right[proves], rows.weight[proves]
    balanced = promises.reweighted(right, weight, FITTED_SHARE)
    slope, shift = fitter.logistic(log_odds[:, None], right, balanced, 1e6)
    model = fit(rows, shipped.confidence, fitter)
    scaled = float(slope[0]) * log_odds + shift
    share = _share(wish.recent, model, (float(slope[0]), shift), shipped)
    moved = float(np.log(share / (1 - share)))
    said = probabilities(scaled + moved)
    weights = _weights(model, (float(slope[0]), shift + moved), shipped, labels)
    if len(proving) >= MANY:
        seen = promises.reweighted(right, weight, share)
        corners = tuple(fitter.rising(said, right, seen))
        ends, heights = (np.array(side, dtype=float) for side in zip(*corners, strict=True))
        said = np.interp(said, ends, heights)
        weights = replace(weights, rising=corners)
    return _Sure(weights, said, share)


def _share(
    recent: Sequence[Mapping[str, float]],
    model: Fitted,
    scale: tuple[float, float],
    shipped: Shipped,
) -> float:
    names = [*shipped.confidence.coefficient]
    raw = np.array(
        [[found.get(name, shipped.confidence.mean[name]) for name in names] for found in recent]
    )
    mean = np.array([shipped.confidence.mean[name] for name in names])
    spread = np.array([shipped.confidence.scale[name] for name in names])
    clip = shipped.confidence.clip
    inputs = np.clip((raw.reshape(len(recent), len(names)) - mean) / spread, -clip, clip)
    said = probabilities(scale[0] * model.log_odds(inputs) + scale[1])
    return promises.answerable_share(said, FITTED_SHARE)


def _weights(
    model: Fitted, scale: tuple[float, float], shipped: Shipped, labels: Sequence[Label]
) -> ConfidenceWeights:
    slope, shift = scale
    names = [*shipped.confidence.coefficient]
    return replace(
        shipped.confidence,
        intercept=slope * model.intercept + shift,
        coefficient={
            name: slope * float(value) for name, value in zip(names, model.coefficient, strict=True)
        },
        fitted_on={str(o): n for o, n in Counter(label.origin for label in labels).items()},
        is_calibrated=True,
    )


def _thresholds(
    proving: Sequence[Label], sure: _Sure, shipped: Shipped, wish: Wish, shortfall: str
) -> tuple[Thresholds, str]:
    """Return where decisions change, and why the promise is not kept, if it is not."""
    right = np.array([label.is_right for label in proving], dtype=bool)
    weight = np.array([label.weight for label in proving], dtype=float)
    crossing = np.array([label.features.get("cross", 0.0) > 0 for label in proving], dtype=bool)
    seen = promises.reweighted(right, weight, sure.share)

    def bar(own: Flags) -> float:
        groups = [label.group for label, is_own in zip(proving, own, strict=True) if is_own]
        return promises.promised(
            sure.said[own], right[own], seen[own], groups, promise=wish.promise
        )

    if shortfall:  # too few to prove a bar: the shipped one, or higher where they contradict it
        own = sure.said[~crossing], right[~crossing], seen[~crossing]
        answer = promises.kept_from(*own, promise=wish.promise, lowest=shipped.thresholds.answer)
    else:
        answer = bar(~crossing)
    if answer > 1:
        shortfall = shortfall or (
            f"not calibrated: no confidence is high enough to promise {wish.promise:.0%}"
        )
        answer = max(shipped.thresholds.answer, wish.promise)
    answer = max(answer, promises.EVEN)
    across = bar(crossing) if crossing.any() and not shortfall else promises.NEVER
    if across > 1:
        across = max(answer, shipped.thresholds.answer_crossing)
    return (
        replace(
            shipped.thresholds,
            answer=answer,
            draft=min(shipped.thresholds.draft, answer),
            ask_back=min(shipped.thresholds.ask_back, answer),
            answer_crossing=max(answer, across),
        ),
        shortfall,
    )


def _sent(labels: Sequence[Label], said: Floats, thresholds: Thresholds) -> Flags:
    needed = [
        thresholds.needed(is_crossing=label.features.get("cross", 0.0) > 0) for label in labels
    ]
    result: Flags = said >= np.array(needed, dtype=float)
    return result


def _topics(
    labels: Sequence[Label], said: Floats, thresholds: Thresholds, promise: float
) -> tuple[TopicEvidence, ...]:
    sent = _sent(labels, said, thresholds)
    found = []
    for topic in sorted({label.topic for label in labels if label.topic}):
        own = np.array([label.topic == topic for label in labels], dtype=bool)
        right = np.array([label.is_right for label in labels], dtype=bool)[own & sent]
        bound = lower_bound(int(right.sum()), len(right), promises.DOUBT)
        found.append(
            TopicEvidence(
                topic, int(own.sum()), len(right), int(right.sum()), bound, bound >= promise
            )
        )
    return tuple(found)

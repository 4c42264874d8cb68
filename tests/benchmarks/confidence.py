"""Whether confidence keeps its promise: calibrated on half of a set's threads, asked of the rest.

Run: `python -m tests.benchmarks.confidence --data DIR [--only NAME ...] [--splits 20]
[--together 5 1] [--no-curve] [--model]`

Each split calibrates on the replay of half the threads; of the rest, half are taken out of the
library. A thread is a past answer; where a set holds documents, so many neighbours `--together`:
XQuAD cuts five paragraphs out of each article, so five leave the library as one text, and one
leaves a hole in a text whose other parts stay. AUROC is over right and wrong served passages.
Coverages are shares of the possible: of what a perfect judge could answer at that precision. A
promise is broken in a split when less than the promised share of the answered test questions was
right. The first hundred test questions count as seen, without their truth, for the share that can
be answered. The simpler products beside ours take the lowest bar that kept the promise on the
calibration half.

Then what no retrieval evidence can see: questions whose passages come close and do not answer.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Final

import numpy as np

from avatar.adapters.sklearn_fitter import SklearnFitter
from avatar.answering import confidence, weights
from avatar.domain.calibration import Origin
from avatar.learning.calibration import Shipped, Wish, calibrate
from avatar.learning.measures import auroc, best_coverage, calibration_error, possible_coverage
from tests.benchmarks import near_misses
from tests.benchmarks.datasets import discover, reduced, thinned
from tests.benchmarks.library import models
from tests.benchmarks.replayed import bench, labelled, searched

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from avatar.domain.calibration import Label
    from avatar.domain.weights import ConfidenceWeights
    from avatar.learning.fitting import Fitter
    from avatar.learning.measures import Flags, Floats
    from tests.benchmarks.datasets import EvaluationSet
    from tests.benchmarks.library import CachedEmbedder
    from tests.benchmarks.replayed import Split

RECENT: Final = 100
STRICT: Final = 0.95
FOREIGN: Final = 150
"""Questions of other sets asked of each library."""

CURVE: Final = (10, 20, 40, 80, 160, 300)
QUESTIONS: Final = 800
DOCUMENTS: Final = 1200
"""At most so many of each set."""

OURS: Final = "Avatar, calibrated"
SHIPPED: Final = "Avatar, as shipped"


@dataclass(frozen=True, slots=True)
class Figures:
    """What one way of judging achieved on one split."""

    auroc: float
    strict: float
    is_broken: float
    realised: float
    error: float
    foreign: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was said of the test questions and the foreign ones, and from where on it is sent."""

    test: Floats
    foreign: Floats
    threshold: float
    is_probability: bool = True


def said(labels: Sequence[Label], model: ConfidenceWeights) -> Floats:
    """Return what the product would say of each."""
    return np.array(
        [
            confidence.probability(confidence.contributions(label.features, model), model)
            for label in labels
        ]
    )


def figures(found: Judgement, right: Flags, promise: float) -> Figures:
    """Return how well the test questions were judged."""
    sent = found.test >= found.threshold
    precision = float(right[sent].mean()) if sent.any() else 1.0
    return Figures(
        auroc(found.test, right),
        best_coverage(found.test, right, STRICT) / possible_coverage(right, STRICT),
        float(precision < promise),
        float(sent.mean()) / possible_coverage(right, promise),
        calibration_error(found.test, right) if found.is_probability else float("nan"),
        float((found.foreign >= found.threshold).mean()),
    )


def judgements(
    split: Split, shipped: Shipped, fitter: Fitter, promise: float
) -> Iterator[tuple[str, Judgement]]:
    """Judge a split by our calibration, by the shipped numbers, and as simpler products would."""
    recent = [label.features for label in split.test[:RECENT]]
    ours = calibrate(split.calibration, shipped, fitter, Wish(promise, 0.0, recent))
    for name, model, thresholds in (
        (OURS, ours.confidence, ours.thresholds),
        (SHIPPED, shipped.confidence, shipped.thresholds),
    ):
        yield (
            name,
            Judgement(said(split.test, model), said(split.foreign, model), thresholds.answer),
        )
    proving = [
        (number, label.is_right)
        for number, label in enumerate(split.calibration)
        if label.origin in {Origin.REPLAYED, Origin.ABLATED}
    ]
    chosen, right = (np.array(side) for side in zip(*proving, strict=True))
    for name, scores in split.baselines.items():
        threshold = plug_in(np.array(scores.calibration)[chosen], right, promise)
        test, foreign = np.array(scores.test), np.array(scores.foreign)
        yield name, Judgement(test, foreign, threshold, is_probability=False)


def plug_in(scores: Floats, right: Flags, promise: float) -> float:
    """Return the lowest bar that had the promised precision; nothing is above it when none had."""
    order = np.argsort(-scores, kind="stable")
    precision = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    ends = np.append(np.diff(scores[order]) != 0, values=True)
    kept = np.flatnonzero((precision >= promise) & ends)
    return float(scores[order][kept[-1]]) if len(kept) else float("inf")


def first_questions(labels: Sequence[Label], count: int) -> list[Label]:
    """Return what `count` past questions alone would have brought, spread over the threads."""
    asked: dict[str, list[str]] = defaultdict(list)
    for label in labels:
        if label.origin is Origin.REPLAYED and label.question not in asked[label.group]:
            asked[label.group].append(label.question)
    rounds = sorted(
        (number, group, text) for group, texts in asked.items() for number, text in enumerate(texts)
    )
    kept = {(group, text) for _, group, text in rounds[:count]}
    groups = {group for group, _ in kept}
    return [
        label
        for label in labels
        if (label.group, label.question) in kept
        or label.origin is Origin.FOREIGN
        or (label.origin is Origin.SWAPPED and label.group in groups)
    ]


def curve(
    split: Split, shipped: Shipped, fitter: Fitter, promise: float
) -> dict[int, tuple[float, float]]:
    """Return AUROC and calibration error on the test half, by past questions learned from."""
    right = np.array([label.is_right for label in split.test])
    recent = [label.features for label in split.test[:RECENT]]
    points = {}
    for count in CURVE:
        labels = first_questions(split.calibration, count)
        found = calibrate(labels, shipped, fitter, Wish(promise, 0.0, recent))
        probabilities = said(split.test, found.confidence)
        points[count] = auroc(probabilities, right), calibration_error(probabilities, right)
    return points


def measure(
    data: EvaluationSet,
    foreign: Sequence[str],
    embedders: tuple[CachedEmbedder, ...],
    given: argparse.Namespace,
    together: int,
) -> None:
    """Print one set's lines, with so many neighbours to a thread."""
    shipped, fitter = Shipped(*weights.load()), SklearnFitter()
    found: dict[str, list[Figures]] = defaultdict(list)
    points: dict[int, list[tuple[float, float]]] = defaultdict(list)
    with bench(data, embedders, together=together) as at:
        for seed in range(given.splits):
            split = labelled(searched(at, foreign, seed), at.examiner)
            right = np.array([label.is_right for label in split.test])
            for name, judged in judgements(split, shipped, fitter, given.promise):
                found[name].append(figures(judged, right, given.promise))
            if given.curve:
                for count, point in curve(split, shipped, fitter, given.promise).items():
                    points[count].append(point)
    label = data.name if together == 1 else f"{data.name}, {together} together"
    for name, own in found.items():
        print(table_line(label, name, own), flush=True)
    for count, pairs in points.items():
        ranks, errors = zip(*pairs, strict=True)
        print(f"|  | after {count} questions | {fmean(ranks):.3f} | | | | {fmean(errors):.3f} | |")


def table_line(data: str, name: str, own: Sequence[Figures]) -> str:
    """Return the means over all splits."""
    error = fmean(f.error for f in own)
    return (
        f"| {data} | {name} | {fmean(f.auroc for f in own):.3f} "
        f"| {fmean(f.strict for f in own):.1%} | {fmean(f.is_broken for f in own):.0%} "
        f"| {fmean(f.realised for f in own):.1%} | {'–' if math.isnan(error) else f'{error:.3f}'} "
        f"| {fmean(f.foreign for f in own):.2%} |"
    )


def foreign_to(data: EvaluationSet, sets: Mapping[str, EvaluationSet]) -> list[str]:
    """Return questions of sets that share no question with this one."""
    others = [other for other in sets.values() if not {*other.questions} & {*data.questions}]
    share = max(1, FOREIGN // max(1, len(others)))
    found = []
    for other in others:
        texts = [*other.questions.values()]
        found += texts[:: max(1, len(texts) // share)][:share]
    return found


def main() -> None:
    """Print the table, then the sets of near misses."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=[], help="sets to measure; all by default")
    parser.add_argument("--splits", type=int, default=20)
    parser.add_argument("--together", type=int, nargs="+", default=[5, 1])
    parser.add_argument("--curve", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--promise", type=float, default=0.9)
    parser.add_argument("--rows", type=int, default=300, help="near misses per set, at most")
    parser.add_argument("--model", action="store_true", help="near misses with the local model too")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "avatar-cache")
    given = parser.parse_args()
    sets = {data.name: data for data in discover(given.data)}
    print(
        "| set | judged by | AUROC | coverage at 95 % | promise broken | coverage promised "
        f"| ECE | foreign answered |\n{'|---' * 8}|"
    )
    with models(given.cache) as embedders:
        for name, whole in sets.items():
            if not given.only or name in given.only:
                data = thinned(reduced(whole, QUESTIONS), DOCUMENTS)
                for together in [1] if data.is_past_answers else given.together:
                    measure(data, foreign_to(whole, sets), embedders, given, together)
        print(near_misses.HEAD)
        for misses in near_misses.discover(given.data, given.only):
            print(near_misses.line(misses, embedders, given.rows, given.model), flush=True)


if __name__ == "__main__":
    main()

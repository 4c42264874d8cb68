"""What a language model's opinion is worth: the same labels fitted with it and without it.

Run: `python -m tests.benchmarks.second_opinion --data DIR [--only NAME ...] [--limit N] [--reuse]`

Questions come from sets whose passages may or may not answer (right: they do), and from replaying
past answers split by thread (right: the served passage answers). The local model is asked as the
product asks, and held to two sentences. AUROC is over the questions it gave an opinion on: by the
shipped confidence, with the caution an unknown model gets, and fitted out of fold on the evidence
alone and with the opinion. `verdict` is how often its verdict was right, `refused` how often its
drafts gave nothing. Below, the opinions of all sets are fitted together, one feature left out.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Final

import numpy as np

from avatar.adapters.sklearn_fitter import SklearnFitter
from avatar.answering import confidence, weights
from avatar.answering.retrieve import weigh
from avatar.answering.second_opinion import VERDICT, with_caution
from avatar.domain.calibration import Label, Origin
from avatar.domain.opinion import ASKED, FAVOURABLE, NAMES, REFUSED, SUFFICIENT
from avatar.learning.fitting import examples, out_of_fold, with_opinion
from avatar.learning.measures import auroc
from avatar.learning.replay import label
from tests.benchmarks import near_misses
from tests.benchmarks.datasets import discover, rows, thinned
from tests.benchmarks.library import models
from tests.benchmarks.replayed import bench, searched

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from avatar.domain.prompts import Prompt
    from avatar.domain.weights import ConfidenceWeights
    from avatar.errors import ModelUnavailableError
    from avatar.learning.measures import Flags, Floats
    from avatar.ports import LanguageModel
    from tests.benchmarks.datasets import EvaluationSet
    from tests.benchmarks.library import CachedEmbedder

HEAD: Final = (
    "| set | asked | opinions | right | AUROC shipped | with caution | fitted, evidence "
    f"| fitted, with opinion | verdict | refused |\n{'|---' * 10}|"
)

SHORT_DRAFT: Final[Mapping[str, object]] = {
    "type": "object",
    "properties": {
        "answerable": {"type": "boolean"},
        "sentences": {
            "type": "array",
            "maxItems": 2,
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string", "maxLength": 120},
                    "cites": {"type": "array", "items": {"type": "integer"}, "maxItems": 2},
                },
                "required": ["text", "cites"],
            },
        },
    },
    "required": ["answerable", "sentences"],
}
SHORT_VERDICT: Final[Mapping[str, object]] = {
    "type": "object",
    "properties": {
        "quote": {"type": "string", "maxLength": 160},
        "sufficient": {"type": "boolean"},
    },
    "required": ["quote", "sufficient"],
}
TIMEOUT_S: Final = 120.0
"""So much time that a small model on a busy machine always comes to an end."""

DOCUMENTS: Final = 1200
DEPTH: Final = 10
SEED: Final = 1


class Curt:
    """A model held to two short sentences and a short quotation: small ones never stop by
    themselves, which takes a minute for each question and says nothing more.
    """

    def __init__(self, inner: LanguageModel) -> None:
        self._inner = inner

    @property
    def name(self) -> str:
        return self._inner.name

    def complete_json(
        self, prompts: Sequence[Prompt], *, timeout_s: float
    ) -> Sequence[Mapping[str, object] | ModelUnavailableError]:
        short = [
            replace(prompt, schema=SHORT_VERDICT if prompt.schema is VERDICT else SHORT_DRAFT)
            for prompt in prompts
        ]
        return self._inner.complete_json(short, timeout_s=timeout_s)


def near(
    data: near_misses.NearMisses,
    embedders: tuple[CachedEmbedder, ...],
    model: LanguageModel,
    limit: int,
) -> Iterator[Label]:
    """Ask rows taken by chance of their own passages, and the model about them."""
    for row, found in near_misses.look(near_misses.sampled(data, limit), embedders):
        opinion = near_misses.opinion_of(found.intent, found.evidence, model, TIMEOUT_S)
        numbers = {**found.features, **opinion}
        yield Label(row.question, row.question, Origin.TEST, numbers, row.is_answerable)


def replayed(
    data: EvaluationSet,
    embedders: tuple[CachedEmbedder, ...],
    model: LanguageModel,
    limit: int,
) -> Iterator[Label]:
    """Ask test questions of a library that lacks half of the answers, and the model about them."""
    fusion, _, _ = weights.load()
    with bench(data, embedders) as at:
        for one in searched(at, (), SEED).stream[:limit]:
            evidence = weigh(one.looked.found, one.looked.intent, fusion, DEPTH)
            opinion = near_misses.opinion_of(one.looked.intent, evidence, model, TIMEOUT_S)
            made = label(one, at.examiner)
            yield replace(made, features={**made.features, **opinion})


def line(name: str, labels: Sequence[Label]) -> str:
    """Return the table line of a set; nothing is fitted to too few opinions."""
    _, shipped, _ = weights.load()
    given = [one for one in labels if ASKED in one.features]
    if not given:
        return f"| {name} | {len(labels)} | 0 |{' – |' * 7}"
    right = np.array([one.is_right for one in given])
    ways = [
        auroc(_said(given, shipped), right),
        auroc(_said(given, with_caution(shipped)), right),
        *_fitted(given, right),
    ]
    verdict = fmean((one.features[SUFFICIENT] > 0) is one.is_right for one in given)
    return (
        f"| {name} | {len(labels)} | {len(given)} | {right.mean():.0%} | "
        + " | ".join("–" if math.isnan(way) else f"{way:.3f}" for way in ways)
        + f" | {verdict:.0%} | {fmean(one.features[REFUSED] for one in given):.0%} |"
    )


def _fitted(given: Sequence[Label], right: Flags) -> tuple[float, float]:
    """Return the AUROC out of fold without and with the opinion."""
    _, shipped, _ = weights.load()
    base = with_opinion(shipped, given)
    if base is shipped:
        return math.nan, math.nan
    numbers, fitter = examples(given, base), SklearnFitter()
    without = out_of_fold(numbers, base, fitter, without=NAMES)
    return auroc(without, right), auroc(out_of_fold(numbers, base, fitter), right)


def ablation(labels: Sequence[Label]) -> Iterator[str]:
    """Yield lines: the AUROC out of fold of all opinions together, each feature left out once."""
    given = [one for one in labels if ASKED in one.features]
    base = with_opinion(weights.load()[1], given)
    if ASKED not in base.coefficient:
        return
    right = np.array([one.is_right for one in given])
    numbers, fitter = examples(given, base), SklearnFitter()
    without: dict[str, Sequence[str]] = {"nothing": (), "the whole opinion": NAMES}
    without |= {name: (name,) for name in (*FAVOURABLE, REFUSED)}
    yield f"\n| of {len(given)} opinions, left out | AUROC |\n|---|---|"
    for name, left_out in without.items():
        said = out_of_fold(numbers, base, fitter, without=left_out)
        yield f"| {name} | {auroc(said, right):.3f} |"


def _said(labels: Sequence[Label], model: ConfidenceWeights) -> Floats:
    parts = [confidence.contributions(one.features, model) for one in labels]
    return np.array([model.intercept + sum(own.values()) for own in parts])


def kept(file: Path, labels: Iterator[Label]) -> list[Label]:
    """Return labels, each written to a file as it comes, so that they need not be asked again."""
    found = []
    with file.open("w", encoding="utf-8") as lines:
        for one in labels:
            found.append(one)
            lines.write(json.dumps(asdict(one)) + "\n")
            lines.flush()
    return found


def read(file: Path) -> list[Label]:
    """Return the labels of the last run."""
    return [Label(**row | {"origin": Origin(row["origin"])}) for row in rows(file)]


def gathered(given: argparse.Namespace) -> Iterator[tuple[str, list[Label]]]:
    """Yield each set's labels: of near misses, and of past answers when that is what it holds."""
    with models(given.cache) as embedders, near_misses.local() as served:
        model = Curt(served)
        for missed in near_misses.discover(given.data, given.only):
            file = given.cache / f"opinions-{missed.name}.jsonl"
            yield missed.name, kept(file, near(missed, embedders, model, given.limit))
        for whole in discover(given.data, given.only):
            if whole.is_past_answers:
                data = thinned(whole, DOCUMENTS)
                file = given.cache / f"opinions-{data.name}.jsonl"
                yield data.name, kept(file, replayed(data, embedders, model, given.limit))


def again(given: argparse.Namespace) -> Iterator[tuple[str, list[Label]]]:
    """Yield the labels of earlier runs."""
    for file in sorted(given.cache.glob("opinions-*.jsonl")):
        name = file.stem.removeprefix("opinions-")
        if not given.only or name in given.only:
            yield name, read(file)


def main() -> None:
    """Print one line per set, and what each feature of an opinion is worth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--limit", type=int, default=100, help="questions per set")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "avatar-cache")
    parser.add_argument("--reuse", action="store_true", help="take the labels of earlier runs")
    given = parser.parse_args()
    print(HEAD)
    together: list[Label] = []
    for name, labels in again(given) if given.reuse else gathered(given):
        print(line(name, labels), flush=True)
        together += labels
    for text in ablation(together):
        print(text)


if __name__ == "__main__":
    main()

"""One evidence, two uses: what ranking the first ten passages by their confidence would do.

Run: `python -m tests.benchmarks.one_evidence --data DIR [--only NAME ...] [--limit N] [--reuse]`

Each of the first ten passages gets the features it would have if it were served, the others behind
it as they were. Ways of ranking them:

| way | |
|---|---|
| fused | by the channels alone |
| names | as the product does: across languages, lowered by what names they lack |
| served | by a model fitted to the passages served, as the shipped weights are |
| ten | by a model fitted to all ten passages |
| blend | by the fused score and a tenth of the log-odds of `served` |

Models are fitted on the other sets; those that ask the same questions are left out together. What
comes first is judged by the model that ranks, or by `served`. nDCG@10 and P@1 are of the whole
library. Confidence is of two halves of a smaller one, where half of the questions have no answer:
AUROC of "the first passage is right", and how many are answered with one in ten wrong at the best
bar. Milliseconds are of the processor, for the features of one passage and of all ten.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import defaultdict
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import fmean, median
from typing import TYPE_CHECKING, Final

import numpy as np

from avatar.answering import features, weights
from avatar.answering.fusion import fuse, merge
from avatar.answering.ranking import across_languages
from avatar.answering.retrieve import background
from avatar.domain.evidence import Evidence
from avatar.learning.measures import auroc, best_coverage
from tests.benchmarks.datasets import discover, reduced, thinned
from tests.benchmarks.fit_confidence import CLIP, Row, fit, half_of
from tests.benchmarks.library import READER, asked, library, models
from tests.benchmarks.retrieval import ndcg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from avatar.domain.questions import Intent
    from avatar.learning.measures import Floats
    from tests.benchmarks.datasets import Entry, EvaluationSet
    from tests.benchmarks.fit_confidence import Fitted
    from tests.benchmarks.library import CachedEmbedder, Library

DEPTH: Final = 10
SHARE: Final = 0.1
"""What log-odds count for in the blend; the best of .02 to .2 over the sets it is judged on."""

PRECISION: Final = 0.9
FUSED: Final = "fused"
NOTICED: Final = 0.1
"""Points of nDCG@10 from which a set counts as better or worse."""


@dataclass(frozen=True, slots=True)
class Ten:
    """What a question brought: of each passage its document, its scores and its features.

    `grades` are of all documents that are right where it was asked.
    """

    key: str
    found: Sequence[str]
    fused: Sequence[float]
    named: Sequence[float]
    features: Sequence[Sequence[float]]
    grades: Mapping[str, int]
    one_ms: float
    ten_ms: float

    def is_right(self, place: int) -> bool:
        """Whether the passage at this place answers."""
        return self.found[place] in self.grades


@dataclass(frozen=True, slots=True)
class Asked:
    """A set's questions asked of its whole library, and of the halves of a smaller one."""

    whole: Sequence[Ten]
    halves: Sequence[Ten]

    @classmethod
    def read(cls, file: Path) -> Asked:
        """Read what `gathered` kept."""
        kept = json.loads(file.read_text(encoding="utf-8"))
        return cls(*([Ten(**row) for row in kept[name]] for name in ("whole", "halves")))


@dataclass(frozen=True, slots=True)
class Way:
    """How passages are ranked, and how sure the first of them is; both one number for each."""

    rank: Callable[[Ten], Floats]
    judge: Callable[[Ten], Floats]


@dataclass(frozen=True, slots=True)
class Figures:
    """What one way does on one set."""

    ndcg: float
    first: float
    auroc: float
    answered: float


def serving(evidence: Evidence, place: int) -> Evidence:
    """Return the same evidence with another passage served."""
    passages = evidence.passages
    others = passages[:place] + passages[place + 1 :]
    return replace(evidence, passages=(passages[place], *others))


def ask(
    data: EvaluationSet, entries: Sequence[Entry], embedders: tuple[CachedEmbedder, ...]
) -> Iterator[Ten]:
    """Ask every question of these entries; none that finds nothing."""
    there = {entry.entry_id for entry in entries}
    with (
        tempfile.TemporaryDirectory() as folder,
        library(entries, embedders, Path(folder)) as at,
    ):
        for key, text in data.questions.items():
            right = {entry: grade for entry, grade in data.grades[key].items() if entry in there}
            ten = _ask(key, asked(text), right, at)
            if ten.found:
                yield ten


def _ask(key: str, intent: Intent, grades: Mapping[str, int], at: Library) -> Ten:
    fusion, shipped, _ = weights.load()
    hits = at.retriever().find(intent, reader=READER, limit=DEPTH)
    merged = merge(fuse(hits.hits, intent, fusion), DEPTH)
    evidence = Evidence(tuple(merged), hits.statistics, background(hits.hits))
    named = {
        found.chunk.chunk_id: found.score
        for found in across_languages(merged, intent, hits.statistics)
    }
    spans_ms, numbers = [], []
    for place in range(len(merged)):
        started = time.process_time()
        own = features.compute(intent, serving(evidence, place), fusion)
        spans_ms.append(1000 * (time.process_time() - started))
        numbers.append([own.get(name, shipped.mean[name]) for name in features.NAMES])
    return Ten(
        key,
        [at.entry_of[found.chunk.document_id] for found in merged],
        [found.score for found in merged],
        [named[found.chunk.chunk_id] for found in merged],
        numbers,
        grades,
        spans_ms[0] if spans_ms else 0.0,
        sum(spans_ms),
    )


def gathered(given: argparse.Namespace) -> dict[str, Asked]:
    """Ask every set's questions, or take what the last run found."""
    result = {}
    with models(given.cache) as embedders:
        for data in discover(given.data, given.only):
            file = given.cache / f"tens-{data.name}.json"
            if not (given.reuse and file.exists()):
                whole = reduced(data, given.limit)
                small = thinned(whole, given.documents)
                sides = [[e for e in small.entries if half_of(e.entry_id) == n] for n in (0, 1)]
                found = Asked(
                    [*ask(whole, whole.entries, embedders)],
                    [ten for side in sides for ten in ask(small, side, embedders)],
                )
                file.write_text(json.dumps(asdict(found)), encoding="utf-8")
            result[data.name] = Asked.read(file)
    return result


def rows(sets: Mapping[str, Asked], depth: int) -> list[Row]:
    """Return the first so many passages of each question, to fit a model to."""
    return [
        Row(
            f"{name}/{ten.key}",
            name,
            dict(zip(features.NAMES, ten.features[place], strict=True)),
            ten.is_right(place),
            1.0,
        )
        for name, own in sets.items()
        for ten in own.halves
        for place in range(min(depth, len(ten.found)))
    ]


def unlike(name: str, sets: Mapping[str, Asked]) -> dict[str, Asked]:
    """Return the sets that share no question with this one."""
    keys = {ten.key for ten in sets[name].whole}
    return {
        other: own
        for other, own in sets.items()
        if other != name and keys.isdisjoint(ten.key for ten in own.whole)
    }


def ways(others: Mapping[str, Asked]) -> dict[str, Way]:
    """Return all ways, with models fitted on these sets."""
    served, ten = _log_odds(fit(rows(others, 1))), _log_odds(fit(rows(others, DEPTH)))

    def fused(one: Ten) -> Floats:
        return np.array(one.fused)

    return {
        FUSED: Way(fused, served),
        "names": Way(lambda one: np.array(one.named), served),
        "served": Way(served, served),
        "ten": Way(ten, ten),
        "blend": Way(lambda one: fused(one) + SHARE * served(one), served),
    }


def _log_odds(model: Fitted) -> Callable[[Ten], Floats]:
    def log_odds(one: Ten) -> Floats:
        standard = (np.array(one.features) - model.mean) / model.scale
        result: Floats = np.clip(standard, -CLIP, CLIP) @ model.coefficient + model.intercept
        return result

    return log_odds


def figures(data: Asked, way: Way) -> Figures:
    """Return what a way of ranking and judging does on a set."""
    orders = [np.argsort(-way.rank(ten), kind="stable") for ten in data.whole]
    firsts = [int(way.rank(ten).argmax()) for ten in data.halves]
    said = np.array([way.judge(ten)[place] for ten, place in zip(data.halves, firsts, strict=True)])
    right = np.array([ten.is_right(place) for ten, place in zip(data.halves, firsts, strict=True)])
    pairs = [*zip(data.whole, orders, strict=True)]
    return Figures(
        100 * fmean(ndcg([ten.found[i] for i in order], ten.grades) for ten, order in pairs),
        fmean(ten.is_right(order[0]) for ten, order in pairs),
        auroc(said, right),
        best_coverage(said, right, PRECISION),
    )


def summary(found: Mapping[str, Mapping[str, Figures]]) -> Iterator[str]:
    """Yield a line for each way: its means, and on how many sets it ranks better or worse."""
    for name in next(iter(found.values())):
        own = [of_set[name] for of_set in found.values()]
        gains = [of_set[name].ndcg - of_set[FUSED].ndcg for of_set in found.values()]
        yield (
            f"| all | {name}: better on {sum(gain > NOTICED for gain in gains)}, "
            f"worse on {sum(gain < -NOTICED for gain in gains)} | {_cells(own)} | |"
        )


def _cells(own: Sequence[Figures]) -> str:
    return (
        f"{fmean(f.ndcg for f in own):.1f} | {fmean(f.first for f in own):.3f} "
        f"| {fmean(f.auroc for f in own):.3f} | {fmean(f.answered for f in own):.1%}"
    )


def main() -> None:
    """Print one line per set and way, then the means."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--limit", type=int, default=200, help="questions per set")
    parser.add_argument("--documents", type=int, default=600, help="of which halves are made")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "avatar-cache")
    parser.add_argument("--reuse", action="store_true", help="take what the last run found")
    sets = gathered(parser.parse_args())
    print(f"| set | way | nDCG@10 | P@1 | AUROC | answered | ms |\n{'|---' * 7}|")
    found: dict[str, dict[str, Figures]] = defaultdict(dict)
    for name, data in sets.items():
        spans = (median(ten.one_ms for ten in data.whole), median(ten.ten_ms for ten in data.whole))
        for way, own in ways(unlike(name, sets)).items():
            found[name][way] = figures(data, own)
            shown = f"{spans[0]:.1f} / {spans[1]:.1f}" if way == FUSED else ""
            print(f"| {name} | {way} | {_cells([found[name][way]])} | {shown} |", flush=True)
    for line in summary(found):
        print(line)


if __name__ == "__main__":
    main()

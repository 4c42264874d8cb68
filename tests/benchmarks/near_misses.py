"""Questions whose passages come close and need not answer: what no look at words can tell for sure.

Run: `python -m tests.benchmarks.near_misses --data DIR [--only NAME ...] [--rows N] [--model]`

Every row of such a set brings its own passages; they alone are the library it is asked of. Where
some rows bring none, as nothing was found for them, all are asked of the passages of their whole
collection. AUROC is of answerable against unanswerable, by the shipped confidence and by the top
cosine alone; with the local model, after its opinion took from it what an unknown model's may
(`answering.second_opinion`). `answered` and `wrong of those` are at the shipped bar, `withheld` is
the share of unanswerable ones below the bar that nine of ten answerable ones pass. Nothing is
fitted to these sets.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from avatar.adapters.openai_model import OpenAIModel
from avatar.adapters.system_clock import SystemClock
from avatar.answering import confidence, features, weights
from avatar.answering.prompting import prompt_chunks
from avatar.answering.second_opinion import ask, read, with_caution
from avatar.domain.questions import Turn
from avatar.learning.measures import auroc
from tests.benchmarks.datasets import Entry, rows
from tests.benchmarks.library import READER, asked, library, models
from tests.local_model import serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from avatar.domain.evidence import Evidence
    from avatar.domain.questions import Intent
    from avatar.learning.measures import Flags, Floats
    from avatar.ports import LanguageModel
    from tests.benchmarks.library import CachedEmbedder, Library

HEAD: Final = (
    "\n| near misses | asked | answerable | AUROC | top cosine | answered | wrong of those "
    f"| withheld | with model |\n{'|---' * 9}|"
)
TIMEOUT_S: Final = 60.0
KEPT: Final = 0.9
"""Share of the answerable questions that pass the bar at which unanswerable ones are counted."""

SEED: Final = 1


@dataclass(frozen=True, slots=True)
class Miss:
    """A question, the passages it is asked of, and whether they answer it."""

    question: str
    contexts: tuple[str, ...]
    is_answerable: bool
    history: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class NearMisses:
    """A set of such questions."""

    name: str
    rows: tuple[Miss, ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found for one question, and how sure it makes the product."""

    intent: Intent
    evidence: Evidence
    features: Mapping[str, float]
    probability: float


def discover(folder: Path, only: Sequence[str] = ()) -> Iterator[NearMisses]:
    """Yield every set of this layout; rows without passages have nothing to come close."""
    for path in sorted(folder.iterdir()):
        files = [file for name in ("dev.jsonl", "all.jsonl") if (file := path / name).exists()]
        if not files or (only and path.name not in only):
            continue
        found = [row for row in rows(files[0]) if "contexts" in row and "answerable" in row]
        if found:
            yield NearMisses(path.name, tuple(_misses(found)))


def _misses(found: Sequence[Mapping[str, Any]]) -> Iterator[Miss]:
    """Yield rows with the passages they are asked of."""
    together: dict[str, dict[str, None]] = defaultdict(dict)
    for row in found:
        together[row.get("group", "")] |= dict.fromkeys(row["contexts"])
    by_collection = not all(row["contexts"] for row in found)
    for row in found:
        yield Miss(
            row["question"],
            tuple(together[row.get("group", "")] if by_collection else row["contexts"]),
            bool(row["answerable"]),
            tuple(Turn(t["text"], t["speaker"] == "user") for t in row.get("history", ())),
        )


def sampled(data: NearMisses, at_most: int) -> Sequence[Miss]:
    """Return so many rows by chance, always the same ones; all when 0 are wanted."""
    if not at_most or len(data.rows) <= at_most:
        return data.rows
    return random.Random(SEED).sample(data.rows, at_most)


def line(
    data: NearMisses, embedders: tuple[CachedEmbedder, ...], at_most: int, with_model: bool
) -> str:
    """Return the table line of a set, asked at most so many questions (0: all of them)."""
    pairs = [*look(sampled(data, at_most), embedders)]
    looked = [found for _, found in pairs]
    right = np.array([row.is_answerable for row, _ in pairs])
    said = np.array([found.probability for found in looked])
    cosine = np.array([_top_cosine(found) for found in looked])
    _, _, thresholds = weights.load()
    sent = said >= thresholds.answer
    wrong = f"{(~right[sent]).mean():.0%} of {sent.sum()}" if sent.any() else "–"
    second = f"{auroc(_with_model(looked), right):.3f}" if with_model else "–"
    return (
        f"| {data.name} | {len(pairs)} | {right.mean():.0%} | {auroc(said, right):.3f} "
        f"| {auroc(cosine, right):.3f} | {sent.mean():.1%} | {wrong} "
        f"| {withheld(said, right):.0%} | {second} |"
    )


def withheld(said: Floats, right: Flags) -> float:
    """Return the share of the unanswerable below the bar that `KEPT` of the answerable pass."""
    if right.all() or not right.any():
        return 0.0
    return float((said[~right] < np.quantile(said[right], 1 - KEPT)).mean())


def look(
    misses: Sequence[Miss], embedders: tuple[CachedEmbedder, ...]
) -> Iterator[tuple[Miss, Looked]]:
    """Ask questions of their own passages; those that share passages come together."""
    together: dict[tuple[str, ...], list[Miss]] = defaultdict(list)
    for row in misses:
        together[row.contexts].append(row)
    for contexts, asking in together.items():
        entries = [Entry(str(number), "", text) for number, text in enumerate(contexts)]
        with (
            tempfile.TemporaryDirectory() as folder,
            library(entries, embedders, Path(folder)) as at,
        ):
            for row in asking:
                yield row, _look(row, at)


def _look(row: Miss, at: Library) -> Looked:
    fusion, model, _ = weights.load()
    intent = asked(row.question, row.history)
    evidence = at.retriever().retrieve(intent, reader=READER)
    found = features.compute(intent, evidence, fusion)
    judged = confidence.judge(found, evidence, intent, model)
    return Looked(intent, evidence, found, judged.probability)


def _top_cosine(found: Looked) -> float:
    name = "minilm" if found.intent.text_language == "en" else "use"
    return max(found.evidence.background.get(name, (0.0,)))


@contextmanager
def local() -> Iterator[OpenAIModel]:
    """Serve the local model."""
    with serving() as served:
        yield OpenAIModel(
            base_url=served.base_url, model=served.name, key=lambda: None, clock=SystemClock()
        )


def opinion_of(
    intent: Intent, evidence: Evidence, model: LanguageModel, timeout_s: float = TIMEOUT_S
) -> dict[str, float]:
    """Return what the model thinks of the passages, empty when it did not say."""
    chunks = prompt_chunks(evidence, READER)
    if not chunks:
        return {}
    replies = ask(model, intent, chunks, timeout_s=timeout_s, opinion=True)
    return read(replies, chunks, reader=READER)


def _with_model(looked: Sequence[Looked]) -> Floats:
    """Return what is said with the opinion of a model of which nothing is known."""
    careful = with_caution(weights.load()[1])
    with local() as model:
        return np.array(
            [
                confidence.judge(
                    {**found.features, **opinion_of(found.intent, found.evidence, model)},
                    found.evidence,
                    found.intent,
                    careful,
                ).probability
                for found in looked
            ]
        )


def main() -> None:
    """Print one line per set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--rows", type=int, default=0, help="rows per set by chance; 0 is all")
    parser.add_argument("--model", action="store_true", help="with the local model, too")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "avatar-cache")
    given = parser.parse_args()
    print(HEAD)
    with models(given.cache) as embedders:
        for data in discover(given.data, given.only):
            print(line(data, embedders, given.rows, given.model), flush=True)


if __name__ == "__main__":
    main()

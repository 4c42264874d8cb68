"""Questions whose passages come close and need not answer: what no look at words can tell for sure.

Every row of such a set brings its own passages; they alone are the library it is asked of. AUROC
is of answerable against unanswerable, by the shipped confidence; with the local model, after its
opinion took from it what an unknown model's may (`answering.second_opinion`). Nothing is fitted to
these sets.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from avatar.adapters.openai_model import OpenAIModel
from avatar.adapters.system_clock import SystemClock
from avatar.answering import confidence, features, weights
from avatar.answering.prompting import prompt_chunks
from avatar.answering.second_opinion import ask, read, with_caution
from avatar.learning.measures import auroc
from tests.benchmarks.datasets import Entry, rows
from tests.benchmarks.library import READER, asked, library
from tests.local_model import serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from avatar.domain.evidence import Evidence
    from avatar.domain.questions import Intent
    from avatar.learning.measures import Floats
    from avatar.ports import LanguageModel
    from tests.benchmarks.library import CachedEmbedder

HEAD: Final = (
    "\n| near misses | asked | answerable | AUROC | answered | wrong of those | with model |"
    f"\n{'|---' * 7}|"
)
TIMEOUT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Miss:
    """A question, the passages it is asked of, and whether they answer it."""

    question: str
    contexts: tuple[str, ...]
    is_answerable: bool


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
        found = [row for row in rows(files[0]) if row.get("contexts") and "answerable" in row]
        if found:
            yield NearMisses(
                path.name,
                tuple(
                    Miss(row["question"], tuple(row["contexts"]), bool(row["answerable"]))
                    for row in found
                ),
            )


def line(
    data: NearMisses, embedders: tuple[CachedEmbedder, ...], at_most: int, with_model: bool
) -> str:
    """Return the table line of a set, of every n-th row so that at most so many are asked."""
    kept = data.rows[:: max(1, -(-len(data.rows) // at_most))]
    looked = [look(row, embedders) for row in kept]
    said = np.array([found.probability for found in looked])
    right = np.array([row.is_answerable for row in kept])
    _, _, thresholds = weights.load()
    sent = said >= thresholds.answer
    wrong = float((~right[sent]).mean()) if sent.any() else 0.0
    second = f"{auroc(_with_model(looked), right):.3f}" if with_model else "–"
    return (
        f"| {data.name} | {len(kept)} | {right.mean():.0%} | {auroc(said, right):.3f} "
        f"| {sent.mean():.0%} | {wrong:.0%} | {second} |"
    )


def look(row: Miss, embedders: tuple[CachedEmbedder, ...]) -> Looked:
    """Ask a row's question of its own passages."""
    entries = [Entry(str(number), "", text) for number, text in enumerate(row.contexts)]
    fusion, model, _ = weights.load()
    with (
        tempfile.TemporaryDirectory() as folder,
        library(entries, embedders, Path(folder)) as at,
    ):
        intent = asked(row.question)
        evidence = at.retriever().retrieve(intent, reader=READER)
    found = features.compute(intent, evidence, fusion)
    judged = confidence.judge(found, evidence, intent, model)
    return Looked(intent, evidence, found, judged.probability)


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

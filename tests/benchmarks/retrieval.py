"""Ranking quality of the product's own index and search, beside BM25 on the same index.

Run: `python -m tests.benchmarks.retrieval --data DIR [--only NAME ...] [--limit N] [--cache DIR]`
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.datasets import discover, reduced, thinned
from tests.benchmarks.library import READER, asked, library, models

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avatar.answering.retrieve import Retriever
    from tests.benchmarks.datasets import EvaluationSet
    from tests.benchmarks.library import Library


@dataclass(frozen=True, slots=True)
class Measured:
    """Means over the questions of a set; milliseconds are the 95th percentile."""

    ndcg: float
    first: float
    milliseconds: float


def ndcg(ranked: Sequence[str], grades: Mapping[str, int]) -> float:
    """Return nDCG@10 with exponential gain."""
    gain = sum(
        (2 ** grades.get(found, 0) - 1) / math.log2(place + 2)
        for place, found in enumerate(ranked[:10])
    )
    best = sorted(grades.values(), reverse=True)[:10]
    ideal = sum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(best))
    return gain / ideal if ideal else 0.0


def measure(data: EvaluationSet, at: Library, retriever: Retriever) -> Measured:
    """Ask every question and compare the ranking with the grades."""
    gains, firsts, spans = [], [], []
    for key, text in data.questions.items():
        started = time.perf_counter()
        evidence = retriever.retrieve(asked(text), reader=READER, limit=10)
        spans.append(time.perf_counter() - started)
        ranked = [at.entry_of[found.chunk.document_id] for found in evidence.passages]
        gains.append(ndcg(ranked, data.grades[key]))
        firsts.append(bool(ranked) and ranked[0] in data.grades[key])
    count = max(1, len(gains))
    slow = 1000 * sorted(spans)[int(0.95 * len(spans))] if spans else 0.0
    return Measured(100 * sum(gains) / count, sum(firsts) / count, slow)


def main() -> None:
    """Print one line per set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--limit", type=int, default=0, help="questions per set")
    parser.add_argument("--documents", type=int, default=0, help="documents per set, about")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "avatar-cache")
    given = parser.parse_args()
    print("| set | documents | questions | BM25 | nDCG@10 | P@1 | p95 ms |")
    print("|---|---|---|---|---|---|---|")
    with models(given.cache) as embedders:
        for whole in discover(given.data, given.only):
            data = reduced(whole, given.limit)
            if given.documents:
                data = thinned(data, given.documents)
            with (
                tempfile.TemporaryDirectory() as folder,
                library(data.entries, embedders, Path(folder)) as at,
            ):
                words = measure(data, at, at.retriever(lexical_only=True))
                ours = measure(data, at, at.retriever())
            print(
                f"| {data.name} | {len(data.entries)} | {len(data.questions)} | {words.ndcg:.1f} | "
                f"{ours.ndcg:.1f} | {ours.first:.3f} | {ours.milliseconds:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()

"""A library in two languages: is a question answered in its own language when both have the answer?

Run: `python -m tests.benchmarks.two_languages --data DIR [--limit N]`

Sets that ask the same questions of documents in different languages are put into one library.
`right` counts first passages that answer in either language, `own language` those in the language
asked in; `only the other` is how often the first is right when the answer in its own language is
not there. Each is by the channels alone, then as the product ranks (`answering.ranking`).
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Final

from avatar.answering import weights
from avatar.answering.fusion import fuse, merge
from avatar.answering.ranking import across_languages
from avatar.domain.language import text_language
from tests.benchmarks.datasets import Entry, discover, reduced
from tests.benchmarks.library import READER, asked, library, models

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.benchmarks.datasets import EvaluationSet
    from tests.benchmarks.library import CachedEmbedder, Library

DEPTH: Final = 20
COUNTED: Final = ("right", "own language", "only the other")


def language_of(texts: Sequence[str]) -> str:
    """Return the language most of the texts are in."""
    return Counter(map(text_language, texts)).most_common(1)[0][0]


def pairs(sets: Sequence[EvaluationSet]) -> Iterator[tuple[EvaluationSet, EvaluationSet]]:
    """Yield sets of which the second answers the questions of the first in their own language."""
    for one, other in combinations(sets, 2):
        for asking, own in ((one, other), (other, one)):
            spoken = language_of([*asking.questions.values()])
            written = [language_of([e.text for e in data.entries]) for data in (asking, own)]
            same = asking.questions.keys() & own.questions.keys()
            if same and spoken == written[1] != written[0]:
                yield asking, own


def line(
    asking: EvaluationSet,
    own: EvaluationSet,
    embedders: tuple[CachedEmbedder, ...],
    limit: int,
) -> str:
    """Return the table line of a pair."""
    entries = [
        Entry(f"{data.name}/{entry.entry_id}", entry.title, entry.text)
        for data in (asking, own)
        for entry in data.entries
    ]
    kept = reduced(asking, limit)
    with (
        tempfile.TemporaryDirectory() as folder,
        library(entries, embedders, Path(folder)) as at,
    ):
        fused, ranked = measure(kept, own, at)
    total = len(kept.questions)
    cells = " | ".join(f"{fused[n] / total:.3f} / {ranked[n] / total:.3f}" for n in COUNTED)
    return f"| {asking.name} + {own.name} | {total} | {cells} |"


def measure(
    asking: EvaluationSet, own: EvaluationSet, at: Library
) -> tuple[Counter[str], Counter[str]]:
    """Return what is counted by the channels alone, and as the product ranks."""
    fusion, _, _ = weights.load()
    fused, ranked = Counter[str](), Counter[str]()
    for key, text in asking.questions.items():
        intent = asked(text)
        found = at.retriever().find(intent, reader=READER, limit=DEPTH)
        merged = merge(fuse(found.hits, intent, fusion), DEPTH)
        near = {f"{own.name}/{entry}" for entry in own.grades.get(key, {})}
        far = {f"{asking.name}/{entry}" for entry in asking.grades[key]}
        for counted, passages in (
            (fused, merged),
            (ranked, across_languages(merged, intent, found.statistics)),
        ):
            order = [at.entry_of[passage.chunk.document_id] for passage in passages]
            first = next(iter(order), "")
            spare = next((entry for entry in order if entry not in near), "")
            counted["right"] += first in near | far
            counted["own language"] += first in near
            counted["only the other"] += spare in far
    return fused, ranked


def main() -> None:
    """Print one line per pair of sets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--limit", type=int, default=300, help="questions per set")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "avatar-cache")
    given = parser.parse_args()
    print(f"| asked of both | questions | {' | '.join(COUNTED)} |\n{'|---' * 5}|")
    with models(given.cache) as embedders:
        for asking, own in pairs([*discover(given.data, given.only)]):
            print(line(asking, own, embedders, given.limit), flush=True)


if __name__ == "__main__":
    main()

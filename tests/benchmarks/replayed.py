"""Evaluation sets replayed as the product replays an owner's, split by thread.

One split: threads are shuffled; half of them calibrate, by leave-one-out replay; of the other half
again half are really taken out of the library, for everything in the split. Every test question
is asked once, of a library that does or does not know its answer.
"""

from __future__ import annotations

import json
import random
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from avatar.answering import weights
from avatar.answering.retrieve import weigh
from avatar.domain.calibration import Label, Origin
from avatar.examiner import EvidenceExaminer
from avatar.learning.foreign import FOREIGN
from avatar.learning.replay import Asked, Thread, label, replay
from avatar.learning.scratch import ScratchLibrary
from tests.benchmarks.library import READER, library

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.benchmarks.datasets import EvaluationSet
    from tests.benchmarks.library import CachedEmbedder, Library

CALIBRATION: Final = 300
TEST: Final = 300
"""Questions at most on each side of a split."""


@dataclass(frozen=True, slots=True)
class Split:
    """What one split brought: labels to calibrate on, the test stream, and foreign questions.

    `baselines` holds, for each test label, the scores a simpler product would go by.
    """

    calibration: tuple[Label, ...]
    test: tuple[Label, ...]
    foreign: tuple[Label, ...]
    baselines: Mapping[str, tuple[float, ...]]


def splits_of(
    data: EvaluationSet,
    foreign: Sequence[str],
    embedders: tuple[CachedEmbedder, ...],
    seeds: Sequence[int],
) -> Iterator[Split]:
    """Yield one split for each seed."""
    with (
        tempfile.TemporaryDirectory() as folder,
        library(data.entries, embedders, Path(folder)) as at,
    ):
        threads = _threads(data, at)
        scratch = ScratchLibrary(at.store, at.embedders)
        fusion, _, _ = weights.load()
        examiner = EvidenceExaminer(at.retriever(), READER, fusion)
        for seed in seeds:
            yield _split(threads, scratch, examiner, foreign, seed)


def _split(
    threads: Sequence[Thread],
    scratch: ScratchLibrary,
    examiner: EvidenceExaminer,
    foreign: Sequence[str],
    seed: int,
) -> Split:
    order = random.Random(seed)
    shuffled = order.sample(threads, len(threads))
    half, quarter = len(shuffled) // 2, len(shuffled) // 4
    known, unknown = shuffled[half : half + quarter], shuffled[half + quarter :]
    gone = {chunk.chunk_id: chunk for thread in unknown for chunk in thread.chunks}
    with scratch.without([*gone.values()]):
        replayed = replay(_at_most(shuffled[:half], CALIBRATION), scratch, examiner, FOREIGN)
        stream = []
        for thread in (*_at_most(known, TEST // 2), *_at_most(unknown, TEST // 2)):
            for asked in thread.asked:
                looked = examiner.look(asked.text)
                if looked is not None:
                    stream.append((asked.text, thread, looked))
        strange = [looked for text in foreign if (looked := examiner.look(text)) is not None]
    order.shuffle(stream)
    fusion, _, _ = weights.load()
    labels, dense, fused = [], [], []
    for text, thread, looked in stream:
        served = examiner.serve(looked)
        chunk = served.chunk
        right = chunk is not None and any(
            gold.document_id == chunk.document_id and gold.chunk_id not in gone
            for gold in thread.chunks
        )
        labels.append(
            Label(text, thread.group, Origin.TEST, served.features, right, served=_place(served))
        )
        name = "minilm" if looked.intent.text_language == "en" else "use"
        cosines = [hit.scores.get(name, 0.0) for hit in looked.found.hits]
        dense.append(max(cosines, default=0.0))
        top = weigh(looked.found, looked.intent, fusion, 1).top
        fused.append(top.score if top else 0.0)
    return Split(
        tuple(label(one, examiner) for one in replayed),
        tuple(labels),
        tuple(
            Label("", "foreign", Origin.FOREIGN, examiner.serve(looked).features, is_right=False)
            for looked in strange
        ),
        {"top cosine": tuple(dense), "fused score": tuple(fused)},
    )


def _place(served: Any) -> str:
    return served.chunk.location if served.chunk else ""


def _threads(data: EvaluationSet, at: Library) -> list[Thread]:
    """Questions with the same answering documents are a thread."""
    documents: dict[str, list[str]] = {}
    for document_id, entry_id in at.entry_of.items():
        documents.setdefault(entry_id, []).append(document_id)
    asked: dict[tuple[str, ...], list[str]] = {}
    for key, text in data.questions.items():
        asked.setdefault(tuple(sorted(data.grades[key])), []).append(text)
    return [
        Thread(
            entries[0],
            tuple(Asked(text) for text in texts),
            tuple(
                chunk
                for entry in entries
                for name in documents.get(entry, [])
                for chunk in at.store.existing(name).values()
            ),
        )
        for entries, texts in sorted(asked.items())
    ]


def _at_most(threads: Sequence[Thread], questions: int) -> list[Thread]:
    """Return threads with about so many questions in all, each thread with its share."""
    if not threads:
        return []
    share = max(1, questions // len(threads))
    kept = [Thread(t.group, t.asked[:share], t.chunks) for t in threads]
    return kept[:questions]


def save(split: Split, path: Path) -> None:
    """Keep a split, so that fits can be compared on the same labels."""
    path.write_text(json.dumps(asdict(split)), encoding="utf-8")


def read(path: Path) -> Split:
    """Read what `save` wrote."""
    data = json.loads(path.read_text(encoding="utf-8"))
    calibration, test, foreign = (
        tuple(Label(**row | {"origin": Origin(row["origin"])}) for row in data[name])
        for name in ("calibration", "test", "foreign")
    )
    baselines = {name: tuple(values) for name, values in data["baselines"].items()}
    return Split(calibration, test, foreign, baselines)

"""Evaluation sets replayed as the product replays an owner's, split by thread.

One split: threads are shuffled; half of them calibrate, by leave-one-out replay; of the other half
again half are really taken out of the library, for everything in the split. Every test question
is asked once, of a library that does or does not know its answer.
"""

from __future__ import annotations

import json
import random
import tempfile
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from avatar.answering import weights
from avatar.answering.retrieve import weigh
from avatar.domain.calibration import Label, Origin
from avatar.examiner import EvidenceExaminer
from avatar.learning.foreign import FOREIGN
from avatar.learning.replay import Asked, Replayed, Thread, label, replay
from avatar.learning.scratch import ScratchLibrary
from tests.benchmarks.library import READER, library

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from avatar.domain.chunks import Chunk
    from avatar.examiner import Looked
    from tests.benchmarks.datasets import EvaluationSet
    from tests.benchmarks.library import CachedEmbedder, Library

CALIBRATION: Final = 300
TEST: Final = 600
"""Questions at most on each side of a split."""


@dataclass(frozen=True, slots=True)
class Searched:
    """Everything that was asked in one split, before channels are weighed.

    `stream` are test questions, each with what can answer it; `strange` are foreign ones.
    """

    calibration: Sequence[Replayed[Looked]]
    stream: Sequence[Replayed[Looked]]
    strange: Sequence[Replayed[Looked]]


@dataclass(frozen=True, slots=True)
class Scores:
    """What a simpler product would go by, for each label of the three kinds."""

    calibration: tuple[float, ...]
    test: tuple[float, ...]
    foreign: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """What one split brought: labels to calibrate on, the test stream, and foreign questions."""

    calibration: tuple[Label, ...]
    test: tuple[Label, ...]
    foreign: tuple[Label, ...]
    baselines: Mapping[str, Scores]


@dataclass(frozen=True, slots=True)
class Bench:
    """A set as a library out of which threads can be taken, and how the product looks at it."""

    threads: Sequence[Thread]
    scratch: ScratchLibrary
    examiner: EvidenceExaminer


@contextmanager
def bench(data: EvaluationSet, embedders: tuple[CachedEmbedder, ...]) -> Iterator[Bench]:
    """Index a set and give what splits are made of."""
    fusion, _, _ = weights.load()
    with (
        tempfile.TemporaryDirectory() as folder,
        library(data.entries, embedders, Path(folder)) as at,
    ):
        yield Bench(
            _threads(data, at),
            ScratchLibrary(at.store, at.embedders),
            EvidenceExaminer(at.retriever(), READER, fusion),
        )


def searched(at: Bench, foreign: Sequence[str], seed: int, *, together: int = 1) -> Searched:
    """Shuffle the threads, so many neighbours together, and ask every question of one split."""
    order = random.Random(seed)
    starts = range(0, len(at.threads), together)
    shuffled = [
        thread
        for start in order.sample(starts, len(starts))
        for thread in at.threads[start : start + together]
    ]
    half, quarter = len(shuffled) // 2, len(shuffled) // 4
    known, unknown = shuffled[half : half + quarter], shuffled[half + quarter :]
    gone = {chunk.chunk_id: chunk for thread in unknown for chunk in thread.chunks}
    with at.scratch.without([*gone.values()]):
        calibration = replay(
            _at_most(shuffled[:half], CALIBRATION), at.scratch, at.examiner, FOREIGN
        )
        tested = [*_at_most(known, TEST // 2), *_at_most(unknown, TEST // 2)]
        stream = [one for thread in tested for one in _test(_left(thread, gone), at.examiner)]
        nothing = Thread("foreign", tuple(Asked(text) for text in foreign), ())
        strange = [*_test(nothing, at.examiner)]
    order.shuffle(stream)
    return Searched(calibration, stream, strange)


def labelled(asked: Searched, examiner: EvidenceExaminer) -> Split:
    """Weigh what was found as the product does, and as simpler products would."""
    return Split(
        tuple(label(one, examiner) for one in asked.calibration),
        tuple(label(one, examiner) for one in asked.stream),
        tuple(label(one, examiner) for one in asked.strange),
        {
            name: Scores(
                tuple(score(one.looked) for one in asked.calibration),
                tuple(score(one.looked) for one in asked.stream),
                tuple(score(one.looked) for one in asked.strange),
            )
            for name, score in SIMPLER.items()
        },
    )


def splits_of(
    data: EvaluationSet,
    foreign: Sequence[str],
    embedders: tuple[CachedEmbedder, ...],
    seeds: Sequence[int],
) -> Iterator[Split]:
    """Yield one split for each seed."""
    with bench(data, embedders) as at:
        for seed in seeds:
            yield labelled(searched(at, foreign, seed), at.examiner)


def _left(thread: Thread, gone: Mapping[str, Chunk]) -> Thread:
    """Return a thread with the answers that are still there."""
    left = tuple(chunk for chunk in thread.chunks if chunk.chunk_id not in gone)
    return Thread(thread.group, thread.asked, left)


def _test(thread: Thread, examiner: EvidenceExaminer) -> Iterator[Replayed[Looked]]:
    for asked in thread.asked:
        looked = examiner.look(asked.text)
        if looked is not None:
            yield Replayed(asked.text, Origin.TEST, thread, looked)


def _top_cosine(looked: Looked) -> float:
    name = "minilm" if looked.intent.text_language == "en" else "use"
    return max((hit.scores.get(name, 0.0) for hit in looked.found.hits), default=0.0)


def _fused_score(looked: Looked) -> float:
    fusion, _, _ = weights.load()
    top = weigh(looked.found, looked.intent, fusion, 1).top
    return top.score if top else 0.0


def _has_citation(looked: Looked) -> float:
    return float(bool(looked.found.hits))


SIMPLER: Final[Mapping[str, Callable[[Looked], float]]] = {
    "top cosine": _top_cosine,
    "fused score": _fused_score,
    "has a citation": _has_citation,
}


def _threads(data: EvaluationSet, at: Library) -> list[Thread]:
    """Questions with the same answering documents are a thread; in the order of the documents."""
    documents: dict[str, list[str]] = {}
    for document_id, entry_id in at.entry_of.items():
        documents.setdefault(entry_id, []).append(document_id)
    asked: dict[tuple[str, ...], list[str]] = {}
    for key, text in data.questions.items():
        asked.setdefault(tuple(sorted(data.grades[key])), []).append(text)
    place = {entry.entry_id: number for number, entry in enumerate(data.entries)}
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
        for entries, texts in sorted(
            asked.items(), key=lambda pair: min(place[entry] for entry in pair[0])
        )
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
    baselines = {name: Scores(**values) for name, values in data["baselines"].items()}
    return Split(calibration, test, foreign, baselines)

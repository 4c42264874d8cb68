"""Evaluation sets replayed as the product replays an owner's, split by thread.

One split: threads are shuffled; half of them calibrate, by leave-one-out replay; of the other half
again half are really taken out of the library, for everything in the split. Every test question
is asked once, of a library that does or does not know its answer.
"""

from __future__ import annotations

import random
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
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
def bench(
    data: EvaluationSet, embedders: tuple[CachedEmbedder, ...], *, together: int = 1
) -> Iterator[Bench]:
    """Index a set and give what splits are made of; so many neighbouring documents leave together.

    Some sets cut a text into neighbouring documents: XQuAD takes five paragraphs of each article.
    """
    fusion, _, _ = weights.load()
    with (
        tempfile.TemporaryDirectory() as folder,
        library(data.entries, embedders, Path(folder)) as at,
    ):
        yield Bench(
            _threads(data, at, together),
            ScratchLibrary(at.store, at.embedders),
            EvidenceExaminer(at.retriever(), READER, fusion),
        )


def searched(at: Bench, foreign: Sequence[str], seed: int) -> Searched:
    """Shuffle the threads, what belongs together staying so, and ask every question of a split."""
    order = random.Random(seed)
    groups = list(dict.fromkeys(thread.group for thread in at.threads))
    groups = order.sample(groups, len(groups))
    half, quarter = len(groups) // 2, len(groups) // 4
    learned, known, unknown = (
        [one for group in part for one in at.threads if one.group == group]
        for part in (groups[:half], groups[half : half + quarter], groups[half + quarter :])
    )
    gone = {chunk.chunk_id: chunk for thread in unknown for chunk in thread.chunks}
    with at.scratch.without([*gone.values()]):
        calibration = replay(_at_most(learned, CALIBRATION), at.scratch, at.examiner, FOREIGN)
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


def _left(thread: Thread, gone: Mapping[str, Chunk]) -> Thread:
    """Return a thread with the answers that are still there."""
    left = tuple(chunk for chunk in thread.chunks if chunk.chunk_id not in gone)
    return replace(thread, chunks=left)


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


def _threads(data: EvaluationSet, at: Library, together: int) -> list[Thread]:
    """Questions with the same answering documents are a thread; in the order of the documents.

    Threads of neighbouring documents are of one group, and so are neighbours nobody asks about.
    """
    documents: dict[str, list[str]] = {}
    for document_id, entry_id in at.entry_of.items():
        documents.setdefault(entry_id, []).append(document_id)
    place = {entry.entry_id: number for number, entry in enumerate(data.entries)}
    asked: dict[tuple[str, ...], list[str]] = {}
    for key, text in data.questions.items():
        asked.setdefault(tuple(sorted(data.grades[key], key=place.__getitem__)), []).append(text)
    about = {entry_id for entries in asked for entry_id in entries}
    if together > 1:
        asked |= {(name,): [] for name in place if name not in about}
    return [
        Thread(
            data.entries[place[entries[0]] // together * together].entry_id,
            tuple(Asked(text) for text in texts),
            tuple(
                chunk
                for entry in entries
                for name in documents.get(entry, [])
                for chunk in at.store.existing(name).values()
            ),
        )
        for entries, texts in sorted(asked.items(), key=lambda pair: place[pair[0][0]])
    ]


def _at_most(threads: Sequence[Thread], questions: int) -> list[Thread]:
    """Return threads with about so many questions in all, each thread with its share.

    What nobody asks about stays with its group.
    """
    asked = [thread for thread in threads if thread.asked][:questions]
    share = max(1, questions // max(1, len(asked)))
    groups = {thread.group for thread in asked}
    silent = [thread for thread in threads if not thread.asked and thread.group in groups]
    return [replace(thread, asked=thread.asked[:share]) for thread in asked] + silent

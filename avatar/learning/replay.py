"""Asking again what was asked before, of the library as it was before the answer was known.

Each question of a past answer is asked twice: of the library without that wording, where the
answer can still be found, and of the library without the whole thread, where nothing can be
right. Foreign questions, and the same words about something nobody wrote of, are added with less
weight: alone they make thresholds that do not hold (measured: .50 to .75 where .90 was promised).
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

from avatar.domain.calibration import Label, Origin
from avatar.learning.scratch import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from avatar.domain.chunks import Chunk
    from avatar.domain.weights import FusionWeights
    from avatar.learning.scratch import ScratchLibrary

LESS: Final = 0.5
"""The weight of questions that nobody asked."""

SWAPPED_EVERY: Final = 3
WORDS: Final = re.compile(r"\w+")

LookedT = TypeVar("LookedT")


@dataclass(frozen=True, slots=True)
class Served:
    """What would be served for a question: its features, and the passage it rests on."""

    features: Mapping[str, float]
    chunk: Chunk | None


class Examiner(Protocol[LookedT]):
    """How the product looks a question up, in two steps: the search, and what is made of it."""

    def look(self, text: str) -> LookedT | None:
        """Search; None for what is never decided by confidence, such as a greeting."""
        ...

    def serve(self, looked: LookedT, fusion: FusionWeights | None = None) -> Served:
        """Weigh what was found; `fusion` takes the place of the weights in force."""
        ...

    def about_nobody(self, looked: LookedT) -> str:
        """Return the question about something nobody wrote of."""
        ...

    def opinion(self, looked: LookedT) -> Mapping[str, float]:
        """Return what a language model thinks of it; empty when there is none, or no reply."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """A question whose answer is known; `own` is the wording to leave out when it is asked."""

    text: str
    own: Chunk | None = None
    origin: Origin = Origin.REPLAYED


@dataclass(frozen=True, slots=True)
class Thread:
    """Questions with one answer: `chunks` is all that answers them, empty when nothing does.

    Threads of one `group` were written on one occasion: they leave the library together.
    """

    group: str
    asked: tuple[Asked, ...]
    chunks: tuple[Chunk, ...]


@dataclass(frozen=True, slots=True)
class Replayed(Generic[LookedT]):
    """A question that was asked again; `label` makes the example of it."""

    text: str
    origin: Origin
    thread: Thread
    looked: LookedT
    weight: float = 1.0


def threads_of(
    forms: Iterable[Chunk], sources: Callable[[Chunk], Iterable[Chunk]] = lambda _: ()
) -> list[Thread]:
    """Return past answers as threads; those that say the same are one, so they leave together.

    `sources` finds the passages a past answer rests on: they answer its questions as well, and
    nothing does only when they have left too.
    """
    same: dict[str, list[Chunk]] = defaultdict(list)
    for chunk in forms:
        same[_words(chunk.text)].append(chunk)
    return [
        Thread(
            min(chunk.document_id for chunk in chunks),
            tuple(Asked(text, own) for text, own in _wordings(chunks).items()),
            (*chunks, *{one.chunk_id: one for form in chunks for one in sources(form)}.values()),
        )
        for chunks in same.values()
    ]


def replay(
    threads: Sequence[Thread],
    library: ScratchLibrary,
    examiner: Examiner[LookedT],
    foreign: Sequence[str] = (),
    on_progress: Callable[[int, int, str], None] = lambda *_: None,
) -> list[Replayed[LookedT]]:
    """Ask every question as it is and without its thread, and the foreign ones."""
    groups: dict[str, list[Thread]] = defaultdict(list)
    for thread in threads:
        groups[thread.group].append(thread)
    replayed: list[Replayed[LookedT]] = []
    for number, together in enumerate(groups.values(), start=1):
        for thread in together:
            replayed += _known(thread, library, examiner)
        with library.without([chunk for thread in together for chunk in thread.chunks]):
            for thread in together:
                for asked in thread.asked:
                    replayed += _look(asked.text, Origin.ABLATED, thread, examiner)
        on_progress(number, len(groups), "threads asked again")
    swapped = [one for one in replayed if one.origin is not Origin.ABLATED][::SWAPPED_EVERY]
    for one in swapped:
        text = examiner.about_nobody(one.looked)
        nothing = Thread(one.thread.group, (), ())
        replayed += _look(text, Origin.SWAPPED, nothing, examiner, LESS)
    for text in foreign:
        nothing = Thread(f"foreign: {text}", (), ())
        replayed += _look(text, Origin.FOREIGN, nothing, examiner, LESS)
    return replayed


def label(
    one: Replayed[LookedT], examiner: Examiner[LookedT], fusion: FusionWeights | None = None
) -> Label:
    """Return the example a replayed question makes under these weights."""
    served = examiner.serve(one.looked, fusion)
    chunk = served.chunk
    return Label(
        question=one.text,
        group=one.thread.group,
        origin=one.origin,
        features=served.features,
        is_right=chunk is not None and _answers(chunk, one.thread),
        weight=one.weight,
        topic=chunk.document_id.partition("/")[0] if chunk else "",
        served=chunk.location if chunk else "",
    )


def _known(
    thread: Thread, library: ScratchLibrary, examiner: Examiner[LookedT]
) -> Iterator[Replayed[LookedT]]:
    for asked in thread.asked:
        if asked.own is None:
            yield from _look(asked.text, asked.origin, thread, examiner)
            continue
        forms = [chunk for chunk in thread.chunks if chunk.question]
        own = [chunk for chunk in forms if chunk.question == asked.own.question]
        instead = [plain(asked.own)] if len(own) == len(forms) else []
        with library.without(own, instead):
            yield from _look(asked.text, asked.origin, thread, examiner)


def _look(
    text: str,
    origin: Origin,
    thread: Thread,
    examiner: Examiner[LookedT],
    weight: float = 1.0,
) -> Iterator[Replayed[LookedT]]:
    looked = examiner.look(text)
    if looked is not None:
        yield Replayed(text, origin, thread, looked, weight)


def _answers(chunk: Chunk, thread: Thread) -> bool:
    """Whether a passage is of the thread, or says the same in the same words.

    A past answer is one with its file; of a note, the passage itself has to be served.
    """
    words = _words(chunk.text)
    return any(
        gold.chunk_id == chunk.chunk_id
        or (gold.question and gold.document_id == chunk.document_id)
        or _words(gold.text) == words
        for gold in thread.chunks
    )


def _wordings(chunks: Sequence[Chunk]) -> dict[str, Chunk]:
    found: dict[str, Chunk] = {}
    for chunk in chunks:
        found.setdefault(chunk.question, chunk)
    return found


def _words(text: str) -> str:
    return " ".join(WORDS.findall(text)).casefold()

"""Small libraries and made-up labels for the tests of calibration."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from avatar.answering import weights
from avatar.answering.retrieve import Retriever
from avatar.domain.audience import Reader
from avatar.domain.calibration import Label, Origin
from avatar.domain.documents import SourceKind
from avatar.examiner import EvidenceExaminer
from avatar.learning.calibration import Shipped
from tests.contracts.store import chunk
from tests.fakes.embedder import FakeEmbedder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar.domain.chunks import Chunk
    from avatar.ports import KnowledgeStore

EMBEDDER = FakeEmbedder()
OWNER = Reader.owner()
NOTES = (
    "The ingest service retries a rejected batch five times before it gives up.",
    "Deploys go out from main with make ship; the canary runs for twenty minutes.",
    "Full backups run every night at two and are kept for thirty days.",
    "Ana owns billing; refunds above two hundred euros are approved by Tom.",
    "The staging cluster lives in the Frankfurt region and is rebuilt on Sundays.",
    "Feature flags are stored in the settings table and cached for a minute.",
)


def past_answer(number: int, question: str, text: str) -> Chunk:
    return chunk(text, f"answers/{number:02}.md", kind=SourceKind.ANSWERS, question=question)


def notes() -> list[Chunk]:
    return [chunk(text, f"notes/{number}.md") for number, text in enumerate(NOTES)]


def answers() -> list[Chunk]:
    return [
        past_answer(1, "How do I rotate the gateway key?", "Run gatectl rotate, then restart it."),
        past_answer(2, "Where are crash dumps of the parser?", "They land in the dump bucket."),
        past_answer(3, "Who may merge to the release branch?", "Only the release captain may."),
    ]


def fill(store: KnowledgeStore, chunks: Sequence[Chunk]) -> None:
    """Write chunks with their vectors, as the indexer does."""
    store.write(
        chunks,
        {
            one.chunk_id: {"fake": EMBEDDER.embed_passages([one.indexed_text])[0]}
            | ({"fake-q": EMBEDDER.embed_passages([one.question])[0]} if one.question else {})
            for one in chunks
        },
    )


def examiner(store: KnowledgeStore) -> EvidenceExaminer:
    fusion, _, _ = weights.load()
    return EvidenceExaminer(Retriever(store, [EMBEDDER], fusion), OWNER, fusion)


def shipped() -> Shipped:
    return Shipped(*weights.load())


def some_labels(
    threads: int,
    *,
    each: int = 1,
    seed: int = 0,
    clarity: float = 3.0,
    origin: Origin = Origin.REPLAYED,
) -> list[Label]:
    """Return labels whose truth shows in three features: with `clarity` 0 not at all."""
    random = np.random.default_rng(seed)
    _, model, _ = weights.load()
    made = []
    for number in range(threads):
        for part in range(each):
            for is_right in (True, False):
                features = dict(model.mean) | {"cross": 0.0}
                for name in ("dense", "coverage", "dense_gap"):
                    shift = clarity * (is_right - 0.5) + random.standard_normal()
                    features[name] += 0.5 * shift * model.scale[name]
                made.append(
                    Label(
                        question=f"question {number}.{part}",
                        group=f"thread {number}",
                        origin=origin if is_right else Origin.ABLATED,
                        features=features,
                        is_right=is_right,
                        topic="answers" if number % 2 else "notes",
                        served=f"notes/{number}.md:1",
                    )
                )
    return made


def all_of(labels: Sequence[Label], *, are_right: bool) -> list[Label]:
    return [replace(label, is_right=are_right) for label in labels]

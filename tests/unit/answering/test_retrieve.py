"""The search over a working store: reader, question forms, limits, statistics."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from avatar.answering import weights
from avatar.answering.retrieve import Retriever
from avatar.domain.audience import Audience, Reader
from avatar.domain.documents import SourceKind
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.store import MemoryStore
from tests.unit.answering.retrieved import ask, chunk

if TYPE_CHECKING:
    from avatar.domain.chunks import Chunk

ANN = Reader.colleague("ann")
FUSION = weights.load()[0]
NOTE = chunk("notes/retry.md", "The gateway client retries three times.")
CODE = chunk("code/retry.py", "def retry(times=3): ...", kind=SourceKind.CODE)
PRIVATE = replace(
    chunk("notes/private.md", "The gateway password rotates and retries are zzsecret."),
    audience=Audience.owner_only(),
)
ANSWER = chunk(
    "answers/limits.md",
    "Ask platform for a higher quota.",
    kind=SourceKind.ANSWERS,
    asked="How do I raise the rate limit?",
)


def retriever(*chunks: Chunk, embedder: FakeEmbedder | None = None) -> Retriever:
    model = embedder or FakeEmbedder()
    store = MemoryStore()
    vectors = {}
    for found in chunks:
        vectors[found.chunk_id] = {"fake": model.embed_question(found.indexed_text)}
        if found.question:
            vectors[found.chunk_id]["fake-q"] = model.embed_question(found.question)
    store.write(chunks, vectors)
    return Retriever(store, [model], FUSION)


def test_the_best_document_comes_first_with_its_raw_scores() -> None:
    found = retriever(NOTE, CODE, ANSWER).retrieve(
        ask("how often does the gateway retry"), reader=ANN
    )
    assert found.top is not None
    assert found.top.chunk == NOTE
    assert {"fake", "lexical"} <= set(found.top.scores)
    assert found.background["lexical"][0] >= found.background["lexical"][-1]


def test_what_the_reader_may_not_read_leaves_no_trace() -> None:
    question = ask("gateway zzsecret retries")
    with_private = retriever(NOTE, PRIVATE).retrieve(question, reader=ANN)
    without = retriever(NOTE).retrieve(question, reader=ANN)
    assert with_private == without
    owner = retriever(NOTE, PRIVATE).retrieve(question, reader=Reader.owner())
    assert len(owner.passages) == 2


def test_a_past_answer_is_found_by_its_question_form() -> None:
    found = retriever(NOTE, CODE, ANSWER).retrieve(ask("raise the rate limit"), reader=ANN)
    assert found.top is not None
    assert found.top.chunk == ANSWER
    assert "fake-q" in found.top.scores


def test_the_search_can_be_kept_to_kinds() -> None:
    found = retriever(NOTE, CODE).retrieve(ask("retry times"), reader=ANN, kinds=[SourceKind.CODE])
    assert [passage.chunk for passage in found.passages] == [CODE]


def test_statistics_count_what_the_reader_may_read() -> None:
    found = retriever(NOTE, CODE, PRIVATE).retrieve(ask("gateway unheardof"), reader=ANN)
    assert found.statistics.total == 2
    assert found.statistics.frequency == {"gateway": 1, "unheardof": 0}


def test_no_more_documents_than_asked_for() -> None:
    chunks = [chunk(f"notes/{n}.md", f"gateway note number {n}") for n in range(6)]
    assert len(retriever(*chunks).retrieve(ask("gateway"), reader=ANN, limit=4).passages) == 4


def test_an_empty_question_searches_nothing() -> None:
    model = FakeEmbedder()
    found = retriever(NOTE, embedder=model).retrieve(ask("🎉"), reader=ANN)
    assert found.passages == ()
    assert found.statistics.total == 0


def test_a_model_that_does_not_know_the_language_is_not_asked() -> None:
    model = FakeEmbedder(covers=str.isascii)
    found = retriever(NOTE, embedder=model).retrieve(ask("网关 gateway"), reader=ANN)
    assert found.top is not None
    assert "fake" not in found.top.scores

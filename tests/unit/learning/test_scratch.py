"""A library without a thread looks exactly like one that never had it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from avatar.adapters.edge_store import EdgeStore
from avatar.adapters.qdrant_schema import VectorModel
from avatar.learning.scratch import ScratchLibrary, plain
from tests.fakes.store import MemoryStore
from tests.unit.learning.libraries import (
    EMBEDDER,
    OWNER,
    answers,
    examiner,
    fill,
    notes,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from avatar.ports import KnowledgeStore

    MakeStore = Callable[[], KnowledgeStore]

QUESTIONS = [
    "How do I rotate the gateway key?",
    "How often does ingest retry a batch?",
    "Where is the parser and who may merge?",
    "gatectl",
]


@pytest.fixture(params=["memory", "edge"])
def make_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeStore]:
    made: list[KnowledgeStore] = []

    def make() -> KnowledgeStore:
        folder = tmp_path / f"store-{len(made)}"
        made.append(
            MemoryStore()
            if request.param == "memory"
            else EdgeStore(folder, [VectorModel.of(EMBEDDER)], "ada")
        )
        return made[-1]

    yield make
    for store in made:
        store.close()


@pytest.mark.parametrize("question", QUESTIONS)
def test_features_without_a_thread_equal_those_of_a_library_that_never_had_it(
    make_store: MakeStore, question: str
) -> None:
    had, never = make_store(), make_store()
    gone, *others = answers()
    fill(had, [*notes(), gone, *others])
    fill(never, [*notes(), *others])
    scratch = ScratchLibrary(had, [EMBEDDER])
    looking, bare = examiner(had), examiner(never)
    with scratch.without([gone]):
        # the stand-in keeps the total; the library that never had the thread gets the same one
        stand_ins = [one for one in had.existing(gone.document_id).values() if one != gone]
        never.write(stand_ins, {})
        asked, expected = looking.look(question), bare.look(question)
        assert asked is not None
        assert expected is not None
        assert asked.found.statistics == expected.found.statistics
        assert looking.serve(asked).features == pytest.approx(
            bare.serve(expected).features, abs=1e-6
        )


def test_nothing_betrays_how_many_chunks_there_are(make_store: MakeStore) -> None:
    store = make_store()
    fill(store, [*notes(), *answers()])
    total = store.count()
    with ScratchLibrary(store, [EMBEDDER]).without(answers()[:2]):
        assert store.count() == total
        assert store.term_frequencies(["gatectl"], reader=OWNER) == {"": total, "gatectl": 0}


def test_everything_is_put_back_also_after_an_error(make_store: MakeStore) -> None:
    store = make_store()
    fill(store, [*notes(), *answers()])
    before = examiner(store).look(QUESTIONS[0])
    fails = pytest.raises(ValueError, match="stop")
    with fails, ScratchLibrary(store, [EMBEDDER]).without(answers()):
        raise ValueError("stop")
    after = examiner(store).look(QUESTIONS[0])
    assert before is not None
    assert after is not None
    assert {hit.chunk.chunk_id for hit in after.found.hits} == {
        hit.chunk.chunk_id for hit in before.found.hits
    }
    assert examiner(store).serve(after).features == pytest.approx(
        examiner(store).serve(before).features, abs=1e-6
    )


def test_a_plain_answer_is_found_by_its_text_alone(make_store: MakeStore) -> None:
    store = make_store()
    answer = answers()[0]
    fill(store, [*notes(), answer])
    with ScratchLibrary(store, [EMBEDDER]).without([answer], [plain(answer)]):
        (there,) = store.existing(answer.document_id).values()
        assert (there.text, there.question) == (answer.text, "")
        looked = examiner(store).look("gatectl rotate")
        assert looked is not None
        served = examiner(store).serve(looked)
        assert served.chunk is not None
        assert served.chunk.document_id == answer.document_id
        assert served.features["form"] == 0.0


def test_a_copy_holds_every_chunk_with_its_vectors_and_tells_the_past_answers(
    make_store: MakeStore,
) -> None:
    original, copy = make_store(), make_store()
    fill(original, [*notes(), *answers()])
    told: list[tuple[int, int]] = []
    scratch = ScratchLibrary(copy, [EMBEDDER])
    forms = scratch.fill(original, lambda done, total, _: told.append((done, total)))
    assert {form.question for form in forms} == {one.question for one in answers()}
    assert copy.document_ids() == original.document_ids()
    for question in QUESTIONS:
        ours, theirs = examiner(copy).look(question), examiner(original).look(question)
        assert ours is not None
        assert theirs is not None
        assert examiner(copy).serve(ours).features == pytest.approx(
            examiner(original).serve(theirs).features, abs=1e-6
        )
    assert told[-1] == (9, 9)

"""Past answers asked again: with the answer there to be found, and without it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from avatar.domain.calibration import Origin
from avatar.domain.chunks import Span
from avatar.learning.foreign import FOREIGN
from avatar.learning.replay import LESS, Asked, Thread, label, replay, threads_of
from avatar.learning.scratch import ScratchLibrary
from tests.contracts.store import chunk
from tests.fakes.store import MemoryStore
from tests.unit.learning.libraries import (
    EMBEDDER,
    answers,
    examiner,
    fill,
    notes,
    past_answer,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar.domain.calibration import Label
    from avatar.domain.chunks import Chunk


def labels_of(
    store: MemoryStore, threads: Sequence[Thread], foreign: Sequence[str] = ()
) -> list[Label]:
    scratch, looking = ScratchLibrary(store, [EMBEDDER]), examiner(store)
    return [label(one, looking) for one in replay(threads, scratch, looking, foreign)]


def library(chunks: Sequence[Chunk]) -> MemoryStore:
    store = MemoryStore()
    fill(store, chunks)
    return store


def test_ten_identical_past_answers_are_one_thread() -> None:
    same = [past_answer(n, f"Question {n}?", "Turn it off and on again!") for n in range(10)]
    odd = past_answer(11, "Another?", "turn it OFF, and on again")
    (thread,) = threads_of([*same, odd])
    assert len(thread.asked) == 11
    assert len(thread.chunks) == 11
    assert thread.group == "answers/00.md"


def test_wordings_of_one_answer_are_one_thread_and_each_is_asked_once() -> None:
    forms = [past_answer(1, question, "Call Ana.") for question in ("Who?", "Whom to call?")]
    (thread,) = threads_of([*forms, past_answer(2, "Who?", "Call Ana.")])
    assert [asked.text for asked in thread.asked] == ["Who?", "Whom to call?"]


def test_an_answer_is_right_with_its_text_there_and_nothing_is_without_its_thread() -> None:
    store = library([*notes(), *answers()])
    found = labels_of(store, threads_of(answers()))
    by_origin = {
        origin: [one for one in found if one.origin is origin]
        for origin in (Origin.REPLAYED, Origin.ABLATED)
    }
    assert [one.question for one in by_origin[Origin.REPLAYED]] == [a.question for a in answers()]
    assert all(one.topic for one in by_origin[Origin.REPLAYED])
    assert not any(one.is_right for one in by_origin[Origin.ABLATED])
    assert any(one.is_right for one in by_origin[Origin.REPLAYED])
    assert {one.group for one in found} == {a.document_id for a in answers()}


def test_the_wording_itself_is_never_there_when_it_is_asked() -> None:
    (one,) = answers()[:1]
    found = labels_of(library([*notes(), one]), threads_of([one]))
    asked = [label for label in found if label.origin in {Origin.REPLAYED, Origin.ABLATED}]
    assert [label.features["form"] for label in asked] == [0.0, 0.0]


def test_another_wording_stays_and_may_be_found() -> None:
    text = "Run gatectl rotate, then restart it."
    both = [
        past_answer(1, "How do I rotate the gateway key?", text),
        past_answer(1, "Which command rotates the key of the gateway?", text),
    ]
    found = labels_of(library([*notes(), *both]), threads_of(both))
    known = [one for one in found if one.origin is Origin.REPLAYED]
    assert all(one.is_right and one.features["form"] > 0 for one in known)


def test_a_passage_that_says_the_same_in_another_document_is_right() -> None:
    answer = answers()[0]
    copy = chunk(answer.text.upper(), "notes/copy.md")
    found = labels_of(library([*notes(), answer, copy]), threads_of([answer]))
    assert all(one.is_right for one in found if one.origin is Origin.REPLAYED)


def test_what_a_past_answer_rests_on_answers_too_and_leaves_with_it() -> None:
    note = notes()[1]
    span = Span(note.document_id, note.start_line, note.end_line, "")
    learned = replace(past_answer(1, "How do deploys go out?", "With make ship."), rests_on=(span,))
    store = library([*notes(), learned])
    threads = threads_of([learned], ScratchLibrary(store, [EMBEDDER]).sources)
    known, gone = labels_of(store, threads)[:2]
    assert (known.served, known.is_right) == (note.location, True)
    assert gone.served != note.location
    assert not gone.is_right


def test_another_passage_of_a_note_a_past_answer_rests_on_is_no_answer() -> None:
    first, second = (
        replace(one, document_id="notes/deploys.md", start_line=line, end_line=line)
        for line, one in enumerate(notes()[:2], start=1)
    )
    learned = replace(
        past_answer(1, "How do deploys go out?", "As Ana says."),
        rests_on=(Span(first.document_id, 1, 1, ""),),
    )
    store = library([first, second, learned])
    threads = threads_of([learned], ScratchLibrary(store, [EMBEDDER]).sources)
    known = labels_of(store, threads)[0]
    assert (known.served, known.is_right) == (second.location, False)


def test_threads_of_one_group_leave_together() -> None:
    first, second = answers()[:2]
    store = library([first, second, *notes()])
    threads = [
        Thread("one occasion", (Asked(second.question),), (first,)),
        Thread("one occasion", (), (second,)),
    ]
    gone = [one for one in labels_of(store, threads) if one.origin is Origin.ABLATED]
    assert [one.served.partition("/")[0] for one in gone] == ["notes"]


def test_questions_nobody_asked_are_wrong_and_weigh_less() -> None:
    found = labels_of(library([*notes(), *answers()]), threads_of(answers()), FOREIGN[:4])
    invented = [one for one in found if one.origin in {Origin.FOREIGN, Origin.SWAPPED}]
    assert Counter(one.origin for one in invented) == {Origin.FOREIGN: 4, Origin.SWAPPED: 1}
    assert all(one.weight == LESS and not one.is_right for one in invented)
    assert len({one.group for one in found if one.origin is Origin.FOREIGN}) == 4


def test_small_talk_teaches_nothing() -> None:
    store = library(notes())
    assert labels_of(store, [Thread("g", (Asked("hello"), Asked("thanks!")), ())]) == []


def test_the_library_is_whole_again_afterwards() -> None:
    store = library([*notes(), *answers()])
    before = dict(store.points)
    labels_of(store, threads_of(answers()), FOREIGN[:1])
    assert {key: point.chunk for key, point in store.points.items()} == {
        key: point.chunk for key, point in before.items()
    }


def test_progress_is_told_thread_by_thread() -> None:
    store = library([*notes(), *answers()])
    told: list[tuple[int, int]] = []
    replay(
        threads_of(answers()),
        ScratchLibrary(store, [EMBEDDER]),
        examiner(store),
        on_progress=lambda done, total, _: told.append((done, total)),
    )
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("text", ["How do I rotate the gateway key?", "网关的密钥怎么轮换？", "x"])
def test_the_swapped_question_names_what_nobody_wrote_of(text: str) -> None:
    looking = examiner(library([*notes(), *answers()]))
    looked = looking.look(text)
    assert looked is not None
    changed = looking.about_nobody(looked)
    assert "QX7_ORBAN" in changed
    assert changed != text


def test_foreign_questions_are_different_ones_in_both_languages() -> None:
    assert len(set(FOREIGN)) == len(FOREIGN)
    chinese = [text for text in FOREIGN if not text.isascii()]
    assert len(chinese) >= 20
    assert len(FOREIGN) - len(chinese) >= 20

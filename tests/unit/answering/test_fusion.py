"""Which channel counts when, what waits for a vector, and what is merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from avatar.answering import weights
from avatar.answering.fusion import (
    dense,
    form_likeness,
    fuse,
    held_share,
    holds,
    language_pair,
    merge,
    pair_of,
)
from avatar.domain.documents import SourceKind
from avatar.domain.evidence import Passage
from tests.unit.answering.retrieved import ask, chunk, hit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar.domain.evidence import Hit

FUSION = weights.load()[0]
TEXT = "The gateway retries three times and then opens the breaker for a minute"


def order(hits: Sequence[Hit], question: str) -> list[str]:
    return [found.chunk.document_id for found in fuse(hits, ask(question), FUSION)]


@pytest.mark.parametrize(
    ("asked", "written", "pair"),
    [
        ("en", "en", "latin"),
        ("zh", "zh", "han"),
        ("en", "zh", "cross"),
        ("zh", "en", "cross"),
        ("other", "en", "cross"),
        ("other", "other", "other"),
    ],
)
def test_the_language_pair_names_what_the_weights_are_keyed_by(
    asked: str, written: str, pair: str
) -> None:
    assert language_pair(asked, written) == pair
    assert pair in FUSION.dense


COMMANDS = "helm upgrade gateway ./chart --set replicas=3 --wait && kubectl rollout status gateway"


def test_commands_under_chinese_headings_are_no_translation_of_a_chinese_question() -> None:
    asked = ask("网关升级失败是什么原因?")
    alone, chinese = (
        chunk("a.md", COMMANDS),
        chunk("b.md", COMMANDS, headings=("网关升级步骤与检查",)),
    )
    assert alone.language == chinese.language == "en"
    assert pair_of(asked, alone) == "cross"
    assert pair_of(asked, chinese) == "han"
    assert pair_of(ask("why does the upgrade of the gateway fail?"), chinese) == "latin"
    words = hit(chunk("c.md", "升级失败通常是因为镜像拉取超时"), use=0.32, lexical=9.0)
    assert order([hit(chinese, use=0.4, lexical=2.0), words], "网关升级失败是什么原因?") == [
        "c.md",
        "b.md",
    ]


def test_the_english_model_has_no_say_about_chinese() -> None:
    scores = {"use": 0.4, "minilm": 0.9}
    assert dense(scores, "han", FUSION) == dense({"use": 0.4}, "han", FUSION)
    assert dense(scores, "cross", FUSION) == dense({"use": 0.4}, "cross", FUSION)
    assert dense(scores, "latin", FUSION) != dense({"use": 0.4}, "latin", FUSION)


def test_a_passage_without_any_vector_has_no_dense_evidence() -> None:
    assert dense({"lexical": 3.0}, "latin", FUSION) is None
    assert dense({"minilm": 0.9}, "han", FUSION) is None


def test_a_plugged_model_counts_as_it_is() -> None:
    assert dense({"my-model": 0.6}, "latin", FUSION) == pytest.approx(1.0)


def test_a_passage_waiting_for_its_slow_vector_keeps_its_place() -> None:
    both = hit(chunk("both.md", TEXT), lexical=2.0, use=0.40, minilm=0.56)
    waiting = hit(chunk("waiting.md", TEXT), lexical=2.0, use=0.40)
    far = hit(chunk("far.md", TEXT + " far"), lexical=2.0, use=0.1, minilm=0.1)
    ranked = fuse([far, waiting, both], ask("how often does it retry?"), FUSION)
    scores = {found.chunk.document_id: found.score for found in ranked}
    assert scores["both.md"] == pytest.approx(scores["waiting.md"])
    assert ranked[-1].chunk.document_id == "far.md"


def test_a_question_form_and_the_whole_answer_count_half_each() -> None:
    scores = {"use": 0.3, "use-q": 0.5}
    assert dense(scores, "han", FUSION) == dense({"use": 0.4}, "han", FUSION)
    assert form_likeness(scores, "han", FUSION) == dense({"use": 0.5}, "han", FUSION)
    assert form_likeness({"use": 0.3}, "han", FUSION) == 0.0


def test_words_decide_when_no_model_is_there() -> None:
    hits = [hit(chunk("a.md", TEXT), lexical=1.0), hit(chunk("b.md", TEXT), lexical=4.0)]
    assert order(hits, "gateway retries") == ["b.md", "a.md"]


def test_words_count_less_for_code_than_for_prose() -> None:
    near = hit(chunk("near.md", TEXT), lexical=0.0, use=0.30, minilm=0.42)
    wordy = hit(chunk("wordy.md", TEXT + " x"), lexical=9.0, use=0.28, minilm=0.36)
    prose = order([near, wordy], "gateway retries")
    near_code = hit(chunk("near.py", TEXT, kind=SourceKind.CODE), **near.scores)
    wordy_code = hit(chunk("wordy.py", TEXT + " x", kind=SourceKind.CODE), **wordy.scores)
    scores = {f.chunk.document_id: f.score for f in fuse([near_code, wordy_code], ask("x"), FUSION)}
    prose_scores = {f.chunk.document_id: f.score for f in fuse([near, wordy], ask("x"), FUSION)}
    assert prose[0] == "wordy.md"
    assert scores["wordy.py"] - scores["near.py"] < (
        prose_scores["wordy.md"] - prose_scores["near.md"]
    )


def test_an_asked_identifier_lifts_the_passage_that_holds_it() -> None:
    with_name = hit(chunk("a.md", "set `MAX_RETRIES` to 3"), lexical=2.0, use=0.35)
    without = hit(chunk("b.md", "set the limit to 3"), lexical=2.0, use=0.38)
    assert order([with_name, without], "what is MAX_RETRIES?")[0] == "a.md"
    assert order([with_name, without], "what is the limit?")[0] == "b.md"


@pytest.mark.parametrize(
    ("identifier", "text", "is_held"),
    [
        ("E12", "error e12: disk", True),
        ("E12", "error e123", False),
        ("E12", "see xe12", False),
        ("E12", "e123, then e12", True),
        ("load_config()", "def load_config(path)", True),
        ("--dry-run", "run with --dry-run", True),
        ("app/main.py", "in app/main.py:3", True),
        ("v1.2", "从v1.2开始", True),
    ],
)
def test_an_identifier_is_held_as_a_whole_name(identifier: str, text: str, is_held: bool) -> None:
    assert holds(identifier, text) is is_held


def test_a_path_holds_identifiers_too() -> None:
    found = chunk("code/app/main.py", "def run(): ...")
    assert held_share(["main.py", "E77"], found) == 0.5
    assert held_share([], found) == 0.0


def passage(document: str, text: str, score: float) -> Passage:
    return Passage(chunk(document, text), score)


def test_each_document_is_one_passage_its_best_chunk() -> None:
    ranked = [
        passage("a.md", "first part about one thing", 0.9),
        passage("a.md", "second part about other things", 0.85),
        passage("b.md", "something else entirely", 0.8),
        passage("a.md", "third part that is far off", 0.2),
    ]
    kept = merge(ranked, 10)
    assert [found.chunk.document_id for found in kept] == ["a.md", "b.md"]
    assert [also.text for also in kept[0].also] == ["second part about other things"]


def test_a_copy_in_another_document_is_merged() -> None:
    ranked = [
        passage("a.md", TEXT, 0.9),
        passage("copy.md", TEXT.replace(" ", "  "), 0.89),
        passage("b.md", "something else entirely", 0.3),
    ]
    kept = merge(ranked, 10)
    assert [found.chunk.document_id for found in kept] == ["a.md", "b.md"]
    assert kept[0].also[0].document_id == "copy.md"


def test_texts_that_differ_in_one_word_stay_two() -> None:
    words = " ".join(f"word{number}" for number in range(40))
    near = [passage("a.md", words + " staging", 0.9), passage("b.md", words + " prod", 0.8)]
    assert len(merge(near, 10)) == 2


def test_one_answer_to_two_questions_stays_two() -> None:
    asked = [chunk(f"{n}.md", "Run it.", asked=text) for n, text in enumerate(["Why?", "How?"])]
    assert len(merge([Passage(found, 0.9) for found in asked], 10)) == 2


def test_documents_without_words_stay_apart() -> None:
    assert len(merge([passage("a.md", "---", 0.9), passage("b.md", "***", 0.8)], 10)) == 2


def test_no_more_than_the_limit_is_kept() -> None:
    ranked = [passage(f"{n}.md", f"text number {n}", 1 - n / 10) for n in range(5)]
    assert len(merge(ranked, 3)) == 3


def test_nothing_found_fuses_to_nothing() -> None:
    assert fuse([], ask("anything at all"), FUSION) == []
    assert merge([], 10) == []

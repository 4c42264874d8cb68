"""Ask back only when the evidence is split in a slot the question left open."""

from __future__ import annotations

import pytest

from avatar.answering import split
from avatar.domain.evidence import Passage
from tests.unit.answering.retrieved import ask, chunk, evidence


def headed(*titles: str, scores: tuple[float, ...] = ()) -> list[Passage]:
    return [
        Passage(
            chunk(f"notes/{n}.md", f"Steps of {title}", headings=("Guide", title)),
            scores[n] if scores else 1.0 - n / 50,
        )
        for n, title in enumerate(titles)
    ]


def labels(question: str, passages: list[Passage]) -> list[str]:
    return [option.label for option in split.find(evidence(passages), ask(question))]


DEPLOY = headed("Deploy to staging", "Deploy to production")


@pytest.mark.parametrize(
    ("question", "titles", "options"),
    [
        ("how do I deploy?", ("Deploy to staging", "Deploy to production"), 2),
        ("怎么部署？", ("部署到预发", "部署到生产"), 2),
        ("how do I restore a backup?", ("Restore a backup v1.2", "Restore a backup v2.0"), 2),
        ("how do I rotate the key?", ("Rotate the billing key", "Rotate the gateway key"), 2),
        ("怎么轮换密钥", ("轮换计费密钥", "轮换网关密钥"), 2),
        (
            "how do I rebuild the index?",
            ("Rebuild the index: embedded engine", "Rebuild the index: Qdrant server"),
            2,
        ),
        ("怎么重建索引？", ("重建索引：嵌入式引擎", "重建索引：Qdrant 服务器"), 2),
        (
            "how do I deploy?",
            ("Deploy to staging", "Deploy to production", "Deploy to dev"),
            3,
        ),
    ],
)
def test_an_open_slot_is_asked_for(question: str, titles: tuple[str, ...], options: int) -> None:
    assert len(labels(question, headed(*titles))) == options


def test_options_are_named_by_the_slot() -> None:
    assert labels("how do I deploy?", DEPLOY) == ["staging", "production"]
    assert labels("怎么部署？", headed("部署到预发", "部署到生产")) == ["预发", "生产"]


@pytest.mark.parametrize(
    ("question", "titles"),
    [
        ("how do I deploy to staging?", ("Deploy to staging", "Deploy to production")),
        ("how do I deploy to prod?", ("Deploy to staging", "Deploy to production")),
        ("怎么部署到线上？", ("部署到预发", "部署到生产")),
        ("how do I restore in v2.0?", ("Restore a backup v1.2", "Restore a backup v2.0")),
        ("how do I rotate the billing key?", ("Rotate the billing key", "Rotate the gateway key")),
        ("how do I deploy?", ("Deploy to staging", "Cache settings")),
        ("how do I deploy?", ("Deploy to prod", "Deploy to production")),
        ("how is lunch ordered?", ("Deploy to staging", "Deploy to production")),
        ("how do I deploy?", ("Deploy to staging",)),
        ("how do I deploy?", ("Deploy", "Deploy to production")),
        ("how do I rotate keys?", ("Rotate slow green keys", "Rotate fast blue keys")),
        ("what does E1234 mean on deploy?", ("Deploy to staging", "Deploy to production")),
    ],
)
def test_nothing_is_asked_when_the_question_says_it_or_the_evidence_is_not_split(
    question: str, titles: tuple[str, ...]
) -> None:
    assert labels(question, headed(*titles)) == []


def test_a_much_weaker_rival_is_no_rival() -> None:
    passages = headed("Deploy to staging", "Deploy to production", scores=(1.0, 0.5))
    assert labels("how do I deploy?", passages) == []


def test_two_sections_of_one_document_may_split_it() -> None:
    first = chunk("ops.md", "run make stage", headings=("Ops", "Deploy to staging"))
    second = chunk("ops.md", "run make prod", headings=("Ops", "Deploy to production"))
    passages = [Passage(first, 1.0, {}, (second,))]
    assert labels("how do I deploy?", passages) == ["staging", "production"]


def test_the_forms_of_one_past_answer_do_not_split_it() -> None:
    first = chunk("a.md", "Run it.", asked="How do I deploy to staging?")
    second = chunk("a.md", "Run it.", asked="How do I deploy to production?")
    assert labels("how do I deploy?", [Passage(first, 1.0, {}, (second,))]) == []


def test_titles_come_from_question_heading_symbol_or_file() -> None:
    assert split.title(chunk("a.md", "x", asked="Why?")) == "Why?"
    assert split.title(chunk("a.md", "x", headings=("A", "B"))) == "B"
    assert split.title(chunk("a.py", "x", symbol="run")) == "run"
    assert split.title(chunk("notes/deploy-to_staging.md", "x")) == "deploy to staging"


def test_files_named_apart_split_too() -> None:
    passages = [
        Passage(chunk("deploy-staging.md", "run make stage"), 1.0),
        Passage(chunk("deploy-production.md", "run make prod"), 0.98),
    ]
    assert labels("how do I deploy?", passages) == ["staging", "production"]


def test_nothing_found_is_not_split() -> None:
    assert labels("how do I deploy?", []) == []

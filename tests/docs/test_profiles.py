"""The example profiles really run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from avatar import bootstrap, profile
from avatar.adapters.use_embedder import UseEmbedder
from avatar.profile import Severity

if TYPE_CHECKING:
    from avatar.commands import Row
    from avatar.ports import Embedder

PROFILES = Path(__file__).parents[2] / "profiles"
NAMES = sorted(folder.name for folder in PROFILES.iterdir())


@pytest.fixture(scope="module")
def embedders() -> list[Embedder]:
    return [UseEmbedder()]


def ask(name: str, question: str, asker: str, state: Path, embedders: list[Embedder]) -> Row:
    commands = bootstrap.open_commands(
        profile.load(PROFILES / name), on_note=lambda _note: None, state=state, embedders=embedders
    )
    try:
        return next(iter(commands.ask([{"id": 1, "text": question}], asker=asker, dry_run=True)))
    finally:
        commands.close()


def test_there_are_at_least_three() -> None:
    assert len(NAMES) >= 3


@pytest.mark.parametrize("name", NAMES)
def test_a_profile_has_no_problem(name: str) -> None:
    serious = [
        found for found in profile.check(PROFILES / name) if found.severity is not Severity.WARNING
    ]

    assert serious == []


@pytest.mark.parametrize(
    ("name", "question", "path"),
    [
        ("minimal", "Who do I page for a severity 3 alert?", "answers/who-to-page.md"),
        ("team", "How is the webhook signature computed?", "answers/webhook-signature.md"),
        ("team", "每个用户每秒最多可以发送几条消息？", "product/限额.md"),
    ],
)
def test_a_profile_answers_a_stranger_from_its_files(
    name: str, question: str, path: str, tmp_path: Path, embedders: list[Embedder]
) -> None:
    decision = ask(name, question, "a stranger", tmp_path, embedders)

    assert decision["decision"] == "answer", decision
    assert [citation["path"] for citation in decision["citations"]] == [path]


@pytest.mark.parametrize(
    ("asker", "expected"), [("wei", {"customers/northwind.md"}), ("ana", set()), ("ben", set())]
)
def test_customer_knowledge_reaches_only_the_group_it_is_for(
    asker: str, expected: set[str], tmp_path: Path, embedders: list[Embedder]
) -> None:
    decision = ask("team", "Which gateway version does Northwind run?", asker, tmp_path, embedders)

    cited = {citation["path"] for citation in decision["citations"]}
    assert cited <= {"customers/northwind.md"}
    assert cited >= (expected if decision["decision"] == "answer" else set())
    assert expected or decision["decision"] == "escalate"
    told = {name: value for name, value in decision.items() if name != "elapsed_ms"}
    assert expected or "4.2" not in str(told)

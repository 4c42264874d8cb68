"""With a model that invents, nothing unsupported is sent; and the demo shows the whole loop."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from avatar import demo
from tests.stories.place import ask

if TYPE_CHECKING:
    from avatar.commands import Row
    from tests.local_model import LocalModel
    from tests.stories.place import Place

NOTES = {
    "office": "# The office\n\nThe Wi-Fi of the office is called Guest. Ask the front desk for a "
    "visitor badge.\n",
    "ingest": "# Ingest service\n\nThe ingest service retries a rejected batch 5 times. It does "
    "not retry schema errors. Li Wei owns the ingest service.\n",
    "deploy": "# Deploying\n\nWe deploy from main with `make ship`. Do not deploy on Fridays. The "
    "canary runs for 20 minutes.\n",
}
QUESTIONS = (
    "What is the Wi-Fi of the office called?",
    "What is the password of the office Wi-Fi?",
    "How often does the ingest service retry a rejected batch?",
    "How long does the canary run when we deploy?",
)


@pytest.mark.model
def test_what_a_small_model_invents_is_never_sent(place: Place, local_model: LocalModel) -> None:
    place.describe(
        place.sources,
        "[answering]\nanswer_threshold = 0.05\ndraft_threshold = 0.01\n\n"
        f'[model]\nbase_url = "{local_model.base_url}"\nname = "{local_model.name}"\n'
        "timeout_s = 6\n",
    )
    known = " ".join(NOTES.values())
    for name, text in NOTES.items():
        place.write(f"notes/{name}.md", text)
    answered = 0
    with place.open() as commands:
        assert local_model.name in str(commands.status()["models"])
        for text in QUESTIONS:
            row = ask(commands, text)
            if row["decision"] == "answer":
                answered += 1
                assert_supported(row, known)
    assert answered >= 3


@pytest.mark.model
def test_a_small_models_opinion_makes_nothing_surer(place: Place, local_model: LocalModel) -> None:
    for name, text in NOTES.items():
        place.write(f"notes/{name}.md", text)
    with place.open() as commands:
        alone = [ask(commands, text, dry_run=True) for text in QUESTIONS]
    place.describe(
        place.sources,
        f'[model]\nbase_url = "{local_model.base_url}"\nname = "{local_model.name}"\n'
        "timeout_s = 60\n",
    )
    with place.open() as commands:
        advised = [ask(commands, text, dry_run=True) for text in QUESTIONS]
    for before, after in zip(alone, advised, strict=True):
        assert after["confidence"] <= before["confidence"]
        if before["decision"] == "escalate":
            assert after["decision"] == "escalate"
    assert any("model" in str(row["reasons"]) for row in advised), "it was asked and had doubts"


def assert_supported(row: Row, known: str) -> None:
    assert row["citations"], row
    for citation in row["citations"]:
        assert " ".join(citation["quote"].split()) in " ".join(known.split())
    said = row["text"].split("[1] notes/")[0]
    said = re.sub(r"\[\d+\]|\d+ ?%", "", said)
    assert set(re.findall(r"\d+", said)) <= set(re.findall(r"\d+", known)), row["text"]
    assert set(re.findall(r"`[^`]+`", said)) <= set(re.findall(r"`[^`]+`", known))


def test_the_demo_shows_answers_one_question_back_and_one_for_the_owner() -> None:
    told: list[str] = []
    shown: list[tuple[demo.Scene, Row]] = []
    went_well = demo.play(
        demo.Stage(told.append, lambda scene, row: shown.append((scene, row)), lambda *_: None)
    )
    decisions = [row["decision"] for _, row in shown]
    assert went_well, [(scene.question, row["decision"], row["reasons"]) for scene, row in shown]
    assert decisions[-2:] == ["escalate", "answer"]
    assert "clarify" in decisions
    assert demo.REPLY in shown[-1][1]["text"]
    assert any(demo.REPLY in line for line in told)
    for _, row in shown:
        if row["decision"] == "answer":
            assert row["citations"]

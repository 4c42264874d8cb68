"""The README shows the conversation as it goes; `tests.docs.slack_conversation` prints it."""

from __future__ import annotations

from pathlib import Path

from tests.docs.slack_conversation import conversation

README = Path(__file__).parents[2] / "README.md"


def test_the_conversation_in_the_readme_is_the_one_that_is_held(tmp_path: Path) -> None:
    text = README.read_text(encoding="utf-8")
    for side in conversation(tmp_path):
        assert f"```text\n{side}\n```" in text

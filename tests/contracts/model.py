"""What every `LanguageModel` promises, whichever endpoint is behind it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from avatar.domain.prompts import Prompt
from avatar.errors import ModelUnavailableError

if TYPE_CHECKING:
    from avatar.ports import LanguageModel

SCHEMA = {
    "type": "object",
    "properties": {"answerable": {"type": "boolean"}},
    "required": ["answerable"],
}
PROMPT = Prompt("Reply in JSON.", "Is water wet?", SCHEMA)


class LanguageModelContract:
    """Subclasses give a `working` and a `broken` model."""

    @pytest.fixture
    def working(self) -> LanguageModel:
        raise NotImplementedError

    @pytest.fixture
    def broken(self) -> LanguageModel:
        raise NotImplementedError

    def test_it_has_a_name(self, working: LanguageModel) -> None:
        assert working.name

    def test_it_returns_a_json_object_for_each_prompt(self, working: LanguageModel) -> None:
        freely = Prompt("Reply in JSON.", "Is ice wet?", SCHEMA, temperature=0.7, max_tokens=50)

        replies = working.complete_json([PROMPT, freely, PROMPT], timeout_s=30)

        assert len(replies) == 3
        assert json.loads(json.dumps(list(replies))) == list(replies)

    def test_nothing_asked_is_nothing_said(self, working: LanguageModel) -> None:
        assert list(working.complete_json([], timeout_s=1)) == []

    def test_a_failure_is_told_in_words_and_in_time(self, broken: LanguageModel) -> None:
        started = time.monotonic()

        replies = broken.complete_json([PROMPT, PROMPT], timeout_s=1)

        assert time.monotonic() - started < 3
        assert len(replies) == 2
        for reply in replies:
            assert isinstance(reply, ModelUnavailableError)
            assert str(reply).endswith(".")

"""What every `LanguageModel` promises, whichever endpoint is behind it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from avatar.errors import ModelUnavailableError

if TYPE_CHECKING:
    from avatar.ports import LanguageModel

SCHEMA = {
    "type": "object",
    "properties": {"answerable": {"type": "boolean"}},
    "required": ["answerable"],
}


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

    def test_it_returns_a_json_object(self, working: LanguageModel) -> None:
        reply = working.complete_json(
            "Reply in JSON.", "Is water wet?", schema=SCHEMA, timeout_s=30
        )
        assert json.loads(json.dumps(reply)) == reply

    def test_a_failure_is_told_in_words_and_in_time(self, broken: LanguageModel) -> None:
        started = time.monotonic()
        with pytest.raises(ModelUnavailableError, match=r"\w+ .*\."):
            broken.complete_json("Reply in JSON.", "Hello", schema=SCHEMA, timeout_s=1)
        assert time.monotonic() - started < 3

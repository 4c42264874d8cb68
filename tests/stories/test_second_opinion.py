"""A profile with a language model learns what that model's opinion is worth."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from avatar.domain.opinion import ASKED, MODEL, SUFFICIENT
from avatar.learning.opinions import MOST
from tests.stories.test_calibration import opened, teach
from tests.unit.adapters.test_openai_model import say, serve

if TYPE_CHECKING:
    from collections.abc import Callable
    from http.server import BaseHTTPRequestHandler

    from tests.stories.place import Place
    from tests.unit.adapters.test_openai_model import Endpoint

__all__ = ["serve"]


def wise(handler: BaseHTTPRequestHandler, request: dict[str, object]) -> None:
    """Reply as a model that reads: the passages suffice when they name the service asked for."""
    shown = str(request["messages"])
    asked = re.search(r"Which team runs (\w+) and where", shown)
    stands = re.search(rf"The service {asked[1]} is run by team \w+", shown) if asked else None
    quote = stands.group() if stands else ""
    written = [{"text": quote, "cites": [1]}] if quote else []
    reply = {
        "quote": quote,
        "sufficient": bool(quote),
        "answerable": bool(quote),
        "sentences": written,
    }
    say(handler, json.dumps(reply))


def test_calibration_puts_questions_to_the_model_and_learns_to_believe_it(
    plain: Place, serve: Callable[..., Endpoint]
) -> None:
    endpoint = serve(wise)
    plain.describe(plain.sources, f'[model]\nbase_url = "{endpoint.url}"\nname = "wise"\n')
    teach(plain, 30)
    told: list[str] = []
    with opened(plain) as rooms:
        rooms.library.refresh(lambda *_: None)
        found = rooms.calibrator.run(on_progress=lambda *step: told.append(step[2]))
    assert f"questions put to the language model (at most {MOST})" in told
    questions = sum("put to the language model" in text for text in told)
    assert len(endpoint.requests) == 4 * questions <= 4 * MOST
    assert sum(ASKED in one.label.features for one in found.judged) == questions
    assert found.confidence.coefficient[SUFFICIENT] > 0
    assert found.confidence.models[MODEL] == "wise"
    assert "model" in [worth.name for worth in found.worth]
    with opened(plain) as rooms:
        assert rooms.certainty.judgement().confidence == found.confidence

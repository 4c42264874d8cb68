"""Text is made harmless for chat, however hostile it is."""

from __future__ import annotations

import time

import pytest

from avatar.answering.sanitise import harmless_prose


def test_a_link_shows_where_it_leads() -> None:
    text = 'See [the runbook](https://wiki.example/run "How we run it") and [this](javascript:x).'
    assert harmless_prose(text) == "See the runbook (https://wiki.example/run) and this."


@pytest.mark.parametrize("hostile", ["[a](", "![", "![a](", "[", "<a ", "<!--", "`", "[a][", "<@"])
def test_a_long_hostile_text_is_made_harmless_in_a_moment(hostile: str) -> None:
    started = time.perf_counter()
    harmless_prose(hostile * (100_000 // len(hostile)))
    assert time.perf_counter() - started < 3.0

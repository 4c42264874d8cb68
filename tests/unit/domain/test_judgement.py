"""A promise that says nothing is named as such, whatever odd number it is."""

from __future__ import annotations

import math

import pytest

from avatar.domain.judgement import hollow


@pytest.mark.parametrize(
    ("promise", "why"),
    [
        (1.0, "100% cannot be proved"),
        (2.0, "200% cannot be proved"),
        (0.0, "0% promises nothing"),
        (-1.0, "-100% promises nothing"),
        (math.nan, "must be a number"),
        (math.inf, "must be a number"),
    ],
)
def test_a_hollow_promise_is_named_and_leads_to_drafts(promise: float, why: str) -> None:
    assert why in hollow(promise)
    assert "goes to you as a draft" in hollow(promise)


def test_a_share_between_nothing_and_all_is_a_promise() -> None:
    assert not hollow(0.9)

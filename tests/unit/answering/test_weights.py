"""The weights file: shipped, damaged, and of another kind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from avatar.answering import features, weights
from avatar.errors import DamagedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def shipped() -> Any:
    return json.loads(weights.SHIPPED.read_text(encoding="utf-8"))


def test_the_shipped_weights_cover_every_feature_and_pair() -> None:
    fusion, model, thresholds = weights.load()
    assert set(model.coefficient) == set(features.NAMES)
    assert set(fusion.dense) == set(fusion.scales) == {"latin", "han", "cross", "other", "code"}
    assert set(fusion.lexical) == {"latin", "han", "cross", "other", "code", "answers"}
    assert 0 < thresholds.draft < thresholds.answer < 1
    assert not model.is_calibrated


def _without(*path: str) -> Callable[[Any], None]:
    def change(data: Any) -> None:
        for name in path[:-1]:
            data = data[name]
        del data[path[-1]]

    return change


def _with(value: object, *path: str) -> Callable[[Any], None]:
    def change(data: Any) -> None:
        for name in path[:-1]:
            data = data[name]
        data[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_without("fusion"), "'fusion' is missing"),
        (_without("confidence", "features", "dense", "mean"), "'mean' is missing"),
        (_with(2, "format"), "format 1"),
        (_with("much", "fusion", "identifier"), "identifier is not a number"),
        (_with(True, "confidence", "intercept"), "intercept is not a number"),
        (_with(float("nan"), "confidence", "intercept"), "not finite"),
        (_with(0, "confidence", "features", "dense", "scale"), "above 0"),
        (_with([1, 2, 3], "fusion", "scales", "latin", "use"), "not a pair"),
        (_with([2, 1], "fusion", "scales", "latin", "use"), "must rise"),
        (_with([], "confidence", "features"), "not a table"),
        (_with([], "confidence", "models"), "must be tables"),
        (_with(0.99, "thresholds", "draft"), "between 0 and 1"),
        (_with(0.01, "thresholds", "answer_crossing"), "between answer and 1"),
        (_with([], "fusion", "scales"), "items"),
    ],
)
def test_a_damaged_file_is_refused_with_what_is_wrong(
    tmp_path: Path, change: Callable[[Any], None], said: str
) -> None:
    data = shipped()
    data["thresholds"] |= {"answer": 0.9, "answer_crossing": 0.95}
    change(data)
    path = tmp_path / "weights.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(DamagedError, match=said):
        weights.load(path)


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[]"])
def test_what_is_no_weights_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "weights.json"
    path.write_bytes(content)
    with pytest.raises(DamagedError, match=r"weights\.json"):
        weights.load(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DamagedError, match="cannot be read"):
        weights.load(tmp_path / "none.json")

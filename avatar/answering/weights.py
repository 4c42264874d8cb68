"""The shipped numbers: how channels are weighed, what evidence is worth, where decisions change."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Final

from avatar.domain.decisions import Thresholds
from avatar.domain.weights import ConfidenceWeights, FusionWeights, Scale
from avatar.errors import IndexDamagedError

if TYPE_CHECKING:
    from collections.abc import Mapping

SHIPPED: Final = Path(__file__).with_name("shipped_weights.json")
FORMAT: Final = 1


def load(path: Path = SHIPPED) -> tuple[FusionWeights, ConfidenceWeights, Thresholds]:
    """Read a weights file; raises `IndexDamagedError` naming what is wrong in it."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise _damaged(path, f"it cannot be read ({error})") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise _damaged(path, f"it is not a weights file of format {FORMAT}")
    try:
        weights = _fusion(data["fusion"]), _confidence(data["confidence"]), _thresholds(data)
    except KeyError as error:
        raise _damaged(path, f"{error} is missing") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise _damaged(path, str(error)) from error
    return weights


def _damaged(path: Path, what: str) -> IndexDamagedError:
    return IndexDamagedError(
        f"The weights file {path} cannot be used: {what}. "
        "Install Avatar again, or delete the file if it was made by calibration."
    )


def _numbers(data: Mapping[str, object], where: str) -> dict[str, float]:
    numbers = {}
    for name, value in data.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"{where}.{name} is not a number")
        if not math.isfinite(value):
            raise ValueError(f"{where}.{name} is not finite")
        numbers[name] = float(value)
    return numbers


def _fusion(data: Mapping[str, Mapping[str, Mapping[str, object]]]) -> FusionWeights:
    scales: dict[str, dict[str, Scale]] = {}
    for pair, models in data["scales"].items():
        for model, ends in models.items():
            unrelated, right = _pair(ends, f"fusion.scales.{pair}.{model}")
            scales.setdefault(pair, {})[model] = Scale(unrelated, right)
    lexical = _numbers(data["lexical"], "fusion.lexical")
    return FusionWeights(
        scales,
        {pair: _numbers(models, f"fusion.dense.{pair}") for pair, models in data["dense"].items()},
        lexical,
        _numbers({"identifier": data["identifier"]}, "fusion")["identifier"],
    )


def _pair(ends: object, where: str) -> tuple[float, float]:
    if not isinstance(ends, list) or len(ends) != 2:
        raise TypeError(f"{where} is not a pair of numbers")
    numbers = _numbers({"0": ends[0], "1": ends[1]}, where)
    if numbers["0"] >= numbers["1"]:
        raise ValueError(f"{where} must rise")
    return numbers["0"], numbers["1"]


def _confidence(data: Mapping[str, object]) -> ConfidenceWeights:
    features = data["features"]
    if not isinstance(features, dict):
        raise TypeError("confidence.features is not a table")
    rows = {name: _numbers(row, f"confidence.features.{name}") for name, row in features.items()}
    if any(row["scale"] <= 0 for row in rows.values()):
        raise ValueError("confidence.features: every scale must be above 0")
    plain = _numbers({"intercept": data["intercept"], "clip": data["clip"]}, "confidence")
    models, fitted_on = data["models"], data["fitted_on"]
    if not isinstance(models, dict) or not isinstance(fitted_on, dict):
        raise TypeError("confidence.models and confidence.fitted_on must be tables")
    return ConfidenceWeights(
        plain["intercept"],
        {name: row["mean"] for name, row in rows.items()},
        {name: row["scale"] for name, row in rows.items()},
        {name: row["coefficient"] for name, row in rows.items()},
        plain["clip"],
        {str(name): str(value) for name, value in models.items()},
        {str(name): int(value) for name, value in fitted_on.items()},
        data.get("is_calibrated") is True,
    )


def _thresholds(data: Mapping[str, Mapping[str, object]]) -> Thresholds:
    numbers = _numbers(data["thresholds"], "thresholds")
    thresholds = Thresholds(
        numbers["answer"], numbers["draft"], numbers["ask_back"], numbers["answer_crossing"]
    )
    if not thresholds.answer <= thresholds.answer_crossing <= 1:
        raise ValueError("thresholds.answer_crossing must lie between answer and 1")
    if not 0 <= thresholds.draft <= thresholds.answer <= 1 or not 0 <= thresholds.ask_back <= 1:
        raise ValueError("thresholds must lie between 0 and 1, draft not above answer")
    return thresholds

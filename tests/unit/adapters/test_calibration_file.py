"""A calibration is used whole and on its own ground, or not at all, and says why."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from avatar.adapters.calibration_file import CalibrationFile, ground_of
from avatar.answering import features, weights
from avatar.domain.calibration import (
    Calibration,
    FeatureWorth,
    Judged,
    Label,
    LearningPoint,
    Origin,
    Quality,
    TopicEvidence,
)
from avatar.errors import StateUnwritableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

FUSION, CONFIDENCE, THRESHOLDS = weights.load()
QUALITY = Quality(9, 0.97, 0.03, 0.95, 0.4, 0.6)
MADE = Calibration(
    made_at=1_700_000_000.5,
    promise=0.9,
    fusion=FUSION,
    confidence=replace(CONFIDENCE, is_calibrated=True, rising=((0.0, 0.1), (1.0, 0.9))),
    thresholds=THRESHOLDS,
    is_promised=True,
    shortfall="",
    answerable_share=0.6,
    threads=70,
    counts={Origin.REPLAYED: 70, Origin.FOREIGN: 62},
    judged=(Judged(Label("private?", "a", Origin.REPLAYED, {"dense": 1.0}, is_right=True), 0.9),),
    before=QUALITY,
    after=QUALITY,
    topics=(TopicEvidence("notes", 9, 5, 5, 0.8, may_promise=False),),
    learning=(LearningPoint(10, 0.9, 0.07),),
    worth=(FeatureWorth("words", 0.97, 0.9),),
    notes=("said",),
)


def ground(models: Mapping[str, str] | None = None, promise: float = 0.9) -> Mapping[str, str]:
    return ground_of(models or {"use": "1"}, FUSION, CONFIDENCE, features.NAMES, promise)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    CalibrationFile(tmp_path / "state/calibration.json", ground()).save(MADE)
    return tmp_path / "state/calibration.json"


def test_what_was_saved_reads_back_without_the_questions_in_it(path: Path) -> None:
    found, refused = CalibrationFile(path, ground()).load()
    assert refused == ""
    assert found == replace(MADE, judged=())
    assert "private?" not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [*path.parent.iterdir()] == [path]


def test_where_there_is_none_nothing_is_refused(tmp_path: Path) -> None:
    assert CalibrationFile(tmp_path / "none.json", ground()).load() == (None, "")


@pytest.mark.parametrize(
    ("spoil", "because"),
    [
        (lambda text: text[: len(text) // 2], "cut off"),
        (lambda _: "", "cut off"),
        (lambda _: "[1, 2]", "format 1"),
        (lambda text: text.replace('"format": 1', '"format": 2'), "format 1"),
        (lambda text: text.replace('"threads": 70', '"threads": 71'), "checksum"),
        (lambda text: json.dumps(json.loads(text) | {"checksum": None}), "checksum"),
    ],
)
def test_a_spoilt_file_is_refused_in_one_sentence(
    path: Path, spoil: Callable[[str], str], because: str
) -> None:
    path.write_text(spoil(path.read_text()))
    found, refused = CalibrationFile(path, ground()).load()
    assert found is None
    assert because in refused
    assert "shipped numbers are in force" in refused
    assert "\n" not in refused


def test_a_file_that_is_no_text_or_no_file_is_refused(path: Path) -> None:
    path.write_bytes(b"\xff\xfe{}")
    assert "cannot be read" in CalibrationFile(path, ground()).load()[1]
    path.unlink()
    path.mkdir()
    assert "cannot be read" in CalibrationFile(path, ground()).load()[1]


@pytest.mark.parametrize(
    ("now", "named"),
    [
        (ground({"use": "2"}), "the model use"),
        (ground({"use": "1", "minilm": "1"}), "the model minilm"),
        (ground(promise=0.95), "the promise in the profile"),
        (
            ground_of({"use": "1"}, replace(FUSION, identifier=9.0), CONFIDENCE, ("a",), 0.9),
            "the features, the shipped fusion weights",
        ),
    ],
)
def test_what_was_made_on_other_ground_is_refused_and_says_what_changed(
    path: Path, now: Mapping[str, str], named: str
) -> None:
    found, refused = CalibrationFile(path, now).load()
    assert found is None
    assert f"before these changed: {named};" in refused


def test_what_cannot_be_written_leaves_the_old_one(path: Path) -> None:
    blocked = path / "calibration.json"  # below a file
    with pytest.raises(StateUnwritableError, match="old one stays in force"):
        CalibrationFile(blocked, ground()).save(MADE)
    assert CalibrationFile(path, ground()).load()[0] is not None

"""The calibration of a profile, as one JSON file beside its state; used whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from contextlib import suppress
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Final

from avatar.domain.calibration import (
    Calibration,
    FeatureWorth,
    LearningPoint,
    Origin,
    Quality,
    TopicEvidence,
)
from avatar.domain.decisions import Thresholds
from avatar.domain.weights import ConfidenceWeights, FusionWeights, Scale
from avatar.errors import StateUnwritableError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORMAT: Final = 1
AGAIN: Final = "the shipped numbers are in force. Run `avatar calibrate` to make a new one."


class CalibrationFile:
    """Keeps the newest calibration with the ground it was made on.

    `ground` names everything whose change makes a calibration worthless: models, shipped
    numbers, features, the promise in the profile. The labels are not kept: they hold people's
    questions, and are made anew each time.
    """

    def __init__(self, path: Path, ground: Mapping[str, str]) -> None:
        self._path = path
        self._ground = dict(ground)

    def save(self, calibration: Calibration) -> None:
        """Replace the file; it is whole and on disk when this returns.

        Raises `StateUnwritableError`, and leaves the old file, when that is not possible.
        """
        kept = replace(calibration, judged=(), counts=dict(calibration.counts))
        body = {"format": FORMAT, "ground": self._ground, "calibration": asdict(kept)}
        text = json.dumps(body | {"checksum": _checksum(body)}, ensure_ascii=False, indent=1)
        draft = self._path.with_name(f".{self._path.name}.{secrets.token_hex(4)}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._path)
        except OSError as error:
            raise StateUnwritableError(
                f"The calibration cannot be written to {self._path} ({error.strerror or error});"
                " the old one stays in force. Free space or give permission, then try again."
            ) from error
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)

    def load(self) -> tuple[Calibration | None, str]:
        """Return the calibration, or None and why it cannot be used; "" when there is none."""
        try:
            text = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None, ""
        except (OSError, UnicodeDecodeError) as error:
            return None, self._refused(f"cannot be read ({error})")
        body, trouble = _whole(text)
        trouble = trouble or self._moved(body.pop("ground", {}))
        if trouble:
            return None, self._refused(trouble)
        return _calibration(body["calibration"]), ""

    def _moved(self, ground: Mapping[str, str]) -> str:
        names = self._ground.keys() | ground.keys()
        changed = sorted(name for name in names if self._ground.get(name) != ground.get(name))
        return f"was made before these changed: {', '.join(changed)}" if changed else ""

    def _refused(self, what: str) -> str:
        return f"The calibration in {self._path} {what}; {AGAIN}"


def _whole(text: str) -> tuple[dict[str, Any], str]:
    """Return what a file holds, and what keeps it from being what was once saved."""
    try:
        body = json.loads(text)
    except json.JSONDecodeError:
        return {}, "is cut off or was written by hand"
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        return {}, f"is not of format {FORMAT}, which this version reads"
    if body.pop("checksum", None) != _checksum(body):
        return {}, "does not match its checksum, so it was changed or damaged"
    return body, ""


def ground_of(
    models: Mapping[str, str],
    fusion: FusionWeights,
    confidence: ConfidenceWeights,
    features: tuple[str, ...],
    promise: float,
) -> Mapping[str, str]:
    """Name what a calibration stands on; each value changes when the thing does.

    `models` are the embedding models' fingerprints, which cover weights, tokenizer and window.
    """
    return {
        **{f"the model {name}": fingerprint for name, fingerprint in models.items()},
        "the shipped fusion weights": _checksum(asdict(fusion)),
        "the shipped confidence weights": _checksum(asdict(confidence)),
        "the features": _checksum(features),
        "the promise in the profile": f"{promise}",
    }


def _checksum(value: object) -> str:
    plain = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()


def _calibration(data: Mapping[str, Any]) -> Calibration:
    """Return what was saved; the checksum has shown that it is what we wrote."""
    return Calibration(
        **{
            **data,
            "fusion": _fusion(data["fusion"]),
            "confidence": ConfidenceWeights(
                **{
                    **data["confidence"],
                    "rising": tuple(map(tuple, data["confidence"]["rising"])),
                }
            ),
            "thresholds": Thresholds(**data["thresholds"]),
            "counts": {Origin(name): count for name, count in data["counts"].items()},
            "judged": (),
            "before": Quality(**data["before"]),
            "after": Quality(**data["after"]),
            "topics": tuple(TopicEvidence(**row) for row in data["topics"]),
            "learning": tuple(LearningPoint(**row) for row in data["learning"]),
            "worth": tuple(FeatureWorth(**row) for row in data["worth"]),
            "notes": tuple(data["notes"]),
        }
    )


def _fusion(data: Mapping[str, Any]) -> FusionWeights:
    scales = {
        pair: {model: Scale(**ends) for model, ends in models.items()}
        for pair, models in data["scales"].items()
    }
    return FusionWeights(**{**data, "scales": scales})

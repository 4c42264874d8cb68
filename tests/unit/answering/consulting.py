"""A case of a given confidence, and what becomes of it when a model is consulted."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from avatar.answering.consult import Terms, consult
from avatar.answering.decide import Case
from avatar.answering.extract import extract
from avatar.domain.audience import Reader
from avatar.domain.decisions import Confidence, Thresholds
from avatar.domain.weights import ConfidenceWeights

if TYPE_CHECKING:
    from avatar.domain.evidence import Evidence
    from avatar.domain.questions import Intent
    from avatar.ports import LanguageModel

BOB: Final = Reader.colleague("bob")
THRESHOLDS: Final = Thresholds(answer=0.7, draft=0.25, ask_back=0.1)
WEIGHTS: Final = ConfidenceWeights(0.0, {"sure": 0.0}, {"sure": 1.0}, {"sure": 1.0}, clip=40.0)
"""One feature, `sure`, which is the log-odds."""


def a_case(intent: Intent, evidence: Evidence, *, sure: float) -> Case:
    features = {"sure": math.log(sure / (1 - sure))}
    return Case(
        intent=intent,
        evidence=evidence,
        confidence=Confidence(sure, features),
        composed=extract(intent, evidence, reader=BOB),
    )


def consulted(
    model: LanguageModel | None,
    intent: Intent,
    evidence: Evidence,
    *,
    sure: float,
    timeout_s: float = 5,
    weights: ConfidenceWeights = WEIGHTS,
    thresholds: Thresholds = THRESHOLDS,
) -> Case:
    """Consult `model` about a question whose evidence alone makes us `sure`."""
    case = a_case(intent, evidence, sure=sure)
    return consult(case, model, Terms(thresholds, weights, timeout_s), reader=BOB)

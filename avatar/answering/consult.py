"""Where a language model is asked, and what its words may change: the text, and how sure we are.

It writes whatever may be used, the answer or the owner's draft. Its opinion is asked for only
where the decision hangs on it, as that costs three more calls.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from avatar.answering import messages
from avatar.answering.compose import compose, is_writable
from avatar.answering.confidence import REASONS_AT_MOST, judge
from avatar.answering.decide import decide
from avatar.answering.prompting import prompt_chunks
from avatar.answering.second_opinion import (
    Replies,
    ask,
    is_fitted,
    reach,
    read,
    reasons,
    with_caution,
)
from avatar.domain.decisions import Answer, Reason
from avatar.domain.opinion import MODEL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar.answering.decide import Case
    from avatar.domain.audience import Reader
    from avatar.domain.decisions import Confidence, Thresholds
    from avatar.domain.weights import ConfidenceWeights
    from avatar.ports import LanguageModel

RESERVE_S: Final = 0.05
"""Kept back from the model's time for verifying what it wrote."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a model is consulted by: the numbers in force, and the time one question has for it.

    The thresholds are those for answering, also while everything goes to the owner as a draft:
    a draft then carries the confidence with which it would have been sent, and its verdict is a
    label of the model's opinion.
    """

    thresholds: Thresholds
    weights: ConfidenceWeights
    timeout_s: float


def consult(case: Case, model: LanguageModel | None, terms: Terms, *, reader: Reader) -> Case:
    """Return the case with what the model wrote and thinks of it, as far as either can matter.

    Only what `reader` may read is shown to it. A model that is absent, late or unreadable leaves
    the extract and the evidence's own confidence; where the weights were fitted with a model's
    opinion they promise nothing without it, and the lowest confidence is taken.
    """
    needs_none = model is None and not is_fitted(terms.weights)
    if case.composed is None or case.intent.policy or needs_none:
        return case
    lowest, highest = reach(case.confidence.features, with_caution(terms.weights))
    matters = _answers(case, highest, terms) and not _answers(case, lowest, terms)
    is_heard = not is_fitted(terms.weights) or _is_of(model, terms.weights)
    chunks = prompt_chunks(case.evidence, reader)
    writes = is_writable(chunks) and case.confidence.probability >= terms.thresholds.draft
    replies = Replies()
    time_s = terms.timeout_s - RESERVE_S
    if model is not None and chunks and time_s > 0 and (writes or (matters and is_heard)):
        replies = ask(model, case.intent, chunks, timeout_s=time_s, opinion=matters and is_heard)
    opinion = read(replies, chunks, reader=reader)
    if opinion:
        case = replace(case, confidence=_judged(case, opinion, terms))
    elif is_fitted(terms.weights):
        case = replace(
            case, confidence=_silent(case, lowest if matters else highest, matters=matters)
        )
    if model is None or replies.draft is None or not writes or case.composed is None:
        return case
    composed = compose(
        case.intent,
        case.evidence,
        replies.draft,
        reader=reader,
        extracted=case.composed,
        by=model.name,
    )
    return replace(case, composed=composed)


def _answers(case: Case, probability: float, terms: Terms) -> bool:
    """Whether it would be answered without the owner if we were as sure as this."""
    supposed = replace(case, confidence=replace(case.confidence, probability=probability))
    return isinstance(decide(supposed, terms.thresholds, owner=""), Answer)


def _is_of(model: LanguageModel | None, weights: ConfidenceWeights) -> bool:
    """Whether it is this model whose opinion the weights were fitted with."""
    return model is not None and weights.models.get(MODEL) == model.name


def _judged(case: Case, opinion: Mapping[str, float], terms: Terms) -> Confidence:
    weights = with_caution(terms.weights)
    judged = judge({**case.confidence.features, **opinion}, case.evidence, case.intent, weights)
    about_model = [
        Reason(code, messages.reason(code, language=case.intent.language), weight)
        for code, weight in reasons(opinion, weights).items()
    ]
    found = sorted([*judged.reasons, *about_model], key=lambda reason: -abs(reason.weight))
    return replace(judged, reasons=tuple(found[:REASONS_AT_MOST]))


def _silent(case: Case, most: float, *, matters: bool) -> Confidence:
    """Return what can be said without the opinion that the weights were fitted with."""
    confidence = case.confidence
    if confidence.probability <= most or not matters:
        return replace(confidence, probability=min(most, confidence.probability))
    text = messages.reason("model-silent", language=case.intent.language)
    told = (Reason("model-silent", text, -1.0), *confidence.reasons)
    return replace(confidence, probability=most, reasons=told[:REASONS_AT_MOST])

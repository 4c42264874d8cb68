"""A language model's opinion of the evidence: asked for in one go, and read without trust.

The model writes three drafts (one at temperature 0, which may become the answer, and two that
vary) and says whether the passages are sufficient, as the autorater of Joren et al. 2025,
"Sufficient Context", does. A verdict of "sufficient" counts only with a quotation that really
stands in a passage: whatever cannot be read, or was invented, counts against.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import fmean
from typing import TYPE_CHECKING, Final

from avatar.answering.claims import read_claims, squeezed
from avatar.answering.compose import (
    draft_prompt,
    is_refusal,
    sentences_of,
    verified_sentences,
)
from avatar.answering.confidence import contributions, probability
from avatar.answering.prompting import fenced, instructions
from avatar.domain.opinion import (
    AGREEMENT,
    ASKED,
    NAMES,
    REFUSED,
    SUFFICIENT,
    VERIFIED,
)
from avatar.domain.prompts import Prompt
from avatar.domain.terms import normalise, terms
from avatar.errors import ModelUnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avatar.domain.audience import Reader
    from avatar.domain.chunks import Chunk
    from avatar.domain.questions import Intent
    from avatar.domain.weights import ConfidenceWeights
    from avatar.ports import LanguageModel

    Reply = Mapping[str, object]

LOG: Final = logging.getLogger(__name__)

SAMPLES: Final = 3
TEMPERATURE: Final = 0.7
"""Of the drafts that vary, as in self-consistency (Wang et al. 2023)."""

VERDICT_TOKENS: Final = 200
VERDICT: Final[Mapping[str, object]] = {
    "type": "object",
    "properties": {"quote": {"type": "string"}, "sufficient": {"type": "boolean"}},
    "required": ["quote", "sufficient"],
    "additionalProperties": False,
}

DOUBT: Final = 1.5
"""What a verdict of "not sufficient" takes from the log-odds before anything was fitted:
ln(.82/.18), of a judge that is right in 82 % of cases, the weakest one of Joren et al. 2025."""

LESSER_DOUBT: Final = DOUBT / 2
"""What drafts that refuse, differ or do not stand take, each: in part they repeat the verdict."""

CAUTION: Final[Mapping[str, float]] = {
    ASKED: -(DOUBT + 2 * LESSER_DOUBT),
    SUFFICIENT: DOUBT,
    AGREEMENT: LESSER_DOUBT,
    VERIFIED: LESSER_DOUBT,
    REFUSED: -LESSER_DOUBT,
}
"""Coefficients before the owner's own labels say what this model's opinion is worth. The best
opinion there is adds up to 0 and every other one to less: an unknown model may be one that finds
everything sufficient, so it can take an answer back and never bring one over the bar."""


@dataclass(frozen=True, slots=True)
class Replies:
    """What a model sent back in time, parsed and not trusted: `draft` is the one at temperature 0.

    `others` are the drafts that vary, `verdict` says whether the passages are sufficient.
    """

    draft: Reply | None = None
    others: tuple[Reply, ...] = ()
    verdict: Reply | None = None

    @property
    def drafts(self) -> tuple[Reply, ...]:
        """All drafts that came back."""
        return self.others if self.draft is None else (self.draft, *self.others)


def ask(
    model: LanguageModel,
    intent: Intent,
    chunks: Sequence[Chunk],
    *,
    timeout_s: float,
    opinion: bool,
) -> Replies:
    """Ask for one draft, and with `opinion` for all; what is late or unreadable is left out.

    Takes `timeout_s` in all, as the model is asked everything at once.
    """
    marker = secrets.token_hex(8)
    prompts = [draft_prompt(intent, chunks, marker=marker)]
    if opinion:
        varied = draft_prompt(intent, chunks, marker=marker, temperature=TEMPERATURE)
        # drafts beside each other: a server with one slot then reads their prompt once
        prompts += [varied] * (SAMPLES - 1)
        prompts.append(verdict_prompt(intent, chunks, marker=marker))
    replies: list[Reply | None] = []
    for outcome in model.complete_json(prompts, timeout_s=timeout_s):
        if isinstance(outcome, ModelUnavailableError):
            LOG.warning("a reply of the model is left out: %s", outcome)
            replies.append(None)
        else:
            replies.append(outcome)
    if not opinion:
        return Replies(replies[0])
    draft, *others, verdict = replies
    return Replies(draft, tuple(other for other in others if other is not None), verdict)


def verdict_prompt(intent: Intent, chunks: Sequence[Chunk], *, marker: str) -> Prompt:
    """Return what asks whether the passages are sufficient; the marker must be unguessable."""
    system = instructions("sufficient", intent, marker=marker)
    user = fenced(intent, chunks, marker=marker)
    return Prompt(system, user, VERDICT, max_tokens=VERDICT_TOKENS)


def read(replies: Replies, chunks: Sequence[Chunk], *, reader: Reader) -> dict[str, float]:
    """Return the opinion as the features of `domain.opinion`, empty when it is not complete.

    Complete is a verdict and two drafts, so that there is something to compare.
    """
    drafts = replies.drafts
    if replies.verdict is None or len(drafts) < 2:
        return {}
    written = sum(len(sentences_of(draft)) for draft in drafts)
    stands = sum(len(verified_sentences(draft, chunks, reader=reader)) for draft in drafts)
    return {
        ASKED: 1.0,
        SUFFICIENT: float(finds_sufficient(replies.verdict, chunks)),
        AGREEMENT: fmean(alike(one, other) for one, other in combinations(drafts, 2)),
        VERIFIED: stands / written if written else 0.0,
        REFUSED: fmean(is_refusal(draft) for draft in drafts),
    }


def finds_sufficient(verdict: Reply, chunks: Sequence[Chunk]) -> bool:
    """Whether the model finds the passages sufficient and quotes words that stand in one."""
    quote = verdict.get("quote")
    if verdict.get("sufficient") is not True or not isinstance(quote, str):
        return False
    words = squeezed(normalise(quote)).strip(" .,;:!?\"'…。，；：！？“”")
    return bool(terms(words)) and any(words in squeezed(normalise(c.text)) for c in chunks)


def alike(one: Reply, other: Reply) -> float:
    """Return how far two drafts say the same, 0 to 1; two that both give no answer do.

    Half of it is which passages they cite, half what they say: the words they share, or the
    numbers, names and exact strings where they share fewer of those (Dice's coefficient). Words
    are `domain.terms`, so it is the same measure in every language.
    """
    if is_refusal(one) or is_refusal(other):
        return float(is_refusal(one) and is_refusal(other))
    first, second = _said(one), _said(other)
    said = min(_dice(first.words, second.words), _dice(first.facts, second.facts))
    return (said + _dice(first.cites, second.cites)) / 2


@dataclass(frozen=True, slots=True)
class _Said:
    words: frozenset[str]
    facts: frozenset[object]
    cites: frozenset[int]


def _said(reply: Reply) -> _Said:
    sentences = sentences_of(reply)
    claims = read_claims("\n".join(text for text, _ in sentences))
    return _Said(
        frozenset(claims.words),
        claims.numbers | claims.names | claims.exact,
        frozenset(cite for _, cites in sentences for cite in cites),
    )


def _dice(one: frozenset[object], other: frozenset[object]) -> float:
    total = len(one) + len(other)
    return 2 * len(one & other) / total if total else 1.0


def is_fitted(weights: ConfidenceWeights) -> bool:
    """Whether these weights were fitted with a model's opinion, and rest on it."""
    return ASKED in weights.coefficient


def with_caution(weights: ConfidenceWeights) -> ConfidenceWeights:
    """Return weights that know what to make of an opinion: `CAUTION` unless they were fitted."""
    if is_fitted(weights):
        return weights
    return replace(
        weights,
        coefficient={**weights.coefficient, **CAUTION},
        mean={**weights.mean, **dict.fromkeys(CAUTION, 0.0)},
        scale={**weights.scale, **dict.fromkeys(CAUTION, 1.0)},
    )


def reasons(opinion: Mapping[str, float], weights: ConfidenceWeights) -> dict[str, float]:
    """Return what speaks for or against in an opinion, as codes of `messages.REASONS`.

    Their weights are in log-odds: what was lost to the best opinion, or is gained by it.
    """
    best = {name: float(name != REFUSED) for name in NAMES}
    at_best, at_hand = contributions(best, weights), contributions(opinion, weights)
    lost = {name: at_hand[name] - at_best[name] for name in NAMES}
    against = {
        "model-insufficient": (SUFFICIENT, not opinion[SUFFICIENT]),
        "model-refused": (REFUSED, opinion[REFUSED] > 0.5),
        "model-disagrees": (AGREEMENT, opinion[AGREEMENT] < 0.5),
        "model-unsupported": (VERIFIED, opinion[VERIFIED] < 0.5 and opinion[REFUSED] <= 0.5),
    }
    found = {code: lost[name] for code, (name, is_so) in against.items() if is_so}
    gained = sum(at_hand.values())
    if opinion[SUFFICIENT] and gained > 0:
        found["model-sufficient"] = gained
    return {code: weight for code, weight in found.items() if weight}


def reach(features: Mapping[str, float], weights: ConfidenceWeights) -> tuple[float, float]:
    """Return the lowest and highest probability that an opinion could lead to."""
    bare = {name: value for name, value in features.items() if name not in NAMES}
    known = contributions(bare, weights)
    none = contributions(dict.fromkeys(NAMES, 0.0), weights)
    full = contributions(dict.fromkeys(NAMES, 1.0), weights)
    given = full.get(ASKED, 0.0)
    ends = []
    for choose in (min, max):
        parts = [choose(none[name], full[name]) for name in none if name != ASKED]
        ends.append(probability({**known, "opinion": given + sum(parts)}, weights))
    return ends[0], ends[1]

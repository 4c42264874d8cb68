"""How the product looks at a question when nobody waits for the answer: for calibration."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from avatar.answering import features, intent, second_opinion
from avatar.answering.prompting import prompt_chunks
from avatar.answering.retrieve import weigh
from avatar.domain.audience import Audience
from avatar.domain.questions import IntentKind, Question, ReplyAddress
from avatar.learning.replay import Served

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar.answering.retrieve import Retriever
    from avatar.domain.audience import Reader
    from avatar.domain.evidence import Found
    from avatar.domain.questions import Intent
    from avatar.domain.weights import FusionWeights
    from avatar.ports import LanguageModel

DEPTH: Final = 10
NOBODY: Final = "QX7_ORBAN"
"""A name that occurs nowhere."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A question as it was understood, and what the search brought."""

    intent: Intent
    found: Found


@dataclass(frozen=True, slots=True)
class Consulted:
    """A language model that may be asked for its opinion, and the time it has for one question.

    It is shown what the examiner's reader may read: the owner's own passages, to the model the
    owner chose, as when the owner asks.
    """

    model: LanguageModel
    timeout_s: float


class EvidenceExaminer:
    """Understands, searches and weighs as the stand-in does; decides and records nothing."""

    def __init__(
        self,
        retriever: Retriever,
        reader: Reader,
        fusion: FusionWeights,
        consulted: Consulted | None = None,
    ) -> None:
        self._retriever = retriever
        self._reader = reader
        self._fusion = fusion
        self._consulted = consulted

    def look(self, text: str) -> Looked | None:
        """Search; None for what is never decided by confidence, such as a greeting."""
        nowhere = ReplyAddress("", "")
        question = Question("", text, "", self._reader, Audience.owner_only(), nowhere, 0.0)
        understood = intent.parse(question)
        if understood.policy or understood.kind in {IntentKind.EMPTY, IntentKind.SMALL_TALK}:
            return None
        found = self._retriever.find(understood, reader=self._reader, limit=DEPTH)
        return Looked(understood, found)

    def serve(self, looked: Looked, fusion: FusionWeights | None = None) -> Served:
        """Weigh what was found; `fusion` takes the place of the weights in force."""
        weights = fusion or self._fusion
        evidence = weigh(looked.found, looked.intent, weights, DEPTH)
        values = features.compute(looked.intent, evidence, weights)
        return Served(values, evidence.top.chunk if evidence.top else None)

    def opinion(self, looked: Looked) -> Mapping[str, float]:
        """Return what the model thinks of what was found; empty without a model or its reply."""
        evidence = weigh(looked.found, looked.intent, self._fusion, DEPTH)
        chunks = prompt_chunks(evidence, self._reader)
        if self._consulted is None or not chunks:
            return {}
        replies = second_opinion.ask(
            self._consulted.model,
            looked.intent,
            chunks,
            timeout_s=self._consulted.timeout_s,
            opinion=True,
        )
        return second_opinion.read(replies, chunks, reader=self._reader)

    def about_nobody(self, looked: Looked) -> str:
        """Return the question with its rarest word replaced by a name that occurs nowhere."""
        asked, statistics = looked.intent, looked.found.statistics
        for term in sorted(asked.terms, key=lambda term: -features.rarity(term, statistics)):
            word = rf"{re.escape(term)}\w*"
            changed = re.sub(word, NOBODY, asked.text, count=1, flags=re.IGNORECASE)
            if changed != asked.text:
                return changed
        return f"{asked.text} {NOBODY}"

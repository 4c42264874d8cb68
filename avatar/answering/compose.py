"""The text of an answer in a model's words, as far as every sentence of it is verified."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from avatar.answering.extract import cite
from avatar.answering.prompting import fenced, instructions, prompt_chunks
from avatar.answering.sanitise import harmless_prose
from avatar.answering.trim import term_weights
from avatar.answering.verify import Rejected, Verified, verify
from avatar.domain.decisions import Composed
from avatar.domain.documents import SourceKind
from avatar.domain.prompts import Prompt
from avatar.domain.terms import normalise, terms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avatar.domain.audience import Reader
    from avatar.domain.chunks import Chunk
    from avatar.domain.decisions import Citation
    from avatar.domain.evidence import Evidence
    from avatar.domain.questions import Intent

LOG: Final = logging.getLogger(__name__)

MAX_SENTENCES: Final = 12
AS_GOOD: Final = 0.7
"""Share of what the extract covers of the question that the model's sentences must cover too."""

SCHEMA: Final[Mapping[str, object]] = {
    "type": "object",
    "properties": {
        "answerable": {"type": "boolean"},
        "sentences": {
            "type": "array",
            "maxItems": MAX_SENTENCES,
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string"},
                    "cites": {"type": "array", "items": {"type": "integer"}},
                },
                "required": ["text", "cites"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["answerable", "sentences"],
    "additionalProperties": False,
}


def is_writable(chunks: Sequence[Chunk]) -> bool:
    """Whether a model may put this into words; a past answer is given in the owner's own."""
    return bool(chunks) and chunks[0].kind is not SourceKind.ANSWERS


def draft_prompt(
    intent: Intent, chunks: Sequence[Chunk], *, marker: str, temperature: float = 0.0
) -> Prompt:
    """Return what asks for an answer; the marker must be unguessable."""
    system = instructions("answer", intent, marker=marker)
    return Prompt(system, fenced(intent, chunks, marker=marker), SCHEMA, temperature)


def compose(
    intent: Intent,
    evidence: Evidence,
    reply: Mapping[str, object],
    *,
    reader: Reader,
    extracted: Composed,
    by: str,
) -> Composed:
    """Return the verified sentences of a model's reply, cited; the extract when it says less.

    The reply is the model `by`'s to a `draft_prompt` of the same evidence and reader.
    """
    chunks = prompt_chunks(evidence, reader)
    verified = verified_sentences(reply, chunks, reader=reader)
    if not verified or not _answers(intent, evidence, verified, extracted):
        return extracted
    return _written(verified, chunks, by)


def is_refusal(reply: Mapping[str, object]) -> bool:
    """Whether the model's draft gives no answer, or nothing that could be one."""
    return reply.get("answerable") is not True or not sentences_of(reply)


def sentences_of(reply: Mapping[str, object]) -> list[tuple[str, list[int]]]:
    """Return what a model wrote, with its citations; what cannot be read is an empty sentence."""
    sentences = reply.get("sentences")
    if not isinstance(sentences, list):
        return []
    return [_text_and_cites(entry) for entry in sentences[:MAX_SENTENCES]]


def verified_sentences(
    reply: Mapping[str, object], chunks: Sequence[Chunk], *, reader: Reader
) -> list[Verified]:
    """Return the sentences of a model's reply that stand; the rest is dropped, whatever it is."""
    if is_refusal(reply):
        return []
    kept: dict[str, Verified] = {}
    for text, cites in sentences_of(reply):
        outcome = verify(text, cites, chunks, reader=reader)
        if isinstance(outcome, Rejected):
            LOG.info("a sentence of the model was dropped: %s", outcome.reason)
        else:
            kept.setdefault(text.casefold(), outcome)
    return list(kept.values())


def _text_and_cites(entry: object) -> tuple[str, list[int]]:
    if not isinstance(entry, dict):
        return "", []
    text, cites = entry.get("text"), entry.get("cites")
    if not isinstance(text, str) or not isinstance(cites, list):
        return "", []
    if not all(isinstance(cite, int) and not isinstance(cite, bool) for cite in cites):
        return "", []
    return " ".join(normalise(text).split()), cites


def _answers(
    intent: Intent, evidence: Evidence, verified: Sequence[Verified], extracted: Composed
) -> bool:
    """Whether the sentences cover the question about as well as the extract does."""
    said = " ".join(sentence.text for sentence in verified)
    quoted = "\n".join(citation.quote for citation in extracted.citations)
    for name in intent.identifiers:
        if name.lower() in quoted.lower() and name.lower() not in said.lower():
            return False
    weights = term_weights(intent.terms, evidence.statistics)
    in_extract = weights.keys() & set(terms(normalise(quoted)))
    in_said = in_extract & set(terms(normalise(said)))
    return sum(weights[term] for term in in_said) >= AS_GOOD * sum(
        weights[term] for term in in_extract
    )


def _written(verified: Sequence[Verified], chunks: Sequence[Chunk], by: str) -> Composed:
    citations: list[Citation] = []
    texts: list[str] = []
    for sentence in verified:
        numbers: list[int] = []
        for support in sentence.support:
            citation = cite(chunks[support.cite - 1], support.start_line, support.end_line)
            if citation not in citations:
                citations.append(citation)
            numbers.append(citations.index(citation) + 1)
        marks = "".join(f"[{number}]" for number in dict.fromkeys(numbers))
        texts.append(f"{harmless_prose(sentence.text)} {marks}")
    return Composed(" ".join(texts), tuple(citations), by)

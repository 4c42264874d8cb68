"""The text of an answer: by a model whose every sentence is verified, or extracted without one."""

from __future__ import annotations

import importlib.resources
import logging
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from avatar.answering.extract import CONTENT, cite, extract
from avatar.answering.sanitise import harmless_prose
from avatar.answering.trim import term_weights
from avatar.answering.verify import Rejected, Verified, verify
from avatar.domain.decisions import Composed
from avatar.domain.documents import SourceKind
from avatar.domain.questions import Language
from avatar.domain.terms import normalise, terms
from avatar.errors import ModelUnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avatar.domain.audience import Reader
    from avatar.domain.chunks import Chunk
    from avatar.domain.decisions import Citation
    from avatar.domain.evidence import Evidence
    from avatar.domain.questions import Intent
    from avatar.ports import LanguageModel

LOG: Final = logging.getLogger(__name__)

PROMPT_PASSAGES: Final = 5
PROMPT_CHARACTERS: Final = 6000
MAX_SENTENCES: Final = 12
AS_GOOD: Final = 0.7
"""Share of what the extract covers of the question that the model's sentences must cover too."""
RESERVE_S: Final = 0.05
"""Kept back from the model's time for verifying and, if need be, extracting."""

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


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is sent to a model: instructions, and the passages fenced by a mark made for it."""

    system: str
    user: str
    marker: str


def compose(
    intent: Intent,
    evidence: Evidence,
    *,
    reader: Reader,
    model: LanguageModel | None,
    timeout_s: float,
) -> Composed | None:
    """Return the answer's text with its citations, or None when no passage may be read.

    A past answer is given in the owner's own words. A model that is absent, late, or says less
    than the passages do is replaced by the extract, within `timeout_s` in all.
    """
    extracted = extract(intent, evidence, reader=reader)
    chunks = prompt_chunks(evidence, reader)
    if extracted is None or model is None or timeout_s <= RESERVE_S:
        return extracted
    if not chunks or chunks[0].kind is SourceKind.ANSWERS:
        return extracted
    prompt = build_prompt(intent, chunks, marker=secrets.token_hex(8))
    try:
        reply = model.complete_json(
            prompt.system, prompt.user, schema=SCHEMA, timeout_s=timeout_s - RESERVE_S
        )
    except ModelUnavailableError as error:
        LOG.warning("the answer is extracted without the model: %s", error)
        return extracted
    verified = verified_sentences(reply, chunks, reader=reader)
    if not verified or not _answers(intent, evidence, verified, extracted):
        return extracted
    return _written(verified, chunks, model.name)


def prompt_chunks(evidence: Evidence, reader: Reader) -> list[Chunk]:
    """Return the best passages this reader may read, as many as a prompt takes."""
    found: list[Chunk] = []
    room = PROMPT_CHARACTERS
    for passage in evidence.passages:
        if not reader.may_read(passage.chunk.audience) or not CONTENT.search(passage.chunk.text):
            continue
        room -= len(passage.chunk.text)
        if len(found) == PROMPT_PASSAGES or (found and room < 0):
            break
        found.append(passage.chunk)
    return found


def build_prompt(intent: Intent, chunks: Sequence[Chunk], *, marker: str) -> Prompt:
    """Return the prompt; the marker is unguessable, and taken out of every passage besides."""
    instructions = (importlib.resources.files(__package__) / "prompts" / "answer.md").read_text(
        encoding="utf-8"
    )
    language = "Chinese" if intent.language is Language.CHINESE else "English"
    fenced = []
    for number, chunk in enumerate(chunks, start=1):
        begin, end = (f"{marker} passage {number} {word}" for word in ("begins", "ends"))
        fenced.append(f"{begin}\n{_as_data(chunk, marker)}\n{end}")
    question = _without(normalise(intent.text), marker)
    user = "\n\n".join([*fenced, f"{marker} question\n{question}"])
    return Prompt(instructions.format(marker=marker, language=language), user, marker)


def _as_data(chunk: Chunk, marker: str) -> str:
    title = f"[{chunk.breadcrumb}]\n" if chunk.breadcrumb else ""
    return _without(normalise(title + chunk.text), marker)


def _without(text: str, marker: str) -> str:
    """Take the marker out, in any letter case, until it is gone for good."""
    pattern = re.compile(re.escape(marker), re.IGNORECASE)
    while pattern.search(text):
        text = pattern.sub("", text)
    return text


def verified_sentences(
    reply: Mapping[str, object], chunks: Sequence[Chunk], *, reader: Reader
) -> list[Verified]:
    """Return the sentences of a model's reply that stand; the rest is dropped, whatever it is."""
    sentences = reply.get("sentences")
    if reply.get("answerable") is not True or not isinstance(sentences, list):
        return []
    kept: dict[str, Verified] = {}
    for entry in sentences[:MAX_SENTENCES]:
        text, cites = _text_and_cites(entry)
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

"""Prompts in which passages and question are data: fenced by a mark that nobody can guess."""

from __future__ import annotations

import importlib.resources
import re
from typing import TYPE_CHECKING, Final

from avatar.answering.extract import CONTENT
from avatar.domain.questions import Language
from avatar.domain.terms import normalise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar.domain.audience import Reader
    from avatar.domain.chunks import Chunk
    from avatar.domain.evidence import Evidence
    from avatar.domain.questions import Intent

PROMPT_PASSAGES: Final = 5
PROMPT_CHARACTERS: Final = 6000


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


def instructions(name: str, intent: Intent, *, marker: str) -> str:
    """Return the system text `prompts/NAME.md`, with the mark and the asker's language in it."""
    text = (importlib.resources.files(__package__) / "prompts" / f"{name}.md").read_text(
        encoding="utf-8"
    )
    language = "Chinese" if intent.language is Language.CHINESE else "English"
    return text.format(marker=marker, language=language)


def fenced(intent: Intent, chunks: Sequence[Chunk], *, marker: str) -> str:
    """Return passages, numbered from 1, and question; the marker is taken out of them all."""
    parts = []
    for number, chunk in enumerate(chunks, start=1):
        begin, end = (f"{marker} passage {number} {word}" for word in ("begins", "ends"))
        parts.append(f"{begin}\n{_as_data(chunk, marker)}\n{end}")
    question = _without(normalise(intent.text), marker)
    return "\n\n".join([*parts, f"{marker} question\n{question}"])


def _as_data(chunk: Chunk, marker: str) -> str:
    """Return a passage with its place; a past answer says little without what was asked."""
    title = f"[{chunk.breadcrumb}]\n" if chunk.breadcrumb else ""
    asked = f"Asked: {chunk.question}\nAnswered: " if chunk.question else ""
    return _without(normalise(title + asked + chunk.text), marker)


def _without(text: str, marker: str) -> str:
    """Take the marker out, in any letter case, until it is gone for good."""
    pattern = re.compile(re.escape(marker), re.IGNORECASE)
    while pattern.search(text):
        text = pattern.sub("", text)
    return text

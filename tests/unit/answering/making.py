"""Short ways to make chunks, intents and evidence."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from avatar.domain.audience import Audience
from avatar.domain.chunks import Chunk
from avatar.domain.documents import SourceKind
from avatar.domain.evidence import Evidence, Passage, TermStatistics
from avatar.domain.language import reply_language, text_language
from avatar.domain.questions import Intent, IntentKind
from avatar.domain.terms import identifiers, normalise, quoted, terms

if TYPE_CHECKING:
    from collections.abc import Sequence


def a_chunk(
    text: str,
    path: str = "notes/a.md",
    *,
    start: int = 1,
    kind: SourceKind = SourceKind.NOTES,
    headings: tuple[str, ...] = (),
    symbol: str = "",
    fmt: str = "markdown",
    question: str = "",
    audience: Audience | None = None,
) -> Chunk:
    sha = hashlib.sha256(text.encode()).hexdigest()
    return Chunk(
        chunk_id=f"{path}#{sha[:8]}",
        document_id=path,
        fingerprint="f",
        kind=kind,
        audience=audience or Audience.everyone(),
        text=text,
        start_line=start,
        end_line=start + text.count("\n"),
        content_sha256=sha,
        language=text_language(text),
        format=fmt,
        headings=headings,
        symbol=symbol,
        question=question,
    )


def a_past_answer(text: str, path: str = "answers/a.md", question: str = "May I?") -> Chunk:
    return a_chunk(text, path, start=8, kind=SourceKind.ANSWERS, fmt="answer", question=question)


def an_intent(
    text: str, kind: IntentKind = IntentKind.FACT, policy: tuple[str, ...] = ()
) -> Intent:
    return Intent(
        text=text,
        kind=kind,
        language=reply_language(text),
        text_language=text_language(text),
        terms=terms(normalise(text)),
        identifiers=identifiers(text),
        quoted=quoted(text),
        policy=policy,
    )


def some_evidence(
    intent: Intent, *chunks: Chunk, scores: Sequence[float] = (1.0, 0.95, 0.9, 0.85)
) -> Evidence:
    passages = tuple(Passage(chunk, score) for chunk, score in zip(chunks, scores, strict=False))
    return Evidence(passages, TermStatistics(200, dict.fromkeys(intent.terms, 3)))

"""Builders of questions, passages and evidence for tests of the answering package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar.answering import intent as understanding
from avatar.domain.audience import Audience, Reader
from avatar.domain.chunks import Chunk, content_sha256
from avatar.domain.documents import SourceKind
from avatar.domain.evidence import Evidence, Hit, Passage, TermStatistics
from avatar.domain.language import text_language
from avatar.domain.questions import Intent, Question, ReplyAddress, Turn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def question(text: str, history: Sequence[Turn] = ()) -> Question:
    return Question(
        question_id="q1",
        text=text,
        asker="ann",
        reader=Reader.colleague("ann"),
        place=Audience.everyone(),
        reply_to=ReplyAddress("cli", ""),
        asked_at=0.0,
        history=tuple(history),
    )


def ask(text: str, history: Sequence[Turn] = ()) -> Intent:
    return understanding.parse(question(text, history))


def chunk(
    document: str,
    text: str,
    *,
    kind: SourceKind = SourceKind.NOTES,
    headings: tuple[str, ...] = (),
    asked: str = "",
    parent: str = "",
    symbol: str = "",
) -> Chunk:
    sha = content_sha256(" › ".join(headings), asked, text)
    return Chunk(
        chunk_id=f"{document}#{sha[:8]}",
        document_id=document,
        fingerprint="f",
        kind=kind,
        audience=Audience.everyone(),
        text=text,
        start_line=1,
        end_line=1 + text.count("\n"),
        content_sha256=sha,
        language=text_language(text),
        format="markdown",
        headings=headings,
        symbol=symbol,
        question=asked,
        parent=parent,
    )


def hit(found: Chunk, **scores: float) -> Hit:
    return Hit(found, {name.replace("_q", "-q"): score for name, score in scores.items()})


def evidence(
    passages: Sequence[Passage],
    frequency: Mapping[str, int] | None = None,
    total: int = 100,
    background: Mapping[str, tuple[float, ...]] | None = None,
) -> Evidence:
    return Evidence(tuple(passages), TermStatistics(total, frequency or {}), background or {})

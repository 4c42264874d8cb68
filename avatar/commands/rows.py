"""Domain values as the JSON rows of the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar.domain.decisions import Answer, Clarify, Escalate

if TYPE_CHECKING:
    from avatar.commands.contract import Row
    from avatar.domain.chunks import Chunk
    from avatar.domain.decisions import Citation, Decision, Outcome
    from avatar.domain.escalations import Escalation
    from avatar.domain.evidence import Passage
    from avatar.domain.journal import JournalEntry


def decision_name(decision: Decision) -> str:
    """Return `answer`, `clarify` or `escalate`."""
    match decision:
        case Answer():
            return "answer"
        case Clarify():
            return "clarify"
        case Escalate():
            return "escalate"


def citation_row(citation: Citation) -> Row:
    """Return where a sentence stands, and its lines."""
    return {
        "path": citation.document_id,
        "start_line": citation.start_line,
        "end_line": citation.end_line,
        "symbol": citation.symbol,
        "quote": citation.quote,
    }


def outcome_row(row_id: object, outcome: Outcome) -> Row:
    """Return a decision the way `ask --json` prints it."""
    return {
        "id": row_id,
        "decision": decision_name(outcome.decision),
        "confidence": round(outcome.confidence.probability, 4),
        "text": outcome.text,
        "citations": [citation_row(citation) for citation in outcome.citations],
        "reasons": [reason.text for reason in outcome.confidence.reasons],
        "escalation_id": outcome.escalation_id or None,
        "elapsed_ms": round(outcome.elapsed_ms, 1),
        "question_id": outcome.question_id,
    }


def chunk_row(chunk: Chunk, score: float) -> Row:
    """Return a search result; a past answer's place is its file.

    Digits that depend on what was embedded in the same batch are left out: they would tell of it.
    """
    return {
        "path": chunk.document_id,
        "start_line": chunk.start_line,
        "end_line": chunk.end_line,
        "symbol": chunk.symbol or None,
        "kind": chunk.kind.value,
        "score": round(score, 4),
    }


def passage_row(passage: Passage) -> Row:
    """Return a search result."""
    return chunk_row(passage.chunk, passage.score)


def escalation_row(escalation: Escalation) -> Row:
    """Return an escalation for the owner's eyes."""
    return {
        "escalation_id": escalation.escalation_id,
        "state": escalation.state.value,
        "question": escalation.text,
        "askers": [
            {
                "asker": first.asker,
                "question": first.text,
                "asked_at": first.asked_at,
                "times": sum(one.reply_to == first.reply_to for one in escalation.waiting),
            }
            for first in escalation.told
        ],
        "opened_at": escalation.opened_at,
        "reasons": [reason.text for reason in escalation.reasons],
        "draft": escalation.draft or None,
        "audience": str(escalation.audience),
        "reply": escalation.reply or None,
        "verdict": escalation.verdict.value if escalation.verdict else None,
        "closed_at": escalation.closed_at,
    }


def journal_row(entry: JournalEntry) -> Row:
    """Return a whole decision: what was asked, seen, weighed and done."""
    return {
        "entry_id": entry.entry_id,
        "question_id": entry.question_id,
        "escalation_id": entry.escalation_id or None,
        "question": entry.question,
        "searched": entry.searched,
        "asker": entry.asker,
        "reader": list(entry.reader_labels),
        "channel": entry.channel,
        "decision": entry.outcome.value,
        "text": entry.reply,
        "confidence": entry.probability,
        "thresholds": {
            "answer": entry.thresholds.answer,
            "answer_crossing": entry.thresholds.answer_crossing,
            "draft": entry.thresholds.draft,
            "ask_back": entry.thresholds.ask_back,
        },
        "features": dict(entry.features),
        "reasons": [
            {"code": reason.code, "text": reason.text, "weight": reason.weight}
            for reason in entry.reasons
        ],
        "passages": [
            {
                "chunk_id": seen.chunk_id,
                "path": seen.document_id,
                "start_line": seen.start_line,
                "end_line": seen.end_line,
                "sha256": seen.content_sha256,
                "score": seen.score,
                "scores": dict(seen.scores),
            }
            for seen in entry.passages
        ],
        "cited": list(entry.cited),
        "engine": dict(entry.engine),
        "decided_at": entry.decided_at,
        "elapsed_ms": entry.elapsed_ms,
        "notes": list(entry.notes),
    }

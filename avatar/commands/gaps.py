"""What was asked and not known, for the owner's eyes: who asked, and which file would help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from avatar.answering.confidence import FAR
from avatar.answering.decide import APPROVAL
from avatar.answering.policy import PolicyCode
from avatar.commands.evaluating import answer_in
from avatar.domain.audience import Audience, Reader
from avatar.domain.documents import SourceKind
from avatar.domain.escalations import NOT_KNOWN, EscalationState, Verdict
from avatar.domain.questions import Question, ReplyAddress
from avatar.escalation.merging import exact_names, same_question_key
from avatar.learning.gaps import Unknown, gaps, wordings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from avatar.commands.contract import Row
    from avatar.commands.rooms import Rooms
    from avatar.domain.chunks import Chunk
    from avatar.domain.escalations import Escalation
    from avatar.domain.evidence import Passage
    from avatar.learning.gaps import Gap

KNOWN_BUT: Final = frozenset({*PolicyCode, APPROVAL, "disputed", "secret", "not-readable"})
"""Leading reasons of questions that are the owner's for another reason than not knowing."""

DEPTH: Final = 10
NEARLY: Final = 0.6
"""Share of the best passage's score from which a note is preferred to code or an answer."""

NO_NOTES: Final = frozenset({SourceKind.CODE, SourceKind.ANSWERS})
"""Kinds of files in which nobody writes a note."""


def gap_rows(rooms: Rooms, *, since_s: float, limit: int) -> list[Row]:
    """Return the gravest gaps among questions asked since then, each with what would help."""
    asked = [
        one for one in unknown(rooms.inbox.list()) if one.asked_at >= since_s and one.text.strip()
    ]
    groups = wordings(asked)
    if not groups:
        return []
    near = rooms.likeness([group[0].text for group in groups])
    found = gaps(groups, near, rooms.clusterer)
    return [gap_row(gap) | {"help": helping(rooms, gap)} for gap in found[:limit]]


def unknown(escalations: Iterable[Escalation]) -> Iterator[Unknown]:
    """Yield each asker's question of those escalations that show that something is not known."""
    for escalation in escalations:
        if is_unknown(escalation):
            for asker in escalation.waiting:
                yield Unknown(
                    text=" ".join(asker.text.split()),
                    key=same_question_key(asker.text),
                    asker=asker.asker,
                    asked_at=asker.asked_at,
                    escalation_id=escalation.escalation_id,
                    names=exact_names(asker.text),
                    is_open=escalation.state is not EscalationState.ANSWERED,
                )


def is_unknown(escalation: Escalation) -> bool:
    """Whether it shows that something is not known; an approved draft shows that it was."""
    code = escalation.reasons[0].code if escalation.reasons else ""
    if escalation.verdict is Verdict.APPROVED or code in KNOWN_BUT:
        return False
    was_left = escalation.state in {EscalationState.DISMISSED, EscalationState.EXPIRED}
    return was_left or code in NOT_KNOWN


def gap_row(gap: Gap) -> Row:
    """Return a gap as the contract has it, without what would help."""
    return {
        "question": gap.question,
        "wordings": list(gap.wordings),
        "asked": gap.asked,
        "open": gap.open_count,
        "askers": [{"asker": asker, "asked": times} for asker, times in gap.askers.items()],
        "first_at": gap.first_at,
        "last_at": gap.last_at,
        "escalation_ids": list(gap.escalation_ids),
    }


def helping(rooms: Rooms, gap: Gap) -> Row:
    """Return which file helps: one that knows it now, the nearest to write it in, or none."""
    owner = Reader.owner()
    asked = Question(
        question_id="",
        text=gap.question,
        asker="owner",
        reader=owner,
        place=Audience.owner_only(),
        reply_to=ReplyAddress("", ""),
        asked_at=rooms.clock.now(),
    )
    outcome = rooms.standin.handle(asked, record=False)
    citations = answer_in(outcome)[1]
    if citations:
        cited = citations[0]
        return _help("known", cited.document_id, cited.start_line, cited.end_line, cited.symbol)
    found = rooms.standin.search(gap.question, reader=owner, limit=DEPTH)
    answered = next((p.chunk for p in found if _answers(p.chunk, gap)), None)
    if answered is not None:
        return _at("known", answered)
    if not found or outcome.confidence.features.get("dense", 0.0) <= FAR:
        return _help("none")
    return _at("near", _where_to_write(found))


def _answers(chunk: Chunk, gap: Gap) -> bool:
    """Whether it is a past answer to one of the gap's wordings."""
    if not chunk.question:
        return False
    return same_question_key(chunk.question) in {same_question_key(each) for each in gap.wordings}


def _where_to_write(found: Iterable[Passage]) -> Chunk:
    """Return the best passage of a file one writes notes in, unless it is far behind the best."""
    best, *others = found
    for passage in (best, *others):
        if passage.score < NEARLY * best.score:
            break
        if passage.chunk.kind not in NO_NOTES:
            return passage.chunk
    return best.chunk


def _at(kind: str, chunk: Chunk) -> Row:
    return _help(kind, chunk.document_id, chunk.start_line, chunk.end_line, chunk.breadcrumb)


def _help(kind: str, path: str = "", start: int = 0, end: int = 0, section: str = "") -> Row:
    where: dict[str, Any] = {"path": path or None, "section": section or None}
    return {"kind": kind, **where, "start_line": start or None, "end_line": end or None}

"""The owner's test questions, put to the stand-in as it is: decided, recorded nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avatar.answering.decide import APPROVAL
from avatar.commands.rows import decision_name
from avatar.domain.calibration import Label, Origin
from avatar.domain.decisions import Answer, Escalate
from avatar.domain.judgement import topic_of
from avatar.domain.questions import Question, ReplyAddress
from avatar.errors import InvalidInputError
from avatar.learning.evaluation import Expected, result_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar.commands.contract import Row
    from avatar.commands.rooms import Rooms
    from avatar.domain.audience import Reader
    from avatar.domain.decisions import Citation, Outcome

SHAPE = '{"question": "…", "expect": "path or words"} or {"question": "…", "unknown": true}'


@dataclass(frozen=True, slots=True)
class Served:
    """What became of one test question; `place` is where what is, or would be, served stands.

    `decision` is `answer` also when only its topic's mode keeps it for the owner: `is_held` then.
    """

    outcome: Outcome
    decision: str
    is_held: bool
    place: str
    path: str
    is_right: bool


def evaluated_row(rooms: Rooms, row: Row) -> Row:
    """Return a test question with what was decided and what that is worth."""
    question, expected = text_of(row), expected_of(row)
    served = serve(rooms, question, expected, rooms.reader(row.get("asker") or "owner"))
    is_right = served.is_right and not expected.is_unknown
    return {
        "id": row.get("id"),
        "question": question,
        "expect": list(expected.answers),
        "decision": served.decision,
        "held": served.is_held,
        "result": result_of(expected, decision=served.decision, is_right=is_right).value,
        "confidence": round(served.outcome.confidence.probability, 4),
        "would_be_right": is_right,
        "served": served.place or None,
        "reasons": [reason.text for reason in served.outcome.confidence.reasons],
    }


def example_of(rooms: Rooms, row: Row, owner: Reader) -> Label | None:
    """Return a test question as an example; None when confidence has no say in it."""
    question, expected = text_of(row), expected_of(row)
    served = serve(rooms, question, expected, owner)
    if not served.outcome.confidence.features:
        return None
    return Label(
        question=question,
        group=f"test: {' '.join(question.split()).casefold()}",
        origin=Origin.TEST,
        features=served.outcome.confidence.features,
        is_right=served.is_right and not expected.is_unknown,
        at=rooms.clock.now(),
        topic=topic_of(served.path),
        served=served.place,
    )


def serve(rooms: Rooms, question: str, expected: Expected, reader: Reader) -> Served:
    """Decide a question as the stand-in would now, and look at what it rests on."""
    asked = Question(
        question_id="",
        text=question,
        asker=reader.identity,
        reader=reader,
        place=reader.widest_audience(),
        reply_to=ReplyAddress("", ""),
        asked_at=rooms.clock.now(),
    )
    outcome = rooms.standin.handle(asked, record=False)
    text, citations, is_held = answer_in(outcome)
    if citations:
        paths = [citation.document_id for citation in citations]
        quotes = [citation.quote for citation in citations]
        first = citations[0]
        place = f"{first.document_id}:{first.start_line}"
        if first.end_line != first.start_line:
            place += f"-{first.end_line}"
        is_right = expected.holds(paths, [text, *quotes])
        return Served(outcome, "answer", is_held, place, first.document_id, is_right)
    decision = decision_name(outcome.decision)
    found = rooms.standin.search(question, reader=reader, limit=1)
    if not found:
        return Served(outcome, decision, is_held=False, place="", path="", is_right=False)
    chunk = found[0].chunk
    is_right = expected.holds([chunk.document_id], [chunk.text])
    return Served(
        outcome,
        decision,
        is_held=False,
        place=chunk.location,
        path=chunk.document_id,
        is_right=is_right,
    )


def answer_in(outcome: Outcome) -> tuple[str, tuple[Citation, ...], bool]:
    """Return the answer that is sure enough, its citations, and whether only a mode holds it."""
    match outcome.decision:
        case Answer(text=text, citations=citations):
            return text, citations, False
        case Escalate(reasons=reasons, draft=draft) if draft and reasons[0].code == APPROVAL:
            return draft.text, draft.citations, True
        case _:
            return "", (), False


def text_of(row: Mapping[str, object]) -> str:
    """Return the question of a row; raises `InvalidInputError` when it has none."""
    text = row.get("question")
    if not isinstance(text, str) or not text.strip():
        raise InvalidInputError(f'The row {dict(row)!r:.80} has no "question"; write {SHAPE}.')
    return text


def expected_of(row: Mapping[str, object]) -> Expected:
    """Return what a row expects; raises `InvalidInputError` unless it says exactly one thing."""
    wanted, is_unknown = row.get("expect"), row.get("unknown", False)
    listed = [wanted] if isinstance(wanted, str) else wanted
    given = [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []
    is_good = bool(given) and listed == given and all(each.strip() for each in given)
    if is_unknown is True and wanted is None:
        return Expected()
    if is_unknown is False and is_good:
        return Expected(tuple(given))
    raise InvalidInputError(
        f"The row of {text_of(row)!r:.60} must say what is expected, or that nothing is known;"
        f" write {SHAPE}."
    )

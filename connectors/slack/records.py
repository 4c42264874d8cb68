"""What was asked, and what is kept of a reply to check, correct or continue it later."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from avatar.domain.audience import Audience
from avatar.domain.decisions import Answer, Citation, Clarify, Escalate
from avatar.domain.language import reply_language
from connectors.slack import blocks, replies
from connectors.slack.status import ACTIVE, SUSPENDED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avatar.domain.decisions import Outcome
    from avatar.domain.questions import Language, Question, Turn
    from connectors.slack.audiences import Place
    from connectors.slack.intake import Heard
    from connectors.slack.log import Job
    from connectors.slack.people import Person


@dataclass(frozen=True, slots=True)
class Asked:
    """One message with who wrote it, what was said before, and where the reply goes."""

    key: str
    heard: Heard
    person: Person
    text: str
    history: tuple[Turn, ...]
    reply_channel: str
    reply_thread: str
    is_moved: bool = False

    @property
    def question_id(self) -> str:
        """The same id however often the message is worked on."""
        return question_id(self.key)

    @property
    def language(self) -> Language:
        """The language the asker writes in."""
        return reply_language(self.text)

    @property
    def address(self) -> str:
        """Where the owner's reply goes later."""
        return f"{self.reply_channel}|{self.reply_thread}|{self.heard.user}"


def reply_id(question: str) -> str:
    """Return the delivery id of the reply to a question or to one of several in a message."""
    return f"{'-'.join(question.split('-')[:2])}/reply"


def question_id(key: str) -> str:
    """Return the question id of a job."""
    return f"slk-{hashlib.sha256(key.encode()).hexdigest()[:20]}"


def about(
    job: Job, asked: Asked, place: Place, parts: Sequence[Question], outcomes: Sequence[Outcome]
) -> Mapping[str, Any]:
    """Return what is needed later: to check once more, to take a choice, to correct."""
    cited = [citation for outcome in outcomes for citation in replies.citations_of(outcome)]
    manner_plain = [
        replies.shown_text(outcome, asked.language, blocks.MOST_PLAIN_TEXT) for outcome in outcomes
    ]
    return {
        "user": asked.heard.user,
        "question": asked.text,
        "language": asked.language,
        "is_direct": place.is_direct,
        "place": str(place.audience),
        "readers": sorted(place.reader.labels),
        "asked_ts": asked.heard.ts,
        "status": [asked.heard.channel, asked.heard.thread],
        "session": SUSPENDED if any(o.escalation_id for o in outcomes) else ACTIVE,
        "plain": blocks.clipped("\n\n".join(manner_plain), blocks.MOST_PLAIN_TEXT),
        "audiences": sorted({str(citation.audience) for citation in cited}),
        "job": {"key": job.key, "body": dict(job.body)},
        "parts": [part_of(*pair) for pair in zip(parts, outcomes, strict=True)],
    }


def part_of(question: Question, outcome: Outcome) -> Mapping[str, Any]:
    """Return what is needed later of one question and what became of it."""
    decision = outcome.decision
    draft = decision.draft if isinstance(decision, Escalate) else None
    earlier = [turn.text for turn in question.history if turn.by_asker]
    return {
        "question_id": outcome.question_id,
        "asked": question.text,
        "before": earlier[-1] if earlier else "",
        "escalation_id": outcome.escalation_id,
        "is_answer": isinstance(decision, Answer),
        "text": decision.text,
        "by": decision.by if isinstance(decision, Answer) else "",
        "shown": outcome.text if isinstance(decision, Clarify) else decision.text,
        "options": list(decision.options) if isinstance(decision, Clarify) else [],
        "citations": [_row_of(citation) for citation in replies.citations_of(outcome)],
        "draft_citations": [_row_of(citation) for citation in draft.citations] if draft else [],
    }


def _row_of(citation: Citation) -> dict[str, Any]:
    return {**asdict(citation), "audience": str(citation.audience)}


def citation_of(row: Mapping[str, Any]) -> Citation:
    """Read a citation as it was kept."""
    return Citation(**{**row, "audience": Audience.parse(row["audience"])})

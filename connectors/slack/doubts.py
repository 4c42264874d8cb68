"""An answer that did not help somebody: it goes to the owner, whose word settles it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from avatar.domain.audience import Audience
from avatar.domain.decisions import Answer
from avatar.domain.escalations import EscalationState, Verdict
from avatar.domain.questions import Language, Question, ReplyAddress, Turn
from connectors.slack import blocks, owner_texts, texts
from connectors.slack.asking import card_job
from connectors.slack.log import Purpose
from connectors.slack.office import CHANNEL
from connectors.slack.records import citation_of
from connectors.slack.status import SUSPENDED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar.domain.escalations import Escalation
    from connectors.slack.corrections import Corrections
    from connectors.slack.log import Job, Outgoing
    from connectors.slack.office import Office
    from connectors.slack.people import Person

DOUBTED: Final = "doubted/"
"""By escalation: the delivery of the answer that is doubted."""
DOUBTED_BY: Final = "doubted-by/"
"""By question: who doubted the answer to it first."""


class Doubts:
    """Takes the doubt of a reader and, later, the owner's word on it."""

    def __init__(self, office: Office, sent: Corrections) -> None:
        self._office = office
        self._sent = sent

    def take(self, job: Job, sent: Outgoing, part: Mapping[str, Any], person: Person) -> str:
        """Hand an answer to the owner; returns what its reader is told alone, if anything.

        The first one who doubts an answer waits for the owner's reply, in the answer's thread.
        """
        office, language = self._office, Language(sent.about["language"])
        owner, question_id = office.identity.owner_name, str(part["question_id"])
        if self._sent.verdict(sent.delivery_id):
            office.log.finish(job.key)
            return texts.judged_already(language, owner=owner)
        office.log.note_once(DOUBTED_BY + question_id, person.user)
        if office.log.note(DOUBTED_BY + question_id) != person.user:
            office.log.finish(job.key)
            return texts.doubted_already(language, owner=owner)
        why = owner_texts.did_not_help(office.language, name=person.name)
        answer = Answer(
            str(part["text"]),
            tuple(citation_of(row) for row in part["citations"]),
            str(part["by"]),
        )
        escalation_id = office.front_desk.dispute(self._question(sent, part, person), answer, why)
        office.log.set_note(DOUBTED + escalation_id, json.dumps([sent.delivery_id, question_id]))
        told = texts.doubted(language, owner=owner, at=round(office.clock.now()))
        message = office.post(
            f"{question_id}/doubted",
            sent.channel,
            blocks.in_thread(blocks.message(told, [blocks.section(told)]), thread_of(sent)),
            Purpose.NOTE,
            about={"status": [sent.channel, thread_of(sent)], "session": SUSPENDED},
        )
        office.log.again(card_job(office, escalation_id))
        office.log.finish(job.key, messages=[message])
        office.wake()
        return ""

    def _question(self, sent: Outgoing, part: Mapping[str, Any], person: Person) -> Question:
        """Return the question as it was asked, with the reply going to who doubts the answer."""
        reader = self._office.audiences.reader(person)
        before = str(part["before"])
        return Question(
            question_id=str(part["question_id"]),
            text=str(part["asked"]),
            asker=reader.identity,
            reader=reader,
            place=Audience.parse(str(sent.about["place"])),
            reply_to=ReplyAddress(CHANNEL, f"{sent.channel}|{thread_of(sent)}|{person.user}"),
            asked_at=self._office.slack_time.now(),
            history=(Turn(before, by_asker=True),) if before else (),
        )

    def settle(self, escalation: Escalation) -> None:
        """Take the owner's word on an answer that was doubted, wherever it was given."""
        office, name = self._office, DOUBTED + escalation.escalation_id
        known = office.log.note(name)
        if known is None:
            return
        delivery_id, _ = json.loads(known)
        if escalation.state is EscalationState.ANSWERED:
            is_right = escalation.verdict is Verdict.APPROVED
            self._sent.settle(delivery_id, "" if is_right else escalation.reply)
        office.log.set_note(name, None)


def thread_of(sent: Outgoing) -> str:
    """Return the thread a message of ours stands in or opens."""
    return str(sent.arguments.get("thread_ts") or sent.ts)

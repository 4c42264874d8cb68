"""A colleague's message becomes one reply: who asks, who will read, what was said before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from avatar.domain.decisions import Answer, Clarify
from avatar.domain.language import reply_language
from avatar.domain.questions import Language, Question, ReplyAddress, Turn
from connectors.slack import blocks, replies, texts, threads
from connectors.slack.gate import Refusal, refusal
from connectors.slack.intake import Heard
from connectors.slack.log import Job, Outgoing, Pool, Purpose, Said
from connectors.slack.office import CHANNEL
from connectors.slack.questions import questions_in
from connectors.slack.records import Asked, about, question_id, reply_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avatar.domain.decisions import Outcome
    from connectors.slack.audiences import Place
    from connectors.slack.office import Office
    from connectors.slack.people import Person

PAUSED: Final = "paused"
UNTIL_RESUMED: Final = 1e12
AN_HOUR_S: Final = 3600.0


class Asking:
    """Works on questions; everything it decides is stored before anything is sent."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def work(self, job: Job) -> None:
        """Bring one message to its reply, its escalation, or its refusal."""
        office = self._office
        heard = Heard.of(job.body.get("heard", job.body))
        if not self._is_for_us(heard):
            office.log.finish(job.key)
            return
        person = office.people.person(heard.user)
        why = refusal(person, team=office.identity.team, event_team=heard.team)
        if why is not None:
            self._refuse(job, heard, why)
            return
        if self._is_loop(heard):
            office.log.finish(job.key)
            return
        asked = self._asked(job, heard, person)
        if office.log.note(PAUSED) is not None and not office.is_owner(heard.user):
            self._keep_for_later(job, asked)
            return
        office.status.begin(
            heard.channel,
            heard.thread,
            texts.working(asked.language, owner=office.identity.owner_name),
        )
        self._answer(job, asked)
        office.wake()

    def _answer(self, job: Job, asked: Asked) -> None:
        office = self._office
        if asked.is_moved or asked.heard.is_direct:
            place = office.audiences.direct(asked.person)
        else:
            if threads.owner_spoke(office, asked.heard):
                self._hold_back(job, asked)
                return
            place = self._shared_place(asked)
        is_private_matter = not place.is_direct and self._is_narrower(place, asked.person)
        parts = self._questions(asked, place)
        if is_private_matter and not self._can_answer_here(parts):
            self._move(job, asked)
            return
        if office.is_owner(asked.heard.user):
            previews = [office.front_desk.handle(part, record=False) for part in parts]
            outcomes = [replies.for_owner(outcome, office.language) for outcome in previews]
        else:
            outcomes = [office.front_desk.handle(part) for part in parts]
        self._tell(job, asked, place, parts, outcomes)

    def _shared_place(self, asked: Asked) -> Place:
        place = self._office.audiences.channel(asked.heard.channel)
        if asked.heard.is_shared:
            nobody = replace(place.reader, labels=frozenset())
            return replace(place, reader=nobody)
        return place

    def _is_narrower(self, place: Place, person: Person) -> bool:
        alone = self._office.audiences.reader(person)
        return not alone.labels <= place.reader.labels

    def _can_answer_here(self, parts: Sequence[Question]) -> bool:
        """Whether what everybody here may read is enough; nothing is recorded yet."""
        return all(
            isinstance(
                self._office.front_desk.handle(part, record=False).decision, Answer | Clarify
            )
            for part in parts
        )

    def _questions(self, asked: Asked, place: Place) -> list[Question]:
        """Return each question of the message, the later ones with the earlier as history."""
        whole = Question(
            question_id=asked.question_id,
            text=asked.text,
            asker=self._office.audiences.reader(asked.person).identity,
            reader=place.reader,
            place=place.audience,
            reply_to=ReplyAddress(CHANNEL, asked.address),
            asked_at=float(asked.heard.ts),
            history=asked.history,
        )
        wordings = questions_in(asked.text)
        return [
            replace(
                whole,
                question_id=whole.question_id + (f"-{number}" if number else ""),
                text=text,
                history=(*whole.history, *(Turn(one, by_asker=True) for one in wordings[:number])),
            )
            for number, text in enumerate(wordings)
        ]

    def _tell(
        self,
        job: Job,
        asked: Asked,
        place: Place,
        parts: Sequence[Question],
        outcomes: Sequence[Outcome],
    ) -> None:
        office = self._office
        delivery_id = reply_id(asked.question_id)
        manner = replies.Manner(
            asked.language,
            office.identity.owner_name,
            office.config.links,
            office.clock.now(),
            self._given_at(outcomes),
        )
        arguments = replies.reply(outcomes, delivery_id, manner)
        if asked.is_moved:
            question = blocks.escaped(blocks.quiet(blocks.shortened(asked.text, 200)))
            head = texts.about_channel(asked.language, question=question)
            arguments["blocks"] = [blocks.context(head), *arguments["blocks"]]
        message = office.post(
            delivery_id,
            asked.reply_channel,
            blocks.in_thread(arguments, asked.reply_thread),
            Purpose.REPLY,
            subject=asked.question_id,
            about=about(job, asked, place, parts, outcomes),
        )
        escalated = {outcome.escalation_id for outcome in outcomes if outcome.escalation_id}
        office.log.finish(job.key, messages=[message], said=self._said(asked, outcomes))
        for escalation_id in sorted(escalated):
            office.log.again(card_job(office, escalation_id))

    def _given_at(self, outcomes: Sequence[Outcome]) -> dict[str, float]:
        """Return by document when the owner gave the past answers that are cited."""
        cited = {c.document_id: c for outcome in outcomes for c in replies.citations_of(outcome)}
        found = {name: self._office.front_desk.given_at(one) for name, one in cited.items()}
        return {name: at for name, at in found.items() if at is not None}

    def _said(self, asked: Asked, outcomes: Sequence[Outcome]) -> list[Said]:
        now = self._office.clock.now()
        own = "\n\n".join(
            replies.shown_text(outcome, asked.language, blocks.MOST_PLAIN_TEXT)
            for outcome in outcomes
        )
        where = (asked.reply_channel, asked.reply_thread)
        return [
            Said(*where, by_asker=True, text=asked.text, at=now, user=asked.heard.user),
            Said(*where, by_asker=False, text=own, at=now),
        ]

    def _asked(self, job: Job, heard: Heard, person: Person) -> Asked:
        is_moved = job.kind == "direct"
        text = blocks.unescaped(str(job.body.get("choice") or heard.text))
        if is_moved:
            turns = job.body.get("turns", ())
            history = tuple(Turn(turn["text"], turn["by_asker"]) for turn in turns)
        else:
            history = threads.history(self._office, heard)
        if is_moved:
            channel, thread = self._office.people.direct(heard.user), ""
        else:
            channel, thread = heard.channel, heard.thread
        return Asked(job.key, heard, person, text, history, channel, thread, is_moved)

    def _is_for_us(self, heard: Heard) -> bool:
        """Whether a channel message without mention is a follow-up to one of our replies."""
        if heard.is_direct or heard.is_mention:
            return True
        if not self._office.config.channel_follow_ups or heard.text.startswith("<@"):
            return False
        earlier = self._office.log.said_in(heard.channel, heard.thread)
        return any(line.by_asker and line.user == heard.user for line in earlier)

    def _is_loop(self, heard: Heard) -> bool:
        """Whether so much was said in this thread lately that two programs must be talking."""
        since = self._office.clock.now() - AN_HOUR_S
        lately = [
            line
            for line in self._office.log.said_in(heard.channel, heard.thread)
            if not line.by_asker and line.at >= since
        ]
        return len(lately) >= self._office.config.replies_per_thread_and_hour

    def _refuse(self, job: Job, heard: Heard, why: Refusal) -> None:
        office, language = self._office, reply_language(heard.text)
        messages: list[Outgoing] = []
        if why not in {Refusal.BOT, Refusal.DEACTIVATED}:
            text = texts.refused(language, why, owner=office.identity.owner_name)
            arguments = blocks.plain_message(text)
            messages.append(
                office.post(
                    f"{question_id(job.key)}/refusal",
                    heard.channel,
                    blocks.in_thread(arguments, heard.thread),
                    Purpose.NOTE,
                )
            )
        told = texts.refused_for_owner(office.language, why, user=heard.user)
        notice = blocks.message(told, [blocks.section(told)])
        messages.append(office.note_to_owner(f"refused/{heard.user}", notice))
        office.log.finish(job.key, messages=messages)
        office.wake()

    def _hold_back(self, job: Job, asked: Asked) -> None:
        """Say nothing: the owner has spoken in this thread since the question."""
        self._office.log.finish(job.key)
        self._office.status.end(asked.heard.channel, asked.heard.thread)

    def _move(self, job: Job, asked: Asked) -> None:
        """Reply in a direct message, and say so here in words that are always the same."""
        office = self._office
        message = moved_note(office, asked.language, asked.heard)
        office.log.finish(job.key, messages=[message], jobs=[direct_job(office, job.key, job.body)])

    def _keep_for_later(self, job: Job, asked: Asked) -> None:
        office = self._office
        text = texts.paused(asked.language, owner=office.identity.owner_name)
        message = office.post(
            f"{asked.question_id}/paused",
            asked.heard.channel,
            blocks.in_thread(blocks.plain_message(text), asked.heard.thread),
            Purpose.NOTE,
        )
        office.log.enqueue([message])
        office.log.put_off(job.key, UNTIL_RESUMED, counts=False)
        office.wake()


def moved_note(office: Office, language: Language, heard: Heard) -> Outgoing:
    """Return the note, always in the same words, that the reply comes in a direct message."""
    place = (heard.channel, heard.thread)
    return not_here_note(office, f"moved/{heard.channel}/{heard.ts}", language, place)


def not_here_note(
    office: Office, delivery_id: str, language: Language, place: tuple[str, str]
) -> Outgoing:
    """Return that note for a channel and thread."""
    channel, thread = place
    return office.post(
        delivery_id,
        channel,
        blocks.in_thread(blocks.plain_message(texts.not_here(language)), thread),
        Purpose.NOTE,
        about={"status": [channel, thread]} if thread else {},
    )


def direct_job(office: Office, key: str, body: Mapping[str, Any]) -> Job:
    """Return the job that answers a message again, in direct messages, whatever its first job."""
    return Job(
        key=f"direct:{key}",
        pool=Pool.QUESTIONS,
        lane=f"direct:{key}",
        kind="direct",
        body=dict(body),
        received_at=office.clock.now(),
    )


def card_job(office: Office, escalation_id: str) -> Job:
    """Return the job that brings a card up to date."""
    return office.job(f"card:{escalation_id}", "card", {"escalation": escalation_id})

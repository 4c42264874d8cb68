"""What the owner does: reply, send, dismiss, snooze, keep; the first act on a card stands."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from avatar.domain.escalations import EscalationState
from avatar.errors import OwnerMustActError
from connectors.slack import blocks, cards, owner_texts
from connectors.slack.asking import card_job
from connectors.slack.log import Purpose
from connectors.slack.owner_texts import word

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar.domain.escalations import Escalation
    from connectors.slack.commands import Commands
    from connectors.slack.hours import Hours
    from connectors.slack.intake import Heard
    from connectors.slack.log import Job
    from connectors.slack.office import Office

AN_HOUR_S: Final = 3600.0
KEPT: Final = "kept/"


class Owner:
    """The owner's acts; each may come twice, from two devices, or after a restart."""

    def __init__(self, office: Office, hours: Hours, commands: Commands) -> None:
        self._office = office
        self._hours = hours
        self._commands = commands

    def reply_in_thread(self, job: Job, heard: Heard) -> bool:
        """Take a message in a card's thread as the answer; False when it is not in one."""
        card = self._office.message_at(heard.channel, heard.thread) if heard.is_reply else None
        if card is None or card.purpose is not Purpose.CARD:
            return False
        text = self.as_typed(heard.text)
        self.close(job, card.subject, lambda: self.answer(card.subject, text))
        return True

    def command(self, job: Job, heard: Heard, name: str) -> None:
        """Do what a one-word message asks for."""
        text = self._commands.run(name)
        arguments = blocks.message(text, [blocks.section(text)])
        message = self._office.post(
            f"command/{heard.ts}",
            heard.channel,
            blocks.in_thread(arguments, heard.thread),
            Purpose.NOTE,
        )
        self._office.log.finish(job.key, messages=[message])
        self._office.wake()

    def send_draft(self, job: Job, escalation_id: str) -> None:
        """Send the draft as it is."""
        self.close(job, escalation_id, lambda: self._approve(escalation_id))

    def answer_from_modal(self, job: Job, escalation_id: str, text: str) -> None:
        """Take what was written in a modal as the answer."""
        self.close(job, escalation_id, lambda: self.answer(escalation_id, text))

    def dismiss(self, job: Job, escalation_id: str) -> None:
        """Close without an answer."""
        self.close(job, escalation_id, lambda: self._dismiss(escalation_id))

    def snooze(self, job: Job, escalation_id: str) -> None:
        """Let a card sleep; it comes back in its own thread."""
        office = self._office
        until = office.clock.now() + office.config.snooze_h * AN_HOUR_S
        until = self._hours.next_open(until)
        office.log.set_note(cards.SNOOZED + escalation_id, str(until))
        wake = office.job(
            f"wake:{escalation_id}", "wake", {"escalation": escalation_id}, due_at=until
        )
        office.log.again(wake)
        office.log.again(card_job(office, escalation_id))
        office.log.finish(job.key)
        office.wake()

    def wake(self, job: Job) -> None:
        """Bring a snoozed card back when it still waits."""
        office = self._office
        escalation_id = str(job.body["escalation"])
        office.log.set_note(cards.SNOOZED + escalation_id, None)
        escalation = office.front_desk.escalation(escalation_id)
        if escalation is None or escalation.state is not EscalationState.PENDING:
            office.log.finish(job.key)
            return
        self.remind(escalation, f"wake/{escalation_id}/{job.due_at:.0f}")
        office.log.finish(job.key, jobs=[])
        office.log.again(card_job(office, escalation_id))
        office.wake()

    def remind(self, escalation: Escalation, delivery_id: str) -> None:
        """Say under a card that it still waits."""
        office = self._office
        question = blocks.escaped(blocks.quiet(blocks.shortened(escalation.text, 200)))
        text = f"{word('reminder', office.language)} “{question}”"
        arguments = blocks.message(text, [blocks.section(text)])
        note = office.note_to_owner(delivery_id, arguments)
        office.log.enqueue([replace(note, target=cards.card_id(escalation.escalation_id))])

    def show(self, job: Job, escalation_id: str) -> None:
        """Post a card now, whatever the hour: the owner asked for it."""
        office = self._office
        body = {"escalation": escalation_id, "now": True}
        office.log.finish(job.key)
        office.log.again(office.job(f"card:{escalation_id}", "card", body))
        office.wake()

    def keep(self, job: Job, escalation_id: str) -> None:
        """Keep a reply as a past answer, once, for the audience that was shown."""
        office = self._office
        escalation = office.front_desk.escalation(escalation_id)
        path = office.log.note(KEPT + escalation_id)
        if escalation is None:
            office.log.finish(job.key)
            return
        if path is None:
            try:
                path = office.front_desk.keep(escalation_id, escalation.audience)
            except OwnerMustActError as error:
                self._complain(job, escalation_id, str(error))
                return
            office.log.set_note(KEPT + escalation_id, path)
        text = owner_texts.kept(
            office.language,
            audience=str(escalation.audience),
            path=blocks.escaped(path),
        )
        done = blocks.message(text, [blocks.section(text)])
        change = office.change(f"keep/{escalation_id}", done, subject=escalation_id)
        office.log.finish(job.key, messages=[change])
        office.wake()

    def answer(self, escalation_id: str, text: str) -> Escalation:
        """Answer in the owner's words; the same words again are the same answer."""
        current = self._office.front_desk.escalation(escalation_id)
        if current and current.state is EscalationState.ANSWERED and current.reply == text:
            return current
        return self._office.front_desk.reply(escalation_id, text)

    def _approve(self, escalation_id: str) -> Escalation:
        current = self._office.front_desk.escalation(escalation_id)
        is_sent = current is not None and current.state is EscalationState.ANSWERED
        if current and is_sent and current.reply == current.draft:
            return current
        return self._office.front_desk.approve(escalation_id)

    def _dismiss(self, escalation_id: str) -> Escalation:
        current = self._office.front_desk.escalation(escalation_id)
        if current and current.state is EscalationState.DISMISSED:
            return current
        return self._office.front_desk.dismiss(escalation_id)

    def close(self, job: Job, escalation_id: str, act: Callable[[], Escalation]) -> None:
        """Do what closes an escalation, show it on the card, and bring it to the askers."""
        office = self._office
        try:
            closed = act()
        except OwnerMustActError as error:
            self._complain(job, escalation_id, str(error))
            return
        is_answered = closed.state is EscalationState.ANSWERED
        messages = [cards.reply_note(office, closed)] if is_answered else []
        office.log.set_note(cards.SNOOZED + escalation_id, None)
        office.log.again(card_job(office, escalation_id))
        office.log.finish(job.key, messages=messages)
        office.front_desk.deliver_pending()
        office.wake()

    def _complain(self, job: Job, escalation_id: str, why: str) -> None:
        """Tell the owner under the card why nothing was done, and show how it stands."""
        office = self._office
        text = blocks.escaped(blocks.quiet(why))
        arguments = blocks.message(why, [blocks.section(text)])
        note = office.note_to_owner(f"complaint/{job.key}", arguments)
        message = replace(note, target=cards.card_id(escalation_id))
        office.log.again(card_job(office, escalation_id))
        office.log.finish(job.key, messages=[message])
        office.wake()

    def as_typed(self, text: str) -> str:
        """Return a message as its writer saw it: names for mentions, plain characters."""
        people = self._office.people

        def name(user: str) -> str:
            return people.person(user).name

        return blocks.unescaped(blocks.MENTION.sub(lambda found: f"@{name(found[1])}", text))

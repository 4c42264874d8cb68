"""The owner's own answer where a question was asked: taken when plain, else the card asks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from avatar.domain.escalations import EscalationState
from connectors.slack import cards, said_there, threads
from connectors.slack.asking import card_job
from connectors.slack.intake import Heard
from connectors.slack.log import Job, Pool
from connectors.slack.office import CHANNEL
from connectors.slack.records import reply_id
from connectors.slack.said_there import SAID_THERE, SaidThere, Thread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avatar.domain.escalations import Escalation, WaitingAsker
    from connectors.slack.office import Office
    from connectors.slack.owner import Owner

LOOK: Final = "thread"
SETTLED_S: Final = 60.0
"""How long the owner has written nothing more, so that an answer in two messages is one."""
MOST_LOOKS: Final = 10
"""Threads read in one round, those first that were not for longest."""


@dataclass(frozen=True, slots=True)
class AskedIn:
    """Where one asker of an escalation asked, when that was a thread in a channel."""

    asker: WaitingAsker
    heard: Heard


class ThreadAnswers:
    """Looks for the owner's words in the threads of channels where questions wait."""

    def __init__(self, office: Office, owner: Owner) -> None:
        self._office = office
        self._owner = owner
        self._looked: dict[str, float] = {}

    def ask_for(self) -> None:
        """Let the threads be read in which the owner may have answered meanwhile."""
        office = self._office
        pending = {one.escalation_id: one for one in office.front_desk.pending()}
        self._looked = {name: at for name, at in self._looked.items() if name in pending}
        asked = [name for name, one in pending.items() if any(self._asked_in(one))]
        asked.sort(key=lambda name: self._looked.get(name, 0.0))
        for name in asked[:MOST_LOOKS]:
            self._looked[name] = office.clock.now()
            body = {"escalation": name}
            job = Job(f"{LOOK}:{name}", Pool.QUESTIONS, LOOK, LOOK, body, office.clock.now())
            office.log.again(job)

    def look(self, job: Job) -> None:
        """Read the threads of one escalation, and do what the owner's words ask for."""
        office, name = self._office, str(job.body["escalation"])
        escalation = office.front_desk.escalation(name)
        if escalation is None or escalation.state is not EscalationState.PENDING:
            office.log.finish(job.key)
            return
        known = said_there.read(office.log.note(SAID_THERE + name))
        found = self._found(escalation, known) or known
        if found is not None and found.is_plain and not found.is_declined:
            self._keep(name, found)
            self._owner.close(job, name, lambda: self._owner.answer(name, found.text))
            return
        if found is not None and found != known:
            self._keep(name, found)
            office.log.again(card_job(office, name))
        office.log.finish(job.key)
        office.wake()

    def accept(self, job: Job, escalation_id: str) -> None:
        """Take what the owner wrote there as the answer: the owner says that it is."""
        said = said_there.read(self._office.log.note(SAID_THERE + escalation_id))
        if said is None:
            self._office.log.finish(job.key)
            return
        self._owner.close(job, escalation_id, lambda: self._owner.answer(escalation_id, said.text))

    def decline(self, job: Job, escalation_id: str) -> None:
        """Let the question wait: what the owner wrote there was something else."""
        office = self._office
        said = said_there.read(office.log.note(SAID_THERE + escalation_id))
        if said is not None:
            self._keep(escalation_id, said.declined())
            office.log.again(card_job(office, escalation_id))
        office.log.finish(job.key)
        office.wake()

    def _keep(self, escalation_id: str, said: SaidThere) -> None:
        self._office.log.set_note(SAID_THERE + escalation_id, said.as_text())

    def _found(self, escalation: Escalation, known: SaidThere | None) -> SaidThere | None:
        """Return the owner's words in the first thread that holds any; it must have settled."""
        office = self._office
        for place in self._asked_in(escalation):
            heard = place.heard
            after = place.asker.asked_at
            if known is not None and known.is_declined and known.thread == heard.thread:
                after = max(after, float(known.ts))
            thread = Thread(
                heard.channel,
                heard.thread,
                escalation.text,
                office.identity.owner,
                heard.user,
            )
            rows = threads.thread_rows(office, heard, since=after)
            found = said_there.said_there(rows, thread, after=after)
            if found is None or office.slack_time.now() - float(found.ts) < SETTLED_S:
                continue
            text = self._owner.as_typed(found.text)
            is_plain = found.is_plain and self._is_sole(escalation)
            return replace(found, text=text, is_plain=is_plain)
        return None

    def _is_sole(self, escalation: Escalation) -> bool:
        """Whether words in its thread can be about nothing else, and meant for nobody else.

        A draft or a doubted answer is judged by what the owner says, so the owner says it.
        """
        if escalation.draft or cards.is_doubted(escalation):
            return False
        places = {(p.heard.channel, p.heard.thread) for p in self._asked_in(escalation)}
        if len(places) != 1 or not all(
            self._waits_in(asker) in places for asker in escalation.waiting
        ):
            return False
        others = (
            (p.heard.channel, p.heard.thread)
            for one in self._office.front_desk.pending()
            if one.escalation_id != escalation.escalation_id
            for p in self._asked_in(one)
        )
        return not places & set(others)

    @staticmethod
    def _waits_in(asker: WaitingAsker) -> tuple[str, str]:
        channel, _, rest = asker.reply_to.address.partition("|")
        return channel, rest.partition("|")[0]

    def _asked_in(self, escalation: Escalation) -> Iterator[AskedIn]:
        for asker in escalation.waiting:
            if asker.reply_to.channel != CHANNEL:
                continue
            reply = self._office.log.message(reply_id(asker.question_id))
            if reply is None or "job" not in reply.about:
                continue
            body = reply.about["job"]["body"]
            heard = Heard.of(body.get("heard", body))
            if not heard.is_direct:
                yield AskedIn(asker, heard)

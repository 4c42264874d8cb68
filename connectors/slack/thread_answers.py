"""The owner's words where a question was asked: shown on its card, taken only by a click."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from avatar.domain.escalations import EscalationState
from connectors.slack import said_there, threads
from connectors.slack.asking import card_job
from connectors.slack.gateway import SlackRefusedError
from connectors.slack.intake import Heard
from connectors.slack.log import Job, Pool, Purpose, SendState
from connectors.slack.office import CHANNEL
from connectors.slack.records import reply_id
from connectors.slack.said_there import SAID_THERE, SaidThere, Words

if TYPE_CHECKING:
    from avatar.domain.escalations import Escalation
    from connectors.slack.office import Office
    from connectors.slack.owner import Owner

LOOK: Final = "thread"
SETTLED_S: Final = 60.0
"""How long the owner has written nothing more, so that an answer in two messages is one."""
AFTER_CLOSING_S: Final = 3600.0
"""How long its card and its relays may need to know what an answer was taken from."""
MOST_LOOKS: Final = 10
"""Threads read in one round, those first that were not for longest."""


class ThreadAnswers:
    """Looks for the owner's words in the threads of channels where questions wait."""

    def __init__(self, office: Office, owner: Owner) -> None:
        self._office = office
        self._owner = owner
        self._looked: dict[str, float] = {}
        self._noting = threading.Lock()

    def ask_for(self) -> None:
        """Let the threads be read in which the owner may have answered meanwhile."""
        office = self._office
        pending = {one.escalation_id: one for one in office.front_desk.pending()}
        self._looked = {name: at for name, at in self._looked.items() if name in pending}
        asked = [name for name, one in pending.items() if self._asked_in(one)]
        asked.sort(key=lambda name: self._looked.get(name, 0.0))
        for name in asked[:MOST_LOOKS]:
            self._looked[name] = office.clock.now()
            body = {"escalation": name}
            job = Job(f"{LOOK}:{name}", Pool.QUESTIONS, LOOK, LOOK, body, office.clock.now())
            office.log.again(job)

    def look(self, job: Job) -> None:
        """Read the threads of one escalation, and show the owner's words on its card."""
        office, name = self._office, str(job.body["escalation"])
        if self._read_anew(name, settled_s=SETTLED_S):
            office.log.again(card_job(office, name))
        office.log.finish(job.key)
        office.wake()

    def accept(self, job: Job, mark: str) -> None:
        """Take the words a button stands under as the answer, when nothing was said since.

        Otherwise the card is brought up to date and nothing else happens.
        """
        name, _, _ = said_there.marked(mark)
        self._read_anew(name, settled_s=0.0)
        words = self._known(name).words
        if words is None or words.mark(name) != mark:
            self._redraw(job, name)
            return
        self._owner.close(job, name, lambda: self._take(name, words))

    def decline(self, job: Job, mark: str) -> None:
        """Let the question wait: what the owner wrote there was something else."""
        name, place, ts = said_there.marked(mark)
        if ts and self._pending(name):
            with self._noting:
                self._note(name, self._known(name).without(place, ts))
            self._read_anew(name, settled_s=0.0)
        self._redraw(job, name)

    def forget_closed(self) -> None:
        """Drop what is known of questions that were closed and told a while ago."""
        log, desk = self._office.log, self._office.front_desk
        lately = self._office.clock.now() - AFTER_CLOSING_S
        on_the_way = {
            str(message.about.get("escalation"))
            for message in log.messages(Purpose.RELAY)
            if message.state in {SendState.WAITING, SendState.SENDING}
        }
        for note in log.notes(SAID_THERE):
            name = note.removeprefix(SAID_THERE)
            escalation = desk.escalation(name)
            closed_at = (escalation.closed_at or lately) if escalation else 0.0
            if closed_at < lately and name not in on_the_way:
                log.set_note(note, None)

    def _redraw(self, job: Job, name: str) -> None:
        self._office.log.again(card_job(self._office, name))
        self._office.log.finish(job.key)
        self._office.wake()

    def _take(self, name: str, words: Words) -> Escalation:
        with self._noting:
            if self._pending(name):
                taken = replace(words, is_answer=True)
                self._note(name, self._known(name).showing(taken))
            return self._owner.answer(name, words.text)

    def _read_anew(self, name: str, *, settled_s: float) -> bool:
        """Note the latest words that are not declined; whether that changes the card."""
        escalation = self._pending(name)
        if escalation is None:
            return False
        words = self._latest(escalation, settled_s=settled_s)
        with self._noting:
            known = self._known(name)
            said = known.showing(words)
            # Slack was read meanwhile: the owner may have closed it, or declined these words
            is_new = said != known and self._pending(name) is not None
            if is_new:
                self._note(name, said)
        return is_new

    def _latest(self, escalation: Escalation, *, settled_s: float) -> Words | None:
        """Return the latest words of all threads; in each the owner has written all there is."""
        known = self._known(escalation.escalation_id)
        found = []
        for heard, asked_at in self._asked_in(escalation):
            place = said_there.place_of(heard.channel, heard.thread)
            shown = known.words if known.words and known.words.place == place else None
            after = max(asked_at, known.declined_until(place))
            words = self._in_thread(heard, after, shown)
            if words and self._office.slack_time.now() - float(words.ts) < settled_s:
                words = shown
            found.append(words)
        return max(filter(None, found), key=lambda words: float(words.ts), default=None)

    def _in_thread(self, heard: Heard, after: float, shown: Words | None) -> Words | None:
        """Return the owner's words in one thread; those that were shown when it is closed to us."""
        office = self._office
        try:
            rows = threads.read(office, heard, since=after)
        except SlackRefusedError:
            return shown
        raw, ts = said_there.said_in(rows, owner=office.identity.owner, after=after)
        return Words(heard.channel, heard.thread, ts, self._owner.as_typed(raw)) if raw else None

    def _asked_in(self, escalation: Escalation) -> list[tuple[Heard, float]]:
        """Return the threads of channels it was asked in, each with when it was asked first."""
        found: dict[str, tuple[Heard, float]] = {}
        for asker in escalation.waiting:
            if asker.reply_to.channel != CHANNEL:
                continue
            reply = self._office.log.message(reply_id(asker.question_id))
            if reply is None or "job" not in reply.about:
                continue
            body = reply.about["job"]["body"]
            heard = Heard.of(body.get("heard", body))
            if not heard.is_direct:
                place = said_there.place_of(heard.channel, heard.thread)
                found.setdefault(place, (heard, asker.asked_at))
        return list(found.values())

    def _pending(self, name: str) -> Escalation | None:
        escalation = self._office.front_desk.escalation(name)
        is_pending = escalation and escalation.state is EscalationState.PENDING
        return escalation if is_pending else None

    def _known(self, name: str) -> SaidThere:
        return SaidThere.read(self._office.log.note(SAID_THERE + name))

    def _note(self, name: str, said: SaidThere) -> None:
        self._office.log.set_note(SAID_THERE + name, said.as_text())

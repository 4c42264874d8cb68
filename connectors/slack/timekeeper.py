"""What happens because time passes: reminders, digests, expiry, recalls, cards set right."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

from avatar.domain.escalations import EscalationState
from avatar.errors import AvatarError
from connectors.slack import blocks, cards, faults, owner_texts
from connectors.slack.asking import card_job
from connectors.slack.doubts import DOUBTED
from connectors.slack.front_desk import Demoted
from connectors.slack.owner_texts import word

if TYPE_CHECKING:
    from avatar.domain.questions import Language
    from connectors.slack.corrections import Corrections
    from connectors.slack.front_desk import PromiseBroken
    from connectors.slack.hours import Hours
    from connectors.slack.office import Office
    from connectors.slack.owner import Owner
    from connectors.slack.thread_answers import ThreadAnswers

logger = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 2.0
SWEEP_EVERY_S: Final = 60.0
PURGE_EVERY_S: Final = 3600.0
KEPT_FOR_S: Final = 60 * 86_400.0
A_DAY_S: Final = 86_400.0
AN_HOUR_S: Final = 3600.0
MOST_IN_DIGEST: Final = 20
NEXT_DIGEST: Final = "next-digest"
REMINDED: Final = "reminded/"
SETBACK: Final = "setback/"
"""By topic and time: when the owner was told."""


class Timekeeper:
    """Looks at the clock from its own thread; `look` does one round."""

    def __init__(
        self,
        office: Office,
        hours: Hours,
        owner: Owner,
        sent: Corrections,
        answers: ThreadAnswers,
    ) -> None:
        self._office = office
        self._hours = hours
        self._owner = owner
        self._sent = sent
        self._answers = answers
        self._swept_at = float("-inf")
        self._purged_at = float("-inf")
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="avatar-slack-clock", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End and join the thread; safe to call twice."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_EVERY_S):
            try:
                self.look()
            except AvatarError as error:
                logger.warning("a round of reminders was left out: %s", error)
            except Exception as error:  # noqa: BLE001 - the next round may succeed
                logger.error("a round of reminders failed: %s", faults.place_of(error))  # noqa: TRY400 - a trace may hold what people wrote

    def look(self) -> None:
        """Do whatever is due now."""
        office = self._office
        now = office.clock.monotonic()
        office.front_desk.expire(office.config.expire_after_days * A_DAY_S)
        office.front_desk.deliver_pending()
        self._set_cards_right()
        if self._hours.digest_at:
            self._digest()
        if now - self._swept_at >= SWEEP_EVERY_S:
            self._swept_at = now
            self._remind()
            self._sent.sweep()
            self._answers.ask_for()
            self._tell_setbacks()
        if now - self._purged_at >= PURGE_EVERY_S:
            self._purged_at = now
            office.log.purge(office.clock.now() - KEPT_FOR_S)
            self._answers.forget_closed()
        office.wake()

    def _set_cards_right(self) -> None:
        """Make or change the cards of escalations that came or went by other ways."""
        log = self._office.log
        known = log.notes(cards.OPEN_CARD)
        pending = {one.escalation_id: one for one in self._office.front_desk.pending()}
        for escalation_id, escalation in pending.items():
            waiting = known.get(cards.OPEN_CARD + escalation_id)
            if waiting is None:
                log.take_in(card_job(self._office, escalation_id))
            elif waiting != str(len(escalation.waiting)):
                log.again(card_job(self._office, escalation_id))
        shown = {name.removeprefix(cards.OPEN_CARD) for name in known}
        doubted = {name.removeprefix(DOUBTED) for name in log.notes(DOUBTED)}
        for escalation_id in sorted(shown | doubted):
            if escalation_id not in pending:
                log.again(card_job(self._office, escalation_id))

    def _digest(self) -> None:
        office = self._office
        now = office.clock.now()
        due = office.log.note(NEXT_DIGEST)
        if due is None:
            office.log.set_note(NEXT_DIGEST, str(self._hours.next_digest(now)))
            return
        if now < float(due):
            return
        known = office.log.notes(cards.OPEN_CARD)
        waiting = [
            one
            for one in office.front_desk.pending()
            if cards.OPEN_CARD + one.escalation_id not in known
        ]
        if waiting:
            language = office.language
            made = [blocks.header(f"{word('digest', language)}: {len(waiting)}")]
            for escalation in waiting[:MOST_IN_DIGEST]:
                show = blocks.button(word("show", language), cards.SHOW, escalation.escalation_id)
                line = blocks.escaped(blocks.quiet(blocks.shortened(escalation.text, 300)))
                made.append(blocks.section(line, button=show))
            summary = f"{word('digest', language)}: {len(waiting)}"
            office.log.enqueue(
                [office.note_to_owner(f"digest/{due}", blocks.message(summary, made))]
            )
        office.log.set_note(NEXT_DIGEST, str(self._hours.next_digest(now)))

    def _remind(self) -> None:
        """Remind once of what has waited long, when the owner may be disturbed."""
        office = self._office
        now = office.clock.now()
        if not office.config.remind_after_h or self._hours.is_quiet(now):
            return
        for name in office.log.notes(cards.OPEN_CARD):
            escalation_id = name.removeprefix(cards.OPEN_CARD)
            escalation = office.front_desk.escalation(escalation_id)
            if escalation is None or escalation.state is not EscalationState.PENDING:
                continue
            if now - escalation.opened_at < office.config.remind_after_h * AN_HOUR_S:
                continue
            if office.log.note(cards.SNOOZED + escalation_id) is not None:
                continue
            if office.log.note(REMINDED + escalation_id) is None:
                self._owner.remind(escalation, f"reminder/{escalation_id}")
                office.log.set_note(REMINDED + escalation_id, str(now))

    def _tell_setbacks(self) -> None:
        """Tell the owner, once each, what verdicts took from the stand-in by itself."""
        office = self._office
        news = {
            _key(one): one
            for one in office.front_desk.setbacks()
            if office.log.note(_key(one)) is None
        }
        now = office.clock.now()
        if not news or self._hours.is_quiet(now):
            return
        if office.config.respect_dnd and cards.dnd_end(office, now) > now:
            return
        for key, setback in news.items():
            text = _told(office.language, setback)
            note = office.note_to_owner(key, blocks.message(text, [blocks.section(text)]))
            office.log.enqueue([note])
            office.log.set_note(key, str(now))


def _key(setback: Demoted | PromiseBroken) -> str:
    what = setback.topic if isinstance(setback, Demoted) else "promise"
    return f"{SETBACK}{what}/{setback.at:.0f}"


def _told(language: Language, setback: Demoted | PromiseBroken) -> str:
    if isinstance(setback, Demoted):
        return owner_texts.demoted(language, topic=blocks.escaped(setback.topic))
    return owner_texts.promise_broken(
        language,
        wrong=setback.wrong,
        judged=setback.judged,
        promise=setback.promise,
        bar=setback.bar,
    )

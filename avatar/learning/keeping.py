"""Replies that are to be kept become past answers, also after a crash, and each of them once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar.domain.audience import Audience
from avatar.domain.escalations import KEPT
from avatar.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar.learning.past_answers import PastAnswers
    from avatar.ports import Clock, Inbox


class Keeping:
    """Keeps what closing an escalation left to be kept; it may be cut short anywhere."""

    def __init__(self, inbox: Inbox, past_answers: PastAnswers, clock: Clock) -> None:
        self._inbox = inbox
        self._past_answers = past_answers
        self._clock = clock

    def finish(self) -> Mapping[str, str]:
        """Keep everything that remains; return the path of each file by escalation id.

        Raises `StateUnwritableError` when a file cannot be written, which then still remains, and
        `InvalidInputError`, once everything else is kept, when a reply may not be kept, which
        then is given up.
        """
        kept: dict[str, str] = {}
        refusal: InvalidInputError | None = None
        for delivery in self._inbox.undelivered():
            if delivery.reply_to.channel != KEPT:
                continue
            escalation = self._inbox.get(delivery.escalation_id)
            if escalation is not None:
                audience = Audience.parse(delivery.reply_to.address).meet(escalation.audience)
                try:
                    path = self._past_answers.keep(escalation, audience=audience).path
                    kept[escalation.escalation_id] = path
                except InvalidInputError as error:
                    refusal = refusal or error
            self._inbox.mark_delivered(delivery.delivery_id, self._clock.now())
        if refusal is not None:
            raise refusal
        return kept

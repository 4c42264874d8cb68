"""The last look before a reply leaves: the channel may have changed since it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar.domain.audience import Audience
from connectors.slack import asking, threads
from connectors.slack.intake import Heard
from connectors.slack.log import Job, Pool, Purpose

if TYPE_CHECKING:
    from connectors.slack.log import Outgoing
    from connectors.slack.office import Office


class LastLook:
    """The outbox's guard over replies in channels."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def may_send(self, message: Outgoing) -> bool:
        """Whether everybody in the channel may read what a reply rests on, and it is needed."""
        about = message.about
        if message.purpose is not Purpose.REPLY or about.get("is_direct", True):
            return True
        body = about["job"]["body"]
        heard = Heard.of(body.get("heard", body))
        if threads.owner_spoke(self._office, heard):
            return False
        place = self._office.audiences.channel(message.channel, before_sending=True)
        audiences = [Audience.parse(text) for text in about["audiences"]]
        if all(place.reader.may_read(audience) for audience in audiences):
            return True
        self._move(message, heard)
        return False

    def was_sent(self, message: Outgoing) -> None:
        """Take the status away that stood until this message came."""
        status = message.about.get("status")
        if status:
            self._office.status.end(*status)

    def _move(self, message: Outgoing, heard: Heard) -> None:
        saved = message.about["job"]
        job = Job(saved["key"], Pool.QUESTIONS, saved["key"], "message", saved["body"], 0.0)
        self._office.log.take_in(asking.direct_job(job))
        self._office.log.enqueue([asking.moved_note(self._office, message.about, heard)])
        self._office.wake()

"""The last look before a reply leaves: who reads it may have changed since it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar.domain.audience import Audience
from connectors.slack import asking, threads
from connectors.slack.intake import Heard
from connectors.slack.log import Purpose
from connectors.slack.people import REMEMBERED_FOR_SENDING_S

if TYPE_CHECKING:
    from avatar.domain.audience import Reader
    from connectors.slack.log import Outgoing
    from connectors.slack.office import Office


class LastLook:
    """The outbox's guard over replies."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def may_send(self, message: Outgoing) -> bool:
        """Whether everybody who will read a reply may read what it rests on, and it is needed."""
        about = message.about
        if message.purpose is not Purpose.REPLY or "job" not in about:
            return True
        body = about["job"]["body"]
        heard = Heard.of(body.get("heard", body))
        if not about["is_direct"] and threads.owner_spoke(self._office, heard):
            return False
        reader = self._reader(message, heard)
        if all(reader.may_read(Audience.parse(text)) for text in about["audiences"]):
            return True
        self._answer_anew(message, heard)
        return False

    def _reader(self, message: Outgoing, heard: Heard) -> Reader:
        """Return who reads it now."""
        office = self._office
        if not message.about["is_direct"]:
            return office.audiences.channel(message.channel, before_sending=True).reader
        person = office.people.person(heard.user, max_age_s=REMEMBERED_FOR_SENDING_S)
        return office.audiences.reader(person)

    def was_sent(self, message: Outgoing) -> None:
        """Take the status away that stood until this message came."""
        status = message.about.get("status")
        if status:
            self._office.status.end(*status)

    def _answer_anew(self, message: Outgoing, heard: Heard) -> None:
        """Answer in a direct message, from what its reader may read now."""
        saved = message.about["job"]
        self._office.log.take_in(asking.direct_job(self._office, saved["key"], saved["body"]))
        if not message.about["is_direct"]:
            self._office.log.enqueue([asking.moved_note(self._office, message.about, heard)])
        self._office.wake()

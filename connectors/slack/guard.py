"""The last look before a reply leaves: who reads it may have changed since it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar.domain.audience import Audience
from avatar.domain.questions import Language
from connectors.slack import asking, threads
from connectors.slack.intake import STOPPED, Heard
from connectors.slack.log import Purpose
from connectors.slack.people import REMEMBERED_FOR_SENDING_S
from connectors.slack.said_there import SAID_THERE, SaidThere, place_of
from connectors.slack.status import ACTIVE

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
        if message.purpose is Purpose.RELAY:
            return self._may_relay(message)
        if message.purpose is not Purpose.REPLY or "job" not in about:
            return True
        body = about["job"]["body"]
        heard = Heard.of(body.get("heard", body))
        if self._is_stopped(message, heard):
            return False
        if not about["is_direct"] and threads.owner_spoke(self._office, heard):
            return False
        reader = self._reader(message, heard)
        if all(reader.may_read(Audience.parse(text)) for text in about["audiences"]):
            return True
        self._answer_anew(message, heard)
        return False

    def _is_stopped(self, message: Outgoing, heard: Heard) -> bool:
        """Whether the asker pressed Stop after asking; what went to the owner is told anyway."""
        stopped = self._office.log.note(f"{STOPPED}{heard.channel}:{heard.thread}")
        if stopped is None or any(part["escalation_id"] for part in message.about["parts"]):
            return False
        return float(stopped) >= float(heard.ts)

    def _may_relay(self, message: Outgoing) -> bool:
        """Whether it is needed, and nobody reads along now who did not when the owner was asked."""
        if self._stands_there(message):
            return False
        asked = self._office.log.message(str(message.about.get("reply", "")))
        if asked is None or asked.about["is_direct"] or asked.channel != message.channel:
            return True
        reader = self._office.audiences.channel(message.channel, before_sending=True).reader
        if set(asked.about["readers"]) <= reader.labels:
            return True
        user = str(message.about["user"])
        kept = {k: v for k, v in message.arguments.items() if k not in {"thread_ts", "metadata"}}
        direct = self._office.post(
            f"{message.delivery_id}/direct",
            self._office.people.direct(user),
            kept,
            Purpose.NOTE,
            subject=message.subject,
        )
        thread = str(message.arguments.get("thread_ts") or "")
        language = Language(asked.about["language"])
        note = asking.not_here_note(
            self._office, f"{message.delivery_id}/moved", language, (message.channel, thread)
        )
        self._office.log.enqueue([direct, note])
        self._office.wake()
        return False

    def _stands_there(self, message: Outgoing) -> bool:
        """Whether it was answered with the owner's words in this very thread: not said twice."""
        escalation_id = str(message.about["escalation"])
        words = SaidThere.read(self._office.log.note(SAID_THERE + escalation_id)).words
        thread = str(message.arguments.get("thread_ts") or "")
        if words is None or words.place != place_of(message.channel, thread):
            return False
        escalation = self._office.front_desk.escalation(escalation_id)
        return escalation is not None and words.is_answer_to(escalation)

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
            channel, thread = status
            self._office.status.end(channel, thread, str(message.about.get("session", ACTIVE)))

    def _answer_anew(self, message: Outgoing, heard: Heard) -> None:
        """Answer in a direct message, from what its reader may read now."""
        saved = message.about["job"]
        self._office.log.take_in(asking.direct_job(self._office, saved["key"], saved["body"]))
        if not message.about["is_direct"]:
            language = Language(message.about["language"])
            self._office.log.enqueue([asking.moved_note(self._office, language, heard)])
        self._office.wake()

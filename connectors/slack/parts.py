"""The connector's parts, made and joined; the one place that knows all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from connectors.slack import thread_answers
from connectors.slack.asking import Asking
from connectors.slack.audiences import Audiences
from connectors.slack.cards import Cards
from connectors.slack.catch_up import CatchUp
from connectors.slack.clicks import Clicks
from connectors.slack.commands import Commands
from connectors.slack.corrections import Corrections
from connectors.slack.doubts import Doubts
from connectors.slack.guard import LastLook
from connectors.slack.home import Home
from connectors.slack.hours import Hours, zone_of
from connectors.slack.intake import Heard, command_in
from connectors.slack.listening import Listening
from connectors.slack.modals import Modals
from connectors.slack.office import Office
from connectors.slack.outbox import Outbox
from connectors.slack.owner import Owner
from connectors.slack.people import People
from connectors.slack.thread_answers import ThreadAnswers
from connectors.slack.timekeeper import Timekeeper
from connectors.slack.workers import Bell, Workers

if TYPE_CHECKING:
    from slack_bolt.app.async_app import AsyncApp
    from slack_sdk.web.async_client import AsyncWebClient

    from avatar.ports import Clock
    from connectors.slack.audiences import Identity
    from connectors.slack.config import SlackConfig
    from connectors.slack.front_desk import FrontDesk
    from connectors.slack.gateway import Slack
    from connectors.slack.log import Job, SlackLog
    from connectors.slack.slack_time import SlackTime
    from connectors.slack.socket_mode import SocketMode
    from connectors.slack.status import StatusBoard


@dataclass(frozen=True, slots=True)
class Tools:
    """What the parts are made from."""

    slack: Slack
    log: SlackLog
    front_desk: FrontDesk
    identity: Identity
    config: SlackConfig
    clock: Clock
    slack_time: SlackTime
    status: StatusBoard
    bell: Bell


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that runs."""

    office: Office
    workers: Workers
    timekeeper: Timekeeper
    catch_up: CatchUp
    sent: Corrections
    listening_parts: tuple[Clicks, Commands, Modals]

    @classmethod
    def make(cls, tools: Tools) -> Parts:
        """Make the parts; nothing runs yet."""
        office = _office(tools)
        hours = _hours(office)
        asking, commands, sent = Asking(office), Commands(office), Corrections(office)
        doubts = Doubts(office, sent)
        cards = Cards(office, hours, doubts)
        owner, home = Owner(office, hours, commands), Home(office, sent)
        answers, catch_up = ThreadAnswers(office, owner), CatchUp(office)
        clicks = Clicks(office, owner, answers, sent, doubts, home)

        def message(job: Job) -> None:
            heard = Heard.of(job.body)
            if heard.is_direct and office.is_owner(heard.user):
                if owner.reply_in_thread(job, heard):
                    return
                name = command_in(heard.text)
                if name:
                    owner.command(job, heard, name)
                    return
            asking.work(job)

        kinds = {
            "message": message,
            "direct": asking.work,
            "action": clicks.work,
            "submission": clicks.submitted,
            "card": cards.work,
            "wake": owner.wake,
            thread_answers.LOOK: answers.look,
            "home": home.work,
            "catch-up": catch_up.work,
            "catch-up-place": catch_up.read,
        }
        outbox = Outbox(office, LastLook(office))
        return cls(
            office=office,
            workers=Workers(office, outbox, kinds, tools.bell),
            timekeeper=Timekeeper(office, hours, owner, sent, answers),
            catch_up=catch_up,
            sent=sent,
            listening_parts=(clicks, commands, Modals(office)),
        )

    def app(self, client: AsyncWebClient, socket: SocketMode) -> AsyncApp:
        """Return a Bolt app that stores what it hears for these parts."""
        clicks, commands, modals = self.listening_parts
        return Listening(self.office, clicks, commands, modals, socket.aside).app(client)


def _office(tools: Tools) -> Office:
    people = People(tools.slack, tools.clock)
    audiences = Audiences(people, tools.front_desk, tools.identity, tools.config.user_groups)
    return Office(
        slack=tools.slack,
        log=tools.log,
        people=people,
        audiences=audiences,
        front_desk=tools.front_desk,
        identity=tools.identity,
        config=tools.config,
        clock=tools.clock,
        slack_time=tools.slack_time,
        status=tools.status,
        owner_channel=people.direct(tools.identity.owner),
        wake=tools.bell.ring,
    )


def _hours(office: Office) -> Hours:
    """Read the owner's rules; their time zone comes from Slack unless the profile says it."""
    config = office.config
    owner = office.people.person(office.identity.owner)
    return Hours.of(
        zone=zone_of(config.timezone or owner.timezone, owner.utc_offset_s),
        quiet=config.quiet_hours,
        quiet_weekends=config.quiet_weekends,
        digest_at=config.digest_at,
    )

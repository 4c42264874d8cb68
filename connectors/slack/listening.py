"""The Bolt app: it validates, stores, and acknowledges; the work is done elsewhere."""

from __future__ import annotations

import hashlib
import logging
import re
from typing import TYPE_CHECKING, Any, Final

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.response import BoltResponse

from avatar.errors import AvatarError
from connectors.slack import blocks, intake, modals, texts
from connectors.slack.gateway import sdk_logger
from connectors.slack.owner_texts import word

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from slack_bolt.context.ack.async_ack import AsyncAck
    from slack_sdk.web.async_client import AsyncWebClient

    from connectors.slack.clicks import Clicks
    from connectors.slack.commands import Commands
    from connectors.slack.modals import Modals
    from connectors.slack.office import Office

    Aside = Callable[[Callable[[], Any]], Awaitable[Any]]

logger = logging.getLogger(__name__)

ANYTHING: Final = re.compile(".*", re.DOTALL)
INTERACTIVE: Final = frozenset(
    {
        "block_actions",
        "block_suggestion",
        "message_action",
        "shortcut",
        "view_closed",
        "view_submission",
    }
)
REVOKED: Final = "revoked"
"""Note: the last time Slack took the app's rights away."""


class Listening:
    """Registers every listener on one app.

    `aside` runs something that may block beside the event loop: the log's writes take a disk
    flush, and an acknowledgement must not wait behind another one's.
    """

    def __init__(
        self, office: Office, clicks: Clicks, commands: Commands, openers: Modals, aside: Aside
    ) -> None:
        self._office = office
        self._clicks = clicks
        self._commands = commands
        self._modals = openers
        self._aside = aside

    def app(self, client: AsyncWebClient) -> AsyncApp:
        """Return the app with its listeners."""
        app = AsyncApp(client=client, logger=sdk_logger(), name="avatar")
        # before Bolt acknowledges an event, it is on disk
        app.middleware(self._store_event)
        app.event(ANYTHING)(self._stored)
        app.action(ANYTHING)(self._pressed)
        app.view_submission(ANYTHING)(self._submitted)
        app.shortcut(modals.SAVE_SHORTCUT)(self._shortcut)
        app.command("/avatar")(self._command)
        for others in (app.shortcut, app.command, app.view_closed, app.options):
            others(ANYTHING)(self._nothing)
        return app

    async def _store_event(
        self,
        body: dict[str, Any],
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 - Bolt's name for it
    ) -> BoltResponse | None:
        kind = body.get("type")
        if kind == "event_callback":
            await self._aside(lambda: self.take_event(body))
        elif kind not in INTERACTIVE and "command" not in body:
            # such as app_rate_limited: what nobody acknowledges comes again
            logger.warning("Slack says %s", kind)
            return BoltResponse(status=200)
        await next()
        return None

    async def _stored(self) -> None:
        self._office.wake()

    async def _nothing(self, ack: AsyncAck) -> None:
        await ack()

    def take_event(self, body: Mapping[str, Any]) -> None:
        """Store what an event asks for; known ones are left out."""
        office = self._office
        event = body.get("event") or {}
        now = office.clock.now()
        office.slack_time.heard(event.get("event_ts") or event.get("ts"))
        kind = event.get("type")
        if kind == "app_home_opened":
            if event.get("tab", "home") == "home" and event.get("user"):
                user = str(event["user"])
                opened = body.get("event_id") or event.get("event_ts") or now
                office.log.take_in(office.job(f"home:{user}:{opened}", "home", {"user": user}))
            return
        if kind == "agent_session_stopped":
            self._stop(event)
            return
        if kind in {"app_uninstalled", "tokens_revoked"}:
            logger.error("Slack says %s: the stand-in hears nothing until setup is done anew", kind)
            office.log.set_note(REVOKED, str(kind))
            return
        job = intake.message_job(body, office.identity, at=now)
        if job is not None:
            office.log.take_in(job)

    def _stop(self, event: Mapping[str, Any]) -> None:
        """Leave undone what waits in a thread whose asker pressed Stop."""
        channel = str(event.get("channel") or event.get("channel_id") or "")
        thread = str(event.get("thread_ts") or "")
        lane = f"{channel}:{thread}"
        self._office.log.drop_lane(lane)
        stopped_at = str(event.get("event_ts") or self._office.slack_time.now())
        self._office.log.set_note(intake.STOPPED + lane, stopped_at)
        self._office.status.end(channel, thread)

    async def _pressed(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        action = body["actions"][0]
        if action["action_id"] not in modals.OPENS_MODAL:
            job = intake.action_job(body, at=self._office.clock.now())
            await self._aside(lambda: self._office.log.take_in(job))
            await ack()
            self._office.wake()
            return
        await ack()
        await self._aside(lambda: self._open(body, action))

    def _open(self, body: Mapping[str, Any], action: Mapping[str, Any]) -> None:
        user = body["user"]["id"]
        channel = (body.get("channel") or {}).get("id", "")
        thread = (body.get("message") or {}).get("thread_ts", "")
        if not self._office.is_owner(user):
            self._clicks.refuse_stranger(user, channel, thread)
            return
        try:
            value = str(action.get("value") or "")
            self._modals.open_for(action["action_id"], value, body["trigger_id"])
        except AvatarError as error:
            self._did_not_open(body, error)

    async def _submitted(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        view = body["view"]
        missing = modals.problems(view, self._office.language)
        if missing:
            await ack(response_action="errors", errors=missing)
            return
        values = modals.values_of(view)
        job = intake.submission_job(body, values, at=self._office.clock.now())
        await self._aside(lambda: self._office.log.take_in(job))
        await ack()
        self._office.wake()

    async def _shortcut(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        await self._aside(lambda: self._open_save(body))

    def _open_save(self, body: Mapping[str, Any]) -> None:
        user = body["user"]["id"]
        if not self._office.is_owner(user):
            self._clicks.refuse_stranger(user, body["channel"]["id"], "")
            return
        try:
            self._modals.open_save(body)
        except AvatarError as error:
            self._did_not_open(body, error)

    def _did_not_open(self, body: Mapping[str, Any], error: AvatarError) -> None:
        """Tell the owner, who would see nothing happen."""
        office = self._office
        logger.warning("a modal did not open: %s", error)
        pressed = hashlib.sha256(str(body["trigger_id"]).encode()).hexdigest()[:16]
        text = word("not_opened", office.language)
        message = office.note_to_owner(f"not-opened/{pressed}", blocks.plain_message(text))
        office.log.enqueue([message])
        office.wake()

    async def _command(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        if not self._office.is_owner(body["user_id"]):
            owner = self._office.identity.owner_name
            await ack(text=texts.only_owner(self._office.language, owner=owner))
            return
        name = str(body.get("text") or "").strip().lower()
        text = await self._aside(lambda: self._commands.run(name))
        await ack(text=text)

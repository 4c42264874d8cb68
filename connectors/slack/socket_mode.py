"""The connection to Slack: its own thread and event loop, watched and made anew when it fails."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from connectors.slack.config import is_loopback
from connectors.slack.gateway import refusal_of, sdk_logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_bolt.app.async_app import AsyncApp

logger = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 0.2
CONNECT_WITHIN_S: Final = 15.0
LOST_FOR_S: Final = 1.5
"""After a drop without a word the SDK looks every ping; a new connection is quicker."""
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 60.0
PING_EVERY_S: Final = 5.0
PULSE_EVERY_S: Final = 30.0
BESIDE_THE_LOOP: Final = 4


@dataclass(frozen=True, slots=True)
class Tokens:
    """The two tokens; they never appear in a text."""

    bot: str
    app: str

    def __repr__(self) -> str:
        """Say nothing of the values."""
        return "Tokens(…)"


@dataclass(frozen=True, slots=True)
class Ears:
    """Who hears of the connection: how many there are when one opens, and that it lives."""

    on_hello: Callable[[int], None]
    on_pulse: Callable[[], None]


class SocketMode:
    """Keeps one connection open as long as it is wanted.

    `make_app` builds the Bolt app.
    """

    def __init__(
        self,
        tokens: Tokens,
        api_url: str,
        make_app: Callable[[AsyncWebClient, SocketMode], AsyncApp],
        ears: Ears,
    ) -> None:
        self._tokens = tokens
        self._api_url = api_url
        self._make_app = make_app
        self._ears = ears
        self._stopping = threading.Event()
        self._is_connected = threading.Event()
        self._beside = ThreadPoolExecutor(BESIDE_THE_LOOP, thread_name_prefix="avatar-slack-beside")
        self._thread = threading.Thread(target=self._run, name="avatar-slack-socket", daemon=True)
        self._failures = 0
        self.trouble = ""

    @property
    def is_connected(self) -> bool:
        """Whether Slack can reach us now."""
        return self._is_connected.is_set()

    def start(self) -> None:
        """Begin to connect."""
        self._thread.start()

    def wait_connected(self, timeout_s: float) -> bool:
        """Wait until Slack can reach us; False when it could not in time."""
        return self._is_connected.wait(timeout_s)

    def stop(self) -> None:
        """Close the connection and join every thread; safe to call twice."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        self._beside.shutdown(wait=True)

    async def aside(self, work: Callable[[], Any]) -> Any:  # noqa: ANN401 - passes through
        """Run something that may block beside the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._beside, work)

    def _run(self) -> None:
        asyncio.run(self._stay_connected())

    async def _stay_connected(self) -> None:
        while not self._stopping.is_set():
            wait = 0.0
            try:
                await self._one_connection()
            except Exception as error:  # noqa: BLE001 - the SDK raises anything; it is told and tried again
                self._failures += 1
                wait = getattr(error, "retry_after_s", 0.0)
                self.trouble = f"{type(error).__name__}: {error}"
                logger.warning("Slack's socket failed (%s); connecting again", self.trouble)
            self._is_connected.clear()
            pause = min(FIRST_PAUSE_S * 2.0 ** min(self._failures, 8), LONGEST_PAUSE_S)
            await self._sleep(max(wait, pause))

    async def _one_connection(self) -> None:
        """Be connected until that cannot be mended by the SDK itself."""
        loopback = is_loopback(urlsplit(self._api_url).hostname or "")
        client = AsyncWebClient(
            token=self._tokens.bot, base_url=self._api_url, logger=sdk_logger(), retry_handlers=[]
        )
        app = self._make_app(client, self)
        handler = AsyncSocketModeHandler(
            app, self._tokens.app, logger=sdk_logger(), ping_interval=PING_EVERY_S
        )
        if loopback:  # a proxy cannot reach this machine
            client.proxy = None
            handler.client.proxy = None
        handler.client.on_message_listeners.append(self._listen_for_hello)
        try:
            # the SDK would try a refused ticket for ever and sleep on a busy Slack
            handler.client.wss_uri = await self._ticket(client)
            await asyncio.wait_for(handler.client.connect(), CONNECT_WITHIN_S)  # type: ignore[no-untyped-call]
            self._is_connected.set()
            self.trouble, self._failures = "", 0
            await self._watch(handler)
        finally:
            await handler.client.close()  # type: ignore[no-untyped-call]

    async def _ticket(self, client: AsyncWebClient) -> str:
        """Return the address of a new connection; raises the gateway's errors."""
        method = "apps.connections.open"
        try:
            response = await client.apps_connections_open(app_token=self._tokens.app)
        except SlackApiError as error:
            raise refusal_of(method, error) from error
        return str(response["url"])

    async def _watch(self, handler: AsyncSocketModeHandler) -> None:
        lost_for = alive_for = 0.0
        while not self._stopping.is_set():
            await self._sleep(LOOK_EVERY_S)
            if await handler.client.is_connected():
                self._is_connected.set()
                lost_for = 0.0
                alive_for += LOOK_EVERY_S
                if alive_for >= PULSE_EVERY_S:
                    alive_for = 0.0
                    await self.aside(self._ears.on_pulse)
                continue
            lost_for += LOOK_EVERY_S
            if lost_for >= LOST_FOR_S:
                raise ConnectionError("the socket stays closed")

    async def _listen_for_hello(self, message: Any) -> None:  # noqa: ANN401 - aiohttp's message
        try:
            row = json.loads(message.data)
        except ValueError:
            return  # not every frame is one of the protocol
        if isinstance(row, dict) and row.get("type") == "hello":
            await self.aside(lambda: self._ears.on_hello(int(row.get("num_connections") or 1)))

    async def _sleep(self, seconds: float) -> None:
        for _ in range(max(1, round(seconds / LOOK_EVERY_S))):
            if self._stopping.is_set():
                return
            await asyncio.sleep(min(seconds, LOOK_EVERY_S))

"""A Slack workspace on the loopback interface: Web API and Socket Mode for one app.

The unmodified SDK runs against it; only its base URL differs. `human` speaks for the people of
the workspace, `fail` and its kin inject what goes wrong in the real one.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from aiohttp import web

from tests.fakes import slack_streams
from tests.fakes.slack_human import Human
from tests.fakes.slack_socket import Delivery, Sockets
from tests.fakes.slack_world import APP, Row, SlackError, World

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import TracebackType

JSON_FIELDS = ("blocks", "attachments", "view", "metadata", "prompts", "chunks", "loading_messages")


@dataclass
class Call:
    """One Web API call as it came, and what was answered."""

    method: str
    args: Row
    error: str = ""
    status: int = 200
    at: float = field(default_factory=time.monotonic)


@dataclass
class Fault:
    """What happens to the next calls of a method instead of, or after, the real thing."""

    method: str
    times: int
    error: str = ""
    status: int = 0
    retry_after_s: int = 1
    lose_request: bool = False
    lose_reply: bool = False
    slow_reply_s: float = 0.0
    channel: str = ""


class FakeSlack:
    """The server; a context manager that owns one thread."""

    def __init__(self) -> None:
        self.world = World()
        self.sockets = Sockets(self.world)
        self.human = Human(self)
        self.calls: list[Call] = []
        self.deliveries: list[Delivery] = []
        self.delay_s: dict[str, float] = {}
        self._faults: list[Fault] = []
        self._loop = asyncio.new_event_loop()
        self._runner: web.AppRunner | None = None
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="avatar-fake-slack", daemon=True)
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    @property
    def api_url(self) -> str:
        """The base URL for the SDK's clients."""
        return f"http://127.0.0.1:{self.port}/api/"

    # faults

    def fail(self, method: str, *, times: int = 1, **fault: Any) -> None:
        """Make the next calls of a method go wrong; see `Fault`."""
        self._faults.append(Fault(method, times, **fault))

    def faults_left(self, method: str) -> int:
        """Count the faults of a method that nothing has met yet."""
        return sum(fault.times for fault in self._faults if fault.method == method)

    def lose_an_ack(self) -> None:
        """Let the next acknowledgement get lost."""
        self.sockets.lose_acks += 1

    def disconnect(self, reason: str = "refresh_requested", *, linger_s: float = 0.2) -> None:
        """Ask every socket to reconnect, as Slack does every few hours."""
        self.run(self.sockets.disconnect(reason, linger_s=linger_s))

    def cut(self) -> None:
        """Drop every socket without a word."""
        self.run(self.sockets.cut())

    # driving

    def run(self, work: Coroutine[Any, Any, Any], *, within_s: float = 30) -> Any:
        """Run something in the server's loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(within_s)

    def send(
        self, kind: str, payload: Row, *, event_id: str = "", accepts_response: bool = False
    ) -> Delivery:
        """Start delivering a payload; the delivery says when and how it was acknowledged."""
        delivery = Delivery(kind, payload, event_id)
        self.deliveries.append(delivery)
        asyncio.run_coroutine_threadsafe(
            self.sockets.deliver(delivery, accepts_response=accepts_response), self._loop
        )
        return delivery

    def redeliver(self, event_id: str) -> Delivery:
        """Send an event once more, as a late retry does."""
        first = next(d for d in self.deliveries if d.event_id == event_id)
        return self.send(first.kind, first.payload, event_id=event_id)

    def wait(self, what: Callable[[], Any], *, within_s: float = 10.0, why: str = "") -> Any:
        """Poll until something is so, and return it."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            found = what()
            if found:
                return found
            time.sleep(0.005)
        raise AssertionError(f"not within {within_s} s: {why or what}")

    def wait_connected(self) -> None:
        """Wait until the app listens."""
        self.wait(lambda: self.sockets.count, why="a socket is open")

    def called(self, method: str) -> list[Row]:
        """Return the arguments of every successful call of a method."""
        return [c.args for c in self.calls if c.method == method and not c.error]

    # serving

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._start())
        self._loop.run_forever()
        self._loop.run_until_complete(self._stop())
        self._loop.close()

    async def _start(self) -> None:
        app = web.Application(client_max_size=10_000_000)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_get("/link", self.sockets.link)
        app.router.add_post("/response/{number}", self._response_url)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self._started.set()

    async def _stop(self) -> None:
        await self.sockets.cut()
        assert self._runner is not None
        await self._runner.cleanup()
        pending = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        try:
            args = await self._arguments(request)
        except ConnectionError:
            return web.Response()  # whoever asked was killed
        token = self._token(request, args)
        await asyncio.sleep(self.delay_s.get(method, 0.0))
        fault = self._take_fault(method, args)
        call = Call(method, args)
        self.calls.append(call)
        if fault is not None and fault.lose_request:
            return self._hang_up(request, call)
        if fault is not None and fault.status == 429:
            call.error, call.status = "ratelimited", 429
            return web.json_response(
                {"ok": False, "error": "ratelimited"},
                status=429,
                headers={"Retry-After": str(fault.retry_after_s)},
            )
        if fault is not None and fault.status:
            call.error, call.status = "http", fault.status
            return web.Response(status=fault.status, text="upstream connect error")
        body = self._answer(method, args, token, fault)
        call.error = str(body.get("error", ""))
        await asyncio.sleep(fault.slow_reply_s if fault else 0.0)
        if fault is not None and fault.lose_reply:
            return self._hang_up(request, call)
        scopes = ",".join(sorted(self.world.scopes))
        return web.json_response(body, headers={"x-oauth-scopes": scopes})

    def _hang_up(self, request: web.Request, call: Call) -> web.StreamResponse:
        call.error = call.error or "connection lost"
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    def _answer(self, method: str, args: Row, token: str, fault: Fault | None) -> Row:
        if fault is not None and fault.error:
            return {"ok": False, "error": fault.error}
        try:
            if method == "apps.connections.open":
                return {"ok": True, "url": self._socket_url(token)}
            self._check_token(token)
            return {"ok": True, **slack_streams.call(self.world, method, args)}
        except SlackError as error:
            return {"ok": False, "error": error.code, **error.extra}

    def _socket_url(self, token: str) -> str:
        if token != self.world.app_token:
            raise SlackError("not_allowed_token_type" if token[:4] == "xoxb" else "invalid_auth")
        return f"ws://127.0.0.1:{self.port}/link?ticket={self.sockets.ticket()}&app_id={APP}"

    def _check_token(self, token: str) -> None:
        if not token:
            raise SlackError("not_authed")
        if token.startswith("xapp-"):
            raise SlackError("not_allowed_token_type")
        if token != self.world.bot_token:
            raise SlackError("invalid_auth")

    async def _arguments(self, request: web.Request) -> Row:
        args: Row = dict(request.query)
        if request.content_type == "application/json":
            args |= json.loads(await request.text() or "{}")
        elif request.can_read_body:
            args |= dict(await request.post())
        for name in JSON_FIELDS:
            if isinstance(args.get(name), str):
                try:
                    args[name] = json.loads(args[name])
                except ValueError:
                    continue
        return args

    def _token(self, request: web.Request, args: Row) -> str:
        header = request.headers.get("Authorization", "")
        return str(args.pop("token", "") or header.removeprefix("Bearer "))

    def _take_fault(self, method: str, args: Row) -> Fault | None:
        for fault in self._faults:
            if fault.method not in {method, "*"} or fault.times <= 0:
                continue
            if fault.channel and args.get("channel") != fault.channel:
                continue
            fault.times -= 1
            return fault
        return None

    async def _response_url(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        return self.human.respond(request.match_info["number"], body)

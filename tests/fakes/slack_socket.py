"""Socket Mode as Slack speaks it: hello, one socket per envelope, acks in time, retries."""

from __future__ import annotations

import asyncio
import itertools
import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from tests.fakes.slack_world import APP, Row

if TYPE_CHECKING:
    from tests.fakes.slack_world import World

ACK_WITHIN_S = 3.0
MOST_SOCKETS = 10


@dataclass
class Delivery:
    """One payload on its way to the app, over as many envelopes as it takes."""

    kind: str
    payload: Row
    event_id: str = ""
    envelopes: list[str] = field(default_factory=list)
    acked_after_s: float | None = None
    response: Row | None = None
    gave_up: bool = False


class Sockets:
    """The server's end of every open WebSocket."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._open: list[web.WebSocketResponse] = []
        self._tickets: set[str] = set()
        self._acks: dict[str, asyncio.Future[Row]] = {}
        self._turn = itertools.count()
        self.retry_delays_s: tuple[float, ...] = (0.0, 0.3, 1.0)
        self.ack_within_s = ACK_WITHIN_S
        self.lose_acks = 0
        self.connections = 0
        self.unknown_acks: list[Row] = []

    @property
    def count(self) -> int:
        return len(self._open)

    def ticket(self) -> str:
        """Make a ticket: one connection may use it once."""
        made = uuid.uuid4().hex
        self._tickets.add(made)
        return made

    async def link(self, request: web.Request) -> web.StreamResponse:
        """Serve one WebSocket until it closes."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403, text="ticket unknown or used")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(autoping=True)
        await socket.prepare(request)
        if len(self._open) >= MOST_SOCKETS:
            await self._say_goodbye(socket, "too_many_websockets")
            return socket
        self._open.append(socket)
        self.connections += 1
        await socket.send_json(
            {
                "type": "hello",
                "num_connections": len(self._open),
                "connection_info": {"app_id": APP},
                "debug_info": {
                    "host": "fake",
                    "build_number": 1,
                    "approximate_connection_time": 18060,
                },
            }
        )
        await socket.send_str("")  # Slack sends empty frames now and then
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._heard(json.loads(message.data))
        finally:
            self._forget(socket)
        return socket

    def _heard(self, row: Row) -> None:
        waiting = self._acks.get(row.get("envelope_id", ""))
        if waiting is None:
            self.unknown_acks.append(row)
        elif self.lose_acks > 0:
            self.lose_acks -= 1
        elif not waiting.done():
            waiting.set_result(row)

    def _forget(self, socket: web.WebSocketResponse) -> None:
        if socket in self._open:
            self._open.remove(socket)

    async def deliver(self, delivery: Delivery, *, accepts_response: bool) -> Delivery:
        """Bring a payload to exactly one socket; events are retried, clicks are not."""
        is_event = delivery.kind == "events_api"
        delays = (0.0, *self.retry_delays_s) if is_event else (0.0,)
        reason = ""
        for attempt, delay in enumerate(delays):
            await asyncio.sleep(delay)
            socket = await self._any_socket()
            if socket is None:
                reason = "timeout"
                continue
            envelope: Row = {
                "envelope_id": str(uuid.uuid4()),
                "type": delivery.kind,
                "payload": delivery.payload,
                "accepts_response_payload": accepts_response,
            }
            if is_event:
                envelope |= {"retry_attempt": attempt, "retry_reason": reason}
            if await self._sent_and_acked(socket, envelope, delivery):
                return delivery
            reason = "timeout"
        delivery.gave_up = True
        return delivery

    async def _any_socket(self) -> web.WebSocketResponse | None:
        for _ in range(50):
            alive = [socket for socket in self._open if not socket.closed]
            if alive:
                return alive[next(self._turn) % len(alive)]
            await asyncio.sleep(0.02)
        return None

    async def _sent_and_acked(
        self, socket: web.WebSocketResponse, envelope: Row, delivery: Delivery
    ) -> bool:
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[Row] = loop.create_future()
        self._acks[envelope["envelope_id"]] = waiting
        delivery.envelopes.append(envelope["envelope_id"])
        began = loop.time()
        try:
            await socket.send_json(envelope)
            ack = await asyncio.wait_for(waiting, self.ack_within_s)
        except (TimeoutError, ConnectionError):
            return False
        finally:
            self._acks.pop(envelope["envelope_id"], None)
        delivery.acked_after_s = loop.time() - began
        delivery.response = ack.get("payload")
        return True

    async def disconnect(self, reason: str, *, linger_s: float = 0.2) -> None:
        """Ask every client to go; the old sockets stay readable for a moment."""
        for socket in list(self._open):
            self._forget(socket)
            await self._say_goodbye(socket, reason, linger_s=linger_s)

    async def cut(self) -> None:
        """Drop every connection without a word."""
        for socket in list(self._open):
            self._forget(socket)
            transport: Any = socket._req.transport if socket._req else None
            if transport is not None:
                transport.abort()

    async def _say_goodbye(
        self, socket: web.WebSocketResponse, reason: str, *, linger_s: float = 0.0
    ) -> None:
        try:
            await socket.send_json(
                {"type": "disconnect", "reason": reason, "debug_info": {"host": "fake"}}
            )
            await asyncio.sleep(linger_s)
            await socket.close()
        except ConnectionError:
            return

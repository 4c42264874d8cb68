"""Who may talk to the loopback API: this machine, by its own name, with the token, in measure."""

from __future__ import annotations

import hmac
import json
import logging
import traceback
import uuid
from typing import TYPE_CHECKING, Final

from avatar.errors import AvatarError, InvalidInputError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOSTS: Final = frozenset({"127.0.0.1", "localhost"})
"""Any other name in the Host header is a web page that rebound its own name to this machine."""

OPEN_PATH: Final = "/healthz"
BODY_LIMIT: Final = 1_000_000
BATCH_LIMIT: Final = 64_000_000
BATCH_PATHS: Final = frozenset({"/v1/search", "/v1/ask", "/v1/evaluate", "/v1/calibrate"})
log = logging.getLogger(__name__)


def logged(error: Exception) -> AvatarError:
    """Write an unexpected error down, and return what may be told of it.

    Its kind and its way through the code are logged; its text may hold parts of a document.
    """
    incident = uuid.uuid4().hex[:8]
    way = "".join(traceback.format_tb(error.__traceback__))
    log.error("unexpected error %s: %s\n%s", incident, type(error).__name__, way)
    return AvatarError(
        f"Something unexpected went wrong in the daemon; its log tells under {incident}."
    )


class Guard:
    """Lets a request through to the application, or answers it with the reason why not."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one request; what is not HTTP (the start and end of the server) passes."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            status, message = refusal
            await _refuse(send, status, message)
            return
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as error:  # noqa: BLE001 - the edge of a web request
            told = logged(error)
            if not started:
                await _refuse(send, 500, str(told), told)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1")
        if host.rsplit(":", 1)[0].lower() not in HOSTS:
            return 421, "This API answers to 127.0.0.1 and localhost only."
        if scope["path"] == OPEN_PATH:
            return None
        if not hmac.compare_digest(headers.get(b"authorization", b""), self._expected):
            return 401, "The token is missing or wrong; it stands in daemon.json."
        if b"transfer-encoding" in headers:
            return 411, "The request must say its length."
        length = headers.get(b"content-length", b"0")
        limit = BATCH_LIMIT if scope["path"] in BATCH_PATHS else BODY_LIMIT
        if not length.isdigit() or int(length) > limit:
            return 413, f"The request is larger than {limit // 1_000_000} MB; send it in parts."
        return None


async def _refuse(send: Send, status: int, message: str, kind: AvatarError | None = None) -> None:
    name = type(kind).__name__ if kind else InvalidInputError.__name__
    body = json.dumps({"error": name, "message": message}).encode()
    # the connection stays open: closing it on an unread body would reset it under the client
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

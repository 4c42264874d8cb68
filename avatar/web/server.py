"""The daemon's web server: one loopback port, published while it runs, ended by a signal."""

from __future__ import annotations

import errno
import os
import secrets
import signal
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import uvicorn

from avatar import __version__
from avatar.errors import InvalidInputError, PortInUseError, TryAgainLaterError
from avatar.web.api import create_app
from avatar.web.discovery import DaemonRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from avatar.commands import Commands
    from avatar.web.discovery import Claim

LOOPBACK: Final = "127.0.0.1"
GRACE_S: Final = 5
POLL_S: Final = 0.5


def serve(
    commands: Commands,
    claim: Claim,
    port: int,
    *,
    started_at: float,
    stop: threading.Event,
    ready: Callable[[int], None],
) -> None:
    """Serve the commands on the loopback port until `stop` is set; 0 takes any free port.

    `ready` gets the actual port once requests are answered and the record is published. Raises
    `PortInUseError` when another program has the port.
    """
    listener = _listen(port)
    try:
        actual = int(listener.getsockname()[1])
        token = secrets.token_urlsafe(32)
        record = DaemonRecord(os.getpid(), actual, token, started_at, __version__)
        daemon = {"pid": record.pid, "port": actual, "since": started_at}
        server = _Server(
            uvicorn.Config(
                create_app(commands, token, daemon),
                log_config=None,
                access_log=False,
                ws="none",
                lifespan="on",
                timeout_graceful_shutdown=GRACE_S,
                server_header=False,
            )
        )
        thread = threading.Thread(target=server.run, args=([listener],), name="avatar-web")
        thread.start()
        try:
            if not server.wait_until_started(thread):
                raise TryAgainLaterError("The web server did not start; the log says why.")
            claim.publish(record)
            ready(actual)
            while not stop.wait(POLL_S) and thread.is_alive():
                pass
        finally:
            server.should_exit = True
            thread.join()
    finally:
        listener.close()


@contextmanager
def until_signalled(stop: threading.Event) -> Iterator[threading.Event]:
    """Set `stop` on SIGTERM or SIGINT, and what is given, too, which nothing else sets.

    Works in the main thread only, as Python demands.
    """
    signalled = threading.Event()

    def set_stop(_number: int, _frame: FrameType | None) -> None:
        signalled.set()
        stop.set()

    before = {number: signal.signal(number, set_stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield signalled
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Server(uvicorn.Server):
    """A uvicorn server that says when it answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._answers = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        self._answers.set()

    def wait_until_started(self, thread: threading.Thread) -> bool:
        """Wait until requests are answered; False when the thread ended before."""
        while not self._answers.wait(0.05):
            if not thread.is_alive():
                return False
        return self.started


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere it would let two programs share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen(128)
    except OverflowError as error:
        listener.close()
        raise InvalidInputError(f"{port} is no port; choose one from 0 to 65535.") from error
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUseError(
                f"Another program listens on port {port}; choose another with `--port N`, or 0 "
                "for any free one."
            ) from error
        raise InvalidInputError(
            f"Port {port} cannot be used ({error.strerror}); choose one above 1023, or 0."
        ) from error
    return listener

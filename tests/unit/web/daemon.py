"""A real daemon's web server in a thread, over any commands."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from avatar.web.discovery import claim
from avatar.web.server import serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from avatar.commands import Commands


@contextmanager
def daemon(commands: Commands, state: Path, port: int = 0) -> Iterator[int]:
    """Serve the commands until the block ends; yields the port."""
    stop, ready, ports = threading.Event(), threading.Event(), list[int]()

    def started(actual: int) -> None:
        ports.append(actual)
        ready.set()

    def run() -> None:
        with claim(state) as held:
            serve(commands, held, port, started_at=1_700_000_000.0, stop=stop, ready=started)

    thread = threading.Thread(target=run, name="avatar-test-daemon")
    thread.start()
    try:
        assert ready.wait(10), "the daemon did not start"
        yield ports[0]
    finally:
        stop.set()
        thread.join()

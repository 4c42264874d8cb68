"""Rules every test lives under: no network beyond the machine, no leaked threads."""

from __future__ import annotations

import ipaddress
import os
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _is_local(address: Any) -> bool:
    if not isinstance(address, tuple):
        return True  # a Unix socket
    host = str(address[0])
    if host in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(host.split("%", maxsplit=1)[0]).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail on any connection that leaves the machine."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded(self: socket.socket, address: Any) -> None:
        if not _is_local(address):
            pytest.fail(f"connection beyond the machine: {address!r}")
        connect(self, address)

    def guarded_ex(self: socket.socket, address: Any) -> int:
        if not _is_local(address):
            pytest.fail(f"connection beyond the machine: {address!r}")
        return connect_ex(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_ex)


@pytest.fixture(autouse=True)
def clean_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hide the machine's own settings and give each test a home of its own."""
    for name in list(os.environ):
        if name.startswith(("AVATAR_", "OPENAI_", "SLACK_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AVATAR_HOME", str(tmp_path / "avatar-home"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")


@pytest.fixture(autouse=True)
def no_leaked_threads() -> Iterator[None]:
    """Fail when a test leaves a thread of ours running."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 5
    leaked: list[threading.Thread] = []
    while time.monotonic() < deadline:
        leaked = [
            thread
            for thread in threading.enumerate()
            if thread not in before and thread.name.startswith("avatar-") and thread.is_alive()
        ]
        if not leaked:
            return
        leaked[0].join(timeout=0.2)
    pytest.fail(f"threads left running: {[thread.name for thread in leaked]}")


ALLOWED_SKIPS = ("QDRANT_URL names no server",)
"""Skips that CI accepts, by the beginning of their reason: a server that is not ours to start."""


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """In CI, name every skip that is not allowed; `pytest_sessionfinish` then fails the run."""
    for report in _unexpected_skips(terminalreporter.config):
        terminalreporter.write_line(f"skipped in CI, which is a failure: {report}", red=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Turn a skip into a failure in CI unless its reason is allowed above."""
    if _unexpected_skips(session.config) and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _unexpected_skips(config: pytest.Config) -> list[str]:
    if not os.environ.get("CI"):
        return []
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    found = []
    for report in skipped:
        reason = str(report.longrepr[2]).removeprefix("Skipped: ")
        if not reason.startswith(ALLOWED_SKIPS):
            found.append(f"{report.nodeid}: {reason}")
    return found

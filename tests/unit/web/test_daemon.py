from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from avatar.errors import (
    AlreadyRunningError,
    AvatarError,
    DaemonUnreachableError,
    InvalidInputError,
    NotFoundError,
    PortInUseError,
    StateUnwritableError,
    StoreUnavailableError,
)
from avatar.web.client import RemoteCommands
from avatar.web.discovery import RECORD_FILE, DaemonRecord, claim, running
from avatar.web.server import serve, until_signalled
from tests.fakes.commands import MemoryCommands
from tests.unit.web.daemon import daemon
from tests.unit.web.test_api import BrokenCommands

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RECORD = DaemonRecord(4242, 1, "token", 1.0, "0")


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_running_daemon_is_found_and_its_record_is_private(tmp_path: Path) -> None:
    with daemon(MemoryCommands(), tmp_path) as port:
        record = running(tmp_path)
        assert record is not None
        assert (record.pid, record.port) == (os.getpid(), port)
        assert stat.S_IMODE((tmp_path / RECORD_FILE).stat().st_mode) == 0o600
    assert running(tmp_path) is None
    assert not (tmp_path / RECORD_FILE).exists()


def test_a_second_daemon_is_told_process_and_port_of_the_first(tmp_path: Path) -> None:
    with claim(tmp_path) as held:
        with pytest.raises(AlreadyRunningError, match="just starting"):
            claim(tmp_path)
        held.publish(RECORD)
        with pytest.raises(AlreadyRunningError, match="process 4242, port 1"):
            claim(tmp_path)
        held.release()
    claim(tmp_path).release()


def test_the_record_of_a_killed_daemon_means_nothing(tmp_path: Path) -> None:
    with claim(tmp_path) as held:
        held.publish(RECORD)
        left_over = (tmp_path / RECORD_FILE).read_text()
    (tmp_path / RECORD_FILE).write_text(left_over)
    assert running(tmp_path) is None
    claim(tmp_path).release()
    assert not (tmp_path / RECORD_FILE).exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', "[1]"])
def test_a_garbled_record_means_no_daemon(tmp_path: Path, text: str) -> None:
    (tmp_path / RECORD_FILE).write_text(text)
    assert running(tmp_path) is None


def test_a_state_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateUnwritableError, match="AVATAR_HOME"):
        claim(tmp_path / "file" / "state")


def test_a_record_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with claim(tmp_path) as held:
        (tmp_path / RECORD_FILE).mkdir()
        with pytest.raises(StateUnwritableError):
            held.publish(RECORD)
        (tmp_path / RECORD_FILE).rmdir()


def test_a_lock_that_cannot_be_looked_at_means_no_daemon(tmp_path: Path) -> None:
    with claim(tmp_path) as held:
        held.publish(RECORD)
        record = (tmp_path / RECORD_FILE).read_text()
    (tmp_path / RECORD_FILE).write_text(record)
    (tmp_path / "daemon.lock").unlink(missing_ok=True)
    (tmp_path / "daemon.lock").mkdir()
    assert running(tmp_path) is None


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = int(other.getsockname()[1])
        with claim(tmp_path) as held, pytest.raises(PortInUseError, match=str(port)):
            start(held, port)


@pytest.mark.parametrize("port", [70_000, -1])
def test_a_number_that_is_no_port_is_refused(tmp_path: Path, port: int) -> None:
    with claim(tmp_path) as held, pytest.raises(InvalidInputError, match="port"):
        start(held, port)


def test_the_same_port_can_be_taken_again_at_once(tmp_path: Path, free_port: int) -> None:
    for _ in range(2):
        with daemon(MemoryCommands(), tmp_path, free_port) as port:
            assert port == free_port
            record = running(tmp_path)
            assert record is not None
            client = RemoteCommands(record)
            client.status()
            client.close()


def start(held: object, port: int) -> None:
    serve(
        MemoryCommands(),
        held,  # type: ignore[arg-type]
        port,
        started_at=0.0,
        stop=threading.Event(),
        ready=lambda _: None,
    )


def test_a_daemon_that_is_gone_is_said_to_be(free_port: int) -> None:
    client = RemoteCommands(DaemonRecord(4242, free_port, "t", 0.0, "0"))
    with pytest.raises(DaemonUnreachableError, match="process 4242"):
        client.status()
    with pytest.raises(DaemonUnreachableError, match="avatar up"):
        list(client.search([{"id": 1, "text": "x"}], reader="owner", limit=1))
    client.close()


def test_a_refused_token_is_said(tmp_path: Path) -> None:
    with daemon(MemoryCommands(), tmp_path) as port:
        client = RemoteCommands(DaemonRecord(1, port, "wrong", 0.0, "0"))
        with pytest.raises(DaemonUnreachableError):
            client.inbox(state=None)
        with pytest.raises(DaemonUnreachableError):
            list(client.ask([{"id": 1, "text": "x"}], asker="owner", dry_run=True))
        client.close()


@pytest.fixture
def broken(tmp_path: Path) -> Iterator[RemoteCommands]:
    with daemon(BrokenCommands(), tmp_path):
        record = running(tmp_path)
        assert record is not None
        client = RemoteCommands(record)
        yield client
        client.close()


def test_errors_cross_the_wire_with_their_class(broken: RemoteCommands) -> None:
    with pytest.raises(NotFoundError):
        broken.escalation("x")
    with pytest.raises(AvatarError, match="log"):
        broken.status()
    with pytest.raises(StoreUnavailableError, match="gone"):
        broken.index(lambda *_: None, rebuild=False)
    stream = broken.ask([{"id": 1, "text": "webhook"}], asker="ana", dry_run=True)
    assert next(stream)["id"] == 1
    with pytest.raises(StoreUnavailableError):
        next(stream)


def test_half_a_character_is_refused_or_carried_but_never_a_crash(tmp_path: Path) -> None:
    with daemon(MemoryCommands(), tmp_path):
        record = running(tmp_path)
        assert record is not None
        client = RemoteCommands(record)
        (row,) = client.search([{"id": "\udc80", "text": "webhook"}], reader="owner", limit=1)
        assert row["id"] == "\udc80"
        with pytest.raises(AvatarError):
            client.dismiss("\udc80", note="\udc80")
        client.close()


def test_too_much_at_once_is_refused_in_words(tmp_path: Path) -> None:
    with daemon(MemoryCommands(), tmp_path):
        record = running(tmp_path)
        assert record is not None
        client = RemoteCommands(record)
        for _ in range(5):
            with pytest.raises(InvalidInputError, match="1 MB"):
                client.teach(["Who?"], "x" * 5_000_000, audience=None)
        assert client.faults()
        client.close()


def test_something_else_on_the_port_is_not_taken_for_the_daemon() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = int(other.getsockname()[1])

        def answer() -> None:
            for status in (b"200 OK", b"404 Not Found"):
                connection, _ = other.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(b"HTTP/1.1 " + status + b"\r\ncontent-length: 2\r\n")
                    connection.sendall(b"connection: close\r\n\r\nhi")

        thread = threading.Thread(target=answer, name="avatar-test-other")
        thread.start()
        client = RemoteCommands(DaemonRecord(4242, port, "t", 0.0, "0"))
        for _ in range(2):
            with pytest.raises(DaemonUnreachableError):
                client.status()
        client.close()
        thread.join()


PROGRAM = """
import sys, threading
from pathlib import Path
from avatar.web.discovery import claim
from avatar.web.server import serve, until_signalled
from tests.fakes.commands import MemoryCommands
stop = threading.Event()
with until_signalled(stop), claim(Path(sys.argv[1])) as held:
    serve(MemoryCommands(), held, 0, started_at=0.0, stop=stop,
          ready=lambda port: print(port, flush=True))
print("closed", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_signal_ends_it_and_leaves_nothing_in_the_way(tmp_path: Path, number: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(["."])},
    ) as process:
        assert process.stdout is not None
        assert int(process.stdout.readline()) > 0
        assert running(tmp_path) is not None
        process.send_signal(number)
        rest = process.stdout.read()
        code = process.wait(10)
    if number == signal.SIGKILL:
        assert code == -signal.SIGKILL
    else:
        assert (code, rest) == (0, "closed\n")
        assert not (tmp_path / RECORD_FILE).exists()
    assert running(tmp_path) is None
    claim(tmp_path).release()


def test_signal_handlers_are_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    stop = threading.Event()
    with until_signalled(stop):
        signal.raise_signal(signal.SIGTERM)
        assert stop.is_set()
    assert signal.getsignal(signal.SIGTERM) is before


def test_only_a_signal_is_taken_for_one() -> None:
    stop = threading.Event()
    with until_signalled(stop) as signalled:
        stop.set()
        assert not signalled.is_set()
        signal.raise_signal(signal.SIGINT)
        assert signalled.is_set()

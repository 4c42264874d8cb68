"""The product itself keeps the contract of commands: in this process, and behind its daemon."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from avatar.web import discovery
from avatar.web.client import RemoteCommands
from tests.contracts.commands import CommandsContract
from tests.fakes.commands import DOCUMENTS
from tests.fakes.embedder import FakeEmbedder
from tests.stories.forks import Forks
from tests.stories.place import Place, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from avatar.commands import Commands


def a_place(root: Path) -> Place:
    place = Place(root, embedders=(FakeEmbedder("use"),))
    for name, text in DOCUMENTS.items():
        place.write(name, text)
    place.write("notes/empty.bin", "\0")
    return place


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    with Forks() as running:
        yield running


class TestLocalCommands(CommandsContract):
    @pytest.fixture
    def commands(self, tmp_path: Path) -> Iterator[Commands]:
        with a_place(tmp_path).open() as opened:
            yield opened


class TestDaemon(CommandsContract):
    @pytest.fixture
    def commands(self, tmp_path: Path, forks: Forks) -> Iterator[Commands]:
        place = a_place(tmp_path)
        job = forks.start("serve", place)
        job.wait_for("port")
        record = discovery.running(place.state)
        assert record is not None
        client = RemoteCommands(record)
        eventually(lambda: client.status()["documents"] == len(DOCUMENTS))
        yield client
        client.close()
        job.signal(signal.SIGTERM)
        assert job.end() == 0

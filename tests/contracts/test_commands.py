"""The fake keeps the contract of commands, and so does the client through a real server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from avatar.web import discovery
from avatar.web.client import RemoteCommands
from tests.contracts.commands import CommandsContract
from tests.fakes.commands import MemoryCommands
from tests.unit.web.daemon import daemon

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from avatar.commands import Commands


class TestMemoryCommands(CommandsContract):
    @pytest.fixture
    def commands(self) -> Commands:
        return MemoryCommands()


class TestRemoteCommands(CommandsContract):
    @pytest.fixture
    def commands(self, tmp_path: Path) -> Iterator[Commands]:
        with daemon(MemoryCommands(), tmp_path / "state"):
            record = discovery.running(tmp_path / "state")
            assert record is not None
            client = RemoteCommands(record)
            yield client
            client.close()

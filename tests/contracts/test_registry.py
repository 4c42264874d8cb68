"""Every registry keeps the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from avatar.adapters.sqlite_database import Database
from avatar.adapters.sqlite_registry import SqliteRegistry
from tests.contracts.registry import RegistryContract
from tests.fakes.registry import MemoryRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from avatar.ports import Registry


class TestMemoryRegistry(RegistryContract):
    @pytest.fixture
    def registry(self) -> Registry:
        return MemoryRegistry()


class TestSqliteRegistry(RegistryContract):
    @pytest.fixture
    def registry(self, tmp_path: Path) -> Iterator[Registry]:
        database = Database(tmp_path / "state.db")
        yield SqliteRegistry(database)
        database.close()

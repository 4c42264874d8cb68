"""Every journal keeps the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from avatar.adapters.sqlite_database import Database
from avatar.adapters.sqlite_journal import SqliteJournal, SqliteVerdicts
from tests.contracts.journal import JournalContract
from tests.fakes.journal import MemoryJournal, MemoryVerdicts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class TestMemoryJournal(JournalContract):
    @pytest.fixture
    def journal(self) -> MemoryJournal:
        return MemoryJournal()

    @pytest.fixture
    def verdicts(self, journal: MemoryJournal) -> MemoryVerdicts:
        return MemoryVerdicts(journal)


class TestSqliteJournal(JournalContract):
    @pytest.fixture
    def database(self, tmp_path: Path) -> Iterator[Database]:
        database = Database(tmp_path / "state.db")
        yield database
        database.close()

    @pytest.fixture
    def journal(self, database: Database) -> SqliteJournal:
        return SqliteJournal(database)

    @pytest.fixture
    def verdicts(self, database: Database) -> SqliteVerdicts:
        return SqliteVerdicts(database)

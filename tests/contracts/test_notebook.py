"""What every `Notebook` must do, asked of the fake and of the state database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from avatar.adapters.sqlite_database import Database
from avatar.adapters.sqlite_notebook import SqliteNotebook
from avatar.domain.judgement import Mode
from avatar.learning.modes import Choice
from tests.fakes.notebook import MemoryNotebook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from avatar.learning.certainty import Notebook

FIRST = Choice("notes", Mode.DRAFT, Mode.AUTO, 4.5, 0)
SECOND = Choice("笔记", Mode.AUTO, Mode.DRAFT, 3.5, 7)


class NotebookContract:
    """Subclasses give the fixture `notebook`, empty."""

    def test_choices_come_back_in_the_order_they_were_made(self, notebook: Notebook) -> None:
        assert list(notebook.choices()) == []
        for choice in (FIRST, SECOND, FIRST):
            notebook.choose(choice)
        assert list(notebook.choices()) == [FIRST, SECOND, FIRST]

    def test_what_was_heard_last_is_what_is_kept(self, notebook: Notebook) -> None:
        assert notebook.heard() == ""
        for text in ("one", "二"):
            notebook.hear(text)
        assert notebook.heard() == "二"


class TestMemoryNotebook(NotebookContract):
    @pytest.fixture
    def notebook(self) -> Notebook:
        return MemoryNotebook()


class TestSqliteNotebook(NotebookContract):
    @pytest.fixture
    def notebook(self, tmp_path: Path) -> Iterator[Notebook]:
        database = Database(tmp_path / "state.sqlite")
        yield SqliteNotebook(database)
        database.close()

    def test_it_outlives_a_restart(self, tmp_path: Path) -> None:
        for expected in ([], [FIRST]):
            database = Database(tmp_path / "other.sqlite")
            notebook = SqliteNotebook(database)
            assert list(notebook.choices()) == expected
            notebook.choose(FIRST)
            notebook.hear("x")
            database.close()

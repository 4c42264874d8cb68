"""The state database opens, migrates, keeps itself private, and tells its errors in words."""

from __future__ import annotations

import importlib.resources
import os
import sqlite3
import stat
import threading
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import exc, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from avatar.adapters import migrations
from avatar.adapters.sqlite_database import Database, state_errors
from avatar.adapters.sqlite_inbox import SqliteInbox, short_id
from avatar.adapters.sqlite_journal import SqliteJournal
from avatar.adapters.sqlite_registry import SqliteForgotten, SqliteMeta, SqliteRegistry
from avatar.adapters.sqlite_schema import metadata
from avatar.errors import (
    InvalidInputError,
    StateDamagedError,
    StateUnwritableError,
    TryAgainLaterError,
)
from tests.contracts.inbox import an_asker, an_escalation
from tests.contracts.journal import an_entry
from tests.contracts.registry import recorded
from tests.fakes.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "state.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    database = Database(path)
    yield database
    database.close()
    database.close()


def test_migrations_lead_to_the_tables_the_product_uses(database: Database) -> None:
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_newest_migration_is_the_one_the_product_asks_for() -> None:
    config = Config()
    folder = importlib.resources.files(migrations)
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_current_head() == migrations.HEAD


def test_every_table_can_be_made_in_postgresql_too() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    for table in metadata.sorted_tables:
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=dialect))
        for index in table.indexes:
            made = str(CreateIndex(index).compile(dialect=dialect))
            assert ("WHERE state = 'pending'" in made) == (index.name == "one_pending_per_key")


def test_writes_reach_the_disk_before_they_are_acknowledged(database: Database) -> None:
    with database.writing() as connection:
        settings = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX")
def test_nobody_else_can_read_the_state(database: Database, path: Path) -> None:
    SqliteJournal(database).record(an_entry())
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_failed_write_leaves_nothing_behind(database: Database) -> None:
    registry = SqliteRegistry(database)
    with pytest.raises(exc.IntegrityError) as caught:
        registry.record([recorded("a"), recorded("b", stamp=None)])  # type: ignore[arg-type]
    assert "parameters" in str(caught.value)
    assert registry.all() == {}


def test_a_file_that_is_no_database_is_told_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(b"these are notes\n" * 500)
    with pytest.raises(StateDamagedError, match="move the file aside") as told:
        Database(path)
    assert str(path) in str(told.value)
    assert path.read_bytes() == b"these are notes\n" * 500
    assert list(tmp_path.iterdir()) == [path]


def test_a_broken_page_is_found_by_a_check_and_by_reading(path: Path) -> None:
    database = Database(path)
    SqliteRegistry(database).record([recorded(f"d{number}") for number in range(3_000)])
    database.check()
    database.close()
    content = bytearray(path.read_bytes())
    content[40_960:200_000] = b"\xee" * (200_000 - 40_960)
    path.write_bytes(content)
    damaged = Database(path)
    with pytest.raises(StateDamagedError, match="damaged"):
        damaged.check()
    with pytest.raises(StateDamagedError, match="damaged"):
        SqliteRegistry(damaged).all()
    damaged.close()


def test_a_database_without_its_tables_is_damaged(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(text("DROP TABLE journal"))
    with pytest.raises(StateDamagedError, match="no such table"):
        SqliteJournal(database).recent(1)


def test_state_of_a_newer_version_is_not_touched(path: Path) -> None:
    database = Database(path)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(StateDamagedError, match="newer version"):
        Database(path)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file" / "state.db", tmp_path):
        with pytest.raises(StateUnwritableError, match="cannot be written"):
            Database(place)


def test_a_file_that_became_read_only_is_told(database: Database) -> None:
    with database.reading() as connection:
        connection.execute(text("PRAGMA query_only=ON"))
    with pytest.raises(StateUnwritableError, match="readonly"):
        SqliteMeta(database).set("a", "b")


def test_a_database_somebody_holds_is_tried_again_later(path: Path) -> None:
    database = Database(path, busy_timeout_s=0.05)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(TryAgainLaterError, match="Another program"):
        SqliteMeta(database).set("a", "b")
    other.close()
    SqliteMeta(database).set("a", "b")
    database.close()


def test_a_new_file_somebody_holds_is_tried_again_later(path: Path) -> None:
    path.parent.mkdir()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("CREATE TABLE theirs (number)")
    for held in ("BEGIN EXCLUSIVE", "BEGIN; SELECT * FROM theirs"):
        for statement in held.split("; "):
            other.execute(statement).fetchall()
        with pytest.raises(TryAgainLaterError, match="Another program"):
            Database(path, busy_timeout_s=0.1)
        other.execute("ROLLBACK")
    other.close()
    Database(path).close()


def test_a_server_that_does_not_answer_is_tried_again_later() -> None:
    class OperationalError(Exception):
        """As drivers of other engines name it."""

    told = exc.OperationalError("SELECT 1", {}, OperationalError("connection refused"))
    with pytest.raises(TryAgainLaterError, match="does not answer"), state_errors("pg://host/db"):
        raise told


@pytest.mark.parametrize(
    "error",
    [
        exc.DBAPIError("SELECT 1", {}, ValueError("ours")),
        sqlite3.ProgrammingError("ours"),
        sqlite3.OperationalError("without a code"),
    ],
)
def test_mistakes_of_ours_are_not_dressed_up(error: Exception) -> None:
    with pytest.raises(type(error)), state_errors("somewhere"):
        raise error


def test_a_url_opens_a_database_and_a_wrong_one_is_refused(path: Path) -> None:
    database = Database(f"sqlite:///{path}")
    assert database.location == str(path)
    database.close()
    for url in ("nosuch://host/name", "://", "postgresql+pg8000://user:pw-4711@host/name"):
        with pytest.raises(InvalidInputError, match="state") as told:
            Database(url)
        assert "pw-4711" not in str(told.value)


def test_many_threads_can_use_one_database(database: Database) -> None:
    inbox = SqliteInbox(database)

    def ask(number: int) -> None:
        for step in range(5):
            inbox.open(an_escalation(an_asker(f"q{number}-{step}"), key=f"k{step}"))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(escalation.waiting) for escalation in inbox.list()] == [6] * 5


def test_text_that_no_engine_can_store_is_kept_as_far_as_it_can(database: Database) -> None:
    inbox = SqliteInbox(database)
    opened = inbox.open(an_escalation(text="why \ud800\x00 not?"))
    stored = inbox.get(opened.escalation_id)
    assert stored is not None
    assert stored.text == "why ?\ufffd not?"


def test_a_new_id_that_is_taken_is_drawn_again(database: Database) -> None:
    drawn = iter(["same", "same", "other"])
    inbox = SqliteInbox(database, new_id=lambda: next(drawn))
    ids = [inbox.open(an_escalation(an_asker(name), key=name)).escalation_id for name in ("a", "b")]
    assert ids == ["same", "other"]
    assert len(short_id()) == 8


def test_a_long_list_of_matches_is_cut(database: Database) -> None:
    inbox = SqliteInbox(database)
    for number in range(8):
        name = f"same{number}"
        inbox.open(an_escalation(an_asker(name), key=name, escalation_id=name))
    with pytest.raises(InvalidInputError, match="same4 and 3 more"):
        inbox.get("same")


def test_what_the_owner_took_out_stays_out_until_it_is_let_in(database: Database) -> None:
    forgotten = SqliteForgotten(database, FakeClock())
    for prefix in ("notes/b", "notes/a", "notes/b"):
        forgotten.add(prefix)
    assert forgotten.all() == ["notes/a", "notes/b"]
    assert forgotten.remove("notes/a")
    assert not forgotten.remove("notes/a")
    assert forgotten.all() == ["notes/b"]


def test_a_fact_is_remembered_until_it_is_set_anew(database: Database) -> None:
    meta = SqliteMeta(database)
    assert meta.get("index") is None
    meta.set("index", "one")
    meta.set("index", "two")
    assert meta.get("index") == "two"

"""The state database: opened, brought to this version's shape, its errors told in words."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from avatar.adapters.migrations import HEAD, migrate
from avatar.errors import (
    AvatarError,
    InvalidInputError,
    StateDamagedError,
    StateUnwritableError,
    TryAgainLaterError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

BUSY_TIMEOUT_S: Final = 15.0
PAUSE_AT_WAL_S: Final = 0.05

PRAGMAS: Final = (
    "PRAGMA foreign_keys=ON",
    "PRAGMA synchronous=FULL",  # what was acknowledged survives a power cut
    "PRAGMA fullfsync=ON",  # macOS: reach the disk and not only its cache
)
"""Set on every SQLite connection."""

BEGIN: Final = {
    ("sqlite", False): "BEGIN",
    ("sqlite", True): "BEGIN IMMEDIATE",
    ("postgresql", True): "SELECT pg_advisory_xact_lock(725119)",
}
"""How a transaction begins, by engine and whether it writes: writers come one after another."""

WRITES: Final = "avatar_writes"

UNWRITABLE: Final = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_AUTH,
    }
)
BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL})
DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class Database:
    """One state database, a SQLite file or another engine by URL; usable from every thread."""

    def __init__(self, location: str | Path, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        url = _url(location)
        self._busy_timeout_s = busy_timeout_s
        self._is_sqlite = url.get_backend_name() == "sqlite"
        self.location: Final = (
            str(url.database) if self._is_sqlite else url.render_as_string(hide_password=True)
        )
        with state_errors(self.location):
            if self._is_sqlite:
                _create_private_file(Path(self.location))
            options = {"timeout": busy_timeout_s} if self._is_sqlite else {}
            self._engine = _engine(url, options)
        try:
            self._prepare()
        except AvatarError:
            self._engine.dispose()
            raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one moment of the database throughout."""
        with state_errors(self.location), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection that writes alone; all is on disk when the block has ended."""
        with state_errors(self.location), self._engine.connect() as connection:
            connection.execution_options(**{WRITES: True})
            with connection.begin():
                yield connection

    def check(self) -> None:
        """Read every page; raises `StateDamagedError` when one of them is broken."""
        if not self._is_sqlite:
            return
        with self.reading() as connection:
            found = connection.execute(text("PRAGMA quick_check(1)")).scalar()
        if found != "ok":
            raise StateDamagedError(_damaged(self.location, str(found)))

    def close(self) -> None:
        """Let go of every connection; safe to call twice."""
        self._engine.dispose()

    def _prepare(self) -> None:
        if self._is_sqlite:
            self._write_ahead()
        with self.reading() as connection:
            version = _version(connection)
        if version == HEAD:
            return
        if version is not None and version > HEAD:
            raise StateDamagedError(
                f"The state in {self.location} was written by a newer version of Avatar"
                f" (shape {version}, this version knows {HEAD}); nothing was changed."
                " Update Avatar, or point it at another state folder."
            )
        with self.writing() as connection:
            migrate(connection)

    def _write_ahead(self) -> None:
        """Switch the file to write-ahead logging, which must wait while others open it."""
        with state_errors(self.location), self._engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            deadline = time.monotonic() + self._busy_timeout_s
            while True:
                try:
                    driver.execute("PRAGMA journal_mode=WAL").close()
                except sqlite3.OperationalError as error:
                    if _primary(error) not in BUSY or time.monotonic() > deadline:
                        raise
                    time.sleep(PAUSE_AT_WAL_S)  # SQLite itself does not always wait here
                else:
                    return


@contextmanager
def state_errors(location: str) -> Iterator[None]:
    """Turn what the engine raises into the sentence for whoever must act."""
    try:
        yield
    except DBAPIError as error:
        told = _told(location, error.orig)
        if told is None:
            raise
        raise told from error
    except sqlite3.Error as error:
        told = _told(location, error)
        if told is None:
            raise
        raise told from error
    except OSError as error:
        raise StateUnwritableError(_unwritable(location, error.strerror or str(error))) from error


def _told(location: str, error: BaseException | None) -> AvatarError | None:
    """Return the deliberate error for an engine's error; None when it is a mistake of ours."""
    if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
        return None
    if isinstance(error, sqlite3.Error):
        code = _primary(error)
        if code in UNWRITABLE:
            return StateUnwritableError(_unwritable(location, str(error)))
        if code in BUSY:
            return TryAgainLaterError(
                f"Another program holds the state in {location} ({error})."
                " Try again in a moment; if it stays, end the other program."
            )
        is_damaged = code in DAMAGED or str(error).startswith("no such ")
        return StateDamagedError(_damaged(location, str(error))) if is_damaged else None
    if type(error).__name__ == "OperationalError":
        return TryAgainLaterError(
            f"The state database {location} does not answer. Check that it runs, then try again."
        )
    return None


def _primary(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code; -1 for an error of the Python layer, which has none."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return -1 if code is None else code & 0xFF


def _unwritable(location: str, cause: str) -> str:
    return (
        f"The state in {location} cannot be written ({cause}); nothing was recorded."
        " Free space or give permission, then try again."
    )


def _damaged(location: str, cause: str) -> str:
    return (
        f"The state in {location} is damaged ({cause}); it holds escalations and the journal and"
        " was left untouched. Restore it from a backup, or move the file aside to start empty."
    )


def _url(location: str | Path) -> URL:
    if isinstance(location, str) and "://" in location:
        try:
            url = make_url(location)
            url.get_dialect()
        except ArgumentError as error:
            raise InvalidInputError(
                f"The URL of the state database cannot be used ({error}). Write one such as"
                " postgresql+psycopg://HOST/NAME, or leave it out to keep the state in a file."
            ) from error
        return url
    return URL.create("sqlite", database=str(Path(location).absolute()))


def _create_private_file(path: Path) -> None:
    """Create the file for the owner's eyes only; SQLite gives its side files the same mode."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _engine(url: URL, options: dict[str, float]) -> Engine:
    try:
        # parameters hold people's questions, which must not get into logs
        engine = create_engine(url, hide_parameters=True, connect_args=options)
    except ImportError as error:
        raise InvalidInputError(
            f"The state database {url.render_as_string()} needs a driver that is not installed"
            f" ({error}). Install it, or leave the URL out to keep the state in a file."
        ) from error
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(driver: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    assert isinstance(driver, sqlite3.Connection)
    driver.isolation_level = None  # `_on_begin` begins transactions, not the driver
    for pragma in PRAGMAS:
        driver.execute(pragma).close()


def _on_begin(connection: Connection) -> None:
    writes = bool(connection.get_execution_options().get(WRITES, False))
    statement = BEGIN.get((connection.dialect.name, writes))
    if statement is not None:
        connection.exec_driver_sql(statement)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(
        text("SELECT version_num FROM alembic_version")
    ).scalar()
    return version

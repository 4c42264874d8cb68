"""What certainty must not forget, in the state database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import insert, select

from avatar.adapters.sqlite_registry import SqliteMeta
from avatar.adapters.sqlite_schema import mode_choices
from avatar.domain.judgement import Mode
from avatar.learning.modes import Choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar.adapters.sqlite_database import Database

HEARD: Final = "verdicts heard"
"""The fact of the state that holds what verdicts have shown so far."""


class SqliteNotebook:
    """The `Notebook` of certainty."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._meta = SqliteMeta(database)

    def choose(self, choice: Choice) -> None:
        """Add the owner's choice of a mode; on disk when this returns."""
        with self._database.writing() as connection:
            connection.execute(
                insert(mode_choices).values(
                    topic=choice.topic,
                    mode=choice.mode,
                    over=choice.over,
                    at=choice.at,
                    after=choice.after,
                )
            )

    def choices(self) -> Sequence[Choice]:
        """Return every choice, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(select(mode_choices).order_by(mode_choices.c.number)).all()
        return [
            Choice(row.topic, Mode(row.mode), Mode(row.over), row.at, row.after) for row in rows
        ]

    def heard(self) -> str:
        """Return what was last kept of the verdicts that were heard, empty at first."""
        return self._meta.get(HEARD) or ""

    def hear(self, text: str) -> None:
        """Keep what verdicts have shown; on disk when this returns."""
        self._meta.set(HEARD, text)

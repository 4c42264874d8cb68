"""What was indexed, what the owner took out, and names of things, in the state database."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Text, and_, cast, delete, func, insert, select

from avatar.adapters.sqlite_schema import documents, forgotten, meta
from avatar.domain.documents import Recorded, Redaction, Totals

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from sqlalchemy import Row

    from avatar.adapters.sqlite_database import Database
    from avatar.ports import Clock

BATCH: Final = 500
"""Ids in one statement; engines limit their number."""


STORED: Final = select(
    documents.c.document_id,
    documents.c.stamp,
    documents.c.fingerprint,
    documents.c.chunks,
    documents.c.indexed_at,
    documents.c.skipped_reason,
    documents.c.is_fault,
    cast(documents.c.redactions, Text),
)
"""The fields of `Recorded` in their order; few documents have redactions, so they stay text."""

NONE: Final = "[]"


class SqliteRegistry:
    """The `Registry` port over the table of documents."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> Mapping[str, Recorded]:
        """Return everything remembered, by document id."""
        with self._database.reading() as connection:
            rows = connection.execute(STORED).all()
        return {row[0]: _recorded(row) for row in rows}

    def get(self, document_id: str) -> Recorded | None:
        """Return what is remembered of one document."""
        with self._database.reading() as connection:
            row = connection.execute(STORED.where(documents.c.document_id == document_id)).first()
        return None if row is None else _recorded(row)

    def some(self, document_ids: Collection[str]) -> Mapping[str, Recorded]:
        """Return what is remembered of these documents, by id; nothing of unknown ones."""
        with self._database.reading() as connection:
            rows = [
                row
                for ids in _batches(list(document_ids))
                for row in connection.execute(STORED.where(documents.c.document_id.in_(ids)))
            ]
        return {row[0]: _recorded(row) for row in rows}

    def totals(self, prefix: str = "") -> Totals:
        """Count the documents whose id begins so, without reading them."""
        of, is_left_out = documents.c, documents.c.skipped_reason != ""
        counted = select(
            func.count().filter(of.chunks > 0),
            func.count().filter(of.is_fault),
            func.count().filter(and_(is_left_out, ~of.is_fault)),
            func.coalesce(func.sum(func.json_array_length(of.redactions)), 0),
            func.coalesce(func.max(of.indexed_at), 0.0),
        ).where(func.substr(of.document_id, 1, len(prefix)) == prefix)
        with self._database.reading() as connection:
            return Totals(*connection.execute(counted).one())

    def record(self, entries: Sequence[Recorded]) -> None:
        """Remember documents, all or none of them; the last entry of a document stands."""
        last = {entry.document_id: entry for entry in entries}
        if not last:
            return
        with self._database.writing() as connection:
            for ids in _batches(list(last)):
                connection.execute(delete(documents).where(documents.c.document_id.in_(ids)))
            connection.execute(insert(documents), [_row(entry) for entry in last.values()])

    def forget(self, document_ids: Sequence[str]) -> None:
        """Remember nothing of these documents."""
        with self._database.writing() as connection:
            for ids in _batches(document_ids):
                connection.execute(delete(documents).where(documents.c.document_id.in_(ids)))

    def clear(self) -> None:
        """Forget everything: the index is being rebuilt."""
        with self._database.writing() as connection:
            connection.execute(delete(documents))


class SqliteForgotten:
    """Documents and folders the owner took out, as beginnings of document ids."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, prefix: str) -> None:
        """Keep a document, or a folder with everything below it, out of the index."""
        with self._database.writing() as connection:
            connection.execute(delete(forgotten).where(forgotten.c.prefix == prefix))
            connection.execute(insert(forgotten).values(prefix=prefix, at=self._clock.now()))

    def remove(self, prefix: str) -> bool:
        """Let it in again; False when it was not kept out."""
        with self._database.writing() as connection:
            gone = connection.execute(delete(forgotten).where(forgotten.c.prefix == prefix))
        return gone.rowcount > 0

    def all(self) -> Sequence[str]:
        """Return every beginning that is kept out, sorted."""
        with self._database.reading() as connection:
            return sorted(connection.execute(select(forgotten.c.prefix)).scalars())


class SqliteMeta:
    """Small facts about the state, such as the identity of its index, by name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> str | None:
        """Return a fact, None when it was never set."""
        with self._database.reading() as connection:
            return connection.execute(select(meta.c.value).where(meta.c.name == name)).scalar()

    def set(self, name: str, value: str) -> None:
        """Set a fact, replacing what it was."""
        with self._database.writing() as connection:
            connection.execute(delete(meta).where(meta.c.name == name))
            connection.execute(insert(meta).values(name=name, value=value))


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def _row(entry: Recorded) -> dict[str, Any]:
    return {
        "document_id": entry.document_id,
        "stamp": entry.stamp,
        "fingerprint": entry.fingerprint,
        "chunks": entry.chunks,
        "indexed_at": entry.indexed_at,
        "skipped_reason": entry.skipped_reason,
        "is_fault": entry.is_fault,
        "redactions": [[r.document_id, r.line, r.label] for r in entry.redactions],
    }


def _recorded(row: Row[Any]) -> Recorded:
    values: tuple[Any, ...] = tuple(row)
    recorded, redactions = Recorded(*values[:-1]), values[-1]
    if redactions == NONE:
        return recorded
    found = tuple(Redaction(*redaction) for redaction in json.loads(redactions))
    return replace(recorded, redactions=found)

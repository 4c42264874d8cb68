"""The journal of decisions and the log of verdicts, in the state database."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, insert, or_, select, update

from avatar.adapters.sqlite_inbox import ambiguous
from avatar.adapters.sqlite_schema import journal, verdicts
from avatar.domain.decisions import Reason, Thresholds
from avatar.domain.escalations import Verdict
from avatar.domain.journal import JournalEntry, OutcomeKind, SeenPassage, Served
from avatar.errors import InvalidInputError
from avatar.learning.verdicts import OF_COLLEAGUES, GivenVerdict

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection, Row

    from avatar.adapters.sqlite_database import Database

NEWEST: Final = func.coalesce(func.max(verdicts.c.number), 0)
IDS = (journal.c.entry_id, journal.c.question_id, journal.c.escalation_id)


class SqliteJournal:
    """The `Journal` port: rows are added and never changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, entry: JournalEntry) -> None:
        """Append; on disk when this returns. The same `entry_id` twice is kept once."""
        with self._database.writing() as connection:
            known = select(journal.c.number).where(journal.c.entry_id == entry.entry_id)
            if connection.execute(known).first() is None:
                connection.execute(
                    insert(journal).values(
                        entry_id=entry.entry_id,
                        question_id=entry.question_id,
                        escalation_id=entry.escalation_id,
                        body=_plain(entry),
                    )
                )

    def get(self, entry_id: str) -> JournalEntry | None:
        """Return the entry with this id, question id or escalation id (or a beginning of it).

        Of several questions behind one escalation it is the one that opened it. Raises
        `InvalidInputError` that lists the matches when a beginning fits several ids.
        """
        if not entry_id:
            return None
        with self._database.reading() as connection:
            exact = connection.execute(
                select(journal)
                .where(or_(*(column == entry_id for column in IDS)))
                .order_by(journal.c.number)
            ).first()
            return _entry(exact) if exact is not None else _by_beginning(connection, entry_id)

    def of_question(self, question_id: str) -> JournalEntry | None:
        """Return the last decision on the question of exactly this id."""
        with self._database.reading() as connection:
            last = connection.execute(
                select(journal)
                .where(journal.c.question_id == question_id)
                .order_by(journal.c.number.desc())
            ).first()
        return None if last is None else _entry(last)

    def recent(self, limit: int) -> Sequence[JournalEntry]:
        """Return the newest entries, newest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(journal).order_by(journal.c.number.desc()).limit(max(limit, 0))
            ).all()
        return [_entry(row) for row in rows]


class SqliteVerdicts:
    """The `VerdictLog`; verdicts on escalations are written by the inbox when it closes them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, given: GivenVerdict) -> None:
        """Add a verdict; on disk when this returns.

        The same question again is kept once; only a colleague's verdict gives way to a later one.
        """
        same = (
            verdicts.c.question_id == given.question_id,
            verdicts.c.escalation_id == given.escalation_id,
        )
        said = {"verdict": given.verdict, "at": given.at}
        with self._database.writing() as connection:
            known = connection.execute(select(verdicts.c.verdict).where(*same)).scalar()
            if known is None:
                ids = {"question_id": given.question_id, "escalation_id": given.escalation_id}
                connection.execute(insert(verdicts).values(**ids, **said))
            elif known in OF_COLLEAGUES:
                # a new number, so that whoever has heard the old one hears the new one, too
                number = connection.execute(select(NEWEST)).scalar_one() + 1
                connection.execute(update(verdicts).where(*same).values(number=number, **said))

    def judge(self, question_id: str, verdict: Verdict, at: float) -> None:
        """Keep what the owner says of a sent answer; on disk when this returns."""
        self.record(GivenVerdict(question_id, verdict, at))

    def on_sent(self, question_id: str) -> Verdict | None:
        """Return what the owner said of a sent answer, None when nothing."""
        said = select(verdicts.c.verdict).where(
            verdicts.c.question_id == question_id,
            verdicts.c.escalation_id == "",
            verdicts.c.verdict.not_in(OF_COLLEAGUES),
        )
        with self._database.reading() as connection:
            found = connection.execute(said).scalar()
        return None if found is None else Verdict(found)

    def all(self, *, after: int = 0, of: Collection[Verdict] = ()) -> Sequence[GivenVerdict]:
        """Return verdicts with the first decision on their question, oldest first.

        Those of a higher number than `after` only, and where some are named only `of` these.
        """
        newer = verdicts.c.number > after
        if of:
            newer &= verdicts.c.verdict.in_(of)
        with self._database.reading() as connection:
            rows = connection.execute(select(verdicts).where(newer).order_by(verdicts.c.number))
            found = rows.all()
            asked = select(verdicts.c.question_id).where(newer)
            entries = {
                row.question_id: row
                for row in connection.execute(
                    select(journal)
                    .where(journal.c.question_id.in_(asked))
                    .order_by(journal.c.number.desc())  # the first entry of a question stands
                )
            }
        return [_verdict(row, entries.get(row.question_id)) for row in found]

    def newest(self) -> int:
        """Return the number of the newest verdict, 0 when there is none; quick."""
        with self._database.reading() as connection:
            return int(connection.execute(select(NEWEST)).scalar_one())


def _by_beginning(connection: Connection, beginning: str) -> JournalEntry | None:
    rows = connection.execute(
        select(journal)
        .where(or_(*(column.startswith(beginning, autoescape=True) for column in IDS)))
        .order_by(journal.c.number)
    ).all()
    whole = {
        value: None
        for row in rows
        for value in (row.entry_id, row.question_id, row.escalation_id)
        if value.startswith(beginning)
    }
    decisions = {row.escalation_id or row.entry_id for row in rows}
    if len(decisions) > 1:
        raise InvalidInputError(ambiguous(beginning, list(whole)))
    return _entry(rows[0]) if rows else None


def _plain(entry: JournalEntry) -> dict[str, Any]:
    """Return the entry as JSON can hold it, whatever kind of mapping or number it came with."""
    passages = [
        asdict(replace(passage, score=float(passage.score), scores=_numbers(passage.scores)))
        for passage in entry.passages
    ]
    plain = replace(
        entry,
        features=_numbers(entry.features),
        engine=dict(entry.engine),
        probability=float(entry.probability),
        passages=(),
    )
    return asdict(plain) | {"passages": passages}


def _numbers(values: Mapping[str, float]) -> dict[str, float]:
    return {name: float(value) for name, value in values.items()}


def _entry(row: Row[Any]) -> JournalEntry:
    body: Mapping[str, Any] = row.body
    return JournalEntry(
        **{
            **body,
            "outcome": OutcomeKind(body["outcome"]),
            "reader_labels": tuple(body["reader_labels"]),
            "reasons": tuple(Reason(**reason) for reason in body["reasons"]),
            "thresholds": Thresholds(**body["thresholds"]),
            "passages": tuple(SeenPassage(**passage) for passage in body["passages"]),
            "cited": tuple(body["cited"]),
            "notes": tuple(body["notes"]),
            "served": tuple(Served(**one) for one in body.get("served", ())),
        }
    )


def _verdict(row: Row[Any], entry: Row[Any] | None) -> GivenVerdict:
    return GivenVerdict(
        question_id=row.question_id,
        verdict=Verdict(row.verdict),
        at=row.at,
        escalation_id=row.escalation_id,
        entry=None if entry is None else _entry(entry),
        number=row.number,
    )

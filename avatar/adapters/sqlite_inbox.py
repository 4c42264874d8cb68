"""The owner's inbox in the state database: each method is one transaction."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select, update

from avatar.adapters.sqlite_schema import deliveries, escalations, verdicts, waiting_askers
from avatar.domain.chunks import Span
from avatar.domain.decisions import Reason
from avatar.domain.escalations import (
    Delivery,
    Escalation,
    EscalationState,
    Verdict,
    WaitingAsker,
)
from avatar.domain.questions import Language, ReplyAddress
from avatar.errors import InvalidInputError, TryAgainLaterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import ColumnElement, Connection, Row

    from avatar.adapters.sqlite_database import Database

ID_ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"
ID_LENGTH: Final = 8
MOST_MATCHES_TOLD: Final = 5


def short_id() -> str:
    """Return a random id that is easy to read aloud: no 0, 1, i, l or o."""
    return "".join(secrets.choice(ID_ALPHABET) for _ in range(ID_LENGTH))


class SqliteInbox:
    """The `Inbox` port; a verdict is written in the transaction that closes its escalation."""

    def __init__(self, database: Database, *, new_id: Callable[[], str] = short_id) -> None:
        self._database = database
        self._new_id = new_id

    def open(self, escalation: Escalation) -> Escalation:
        """Store it or join the pending one with its key; the same question again changes nothing.

        An empty `escalation_id` gets a new short one, and so does one that is taken.
        """
        with self._database.writing() as connection:
            known = _escalations_by_question(connection, escalation.waiting)
            fresh = tuple(a for a in escalation.waiting if a.question_id not in known)
            if known and not fresh:
                return _get(connection, next(iter(known.values())))
            newcomer = replace(escalation, waiting=fresh)
            pending = _first(
                connection,
                escalations.c.key == escalation.key,
                escalations.c.state == EscalationState.PENDING,
            )
            if pending is not None:
                return _join(connection, pending, newcomer)
            stored = replace(newcomer, escalation_id=self._free_id(connection, newcomer))
            connection.execute(insert(escalations).values(_escalation_row(stored)))
            _add_askers(connection, stored.escalation_id, stored.waiting)
            return stored

    def get(self, escalation_id: str) -> Escalation | None:
        """Return one escalation by its id or an unambiguous beginning of it.

        Raises `InvalidInputError` that lists the matches when there are several.
        """
        with self._database.reading() as connection:
            exact = _first(connection, escalations.c.escalation_id == escalation_id)
            if exact is not None or not escalation_id:
                return exact
            matches = connection.execute(
                select(escalations.c.escalation_id, escalations.c.text)
                .where(escalations.c.escalation_id.startswith(escalation_id, autoescape=True))
                .order_by(escalations.c.number)
            ).all()
            if len(matches) > 1:
                raise InvalidInputError(ambiguous(escalation_id, [match[0] for match in matches]))
            return _get(connection, matches[0][0]) if matches else None

    def list(self, state: EscalationState | None = None) -> Sequence[Escalation]:
        """Return escalations, oldest first."""
        with self._database.reading() as connection:
            return _load(connection, *([] if state is None else [escalations.c.state == state]))

    def close(
        self,
        escalation_id: str,
        state: EscalationState,
        *,
        reply: str,
        verdict: Verdict | None,
        at: float,
        deliveries: Sequence[Delivery],
    ) -> bool:
        """Move it out of `pending` with its deliveries; False when another was first.

        Raises `TryAgainLaterError`, and changes nothing, when an asker who joined in the meantime
        would get no delivery: read the escalation again.
        """
        with self._database.writing() as connection:
            found = _first(connection, escalations.c.escalation_id == escalation_id)
            if found is None or found.state is not EscalationState.PENDING:
                return False
            refuse_if_somebody_is_left_out(found, deliveries)
            connection.execute(
                update(escalations)
                .where(escalations.c.escalation_id == escalation_id)
                .values(state=state, reply=reply, verdict=verdict, closed_at=at)
            )
            _add_deliveries(connection, deliveries)
            if verdict is not None and found.waiting:
                connection.execute(
                    insert(verdicts).values(
                        question_id=found.waiting[0].question_id,
                        escalation_id=escalation_id,
                        verdict=verdict,
                        at=at,
                    )
                )
            return True

    def add_waiting(self, escalation_id: str, asker: WaitingAsker) -> bool:
        """Add an asker to a pending escalation, once; False when it is closed already."""
        with self._database.writing() as connection:
            found = _first(connection, escalations.c.escalation_id == escalation_id)
            if found is None or found.state is not EscalationState.PENDING:
                return False
            known = _escalations_by_question(connection, [asker])
            if known:
                return known[asker.question_id] == escalation_id
            _join(connection, found, replace(found, audience=asker.place, waiting=(asker,)))
            return True

    def undelivered(self) -> Sequence[Delivery]:
        """Return deliveries not yet made, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(deliveries)
                .where(deliveries.c.delivered_at.is_(None))
                .order_by(deliveries.c.number)
            )
            return [_delivery(row) for row in rows]

    def mark_delivered(self, delivery_id: str, at: float) -> None:
        """Note that a delivery was made; the first time stands."""
        with self._database.writing() as connection:
            connection.execute(
                update(deliveries)
                .where(deliveries.c.delivery_id == delivery_id)
                .where(deliveries.c.delivered_at.is_(None))
                .values(delivered_at=at)
            )

    def _free_id(self, connection: Connection, escalation: Escalation) -> str:
        wanted = escalation.escalation_id or self._new_id()
        while _first(connection, escalations.c.escalation_id == wanted) is not None:
            wanted = self._new_id()
        return wanted


def ambiguous(beginning: str, matches: Sequence[str]) -> str:
    """Say which ids a beginning fits."""
    told = ", ".join(matches[:MOST_MATCHES_TOLD])
    more = len(matches) - MOST_MATCHES_TOLD
    return (
        f"{beginning!r} is the beginning of {len(matches)} ids: {told}"
        f"{f' and {more} more' if more > 0 else ''}. Write one of them out."
    )


def refuse_if_somebody_is_left_out(escalation: Escalation, deliveries: Sequence[Delivery]) -> None:
    """Raise `TryAgainLaterError` when no delivery goes where a waiting asker is."""
    served = {delivery.reply_to for delivery in deliveries}
    if any(asker.reply_to not in served for asker in escalation.waiting):
        raise TryAgainLaterError(
            f"Somebody else asked the same as escalation {escalation.escalation_id} just now;"
            " nothing was sent. Try again so that they get the reply too."
        )


def _join(connection: Connection, pending: Escalation, newcomer: Escalation) -> Escalation:
    """Add the newcomer's askers; what is kept of it later must suit every place."""
    audience = pending.audience.meet(newcomer.audience)
    _add_askers(connection, pending.escalation_id, newcomer.waiting)
    connection.execute(
        update(escalations)
        .where(escalations.c.escalation_id == pending.escalation_id)
        .values(audience=audience)
    )
    return replace(pending, audience=audience, waiting=(*pending.waiting, *newcomer.waiting))


def _escalations_by_question(
    connection: Connection, askers: Iterable[WaitingAsker]
) -> dict[str, str]:
    """Return, for questions that wait or waited already, the id of their escalation."""
    rows = connection.execute(
        select(waiting_askers.c.question_id, waiting_askers.c.escalation_id).where(
            waiting_askers.c.question_id.in_([asker.question_id for asker in askers])
        )
    )
    return {row.question_id: row.escalation_id for row in rows}


def _get(connection: Connection, escalation_id: str) -> Escalation:
    return _load(connection, escalations.c.escalation_id == escalation_id)[0]


def _first(connection: Connection, *conditions: ColumnElement[bool]) -> Escalation | None:
    found = _load(connection, *conditions)
    return found[0] if found else None


def _load(connection: Connection, *conditions: ColumnElement[bool]) -> list[Escalation]:
    rows = connection.execute(
        select(escalations).where(*conditions).order_by(escalations.c.number)
    ).all()
    if not rows:
        return []
    waiting: dict[str, list[WaitingAsker]] = {row.escalation_id: [] for row in rows}
    ids = select(escalations.c.escalation_id).where(*conditions)
    for row in connection.execute(
        select(waiting_askers)
        .where(waiting_askers.c.escalation_id.in_(ids))
        .order_by(waiting_askers.c.number)
    ):
        waiting[row.escalation_id].append(_asker(row))
    return [_escalation(row, tuple(waiting[row.escalation_id])) for row in rows]


def _add_askers(connection: Connection, escalation_id: str, askers: Sequence[WaitingAsker]) -> None:
    rows = [
        {
            "escalation_id": escalation_id,
            "question_id": asker.question_id,
            "asker": asker.asker,
            "text": asker.text,
            "language": asker.language,
            "channel": asker.reply_to.channel,
            "address": asker.reply_to.address,
            "place": asker.place,
            "asked_at": asker.asked_at,
        }
        for asker in askers
    ]
    if rows:
        connection.execute(insert(waiting_askers), rows)


def _add_deliveries(connection: Connection, made: Sequence[Delivery]) -> None:
    rows = [
        {
            "delivery_id": delivery.delivery_id,
            "escalation_id": delivery.escalation_id,
            "question_id": delivery.question_id,
            "channel": delivery.reply_to.channel,
            "address": delivery.reply_to.address,
            "text": delivery.text,
            "created_at": delivery.created_at,
            "delivered_at": delivery.delivered_at,
        }
        for delivery in made
    ]
    if rows:
        connection.execute(insert(deliveries), rows)


def _escalation_row(escalation: Escalation) -> dict[str, Any]:
    return {
        "escalation_id": escalation.escalation_id,
        "key": escalation.key,
        "text": escalation.text,
        "reasons": [[r.code, r.text, r.weight, r.names] for r in escalation.reasons],
        "state": escalation.state,
        "opened_at": escalation.opened_at,
        "audience": escalation.audience,
        "draft": escalation.draft,
        "draft_spans": [
            [s.document_id, s.start_line, s.end_line, s.sha256] for s in escalation.draft_spans
        ],
        "reply": escalation.reply,
        "verdict": escalation.verdict,
        "closed_at": escalation.closed_at,
    }


def _escalation(row: Row[Any], waiting: tuple[WaitingAsker, ...]) -> Escalation:
    return Escalation(
        escalation_id=row.escalation_id,
        key=row.key,
        text=row.text,
        waiting=waiting,
        reasons=tuple(Reason(*reason) for reason in row.reasons),
        state=EscalationState(row.state),
        opened_at=row.opened_at,
        audience=row.audience,
        draft=row.draft,
        draft_spans=tuple(Span(*span) for span in row.draft_spans),
        reply=row.reply,
        verdict=None if row.verdict is None else Verdict(row.verdict),
        closed_at=row.closed_at,
    )


def _asker(row: Row[Any]) -> WaitingAsker:
    return WaitingAsker(
        question_id=row.question_id,
        asker=row.asker,
        text=row.text,
        language=Language(row.language),
        reply_to=ReplyAddress(row.channel, row.address),
        place=row.place,
        asked_at=row.asked_at,
    )


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        delivery_id=row.delivery_id,
        escalation_id=row.escalation_id,
        question_id=row.question_id,
        reply_to=ReplyAddress(row.channel, row.address),
        text=row.text,
        created_at=row.created_at,
        delivered_at=row.delivered_at,
    )

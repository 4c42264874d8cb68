"""The owner's inbox in memory."""

from __future__ import annotations

import itertools
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from avatar.domain.escalations import Delivery, Escalation, EscalationState, Verdict, WaitingAsker
from avatar.errors import InvalidInputError, TryAgainLaterError
from avatar.learning.verdicts import GivenVerdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar.learning.verdicts import VerdictLog


class MemoryInbox:
    """The `Inbox` port, kept as long as the object lives; ids count up from `e0000001`."""

    def __init__(self, verdicts: VerdictLog | None = None) -> None:
        self._lock = threading.RLock()
        self._verdicts = verdicts
        self._escalations: dict[str, Escalation] = {}
        self._deliveries: dict[str, Delivery] = {}
        self._numbers = itertools.count(1)

    def open(self, escalation: Escalation) -> Escalation:
        with self._lock:
            known = {a.question_id: e for e in self._escalations.values() for a in e.waiting}
            fresh = tuple(a for a in escalation.waiting if a.question_id not in known)
            if escalation.waiting and not fresh:
                return known[escalation.waiting[0].question_id]
            for pending in self.list(EscalationState.PENDING):
                if pending.key == escalation.key:
                    return self._join(pending, replace(escalation, waiting=fresh))
            wanted = escalation.escalation_id
            while not wanted or wanted in self._escalations:
                wanted = f"e{next(self._numbers):07d}"
            stored = replace(escalation, escalation_id=wanted, waiting=fresh)
            self._escalations[wanted] = stored
            return stored

    def get(self, escalation_id: str) -> Escalation | None:
        with self._lock:
            if escalation_id in self._escalations or not escalation_id:
                return self._escalations.get(escalation_id)
            found = [key for key in self._escalations if key.startswith(escalation_id)]
            if len(found) > 1:
                raise InvalidInputError(f"{escalation_id!r} begins {', '.join(found)}")
            return self._escalations[found[0]] if found else None

    def list(self, state: EscalationState | None = None) -> Sequence[Escalation]:
        with self._lock:
            return [e for e in self._escalations.values() if state in {None, e.state}]

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
        with self._lock:
            found = self._escalations.get(escalation_id)
            if found is None or found.state is not EscalationState.PENDING:
                return False
            if not {a.reply_to for a in found.waiting} <= {d.reply_to for d in deliveries}:
                raise TryAgainLaterError("somebody joined just now; read it again")
            self._escalations[escalation_id] = replace(
                found, state=state, reply=reply, verdict=verdict, closed_at=at
            )
            self._deliveries.update({d.delivery_id: d for d in deliveries})
            if self._verdicts is not None and verdict is not None and found.waiting:
                self._verdicts.record(
                    GivenVerdict(found.waiting[0].question_id, verdict, at, escalation_id)
                )
            return True

    def add_waiting(self, escalation_id: str, asker: WaitingAsker) -> bool:
        with self._lock:
            found = self._escalations.get(escalation_id)
            if found is None or found.state is not EscalationState.PENDING:
                return False
            for other in self._escalations.values():
                if asker.question_id in {a.question_id for a in other.waiting}:
                    return other.escalation_id == escalation_id
            self._join(found, replace(found, waiting=(asker,), audience=asker.place))
            return True

    def undelivered(self) -> Sequence[Delivery]:
        with self._lock:
            return [d for d in self._deliveries.values() if d.delivered_at is None]

    def mark_delivered(self, delivery_id: str, at: float) -> None:
        with self._lock:
            found = self._deliveries.get(delivery_id)
            if found is not None and found.delivered_at is None:
                self._deliveries[delivery_id] = replace(found, delivered_at=at)

    def _join(self, pending: Escalation, newcomer: Escalation) -> Escalation:
        joined = replace(
            pending,
            waiting=(*pending.waiting, *newcomer.waiting),
            audience=pending.audience.meet(newcomer.audience),
        )
        self._escalations[pending.escalation_id] = joined
        return joined

"""Changes on their way to the indexer: collected until it is quiet, merged per document."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from avatar.domain.documents import Change
    from avatar.ports import Clock

QUIET_S: Final = 0.08
"""An editor's save is several events within a few milliseconds."""

AT_MOST_S: Final = 0.3
"""A checkout that goes on for minutes is taken in parts."""


class ChangeQueue:
    """Takes changes from any thread and hands them over in batches.

    A batch is due when nothing came for `quiet_s`, or `at_most_s` after its first change. Of
    several changes of one document the last is kept, so a document's changes never overtake
    each other. After `close` what is left is handed over at once, and new changes are dropped:
    the next reconcile finds them.
    """

    def __init__(
        self, clock: Clock, *, quiet_s: float = QUIET_S, at_most_s: float = AT_MOST_S
    ) -> None:
        self._clock = clock
        self._quiet_s = quiet_s
        self._at_most_s = at_most_s
        self._arrived = threading.Condition()
        self._pending: dict[str, Change] = {}
        self._first_at = 0.0
        self._last_at = 0.0
        self._closed = False

    @property
    def depth(self) -> int:
        """How many documents wait."""
        with self._arrived:
            return len(self._pending)

    @property
    def is_closed(self) -> bool:
        """Whether nothing more is taken in."""
        with self._arrived:
            return self._closed

    def put(self, changes: Iterable[Change]) -> None:
        """Add changes; never waits for anything slow."""
        with self._arrived:
            if self._closed:
                return
            before = len(self._pending)
            for change in changes:
                self._pending.pop(change.document_id, None)
                self._pending[change.document_id] = change
            if not self._pending:
                return
            self._last_at = self._clock.monotonic()
            if before == 0:
                self._first_at = self._last_at
            self._arrived.notify_all()

    def take(self, timeout_s: float) -> list[Change]:
        """Return the next batch, oldest first; empty when none is due within the time."""
        give_up_at = self._clock.monotonic() + timeout_s
        with self._arrived:
            while True:
                now = self._clock.monotonic()
                due_at = self._due_at()
                if due_at is not None and now >= due_at:
                    batch = list(self._pending.values())
                    self._pending.clear()
                    return batch
                if self._closed or now >= give_up_at:
                    return []
                until = give_up_at if due_at is None else min(due_at, give_up_at)
                self._arrived.wait(until - now)

    def close(self) -> None:
        """Take nothing more in and wake whoever waits; safe to call twice."""
        with self._arrived:
            self._closed = True
            self._arrived.notify_all()

    def _due_at(self) -> float | None:
        if not self._pending:
            return None
        if self._closed:
            return self._first_at
        return min(self._last_at + self._quiet_s, self._first_at + self._at_most_s)

"""The thread that keeps the knowledge up to date: changes first, then what was missed, then rest.

One step does one bounded thing, the most urgent: a batch of fresh changes; failed documents whose
time has come; a listing to find what was missed; a slice of what it found; vectors of slow models;
giving back space. So a saved file waits for one step at most.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections import deque
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from avatar.domain.documents import Change, ChangeKind, Recorded
from avatar.errors import AvatarError
from avatar.indexing.reconcile import Reconciliation, reconcile
from avatar.indexing.report import covers_document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from avatar.indexing.backfill import Backfill
    from avatar.indexing.changes import ChangeQueue
    from avatar.indexing.indexer import Indexer, Parts
    from avatar.indexing.report import IndexReport

logger = logging.getLogger(__name__)

DOCUMENTS_A_STEP: Final = 24
IDLE_S: Final = 0.5
FIRST_RETRY_S: Final = 1.0
LAST_RETRY_S: Final = 60.0
TRIES_ALONE: Final = 3
VACUUM_AFTER_S: Final = 300.0
RECONCILE_EVERY_S: Final = 900.0


class _StoppingError(Exception):
    """The worker is asked to stop in the middle of a batch; the next start finds the rest."""


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """How the worker is doing, for `status`.

    `depth` counts documents that wait, `last_change_at` is when documents last changed (0 for
    never), `fault` is what stands in the way right now, `out_of_reach` what cannot be read.
    `skipped` counts by reason what the last full comparison found left out. `is_caught_up` means
    that nothing waits and nothing is left to compare.
    """

    depth: int
    is_caught_up: bool
    last_change_at: float
    fault: str
    out_of_reach: tuple[str, ...]
    skipped: Mapping[str, int]
    is_running: bool


@dataclass(slots=True)
class _Failed:
    """A change to try again; one with a reason is given up."""

    change: Change
    tries: int = 0
    reason: str = ""


class IndexWorker:
    """Runs the indexing loop on a thread called `avatar-index`.

    Nothing that goes wrong ends it: the failed documents are tried again, later and one by one,
    and a document that fails by itself again and again becomes a recorded fault. `turn` is held
    while a step writes, so that requests can alternate with it; `on_report` is told after each
    batch.
    """

    def __init__(
        self,
        queue: ChangeQueue,
        indexer: Indexer,
        backfill: Backfill,
        parts: Parts,
        *,
        turn: AbstractContextManager[object] | None = None,
        on_report: Callable[[IndexReport], None] | None = None,
    ) -> None:
        self._queue = queue
        self._indexer = indexer
        self._backfill = backfill
        self._parts = parts
        self._turn = turn if turn is not None else nullcontext()
        self._on_report = on_report
        self._missed: deque[Change] = deque()
        self._failed: dict[str, _Failed] = {}
        self._retry_s = FIRST_RETRY_S
        self._retry_at = 0.0
        self._paused_until = 0.0
        self._reconcile_at = parts.clock.monotonic()
        self._busy_at = parts.clock.monotonic()
        self._has_garbage = False
        self._batch: Sequence[Change] = ()
        self._in_hand = 0
        self._last_change_at = 0.0
        self._fault = ""
        self._compared = Reconciliation()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, with a pass over everything that was missed."""
        self._thread = threading.Thread(target=self._run, name="avatar-index")
        self._thread.start()

    def stop(self, timeout_s: float = 30.0) -> None:
        """Take nothing more in, finish the step at hand and join; safe to call twice."""
        self._stopping.set()
        self._queue.close()
        if self._thread is not None:
            self._thread.join(timeout_s)

    def request_reconcile(self) -> None:
        """Look for missed changes soon."""
        self._reconcile_at = self._parts.clock.monotonic()

    def status(self) -> WorkerStatus:
        """Say how it is going; may be called from any thread."""
        waiting = len(self._missed) + len(self._failed) + self._in_hand
        depth = self._queue.depth + waiting
        is_compared = self._parts.clock.monotonic() < self._reconcile_at
        return WorkerStatus(
            depth=depth,
            is_caught_up=is_compared and not depth,
            last_change_at=self._last_change_at,
            fault=self._fault or self._compared.problem,
            out_of_reach=self._compared.out_of_reach,
            skipped=self._compared.skipped,
            is_running=self._thread is not None and self._thread.is_alive(),
        )

    def step(self, wait_s: float = 0.0) -> bool:
        """Do the most urgent thing; wait up to `wait_s` for changes. False when idle.

        Raises nothing: what goes wrong is logged with an id and stands in the status.
        """
        try:
            self._batch = self._queue.take(wait_s)
            self._in_hand = len(self._batch)
            with self._turn:
                is_busy = self._take_in(self._batch) if self._batch else self._catch_up()
            self._note_success()
        except _StoppingError:
            return False
        except Exception as error:  # noqa: BLE001 - the worker's edge: any fault, kept and retried
            self._note_failure(error)
            return True
        else:
            return is_busy
        finally:
            self._batch, self._in_hand = (), 0

    def _run(self) -> None:
        is_idle = False
        while not self._stopping.is_set():
            is_idle = not self.step(IDLE_S if is_idle else 0.0)

    def _take_in(self, fresh: Sequence[Change]) -> bool:
        folders = [change.document_id for change in fresh if change.document_id.endswith("/")]
        changes = [change for change in fresh if not change.document_id.endswith("/")]
        if folders:
            named = {change.document_id for change in changes}
            found = self._compare(folders)
            if self._is_news(found, folders):  # a folder left or came back: say so
                self.request_reconcile()
            changes += [change for change in found.changes if change.document_id not in named]
        self._apply(changes)
        return True

    def _is_news(self, found: Reconciliation, folders: Sequence[str]) -> bool:
        if found.problem:
            return found.problem != self._compared.problem
        away = self._compared.out_of_reach
        return any(covers_document(away, folder.rstrip("/")) for folder in folders)

    def _catch_up(self) -> bool:
        """Do the most urgent thing that is not a fresh change; False when there is none."""
        now = self._parts.clock.monotonic()
        if self._failed and now >= self._retry_at:
            self._retry()
        elif now < self._paused_until:
            return False
        elif now >= self._reconcile_at:
            self._compared = self._compare(())
            self._missed = deque(self._compared.changes)
            self._reconcile_at = now + RECONCILE_EVERY_S
        elif self._missed:
            self._in_hand = min(DOCUMENTS_A_STEP, len(self._missed))
            self._batch = [self._missed.popleft() for _ in range(self._in_hand)]
            self._apply(self._batch)
        elif self._queue.depth:
            return False  # a save is due in a moment: it should not wait for slow vectors
        elif self._backfill.step():
            self._busy_at = now
        elif self._has_garbage and now >= self._busy_at + VACUUM_AFTER_S:
            self._has_garbage = False
            self._parts.store.vacuum()
        else:
            return False
        return True

    def _apply(self, changes: Sequence[Change]) -> None:
        self._in_hand = len(changes)
        report = self._indexer.apply(changes, self._on_progress)
        now = self._parts.clock.monotonic()
        self._busy_at = now
        for change in changes:
            self._failed.pop(change.document_id, None)
        if report.added or report.changed or report.removed:
            self._last_change_at = self._parts.clock.now()
        self._has_garbage = self._has_garbage or bool(report.removed or report.changed)
        if self._on_report is not None:
            self._on_report(report)

    def _on_progress(self, done: int, total: int) -> None:
        self._in_hand = total - done
        if self._stopping.is_set() and done < total:
            raise _StoppingError

    def _compare(self, beneath: Sequence[str]) -> Reconciliation:
        return reconcile(
            self._parts.source,
            self._parts.registry,
            self._parts.store,
            forgotten=self._parts.forgotten(),
            beneath=beneath,
        )

    def _retry(self) -> None:
        """Try one failed document, alone, so that it cannot hold up the others."""
        document_id, failed = next(iter(self._failed.items()))
        if failed.reason:
            self._parts.registry.record([self._fault_record(document_id, failed.reason)])
            del self._failed[document_id]
            return
        self._failed[document_id] = self._failed.pop(document_id)  # the others first, next time
        failed.tries += 1
        self._batch = [failed.change]
        self._apply(self._batch)

    def _fault_record(self, document_id: str, reason: str) -> Recorded:
        return Recorded(
            document_id,
            stamp="",
            fingerprint="",
            chunks=0,
            indexed_at=self._parts.clock.now(),
            skipped_reason=reason,
            is_fault=True,
        )

    def _note_success(self) -> None:
        if not self._failed and self._parts.clock.monotonic() >= self._paused_until:
            self._fault, self._retry_s = "", FIRST_RETRY_S

    def _note_failure(self, error: Exception) -> None:
        """Keep what was in hand; errors that are not ours are the document's when it is alone."""
        mark = _log("indexing was interrupted and goes on later", error)
        is_ours = isinstance(error, AvatarError)
        what = str(error) if is_ours else type(error).__name__
        self._fault = f"indexing was interrupted: {what} (log id {mark})"
        for change in self._batch:
            if change.document_id.endswith("/"):
                self.request_reconcile()
                continue
            failed = self._failed.setdefault(change.document_id, _Failed(change))
            failed.change = change
            if failed.tries >= TRIES_ALONE and not is_ours:
                failed.reason = f"could not be indexed: {what} (log id {mark})"
        now = self._parts.clock.monotonic()
        self._retry_at = self._paused_until = now + self._retry_s
        self._retry_s = min(2 * self._retry_s, LAST_RETRY_S)


def folder_changed(document_id: str) -> Change:
    """Return the change that says: compare everything in this folder."""
    return Change(f"{document_id.rstrip('/')}/", ChangeKind.SAVED)


def _log(what: str, error: Exception) -> str:
    """Log under a new id and return it.

    Only errors of ours are quoted: the text of others may hold parts of a document.
    """
    mark = uuid.uuid4().hex[:8]
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}" if trace else "?"
    detail = str(error) if isinstance(error, AvatarError) else "details are kept out of the log"
    logger.error("%s [%s] %s at %s: %s", what, mark, type(error).__name__, place, detail)
    return mark

"""Threads that work on jobs and send messages; nothing is worked on that is not stored."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

from avatar.domain.language import reply_language
from avatar.errors import AvatarError, TryAgainLaterError
from connectors.slack import blocks, faults, texts
from connectors.slack.gateway import ReceiptPendingError
from connectors.slack.log import Pool, Purpose

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from connectors.slack.log import Job
    from connectors.slack.office import Office
    from connectors.slack.outbox import Outbox

logger = logging.getLogger(__name__)

LOOK_AGAIN_S: Final = 0.5
SENDERS: Final = 3
ACTORS: Final = 2
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 120.0
MOST_ATTEMPTS: Final = 4
"""For faults of ours; what only needs time is tried as long as it takes."""


class Bell:
    """Wakes every worker when there may be something to do."""

    def __init__(self) -> None:
        self._rung = threading.Condition()
        self._count = 0

    def ring(self) -> None:
        """Wake everybody."""
        with self._rung:
            self._count += 1
            self._rung.notify_all()

    def wait(self, heard: int) -> int:
        """Wait for a ring after `heard`, or a short while; returns how many there were."""
        with self._rung:
            self._rung.wait_for(lambda: self._count > heard, timeout=LOOK_AGAIN_S)
            return self._count


class Workers:
    """The pools: several for questions, a few that only serve clicks, a few that send."""

    def __init__(
        self,
        office: Office,
        outbox: Outbox,
        kinds: Mapping[str, Callable[[Job], None]],
        bell: Bell,
    ) -> None:
        self._office = office
        self._outbox = outbox
        self._kinds = kinds
        self._bell = bell
        self._stopping = threading.Event()
        steps = (
            ("question", office.config.workers, lambda: self.work_next(Pool.QUESTIONS)),
            ("action", ACTORS, lambda: self.work_next(Pool.ACTIONS)),
            ("send", SENDERS, outbox.send_next),
        )
        self._threads = [
            threading.Thread(
                target=self._run, args=(step,), name=f"avatar-slack-{name}-{n}", daemon=True
            )
            for name, count, step in steps
            for n in range(count)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let every worker end what it is at, and join it; safe to call twice."""
        self._stopping.set()
        self._bell.ring()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def _run(self, step: Callable[[], bool]) -> None:
        heard = 0
        while not self._stopping.is_set():
            try:
                if step():
                    continue
            except Exception as error:  # noqa: BLE001 - a worker that dies leaves everything undone
                logger.error("a Slack worker stumbled: %s", faults.place_of(error))  # noqa: TRY400 - a trace may hold what people wrote
            heard = self._bell.wait(heard)

    def work_next(self, pool: Pool) -> bool:
        """Work on the next due job of a pool; False when there is none."""
        job = self._office.log.claim_job(pool, self._office.clock.now())
        if job is None:
            return False
        try:
            self._kinds[job.kind](job)
        except ReceiptPendingError as error:
            self._later(job)
            self._office.await_receipt(job.key, error.channel)
        except TryAgainLaterError as error:
            logger.warning("job %s waits: %s", job.kind, error)
            self._later(job, at_least_s=getattr(error, "retry_after_s", 0.0))
        except AvatarError as error:
            self._failed(job, str(error), error)
        except Exception as error:  # noqa: BLE001 - the listener's edge: logged, told, tried again
            self._failed(job, type(error).__name__, error)
        finally:
            self._bell.ring()
        return True

    def _later(self, job: Job, *, at_least_s: float = 0.0) -> None:
        pause = min(FIRST_PAUSE_S * 2.0 ** min(job.attempts, 10), LONGEST_PAUSE_S)
        pause = max(pause, at_least_s)
        self._office.log.put_off(job.key, self._office.clock.now() + pause)

    def _failed(self, job: Job, cause: str, error: Exception) -> None:
        fault, where = faults.new_id(), faults.place_of(error)
        logger.error("job %s failed (id %s, attempt %d): %s", job.kind, fault, job.attempts, where)
        if job.attempts < MOST_ATTEMPTS:
            self._later(job)
            return
        office = self._office
        messages = []
        text = texts.broken_for_owner(office.language, fault=fault, cause=cause)
        messages.append(office.note_to_owner(f"broken/{job.key}", blocks.plain_message(text)))
        heard = job.body.get("heard", job.body)
        if job.kind in {"message", "direct"}:
            language = reply_language(str(heard["text"]))
            told = texts.broken(language, fault=fault, owner=office.identity.owner_name)
            arguments = blocks.in_thread(blocks.plain_message(told), str(heard["thread"]))
            about = {"status": [heard["channel"], heard["thread"]]}
            messages.append(
                office.post(
                    f"broken/{job.key}/asker",
                    str(heard["channel"]),
                    arguments,
                    Purpose.NOTE,
                    about=about,
                )
            )
        office.log.finish(job.key, messages=messages)

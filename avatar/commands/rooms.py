"""The rooms of an open profile: everything that commands work with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from avatar.commands.contract import Row
    from avatar.domain.audience import Audience, Reader
    from avatar.domain.calibration import Calibration
    from avatar.escalation.deliveries import Deliveries
    from avatar.escalation.desk import Desk
    from avatar.escalation.judging import Judging
    from avatar.indexing.library import Library
    from avatar.indexing.worker import WorkerStatus
    from avatar.learning.calibrator import Calibrator
    from avatar.learning.certainty import Certainty, Sureness
    from avatar.learning.keeping import Keeping
    from avatar.learning.past_answers import PastAnswers
    from avatar.ports import Clock, Clusterer, Inbox, Journal, KnowledgeStore, Likeness, Registry
    from avatar.standin import StandIn


class Forgotten(Protocol):
    """Documents and folders the owner took out, as beginnings of document ids."""

    def add(self, prefix: str) -> None:
        """Keep it out; on disk when this returns."""
        ...

    def remove(self, prefix: str) -> bool:
        """Let it in again; False when it was not kept out."""
        ...

    def all(self) -> Sequence[str]:
        """Return every beginning that is kept out, sorted."""
        ...


@dataclass(frozen=True, slots=True)
class Rooms:
    """Everything the commands work with; made by `bootstrap`.

    `reader` tells who may read what by name. `locate` turns what an owner types (a document id,
    a folder of one, or a path on disk) into document ids or prefixes. `forgotten` keeps the
    prefixes that stay out; `remove_answer` deletes a past answer's file and says whether it was
    one. `certainty` tells how sure is sure enough, `calibrator` learns it anew, `report` writes the
    page on it, `judging` takes the owner's word on what was sent. `likeness` tells how like
    questions are to each other, as in `answering.likeness`; `clusterer` joins them. `facts` are
    fixed entries of `status`, `slack` tells how Slack is; `memory_mb` measures this process;
    `on_progress` is told while files are indexed before a question, `on_note` what then stood in
    the way.
    """

    standin: StandIn
    desk: Desk
    deliveries: Deliveries
    inbox: Inbox
    past_answers: PastAnswers
    keeping: Keeping
    library: Library
    certainty: Certainty
    judging: Judging
    calibrator: Calibrator[Any]
    report: Callable[[Calibration, Sureness], str]
    store: KnowledgeStore
    registry: Registry
    journal: Journal
    clock: Clock
    reader: Callable[[str], Reader]
    answers_audience: Audience
    locate: Callable[[str], Sequence[str]]
    remove_answer: Callable[[str], bool]
    forgotten: Forgotten
    likeness: Callable[[Sequence[str]], Likeness]
    clusterer: Clusterer
    worker: Callable[[], WorkerStatus | None]
    memory_mb: Callable[[], float]
    expire_after_s: float
    facts: Mapping[str, Any]
    slack: Callable[[], Row | None]
    on_progress: Callable[[int, int, str], None]
    on_note: Callable[[str], None]
    close: Callable[[], None]

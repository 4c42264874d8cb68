"""The parts of a profile that decide how sure is sure enough, and that learn it anew."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from avatar.answering import features, weights
from avatar.domain.audience import Reader
from avatar.domain.documents import SourceKind
from avatar.domain.judgement import Mode
from avatar.errors import StateUnwritableError
from avatar.learning.calibration import Shipped
from avatar.learning.certainty import Wishes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from avatar.adapters.calibration_file import CalibrationFile
    from avatar.examiner import Consulted, Looked
    from avatar.learning.calibrator import Bench
    from avatar.ports import Embedder, Registry
    from avatar.profile import Profile

FILE: Final = "calibration.json"
SCRATCH: Final = "scratch-"
"""How folders of copied libraries begin, before the number of the process that made them."""


def shipped_numbers() -> Shipped:
    """Return the numbers that came with the product."""
    return Shipped(*weights.load())


def calibration_file(
    profile: Profile, state: Path, embedders: Sequence[Embedder], shipped: Shipped
) -> CalibrationFile:
    """Return where the profile's calibration is kept, with the ground it must stand on."""
    from avatar.adapters.calibration_file import CalibrationFile, ground_of

    models = {embedder.name: embedder.fingerprint for embedder in embedders}
    ground = ground_of(
        models, shipped.fusion, shipped.confidence, features.NAMES, profile.answering.promise
    )
    return CalibrationFile(state / FILE, ground)


def wishes_of(profile: Profile) -> Wishes:
    """Return what the profile says of confidence."""
    answering = profile.answering
    named = answering.topics
    return Wishes(
        promise=answering.promise,
        answer=answering.answer_threshold,
        draft=answering.draft_threshold,
        modes={one.name: Mode(named.get(one.name, answering.mode)) for one in profile.sources},
    )


def past_answers(profile: Profile, registry: Registry) -> int:
    """Count the past answers that are known."""
    kept = (one.name for one in profile.sources if one.kind is SourceKind.ANSWERS)
    return sum(registry.totals(f"{name}/").documents for name in kept)


def sweep(state: Path) -> None:
    """Delete what a calibration that was killed left behind: it holds copies of the files."""
    import psutil

    for left in state.glob(f"{SCRATCH}*"):
        process = left.name.split("-")[1]
        if not process.isdecimal() or not psutil.pid_exists(int(process)):
            shutil.rmtree(left, ignore_errors=True)


@contextmanager
def bench(
    state: Path,
    embedders: Sequence[Embedder],
    shipped: Shipped,
    consulted: Consulted | None = None,
) -> Iterator[Bench[Looked]]:
    """Give an empty library in a folder of its own beside the index, gone afterwards."""
    from avatar.adapters.edge_store import EdgeStore
    from avatar.adapters.qdrant_schema import VectorModel
    from avatar.answering.retrieve import Retriever
    from avatar.examiner import EvidenceExaminer
    from avatar.learning.calibrator import Bench
    from avatar.learning.scratch import ScratchLibrary

    try:
        folder = tempfile.TemporaryDirectory(
            prefix=f"{SCRATCH}{os.getpid()}-", dir=state, ignore_cleanup_errors=True
        )
    except OSError as error:
        raise StateUnwritableError(
            f"The library cannot be copied into {state} ({error.strerror}); nothing was"
            " calibrated. Free space or give permission, then try again."
        ) from error
    with folder as name:
        models = [VectorModel.of(embedder) for embedder in embedders]
        store = EdgeStore(Path(name) / "index", models, "scratch")
        try:
            retriever = Retriever(store, embedders, shipped.fusion)
            examiner = EvidenceExaminer(retriever, Reader.owner(), shipped.fusion, consulted)
            yield Bench(ScratchLibrary(store, embedders), examiner)
        finally:
            store.close()

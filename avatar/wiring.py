"""What a profile has once it is open: its files, index, state and calibration, held together."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from avatar import calibrating, engines
from avatar.domain.audience import Audience

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from avatar.adapters.calibration_file import CalibrationFile
    from avatar.adapters.sqlite_database import Database
    from avatar.adapters.sqlite_registry import SqliteMeta
    from avatar.domain.documents import Document
    from avatar.indexing.backfill import Backfill
    from avatar.indexing.indexer import Indexer, Parts
    from avatar.learning.calibration import Shipped
    from avatar.learning.certainty import Certainty
    from avatar.ports import Clock, Embedder, KnowledgeStore, Registry
    from avatar.profile import Profile
    from connectors.filesystem.source import FilesystemSource

WAY_OF_READING: Final = "1"
"""Raised when splitting or redaction change, so that every file is looked at again."""

AUDIENCES: Final = "audiences"
"""The fact of the state that says to which audiences the index was last held."""

REFUSED: Final = "calibration refused"
"""The fact of the state that says which refusal of a calibration the owner was told."""


@dataclass(frozen=True, slots=True)
class Wired:
    """The objects of one open profile that more than one part needs."""

    profile: Profile
    state: Path
    clock: Clock
    database: Database
    source: FilesystemSource
    embedders: tuple[Embedder, ...]
    store: KnowledgeStore
    parts: Parts
    indexer: Indexer
    backfill: Backfill
    turn: threading.Lock
    shipped: Shipped
    certainty: Certainty
    calibration: CalibrationFile

    def close(self) -> None:
        """Let go of the index and the database; safe to call twice."""
        self.store.close()
        self.database.close()


def wire(
    profile: Profile,
    state: Path,
    on_note: Callable[[str], None],
    loaded: Sequence[Embedder] | None,
) -> Wired:
    """Open everything of a profile that is there once; `loaded` are models to use as they are.

    Raises `IndexInUseError` while another process owns the index.
    """
    from avatar.adapters.splitting.by_format import FormatSplitter
    from avatar.adapters.sqlite_database import Database
    from avatar.adapters.sqlite_journal import SqliteVerdicts
    from avatar.adapters.sqlite_notebook import SqliteNotebook
    from avatar.adapters.sqlite_registry import SqliteForgotten, SqliteMeta, SqliteRegistry
    from avatar.adapters.system_clock import SystemClock
    from avatar.indexing.backfill import Backfill
    from avatar.indexing.indexer import Indexer, Parts
    from avatar.indexing.secrets import redact
    from avatar.learning.certainty import Certainty, Sources

    clock, database = SystemClock(), Database(state / "state.sqlite")
    try:
        embedders = engines.load_embedders(profile, on_note) if loaded is None else tuple(loaded)
        store = engines.open_store(profile, state, embedders, on_note)
    except BaseException:
        database.close()
        raise
    source, registry, meta = _source(profile), SqliteRegistry(database), SqliteMeta(database)
    calibrating.sweep(state)
    shipped = calibrating.shipped_numbers()
    calibration = calibrating.calibration_file(profile, state, embedders, shipped)
    try:
        if meta.get("way of reading") != WAY_OF_READING:
            registry.clear()
            meta.set("way of reading", WAY_OF_READING)
        _hold_to_audiences(source, store, registry, meta)
        _provide_answers(profile.answers_folder, registry)
        looks = Sources(
            SqliteVerdicts(database),
            SqliteNotebook(database),
            clock,
            lambda: calibrating.past_answers(profile, registry),
            on_note,
        )
        certainty = Certainty(calibrating.wishes_of(profile), shipped, looks)
        _adopt(certainty, calibration, meta, on_note)
    except BaseException:
        store.close()
        database.close()
        raise
    parts = Parts(
        source=source,
        splitter=FormatSplitter(),
        store=store,
        registry=registry,
        embedders=embedders,
        clock=clock,
        redact=redact,
        forgotten=SqliteForgotten(database, clock).all,
        named_audience=named_audience,
    )
    return Wired(
        profile=profile,
        state=state,
        clock=clock,
        database=database,
        source=source,
        embedders=embedders,
        store=store,
        parts=parts,
        indexer=Indexer(parts),
        backfill=Backfill(store, embedders),
        turn=threading.Lock(),
        shipped=shipped,
        certainty=certainty,
        calibration=calibration,
    )


def _adopt(
    certainty: Certainty,
    calibration: CalibrationFile,
    meta: SqliteMeta,
    on_note: Callable[[str], None],
) -> None:
    """Put the kept calibration into force; one that cannot be used is told once."""
    found, refused = calibration.load()
    certainty.adopt(found, refused)
    if refused != (meta.get(REFUSED) or ""):
        meta.set(REFUSED, refused)
        if refused:
            on_note(refused)


def _hold_to_audiences(
    source: FilesystemSource, store: KnowledgeStore, registry: Registry, meta: SqliteMeta
) -> None:
    """See that nobody finds what the profile, since it was last opened, closed to them."""
    from avatar.indexing.narrowing import narrow

    now = {root.name: str(root.audience) for root in source.roots}
    before = json.loads(meta.get(AUDIENCES) or "{}")
    if now != before:
        narrow(
            store,
            registry,
            {root.name: root.audience for root in source.roots},
            before={name: Audience.parse(text) for name, text in before.items()},
        )
        meta.set(AUDIENCES, json.dumps(now))


def _provide_answers(folder: Path, registry: Registry) -> None:
    """Make the folder of past answers where none ever was, as Git keeps no empty folder.

    One that held answers and is gone may come back with its disk, so it is only said to be gone.
    """
    if folder.exists() or any(name.startswith(f"{folder.name}/") for name in registry.all()):
        return
    with suppress(OSError):  # a profile that cannot be written says so when an answer is kept
        folder.mkdir()


def _source(profile: Profile) -> FilesystemSource:
    from connectors.filesystem.commits import Commits
    from connectors.filesystem.config import SourceConfig
    from connectors.filesystem.source import FilesystemSource

    roots = [
        SourceConfig.model_validate(section.model_dump()).root(
            profile.folder, Audience.parse(section.audience)
        )
        for section in profile.sources
    ]
    return FilesystemSource(roots, Commits())


def named_audience(document: Document) -> Audience | None:
    """Return the audience that a past answer names for itself; None for any other document."""
    from avatar.learning.answer_file import answer_audience

    return answer_audience(document.text) if document.format == "answer" else None

"""The index loop on a real folder with a real watcher; only store and models are fakes."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from avatar.domain.documents import SourceKind
from avatar.indexing.changes import ChangeQueue
from avatar.indexing.indexer import Indexer
from avatar.indexing.worker import IndexWorker
from connectors.filesystem.roots import Root
from connectors.filesystem.source import FilesystemSource
from connectors.filesystem.watcher import FilesystemWatcher
from tests.contracts.watcher import eventually
from tests.unit.indexing.world import RealClock, World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def running(world: World, folder: Path) -> Iterator[None]:
    source = FilesystemSource([Root("n", folder, SourceKind.NOTES)])
    parts = replace(world.parts, source=source)
    queue = ChangeQueue(RealClock())
    worker = IndexWorker(queue, Indexer(parts), world.backfill, parts)
    watcher = FilesystemWatcher(source.roots, check_s=0.05)
    watcher.start(queue.put)
    worker.start()
    try:
        eventually(lambda: worker.status().is_caught_up)
        yield
    finally:
        watcher.stop()
        worker.stop()


def becomes(world: World, **texts: str) -> None:
    wanted = {f"n/{name.replace('__', '/')}.md": [text] for name, text in texts.items()}
    eventually(lambda: _notes(world) == wanted, lambda: str(_notes(world)))


def _notes(world: World) -> dict[str, list[str]]:
    return {name: text for name, text in world.texts().items() if name.endswith(".md")}


def test_the_store_follows_the_folder(tmp_path: Path) -> None:
    world = World(real_clock=RealClock())
    notes = tmp_path / "notes"
    (notes / "sub").mkdir(parents=True)
    (notes / "sub" / "b.md").write_text("bee")
    with running(world, notes):
        becomes(world, sub__b="bee")
        (notes / "a.md").write_text("ant")
        becomes(world, a="ant", sub__b="bee")
        (notes / "a.md.tmp").write_text("ants")
        (notes / "a.md.tmp").replace(notes / "a.md")
        becomes(world, a="ants", sub__b="bee")
        embedded = len(world.fast.embedded)
        (notes / "a.md").rename(notes / "c.md")
        (notes / "sub").rename(notes / "new")
        becomes(world, c="ants", new__b="bee")
        assert len(world.fast.embedded) == embedded
        (notes / ".gitignore").write_text("new/\n")
        becomes(world, c="ants")
        (notes / ".gitignore").unlink()
        becomes(world, c="ants", new__b="bee")
        shutil.rmtree(notes / "new")
        becomes(world, c="ants")


def test_what_happened_while_it_was_off_is_found_at_the_next_start(tmp_path: Path) -> None:
    world = World(real_clock=RealClock())
    notes = tmp_path / "notes"
    notes.mkdir()
    for name in ("kept", "edited", "deleted", "renamed"):
        (notes / f"{name}.md").write_text(name)
    with running(world, notes):
        becomes(world, kept="kept", edited="edited", deleted="deleted", renamed="renamed")
    (notes / "edited.md").write_text("edited anew")
    (notes / "deleted.md").unlink()
    (notes / "renamed.md").rename(notes / "other.md")
    before = len(world.fast.embedded)
    with running(world, notes):
        becomes(world, kept="kept", edited="edited anew", other="renamed")
    assert world.fast.embedded[before:] == ["edited anew"]


def test_a_folder_that_goes_away_and_comes_back_loses_nothing(tmp_path: Path) -> None:
    world = World(real_clock=RealClock())
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "a.md").write_text("ant")
    with running(world, notes):
        becomes(world, a="ant")
        notes.rename(tmp_path / "unmounted")
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "unmounted" / "b.md").write_text("bee")
        assert _notes(world) == {"n/a.md": ["ant"]}
        (tmp_path / "unmounted").rename(notes)
        becomes(world, a="ant", b="bee")
    assert world.fast.embedded == ["ant", "bee"]

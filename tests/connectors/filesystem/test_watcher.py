from __future__ import annotations

import errno
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver
from watchdog.observers.inotify import InotifyEmitter

from avatar.domain.documents import Change, ChangeKind, SourceKind
from connectors.filesystem.roots import Root
from connectors.filesystem.watcher import FilesystemWatcher
from tests.contracts.watcher import Heard, eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SAVED, REMOVED = ChangeKind.SAVED, ChangeKind.REMOVED


def saved(document_id: str) -> Change:
    return Change(document_id, SAVED)


def removed(document_id: str) -> Change:
    return Change(document_id, REMOVED)


@contextmanager
def watching(
    *paths: Path, native: Callable[[], BaseObserver] = Observer, poll_s: float = 0.1
) -> Iterator[Heard]:
    roots = [Root(path.name, path, SourceKind.NOTES) for path in paths]
    watcher = FilesystemWatcher(roots, native=native, check_s=0.05, poll_s=poll_s)
    heard = Heard()
    watcher.start(heard)
    try:
        yield heard
    finally:
        watcher.stop()


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.md").write_text("a")
    (folder / "sub" / "b.md").write_text("b")
    return folder


def test_creating_editing_and_deleting_are_told(notes: Path) -> None:
    with watching(notes) as heard:
        (notes / "sub" / "new.md").write_text("new")
        heard.wait_for(saved("notes/sub/new.md"))
        heard.clear()
        (notes / "a.md").write_text("edited")
        heard.wait_for(saved("notes/a.md"))
        (notes / "a.md").unlink()
        heard.wait_for(removed("notes/a.md"))


def test_reading_is_not_told(notes: Path) -> None:
    with watching(notes) as heard:
        (notes / "a.md").read_text()
        (notes / "z.md").write_text("later")
        heard.wait_for(saved("notes/z.md"))
        assert {change.document_id for change in heard.changes} == {"notes/z.md"}


def test_a_rename_removes_one_and_saves_the_other(notes: Path) -> None:
    with watching(notes) as heard:
        (notes / "a.md").rename(notes / "sub" / "c.md")
        heard.wait_for(removed("notes/a.md"), saved("notes/sub/c.md"))


def test_leaving_and_entering_the_folder_are_told(notes: Path) -> None:
    outside = notes.parent / "outside.md"
    with watching(notes) as heard:
        (notes / "a.md").rename(outside)
        heard.wait_for(removed("notes/a.md"))
        outside.rename(notes / "back.md")
        heard.wait_for(saved("notes/back.md"))


def test_an_editors_atomic_save_saves_the_document_and_tells_nothing_of_its_helpers(
    notes: Path,
) -> None:
    with watching(notes) as heard:
        (notes / "a.md~").write_text("old")
        (notes / ".a.md.swp").write_text("swap")
        (notes / "a.md.tmp").write_text("edited")
        (notes / "a.md.tmp").replace(notes / "a.md")
        heard.wait_for(saved("notes/a.md"))
        assert {change.document_id for change in heard.changes} == {"notes/a.md"}


def test_renaming_and_deleting_a_folder_tell_of_the_folder(notes: Path) -> None:
    with watching(notes) as heard:
        (notes / "sub").rename(notes / "moved")
        heard.wait_for(saved("notes/sub/"), saved("notes/moved/"))
        (notes / "moved" / "b.md").write_text("edited")
        heard.wait_for(saved("notes/moved/b.md"))
        shutil.rmtree(notes / "moved")
        heard.wait_for(removed("notes/moved/b.md"))
        heard.clear()
        (notes.parent / "deep" / "er").mkdir(parents=True)
        (notes.parent / "deep" / "er" / "d.md").write_text("d")
        (notes.parent / "deep").rename(notes / "deep")
        heard.wait_for(saved("notes/deep/"))


def test_a_folder_that_leaves_is_told_as_a_folder(notes: Path) -> None:
    with watching(notes) as heard:
        (notes / "sub").rename(notes.parent / "elsewhere")
        heard.wait_for(saved("notes/sub/"))


def test_version_control_and_installed_packages_make_no_noise(notes: Path) -> None:
    with watching(notes) as heard:
        for folder in (".git", "node_modules", "sub/__pycache__"):
            (notes / folder).mkdir()
            (notes / folder / "x.md").write_text("x")
        (notes / "id_rsa").write_text("secret")
        (notes / "z.md").write_text("later")
        heard.wait_for(saved("notes/z.md"))
        assert {change.document_id for change in heard.changes} == {"notes/z.md"}


def test_an_edited_gitignore_tells_of_its_folder(notes: Path) -> None:
    with watching(notes) as heard:
        (notes / "sub" / ".gitignore").write_text("*.gen\n")
        heard.wait_for(saved("notes/sub/"))
        (notes / ".gitignore").write_text("*.gen\n")
        heard.wait_for(saved("notes/"))


def test_a_name_that_is_not_utf8_is_not_told(notes: Path) -> None:
    with watching(notes) as heard:
        Path(os.fsdecode(os.fsencode(notes) + b"/caf\xe9.md")).write_text("x")
        (notes / "空 白.md").write_text("x")
        heard.wait_for(saved("notes/空 白.md"))
        assert {change.document_id for change in heard.changes} == {"notes/空 白.md"}


def test_a_checkout_of_5000_files_loses_none(notes: Path) -> None:
    with watching(notes) as heard:
        for folder in range(50):
            (notes / f"dir{folder}").mkdir()
            for number in range(100):
                (notes / f"dir{folder}" / f"{number}.md").write_text("x")

        def missing() -> set[str]:
            told = {change.document_id for change in heard.changes}
            wanted = {f"notes/dir{f}/{n}.md" for f in range(50) for n in range(100)}
            return {i for i in wanted - told if f"{i.rsplit('/', 1)[0]}/" not in told}

        eventually(lambda: not missing(), lambda: f"{len(missing())} lost")


def test_a_root_that_is_a_file_is_watched_without_its_neighbours(tmp_path: Path) -> None:
    file = tmp_path / "README.md"
    file.write_text("a")
    with watching(file) as heard:
        (tmp_path / "neighbour.md").write_text("x")
        (tmp_path / "tmp").write_text("b")
        (tmp_path / "tmp").replace(file)
        heard.wait_for(saved("README.md"))
        file.unlink()
        heard.wait_for(removed("README.md"))
        assert {change.document_id for change in heard.changes} == {"README.md"}


def test_a_root_that_is_deleted_and_made_again_is_watched_again(notes: Path) -> None:
    with watching(notes) as heard:
        for _ in range(2):
            heard.clear()
            shutil.rmtree(notes)
            heard.wait_for(saved("notes/"))
            heard.clear()
            notes.mkdir()
            heard.wait_for(saved("notes/"))
            (notes / "again.md").write_text("x")
            eventually(lambda: saved("notes/again.md") in heard.changes or _save(notes))


def _save(notes: Path) -> bool:
    (notes / "again.md").write_text("x")
    return False


def test_a_root_that_is_replaced_by_another_folder_is_compared_and_watched(notes: Path) -> None:
    with watching(notes) as heard:
        notes.rename(notes.with_name("old"))
        notes.mkdir()
        heard.wait_for(saved("notes/"))
        eventually(lambda: saved("notes/again.md") in heard.changes or _save(notes))


def test_a_root_that_comes_late_is_watched_then(tmp_path: Path) -> None:
    late = tmp_path / "not" / "yet" / "notes"
    with watching(late) as heard:
        late.parent.mkdir(parents=True)
        late.mkdir()
        heard.wait_for(saved("notes/"))
        eventually(lambda: saved("notes/again.md") in heard.changes or _save(late))


class LimitedObserver(BaseObserver):
    """An observer on a machine whose limit of watches is reached for all but the first."""

    def __init__(self, code: int = errno.ENOSPC) -> None:
        super().__init__(InotifyEmitter)
        self._code = code

    def start(self) -> None:
        raise OSError(self._code, os.strerror(self._code))


def _no_more_instances() -> BaseObserver:
    raise OSError(errno.EMFILE, "inotify instance limit reached")


@pytest.mark.parametrize("native", [LimitedObserver, _no_more_instances])
def test_at_the_systems_limit_the_folder_is_polled_and_the_owner_told_why(
    notes: Path, native: Callable[[], BaseObserver], caplog: pytest.LogCaptureFixture
) -> None:
    with watching(notes, native=native) as heard:
        (notes / "a.md").write_text("edited and longer")
        heard.wait_for(saved("notes/a.md"))
    assert "fs.inotify.max_user_watches" in caplog.text
    assert len(caplog.records) == 1


@pytest.mark.parametrize("second", [LimitedObserver, _no_more_instances])
def test_a_limit_that_the_observer_keeps_silent_about_is_noticed(
    notes: Path, second: Callable[[], BaseObserver], caplog: pytest.LogCaptureFixture
) -> None:
    makers = iter([Observer, second])

    def native() -> BaseObserver:
        return next(makers)()

    with watching(notes, native=native) as heard:
        (notes / "sub" / "b.md").write_text("edited and longer")
        heard.wait_for(saved("notes/sub/b.md"))
    assert "fs.inotify.max_user_watches" in caplog.text


def test_a_root_that_cannot_be_watched_now_is_tried_again(
    notes: Path, caplog: pytest.LogCaptureFixture
) -> None:
    refusals = [errno.EACCES, errno.EACCES]

    def native() -> BaseObserver:
        return LimitedObserver(refusals.pop()) if refusals else Observer()

    with watching(notes, native=native) as heard:
        heard.wait_for(saved("notes/"))
        eventually(lambda: saved("notes/again.md") in heard.changes or _save(notes))
    assert "cannot be watched now" in caplog.text

"""Tells of changes in the owner's folders as they happen, and keeps doing so.

Files are reported one by one, folders as a whole (a document id with `/` at its end): whoever
takes the changes compares the folder's listing with what is known. A root that is deleted, moved
or mounted anew is noticed within a second or two and watched again. Names that are never indexed
make no noise; everything finer is decided when a document is read.
"""

from __future__ import annotations

import errno
import logging
import os
import tempfile
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.polling import PollingObserver

from avatar.domain.documents import Change, ChangeKind
from connectors.filesystem.formats import reason_to_skip_file, reason_to_skip_folder
from connectors.filesystem.roots import is_folder
from connectors.filesystem.rules import GITIGNORE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from watchdog.events import FileSystemEvent
    from watchdog.observers.api import BaseObserver

    from connectors.filesystem.roots import Root

logger = logging.getLogger(__name__)

CHECK_S: Final = 1.0
POLL_S: Final = 5.0
LIMITS: Final = frozenset({errno.ENOSPC, errno.EMFILE})
EVENTS: Final[tuple[type[FileSystemEvent], ...]] = (
    FileCreatedEvent,
    FileModifiedEvent,
    FileClosedEvent,
    FileDeletedEvent,
    FileMovedEvent,
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
)
"""Not opening and reading: the index loop does that itself."""


@dataclass(frozen=True, slots=True)
class Watch:
    """An observer at work, and the folder it watches as it was then."""

    observer: BaseObserver
    folder: str
    identity: tuple[int, int]

    @property
    def is_alive(self) -> bool:
        """Whether events still come; an observer gives up when its folder is deleted."""
        return self.observer.is_alive() and all(e.is_alive() for e in self.observer.emitters)

    def stop(self) -> None:
        """End and join its threads."""
        self.observer.stop()
        if self.observer.is_alive():
            self.observer.join()


class FilesystemWatcher:
    """Watches roots, each with an observer of its own.

    `native` makes the operating system's observer; where that reaches a limit, the root is
    looked through every few seconds instead, and a warning says how to raise the limit.
    """

    def __init__(
        self,
        roots: Sequence[Root],
        *,
        native: Callable[[], BaseObserver] = Observer,
        check_s: float = CHECK_S,
        poll_s: float = POLL_S,
    ) -> None:
        self._roots = tuple(roots)
        self._native = native
        self._check_s = check_s
        self._poll_s = poll_s
        self._watches: dict[str, Watch] = {}
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, on_changes: Callable[[Sequence[Change]], None]) -> None:
        """Begin; when this returns, every root that is there is watched."""
        self._stopping.clear()
        for root in self._roots:
            self._renew(root, on_changes)
        self._thread = threading.Thread(
            target=self._supervise, args=(on_changes,), name="avatar-watch"
        )
        self._thread.start()

    def stop(self) -> None:
        """End and join every thread; safe to call twice."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        for watch in self._watches.values():
            watch.stop()
        self._watches.clear()

    def _supervise(self, on_changes: Callable[[Sequence[Change]], None]) -> None:
        while not self._stopping.wait(self._check_s):
            for root in self._roots:
                if self._renew(root, on_changes):
                    on_changes([_folder(root.name)])

    def _renew(self, root: Root, on_changes: Callable[[Sequence[Change]], None]) -> bool:
        """Watch a root that is not watched as it should be; True when something was amiss."""
        folder = _folder_to_watch(root)
        watch = self._watches.get(root.name)
        if folder is None and watch is None:
            return False
        identity = _identity(folder) if folder is not None else None
        if (
            watch is not None
            and watch.is_alive
            and (watch.folder, watch.identity) == (str(folder), identity)
        ):
            return False
        if watch is not None:
            del self._watches[root.name]
            watch.stop()
        if folder is not None and identity is not None:
            observer = self._observe(root, str(folder), _Handler(root, on_changes))
            if observer is not None:
                self._watches[root.name] = Watch(observer, str(folder), identity)
        return True

    def _observe(self, root: Root, folder: str, handler: _Handler) -> BaseObserver | None:
        recursive = folder == str(root.path)
        try:
            observer = _started(self._native, root, folder, handler, recursive=recursive)
            if self._is_limit_reached():
                _stop(observer)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # noqa: TRY301 - as if told
        except OSError as error:
            if error.errno not in LIMITS:
                logger.warning("source %s cannot be watched now: %s", root.name, error.strerror)
                return None
            logger.warning(
                "the system's limit of watched folders is reached, so source %s is looked through "
                "every %g s instead; raise fs.inotify.max_user_watches and "
                "fs.inotify.max_user_instances with sysctl to be quicker",
                root.name,
                self._poll_s,
            )
        else:
            return observer
        try:
            return _started(
                lambda: PollingObserver(timeout=self._poll_s),
                root,
                folder,
                handler,
                recursive=recursive,
            )
        except OSError as error:  # the folder went away meanwhile
            logger.warning("source %s cannot be watched now: %s", root.name, error.strerror)
            return None

    def _is_limit_reached(self) -> bool:
        """Whether one watch more is refused: the observer keeps silent about subfolders."""
        with tempfile.TemporaryDirectory(prefix="avatar-") as folder:
            try:
                observer = self._native()
            except OSError as error:
                return error.errno in LIMITS
            try:
                observer.schedule(FileSystemEventHandler(), folder)
                observer.start()
            except OSError as error:
                return error.errno in LIMITS
            finally:
                _stop(observer)
        return False


class _Handler(FileSystemEventHandler):
    """Turns events of one root into changes."""

    def __init__(self, root: Root, on_changes: Callable[[Sequence[Change]], None]) -> None:
        self._root = root
        self._on_changes = on_changes

    def dispatch(self, event: FileSystemEvent) -> None:
        """Report what an event says of documents, if anything."""
        source, target = os.fsdecode(event.src_path), os.fsdecode(event.dest_path or "")
        is_gone = isinstance(event, FileDeletedEvent | FileMovedEvent)
        first = ChangeKind.REMOVED if is_gone else ChangeKind.SAVED
        found = [self._change(source, first, is_folder=event.is_directory)]
        if target:
            found.append(self._change(target, ChangeKind.SAVED, is_folder=event.is_directory))
        changes = [change for change in found if change is not None]
        if changes:
            self._on_changes(changes)

    def _change(self, path: str, kind: ChangeKind, *, is_folder: bool) -> Change | None:
        document_id = self._root.identify(path)
        if document_id is None or not _is_utf8(document_id):
            return None  # beside a root that is a file, or a name that the listing complains of
        if document_id == self._root.name:
            return _folder(document_id) if is_folder else Change(document_id, kind)
        *folders, name = document_id.split("/")[1:]
        if any(reason_to_skip_folder(folder) for folder in folders):
            return None
        if is_folder:
            return None if reason_to_skip_folder(name) else _folder(document_id)
        if name == GITIGNORE:
            return _folder("/".join([self._root.name, *folders]))
        return None if reason_to_skip_file(name) else Change(document_id, kind)


def _folder(document_id: str) -> Change:
    return Change(f"{document_id}/", ChangeKind.SAVED)


def _folder_to_watch(root: Root) -> Path | None:
    """Return the root, or the folder around a root that is a file or not there (yet)."""
    if is_folder(root.path):
        return root.path
    return root.path.parent if is_folder(root.path.parent) else None


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _started(
    make: Callable[[], BaseObserver],
    root: Root,
    folder: str,
    handler: _Handler,
    *,
    recursive: bool,
) -> BaseObserver:
    observer = make()
    observer.name = f"avatar-watch-{root.name}"
    try:
        observer.schedule(handler, folder, recursive=recursive, event_filter=list(EVENTS))
        observer.start()
    except OSError:
        _stop(observer)
        raise
    return observer


def _stop(observer: BaseObserver) -> None:
    observer.stop()
    if observer.is_alive():
        observer.join()


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

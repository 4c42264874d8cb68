"""The owner's folders and files as a `Source`: listed, read, named."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from avatar.domain.documents import Document, DocumentRef, Skipped
from avatar.errors import ProfileError, SourceUnavailableError
from connectors.filesystem.commits import Commits
from connectors.filesystem.formats import format_of
from connectors.filesystem.listing import DANGLING, LINK, LINK_OUT, Listing
from connectors.filesystem.reading import FileBytes, Unusable, decode, read_bytes, stamp_of
from connectors.filesystem.roots import is_file, is_there
from connectors.filesystem.rules import Rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connectors.filesystem.roots import Root


class FilesystemSource:
    """Documents of several roots; ids start with the name of their root.

    Raises `ProfileError` when two roots have one name. `commits` may be replaced for a profile
    that wants no git to be run.
    """

    def __init__(self, roots: Sequence[Root], commits: Commits | None = None) -> None:
        names = [root.name for root in roots]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ProfileError(
                f"two sources are called {', '.join(twice)}: give each a `name` of its own"
            )
        self._roots = {root.name: root for root in roots}
        self._rules = {root.name: Rules(root) for root in roots}
        self._commits = commits or Commits()

    @property
    def roots(self) -> tuple[Root, ...]:
        """The roots, as configured."""
        return tuple(self._roots.values())

    def list(self, beneath: Sequence[str] = ()) -> Iterator[DocumentRef | Skipped]:
        """Yield every root's documents; roots that cannot be read are named at the end."""
        faults: list[SourceUnavailableError] = []
        within = _by_root(beneath)
        for root in self._roots.values():
            if beneath and root.name not in within:
                continue
            self._rules[root.name] = rules = Rules(root)
            try:
                if is_file(root.path):
                    yield from self._list_file(root)
                elif root.is_deleted_file:
                    continue
                else:
                    yield from Listing(root, rules, within.get(root.name, ())).entries()
            except SourceUnavailableError as error:
                faults.append(error)
        if faults:
            raise SourceUnavailableError(
                "; ".join(str(fault) for fault in faults),
                [name for fault in faults for name in fault.roots],
            )

    def read(self, document_id: str) -> Document | Skipped | None:
        """Read one document, under the same rules it is listed by."""
        root = self._root_of(document_id)
        inside = root.relative(document_id) if root is not None else None
        if root is None or inside is None:
            return None
        path = root.path / inside if inside else root.path
        if root.is_deleted_file:
            return None
        _demand_reachable(root, path)
        refusal = self._refusal(root, inside, path)
        if refusal is not None:
            return Skipped(document_id, "", refusal.reason, refusal.is_fault)
        content = read_bytes(Path(os.path.realpath(path)), root.max_bytes)
        if content is None:
            return None
        if isinstance(content, Unusable):
            return Skipped(document_id, root.stamp(content.stamp), content.reason, content.is_fault)
        return self._document(document_id, root, path, content)

    def locate(self, document_id: str) -> Path | None:
        """Return where a document is on disk, whether or not it is there now."""
        root = self._root_of(document_id)
        inside = root.relative(document_id) if root is not None else None
        if root is None or inside is None:
            return None
        return root.path / inside if inside else root.path

    def _root_of(self, document_id: str) -> Root | None:
        return self._roots.get(document_id.split("/", 1)[0])

    def _refusal(self, root: Root, inside: str, path: Path) -> Unusable | None:
        """Say why a file must not be opened: left out by a rule, a link, or outside the root."""
        name = inside or root.path.name
        reason = self._rules[root.name].reason_for(name)
        if reason:
            return Unusable(reason)
        if path.is_symlink() and not is_there(path):
            return Unusable(DANGLING, is_fault=True)
        real, top = os.path.realpath(path), os.path.realpath(root.path)
        if real != top and not real.startswith(top.rstrip(os.sep) + os.sep):
            return Unusable(LINK_OUT)
        if inside and not root.follow_symlinks and real != str(Path(top) / inside):
            return Unusable(LINK)
        return None

    def _list_file(self, root: Root) -> Iterator[DocumentRef | Skipped]:
        reason = self._rules[root.name].reason_for(root.path.name)
        try:
            stamp = root.stamp(stamp_of(root.path.stat()))
        except OSError as error:
            raise SourceUnavailableError(
                f"{root.path} of source `{root.name}` cannot be read: {error.strerror}",
                [root.name],
            ) from error
        if reason:
            yield Skipped(root.name, stamp, reason)
        else:
            yield DocumentRef(root.name, stamp)

    def _document(
        self, document_id: str, root: Root, path: Path, content: FileBytes
    ) -> Document | Skipped:
        text = decode(content.data)
        if isinstance(text, Unusable):
            return Skipped(document_id, root.stamp(content.stamp), text.reason, text.is_fault)
        return Document(
            document_id=document_id,
            stamp=root.stamp(content.stamp),
            fingerprint=hashlib.sha256(content.data).hexdigest(),
            text=text,
            kind=root.kind,
            audience=root.audience,
            format=format_of(path.name, root.kind),
            modified_at=content.modified_at,
            commit=self._commits.commit_of(path, content.data),
        )


def _by_root(beneath: Sequence[str]) -> dict[str, list[str]]:
    """Sort ids of folders and documents by root, as paths in it; "" is the root itself."""
    found: dict[str, list[str]] = {}
    for document_id in beneath:
        root, _, inside = document_id.rstrip("/").partition("/")
        found.setdefault(root, []).append(inside)
    return found


def _demand_reachable(root: Root, path: Path) -> None:
    """Raise when a file cannot be reached, so that it is not taken for gone or useless."""
    if not is_there(root.path):
        raise SourceUnavailableError(
            f"{root.path} of source `{root.name}` is not there: mount it or correct `path`",
            [root.name],
        )
    try:
        path.lstat()
    except PermissionError as error:  # of a folder on the way: a file's own does not matter here
        raise SourceUnavailableError(
            f"{path.parent} of source `{root.name}` may not be entered: grant permission",
            [root.name],
        ) from error
    except OSError:
        return  # gone, most likely; reading says so

"""What was missed while nobody watched: the listing against what is remembered and stored."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from avatar.domain.documents import Change, ChangeKind, DocumentRef, Skipped
from avatar.errors import SourceUnavailableError
from avatar.indexing.report import covers_document

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from avatar.domain.documents import Recorded
    from avatar.ports import KnowledgeStore, Registry, Source


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The changes that were missed, and what was left alone and why.

    `skipped` counts by reason what the source leaves out. Nothing in `out_of_reach` (document
    ids and folders) is changed: a folder that cannot be read is not a folder that was emptied.
    `problem` says in words what the owner should do about it.
    """

    changes: tuple[Change, ...] = ()
    unchanged: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    faults: tuple[Skipped, ...] = ()
    out_of_reach: tuple[str, ...] = ()
    problem: str = ""


MANY: Final = 20
"""A folder that held so many documents and is empty now is more likely unmounted than emptied."""


@dataclass(slots=True)
class _Seen:
    roots: set[str] = field(default_factory=set)
    present: set[str] = field(default_factory=set)
    saved: list[str] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    faults: list[Skipped] = field(default_factory=list)
    unreachable: list[str] = field(default_factory=list)
    unchanged: int = 0
    problem: str = ""
    is_blind: bool = False
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class _Look:
    """What is known already, and what a walk takes no notice of."""

    recorded: Mapping[str, Recorded]
    stored: Mapping[str, int]
    forgotten: Collection[str]
    beneath: Sequence[str]


def reconcile(
    source: Source,
    registry: Registry,
    store: KnowledgeStore,
    *,
    forgotten: Collection[str] = (),
    beneath: Sequence[str] = (),
) -> Reconciliation:
    """Compare and return the changes to apply; reads no document.

    With `beneath`, only documents in these folders (or with these ids) are compared.
    """
    recorded, stored = registry.all(), store.document_ids()
    look = _Look(recorded, stored, forgotten, beneath)
    seen = _walk(source, look, beneath)
    if beneath and not {_root_of(folder) for folder in beneath} <= seen.roots:
        # a folder without anything left, or a root: only what else is there can tell
        seen = _walk(source, look, ())
    known_ids = sorted(recorded.keys() | stored.keys())
    if seen.is_whole:
        _doubt_emptied_roots(known_ids, seen)
    missing = [
        document_id
        for document_id in known_ids
        if document_id not in seen.present
        and (not beneath or covers_document(beneath, document_id))
        and not seen.is_blind
        and not covers_document(seen.unreachable, document_id)
    ]
    return Reconciliation(
        changes=(
            *(Change(document_id, ChangeKind.SAVED) for document_id in seen.saved),
            *(Change(document_id, ChangeKind.REMOVED) for document_id in missing),
        ),
        unchanged=seen.unchanged,
        skipped=dict(seen.reasons),
        faults=tuple(seen.faults),
        out_of_reach=tuple(seen.unreachable),
        problem=seen.problem,
    )


def _walk(source: Source, look: _Look, beneath: Sequence[str]) -> _Seen:
    seen = _Seen(is_whole=not beneath)
    for item in _listed(source, seen, beneath):
        seen.roots.add(_root_of(item.document_id))
        if look.beneath and not _concerns(item, look.beneath):
            continue
        if look.forgotten and covers_document(look.forgotten, item.document_id):
            continue
        known = look.recorded.get(item.document_id)
        if isinstance(item, Skipped):
            _note_skipped(item, seen, known)
        else:
            seen.present.add(item.document_id)
            if _is_as_known(item, known, look.stored.get(item.document_id, 0)):
                seen.unchanged += 1
            else:
                seen.saved.append(item.document_id)
    return seen


def _concerns(item: DocumentRef | Skipped, beneath: Sequence[str]) -> bool:
    """Whether it lies beneath one of the folders, or is what keeps one of them out of reach."""
    if covers_document(beneath, item.document_id):
        return True
    is_closed = isinstance(item, Skipped) and item.is_fault and item.document_id.endswith("/")
    return is_closed and any(covers_document([item.document_id], folder) for folder in beneath)


def _listed(source: Source, seen: _Seen, beneath: Sequence[str]) -> Iterator[DocumentRef | Skipped]:
    try:
        yield from source.list(beneath)
    except SourceUnavailableError as error:
        seen.problem = str(error)
        seen.unreachable.extend(error.roots)
        seen.is_blind = not error.roots


def _doubt_emptied_roots(known_ids: Sequence[str], seen: _Seen) -> None:
    """Keep what is known of a large root without a single file: its mount point may be bare."""
    for root, count in Counter(_root_of(document_id) for document_id in known_ids).items():
        if count >= MANY and root not in seen.roots and root not in seen.unreachable:
            seen.unreachable.append(root)
            doubt = (
                f"source `{root}` is empty but {count} documents of it are known: mount it, "
                "or run `avatar index --rebuild` if they were deleted on purpose"
            )
            seen.problem = f"{seen.problem}; {doubt}" if seen.problem else doubt


def _root_of(document_id: str) -> str:
    return document_id.split("/", 1)[0]


def _note_skipped(item: Skipped, seen: _Seen, known: Recorded | None) -> None:
    seen.reasons[item.reason] += 1
    if item.is_fault:
        seen.faults.append(item)
        if item.document_id.endswith("/"):
            seen.unreachable.append(item.document_id)
        else:  # reading it says whether it is still so, and records it
            seen.present.add(item.document_id)
            seen.saved.append(item.document_id)
    elif known is not None and known.stamp and known.stamp == item.stamp and not known.chunks:
        seen.present.add(item.document_id)


def _is_as_known(item: DocumentRef, known: Recorded | None, stored: int) -> bool:
    return (
        known is not None
        and known.stamp == item.stamp
        and known.chunks == stored
        and not known.is_fault
    )

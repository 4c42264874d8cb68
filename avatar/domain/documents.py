"""Files as the index loop sees them: listed, changed, read, or explained away."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from avatar.domain.audience import Audience


class SourceKind(StrEnum):
    """What a source holds; it steers retrieval and who may read by default."""

    NOTES = "notes"
    CODE = "code"
    ANSWERS = "answers"
    PRODUCT = "product"
    CUSTOMERS = "customers"


class ChangeKind(StrEnum):
    """What happened to a document."""

    SAVED = "saved"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Change:
    """One document was saved or removed; the rest is found by reading it."""

    document_id: str
    kind: ChangeKind


@dataclass(frozen=True, slots=True)
class DocumentRef:
    """A listed document: cheap to make, enough to see whether it changed.

    `document_id` is `source/relative/path` with forward slashes and is also the path shown in
    citations. `stamp` changes whenever the file does (modification time in ns, size, inode).
    """

    document_id: str
    stamp: str


@dataclass(frozen=True, slots=True)
class Document:
    """A document that was read: its text and what is known about it.

    `fingerprint` is the SHA-256 of the bytes. `modified_at` is in seconds since the epoch.
    `format` names the splitter's way in (`markdown`, `text`, `rst`, `notebook`, `answer`, or a
    programming language such as `python`). `commit` is the last commit, empty outside git or
    when the file differs from it.
    """

    document_id: str
    stamp: str
    fingerprint: str
    text: str
    kind: SourceKind
    audience: Audience
    format: str
    modified_at: float
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A document that is left out on purpose or could not be used, and why in words."""

    document_id: str
    stamp: str
    reason: str
    is_fault: bool = False


@dataclass(frozen=True, slots=True)
class Redaction:
    """Where a secret was taken out before anything was stored; never the secret itself."""

    document_id: str
    line: int
    label: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the registry remembers of a document after it was indexed or skipped."""

    document_id: str
    stamp: str
    fingerprint: str
    chunks: int
    indexed_at: float
    skipped_reason: str = ""
    is_fault: bool = False
    redactions: tuple[Redaction, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Totals:
    """What the registry remembers, counted.

    `documents` have chunks, `faults` and `skipped` are those left out, with and without something
    being wrong; `redactions` are places, and `indexed_at` is the latest time, 0 for none.
    """

    documents: int = 0
    faults: int = 0
    skipped: int = 0
    redactions: int = 0
    indexed_at: float = 0.0

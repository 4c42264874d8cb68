"""The unit of knowledge: a run of whole lines with its place, symbol and audience."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from avatar.domain.audience import Audience
from avatar.domain.documents import SourceKind

if TYPE_CHECKING:
    from collections.abc import Iterable

CHUNK_NAMESPACE: Final = uuid.UUID("6b1f8f0e-5b0c-4a6e-9a44-0d9f3a5f7c11")


def location_of(document_id: str, start_line: int, end_line: int) -> str:
    """Return `path:line` or `path:start-end`, as citations show it."""
    end = "" if end_line == start_line else f"-{end_line}"
    return f"{document_id}:{start_line}{end}"


@dataclass(frozen=True, slots=True)
class Span:
    """Lines of a document a past answer rests on, with the hash of their text."""

    document_id: str
    start_line: int
    end_line: int
    sha256: str

    @property
    def location(self) -> str:
        """`path:start-end` as it is shown in citations."""
        return location_of(self.document_id, self.start_line, self.end_line)


@dataclass(frozen=True, slots=True)
class Piece:
    """What a splitter makes: lines of one document, before identity and audience are known.

    Lines count from 1 and both ends belong to the piece. `text` is the exact text of those
    lines. `headings` is the path of headings or enclosing definitions, outermost first.
    `symbol` is the dotted name of the definition, empty for prose. `question` is set for the
    question form of a past answer, one piece per form. `parent` groups pieces of one section.
    """

    text: str
    start_line: int
    end_line: int
    headings: tuple[str, ...] = ()
    symbol: str = ""
    question: str = ""
    parent: str = ""
    rests_on: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece with identity: what is stored, searched, and cited.

    `chunk_id` is a UUID derived from the document and the content, never from line numbers, so
    edits elsewhere in the file leave it alone. `content_sha256` covers everything that is
    embedded: equal hashes may share vectors. `language` is the language of the text (`en`,
    `zh`, or `other`). `modified_at` is in seconds since the epoch.
    """

    chunk_id: str
    document_id: str
    fingerprint: str
    kind: SourceKind
    audience: Audience
    text: str
    start_line: int
    end_line: int
    content_sha256: str
    language: str
    format: str
    headings: tuple[str, ...] = ()
    symbol: str = ""
    question: str = ""
    parent: str = ""
    commit: str = ""
    modified_at: float = 0.0
    rests_on: tuple[Span, ...] = field(default=())

    @property
    def breadcrumb(self) -> str:
        """Headings and symbol, outermost first, joined for people and for embedding."""
        trail = [*self.headings]
        if self.symbol and self.symbol not in trail:
            trail.append(self.symbol)
        return " › ".join(trail)

    @property
    def indexed_text(self) -> str:
        """The text that is embedded and matched: breadcrumb, question form, then the lines."""
        return indexed_text(self.breadcrumb, self.question, self.text)

    @property
    def location(self) -> str:
        """`path:start-end` as it is shown in citations."""
        return location_of(self.document_id, self.start_line, self.end_line)

    def same_statement(self, other: Chunk) -> bool:
        """Whether both are one chunk in every stored field, so that nothing needs writing."""
        return replace(self, fingerprint=other.fingerprint) == other


def indexed_text(breadcrumb: str, question: str, text: str) -> str:
    """Join what is embedded and matched for one chunk."""
    return "\n".join(part for part in (breadcrumb, question, text) if part)


def content_sha256(breadcrumb: str, question: str, text: str) -> str:
    """Hash what is embedded, so that equal content can share its vectors."""
    return hashlib.sha256(indexed_text(breadcrumb, question, text).encode()).hexdigest()


def chunk_ids(document_id: str, hashes: Iterable[str]) -> list[str]:
    """Derive one UUID per content hash; repeats within the document are told apart by order."""
    seen: dict[str, int] = {}
    ids = []
    for sha in hashes:
        occurrence = seen.get(sha, 0)
        seen[sha] = occurrence + 1
        ids.append(str(uuid.uuid5(CHUNK_NAMESPACE, f"{document_id}\n{sha}\n{occurrence}")))
    return ids

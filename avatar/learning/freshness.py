"""Whether what a past answer rests on still stands in the owner's files."""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING, Final

from avatar.domain.chunks import Span
from avatar.domain.documents import Document
from avatar.errors import SourceUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from avatar.domain.audience import Audience
    from avatar.domain.chunks import Chunk
    from avatar.ports import Source

MOST_REMEMBERED: Final = 2_000


def lines_of(text: str) -> list[str]:
    """Cut a text into the lines that spans count."""
    return text.split("\n")


def hash_lines(lines: Sequence[str]) -> str:
    """Hash lines so that blanks at their ends, and the kind of line break, do not matter."""
    return hashlib.sha256("\n".join(line.rstrip() for line in lines).encode()).hexdigest()


def span_of(document_id: str, start_line: int, lines: Sequence[str]) -> Span:
    """Make the span of lines that begin at `start_line`, counted from 1."""
    return Span(document_id, start_line, start_line + len(lines) - 1, hash_lines(lines))


def span_holds(lines: Sequence[str], span: Span) -> bool:
    """Whether the span's lines stand, together and unchanged, anywhere in the document.

    Edits elsewhere move lines without changing what they say, so the place does not matter.
    """
    length = span.end_line - span.start_line + 1
    last = len(lines) - length
    if length < 1 or last < 0:
        return False
    clean = [line.rstrip() for line in lines]
    wanted = span.sha256
    starts = sorted(range(last + 1), key=lambda start: abs(start - (span.start_line - 1)))
    return any(hash_lines(clean[start : start + length]) == wanted for start in starts)


def _names_nobody(_document: Document) -> Audience | None:
    return None


class Freshness:
    """Tells which lines a past answer rests on have changed, are gone, or are for fewer people.

    `clean` takes secrets out the way the index does, so that both hash the same text, and
    `named_audience` reads whom a document itself is meant for. Results are remembered by the
    document's stamp.
    """

    def __init__(
        self,
        source: Source,
        clean: Callable[[str], str],
        named_audience: Callable[[Document], Audience | None] = _names_nobody,
    ) -> None:
        self._source = source
        self._clean = clean
        self._named_audience = named_audience
        self._lock = threading.Lock()
        self._held: dict[tuple[str, Span], bool] = {}

    def lapsed(self, chunk: Chunk) -> tuple[Span, ...]:
        """Return the spans that no longer hold; what cannot be read now counts as lapsed."""
        documents = {span.document_id: None for span in chunk.rests_on}
        current = {document_id: self._read(document_id) for document_id in documents}
        closed = {
            document_id
            for document_id, document in current.items()
            if document is not None and not chunk.audience.within(self._audience(document))
        }
        return tuple(
            span
            for span in chunk.rests_on
            if span.document_id in closed or not self._holds(current[span.document_id], span)
        )

    def is_fresh(self, chunk: Chunk) -> bool:
        """Whether everything the chunk rests on still stands."""
        return not self.lapsed(chunk)

    def holds(self, span: Span) -> bool | None:
        """Whether these lines still stand; None when that cannot be told now."""
        try:
            found = self._source.read(span.document_id)
        except SourceUnavailableError:
            return None
        if found is None:
            return False
        return self._holds(found, span) if isinstance(found, Document) else None

    def text_of(self, document_id: str) -> str | None:
        """Return what a document says now; None when it is gone or cannot be read now."""
        found = self._read(document_id)
        return found.text if found is not None else None

    def _read(self, document_id: str) -> Document | None:
        try:
            found = self._source.read(document_id)
        except SourceUnavailableError:
            return None
        return found if isinstance(found, Document) else None

    def _audience(self, document: Document) -> Audience:
        named = self._named_audience(document)
        return document.audience if named is None else document.audience.meet(named)

    def _holds(self, document: Document | None, span: Span) -> bool:
        if document is None:
            return False
        key = (document.stamp, span)
        with self._lock:
            held = self._held.get(key)
        if held is None:
            held = span_holds(lines_of(self._clean(document.text)), span)
            with self._lock:
                if len(self._held) >= MOST_REMEMBERED:
                    self._held.clear()
                self._held[key] = held
        return held

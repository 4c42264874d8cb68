"""Changes in, knowledge out: reads, redacts, splits, embeds and writes what is really new."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from avatar.domain.chunks import Chunk, chunk_ids, content_sha256
from avatar.domain.documents import ChangeKind, Document, Recorded, Redaction, Skipped
from avatar.domain.language import text_language
from avatar.errors import SourceUnavailableError
from avatar.indexing.report import IndexReport, covers_document
from avatar.indexing.vectors import make_vectors

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from avatar.domain.audience import Audience
    from avatar.domain.chunks import Piece
    from avatar.domain.documents import Change
    from avatar.indexing.secrets import Redacted
    from avatar.ports import Clock, Embedder, KnowledgeStore, Registry, Source, Splitter, Vector

CHUNKS_AT_ONCE: Final = 256
"""New chunks held in memory and embedded together."""

DOCUMENTS_AT_ONCE: Final = 256
FORGOTTEN: Final = "forgotten by the owner"


def _names_nobody(_document: Document) -> Audience | None:
    return None


@dataclass(frozen=True, slots=True)
class Parts:
    """What the indexer works with; `named_audience` reads whom a document itself is meant for."""

    source: Source
    splitter: Splitter
    store: KnowledgeStore
    registry: Registry
    embedders: Sequence[Embedder]
    clock: Clock
    redact: Callable[[str], Redacted]
    forgotten: Callable[[], Collection[str]] = tuple
    named_audience: Callable[[Document], Audience | None] = _names_nobody


class Outcome(Enum):
    """What becomes of a document."""

    ADDED = auto()
    CHANGED = auto()
    UNCHANGED = auto()
    SKIPPED = auto()


@dataclass(frozen=True, slots=True)
class Plan:
    """What one document needs: chunks to add, to restate, to drop, and its new record.

    `outcome` is what the index says; one without chunks there counts as added.
    """

    record: Recorded
    outcome: Outcome
    new: tuple[Chunk, ...] = ()
    restated: tuple[Chunk, ...] = ()
    obsolete: tuple[str, ...] = ()


@dataclass(slots=True)
class Group:
    """Documents that are embedded and written together."""

    plans: list[Plan] = field(default_factory=list)
    chunks: int = 0

    @property
    def is_full(self) -> bool:
        """Whether no more should be held in memory."""
        return self.chunks >= CHUNKS_AT_ONCE or len(self.plans) >= DOCUMENTS_AT_ONCE


class Indexer:
    """Applies changes; the same twice is the same as once.

    A change only says which document to look at: what is done depends on what the source gives
    now. Nothing is dropped before what takes its place is written, so whatever interrupts it
    leaves extra chunks at most, which the next pass finds. Errors of the store and the state
    reach the caller, who may simply apply the same changes again.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def apply(
        self,
        changes: Iterable[Change],
        on_progress: Callable[[int, int], None] | None = None,
    ) -> IndexReport:
        """Bring these documents up to date; `on_progress` gets (documents done, of how many).

        Saved documents come first and removed ones last, so that a rename finds its vectors.
        """
        latest = {change.document_id: change for change in changes}
        ordered = sorted(latest.values(), key=lambda change: change.kind is ChangeKind.REMOVED)
        forgotten = self._parts.forgotten()
        report, group, gone, done = IndexReport(), Group(), list[str](), 0
        for change in ordered:
            done += 1
            if covers_document(forgotten, change.document_id):
                gone.append(change.document_id)
                report += IndexReport(skipped={FORGOTTEN: 1})
                continue
            report += self._look_at(change.document_id, group, gone)
            if group.is_full:
                report += self._write(group)
                group = Group()
                _tell(on_progress, done, len(ordered))
        report += self._write(group)
        report += self._drop(gone)
        _tell(on_progress, done, len(ordered))
        return report

    def _look_at(self, document_id: str, group: Group, gone: list[str]) -> IndexReport:
        try:
            found = self._parts.source.read(document_id)
        except SourceUnavailableError:
            return IndexReport(unavailable=(document_id,))
        if found is None:
            gone.append(document_id)
            return IndexReport()
        if isinstance(found, Skipped):
            return self._skip(found, group, gone)
        plan = self._plan(found)
        group.plans.append(plan)
        group.chunks += len(plan.new)
        return IndexReport(redacted=len(plan.record.redactions))

    def _skip(self, skipped: Skipped, group: Group, gone: list[str]) -> IndexReport:
        """Note why a document is left out; what was known of it goes.

        A reason with a stamp was found in the file and is remembered with it; one without was
        found by rule and is not worth a record.
        """
        if skipped.is_fault or skipped.stamp:
            record = Recorded(
                skipped.document_id,
                skipped.stamp,
                fingerprint="",
                chunks=0,
                indexed_at=self._parts.clock.now(),
                skipped_reason=skipped.reason,
                is_fault=skipped.is_fault,
            )
            obsolete = tuple(self._parts.store.existing(skipped.document_id))
            group.plans.append(Plan(record, Outcome.SKIPPED, obsolete=obsolete))
        else:
            gone.append(skipped.document_id)
        faults = (skipped,) if skipped.is_fault else ()
        return IndexReport(skipped={skipped.reason: 1}, faults=faults)

    def _plan(self, document: Document) -> Plan:
        redacted = self._parts.redact(document.text)
        clean = self._narrowed(replace(document, text=redacted.text))
        chunks = _identify(clean, self._parts.splitter.split(clean))
        existing = self._parts.store.existing(document.document_id)
        kept = {chunk.chunk_id for chunk in chunks}
        new = tuple(chunk for chunk in chunks if chunk.chunk_id not in existing)
        restated = tuple(
            chunk
            for chunk in chunks
            if chunk.chunk_id in existing and not existing[chunk.chunk_id].same_statement(chunk)
        )
        obsolete = tuple(chunk_id for chunk_id in existing if chunk_id not in kept)
        record = Recorded(
            document_id=document.document_id,
            stamp=document.stamp,
            fingerprint=document.fingerprint,
            chunks=len(chunks),
            indexed_at=self._parts.clock.now(),
            redactions=tuple(
                Redaction(document.document_id, mark.line, mark.label) for mark in redacted.marks
            ),
        )
        if not existing:
            outcome = Outcome.ADDED
        elif new or obsolete or any(_says_otherwise(existing[c.chunk_id], c) for c in restated):
            outcome = Outcome.CHANGED
        else:
            outcome = Outcome.UNCHANGED
        return Plan(record, outcome, new, restated, obsolete)

    def _narrowed(self, document: Document) -> Document:
        """Return the document for those only whom it names itself, among its source's audience."""
        named = self._parts.named_audience(document)
        if named is None:
            return document
        return replace(document, audience=document.audience.meet(named))

    def _write(self, group: Group) -> IndexReport:
        """Write a group: restated chunks first, since one may say that fewer people may read it."""
        store, plans = self._parts.store, group.plans
        new = [chunk for plan in plans for chunk in plan.new]
        restated = [chunk for plan in plans for chunk in plan.restated]
        obsolete = [chunk_id for plan in plans for chunk_id in plan.obsolete]
        if restated:
            store.restate(restated)
        embedded = 0
        if new:
            vectors, embedded = self._vectors(new)
            store.write(new, vectors)
        if obsolete:
            store.remove_chunks(obsolete)
        outcomes = self._outcomes(plans)
        if plans:
            self._parts.registry.record([plan.record for plan in plans])
        return IndexReport(
            added=outcomes[Outcome.ADDED],
            changed=outcomes[Outcome.CHANGED],
            unchanged=outcomes[Outcome.UNCHANGED],
            chunks=len(new),
            embedded=embedded,
        )

    def _outcomes(self, plans: Sequence[Plan]) -> Counter[Outcome]:
        """Count what becomes of the documents; one that was known but had no chunks is not new."""
        unstored = {p.record.document_id for p in plans if p.outcome is Outcome.ADDED}
        known = self._parts.registry.some(unstored) if unstored else {}
        outcomes: Counter[Outcome] = Counter()
        for plan in plans:
            recorded = known.get(plan.record.document_id)
            if plan.outcome is Outcome.ADDED and recorded and not recorded.skipped_reason:
                outcomes[Outcome.CHANGED if plan.new else Outcome.UNCHANGED] += 1
            else:
                outcomes[plan.outcome] += 1
        return outcomes

    def _vectors(self, chunks: Sequence[Chunk]) -> tuple[dict[str, dict[str, Vector]], int]:
        """Return vectors by chunk id, and how many of them had to be computed."""
        known = self._parts.store.known_vectors({chunk.content_sha256 for chunk in chunks})
        by_content = {sha: dict(vectors) for sha, vectors in known.items()}
        embedded = 0
        for embedder in self._parts.embedders:
            if embedder.is_fast:
                for sha, made in make_vectors(embedder, chunks, by_content).items():
                    by_content.setdefault(sha, {}).update(made)
                    embedded += len(made)
        return {chunk.chunk_id: by_content.get(chunk.content_sha256, {}) for chunk in chunks}, (
            embedded
        )

    def _drop(self, gone: Sequence[str]) -> IndexReport:
        if not gone:
            return IndexReport()
        recorded = self._parts.registry.some(gone)
        known = [name for name in gone if name in recorded or self._parts.store.existing(name)]
        if known:
            self._parts.store.remove_documents(known)
            self._parts.registry.forget(known)
        return IndexReport(removed=len(known))


def _identify(document: Document, pieces: Sequence[Piece]) -> list[Chunk]:
    """Give the pieces of a document their identity."""
    drafts = [
        Chunk(
            chunk_id="",
            document_id=document.document_id,
            fingerprint=document.fingerprint,
            kind=document.kind,
            audience=document.audience,
            text=piece.text,
            start_line=piece.start_line,
            end_line=piece.end_line,
            content_sha256="",
            language=text_language(piece.text),
            format=document.format,
            headings=piece.headings,
            symbol=piece.symbol,
            question=piece.question,
            parent=piece.parent,
            commit=document.commit,
            modified_at=document.modified_at,
            rests_on=piece.rests_on,
        )
        for piece in pieces
    ]
    hashes = [content_sha256(draft.breadcrumb, draft.question, draft.text) for draft in drafts]
    ids = chunk_ids(document.document_id, hashes)
    return [
        replace(draft, chunk_id=chunk_id, content_sha256=sha)
        for draft, chunk_id, sha in zip(drafts, ids, hashes, strict=True)
    ]


def _says_otherwise(old: Chunk, new: Chunk) -> bool:
    """Whether more than the date and the commit differ."""
    return not old.same_statement(replace(new, modified_at=old.modified_at, commit=old.commit))


def _tell(on_progress: Callable[[int, int], None] | None, done: int, total: int) -> None:
    if on_progress is not None:
        on_progress(done, total)

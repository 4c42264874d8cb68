"""How a chunk lies in Qdrant, embedded or served: one payload schema for both."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from avatar.domain.audience import OWNER, Audience
from avatar.domain.chunks import Chunk, Span
from avatar.domain.documents import SourceKind
from avatar.domain.terms import normalise, terms, with_identifier_parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from avatar.domain.audience import Reader
    from avatar.ports import Embedder

SCHEMA_VERSION: Final = 2
"""Of an embedded index; what earlier ones were like is told in `edge_upgrade`."""

LEXICAL: Final = "lexical"
"""The sparse vector, and the name of its channel."""

QUESTION_SUFFIX: Final = "-q"

SCOPE: Final = "scope"
"""Tenant and audience label in one value, so that one posting list answers "may read"."""

TERMS: Final = "terms"
SETTLED: Final = "settled"
HAS_QUESTION: Final = "has_question"
KEYWORD_FIELDS: Final = (
    "tenant", SCOPE, "document_id", "kind", "content_sha256", SETTLED, HAS_QUESTION,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class VectorModel:
    """What the store has to know of an embedder: its vector names, their size, its identity."""

    name: str
    dimension: int
    fingerprint: str

    @classmethod
    def of(cls, embedder: Embedder) -> VectorModel:
        """Describe an embedder."""
        return cls(embedder.name, embedder.dimension, embedder.fingerprint)

    @property
    def key(self) -> str:
        """Its name and identity in one: another fingerprint or size is another model."""
        identity = f"{self.fingerprint}\n{self.dimension}".encode()
        return f"{self.name}.{hashlib.sha256(identity).hexdigest()[:8]}"

    @property
    def stored_names(self) -> dict[str, str]:
        """The names its vectors are stored under, by the names callers use."""
        return {self.name + suffix: self.key + suffix for suffix in ("", QUESTION_SUFFIX)}


def stored_names(models: Iterable[VectorModel]) -> dict[str, str]:
    """Return the stored vector name of each vector name callers use."""
    return {name: stored for model in models for name, stored in model.stored_names.items()}


def is_question_form(vector_name: str) -> bool:
    """Whether the vector name is that of question forms."""
    return vector_name.endswith(QUESTION_SUFFIX)


def scope_value(tenant: str, label: str) -> str:
    """Return the value under which an audience label of this tenant is found."""
    return f"{tenant}\n{label}"


def readable_scopes(tenant: str, reader: Reader) -> tuple[str, ...]:
    """Return the scopes a reader may read; empty when there is nothing for them.

    Every audience holds the owner, so the owner's own label alone finds everything.
    """
    labels = {OWNER} if reader.is_owner else reader.labels
    return tuple(scope_value(tenant, label) for label in sorted(labels))


def lexical_text(chunk: Chunk) -> str:
    """Return the text of a chunk as the lexical channel sees it."""
    return with_identifier_parts(normalise(chunk.indexed_text))


def lexical_query(text: str) -> str:
    """Return a question as the lexical channel sees it."""
    return with_identifier_parts(normalise(text))


def chunk_terms(chunk: Chunk) -> tuple[str, ...]:
    """Return the content terms of a chunk, each once."""
    return terms(chunk.indexed_text)


def settled(models: Iterable[VectorModel], present: Mapping[str, object]) -> list[str]:
    """Return the keys of the models whose vector is among those present.

    What is settled is stored, not what is waited for: so a new model, or another fingerprint of
    an old one, makes every chunk wait without a single write.
    """
    return [model.key for model in models if model.name in present]


def to_payload(chunk: Chunk, tenant: str) -> dict[str, Any]:
    """Write a chunk as payload; what is settled and its terms are the store's to add."""
    labels = sorted(chunk.audience.labels)
    payload: dict[str, Any] = {
        "tenant": tenant,
        "audience": labels,
        SCOPE: [scope_value(tenant, label) for label in labels],
        "document_id": chunk.document_id,
        "fingerprint": chunk.fingerprint,
        "kind": chunk.kind.value,
        "text": chunk.text,
        "start_line": chunk.start_line,
        "end_line": chunk.end_line,
        "content_sha256": chunk.content_sha256,
        "language": chunk.language,
        "format": chunk.format,
        "headings": list(chunk.headings),
        "symbol": chunk.symbol,
        "question": chunk.question,
        "parent": chunk.parent,
        "commit": chunk.commit,
        "modified_at": chunk.modified_at,
        "rests_on": [asdict(span) for span in chunk.rests_on],
    }
    if chunk.question:
        payload[HAS_QUESTION] = "yes"
    return payload


CHUNK_FIELDS: Final = (
    "audience", "document_id", "fingerprint", "kind", "text", "start_line", "end_line",
    "content_sha256", "language", "format", "headings", "symbol", "question", "parent", "commit",
    "modified_at", "rests_on",
)  # fmt: skip
"""The payload keys from which a chunk is made again."""


@cache
def _audience(labels: tuple[str, ...]) -> Audience:
    """Return one and the same value for the same labels: there are few, on very many chunks."""
    return Audience(frozenset(labels))


def to_chunk(chunk_id: str, payload: Mapping[str, Any]) -> Chunk:
    """Read a chunk back from its payload."""
    return Chunk(
        chunk_id=chunk_id,
        document_id=payload["document_id"],
        fingerprint=payload["fingerprint"],
        kind=SourceKind(payload["kind"]),
        audience=_audience(tuple(payload["audience"])),
        text=payload["text"],
        start_line=payload["start_line"],
        end_line=payload["end_line"],
        content_sha256=payload["content_sha256"],
        language=payload["language"],
        format=payload["format"],
        headings=tuple(payload["headings"]),
        symbol=payload["symbol"],
        question=payload["question"],
        parent=payload["parent"],
        commit=payload["commit"],
        modified_at=float(payload["modified_at"]),
        rests_on=tuple(Span(**span) for span in payload["rests_on"]),
    )

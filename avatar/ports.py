"""What the core needs from outside, as Protocols; each promises and says what it raises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from avatar.domain.audience import Reader
    from avatar.domain.chunks import Chunk, Piece
    from avatar.domain.documents import (
        Change,
        Document,
        DocumentRef,
        Recorded,
        Skipped,
        SourceKind,
        Totals,
    )
    from avatar.domain.escalations import (
        Delivery,
        Escalation,
        EscalationState,
        Verdict,
        WaitingAsker,
    )
    from avatar.domain.evidence import Hit
    from avatar.domain.journal import JournalEntry
    from avatar.domain.prompts import Prompt
    from avatar.domain.questions import ReplyAddress
    from avatar.errors import ModelUnavailableError

    Matrix = NDArray[np.float32]
    Vector = NDArray[np.float32]
    Likeness = NDArray[np.float64]


class Clock(Protocol):
    """Time, so that tests can hold it still."""

    def now(self) -> float:
        """Return seconds since the epoch; may jump when the system clock is set."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never run backwards, for measuring spans."""
        ...


class Source(Protocol):
    """Documents of one profile, listed and read."""

    def list(self, beneath: Sequence[str] = ()) -> Iterator[DocumentRef | Skipped]:
        """Yield every document once, and everything left out with its reason.

        With `beneath`, only what is in these folders or has these ids; nothing else is looked at.
        Raises `SourceUnavailableError` when a whole root cannot be read, so that an unmounted
        folder is never taken for deleted files; it comes after everything else was yielded and
        names the roots. A `Skipped` whose id ends in `/` stands for a folder and all in it.
        """
        ...

    def read(self, document_id: str) -> Document | Skipped | None:
        """Read one document; `Skipped` when it cannot be used, None when it is gone.

        Raises `SourceUnavailableError` when its root cannot be read right now.
        """
        ...


class Watcher(Protocol):
    """Tells of changes as they happen, from its own thread."""

    def start(self, on_changes: Callable[[Sequence[Change]], None]) -> None:
        """Begin; `on_changes` only enqueues. A lost event is found by the next reconcile.

        A change whose document id ends in `/` says that anything in that folder may differ.
        """
        ...

    def stop(self) -> None:
        """End and join every thread; safe to call twice."""
        ...


class Splitter(Protocol):
    """Cuts a document into pieces along its own structure."""

    def split(self, document: Document) -> Sequence[Piece]:
        """Return pieces in reading order; every line that says something is in some piece.

        Never raises on odd content: what cannot be parsed is cut by lines.
        """
        ...


class Embedder(Protocol):
    """Turns text into vectors of unit length; passages and questions are told apart.

    `name` is the vector name in the store (letters, digits, `-`). `fingerprint` changes when
    weights, tokenizer or window do. `is_fast` embedders run at once when a file is saved, the
    others are backfilled. `covers` tells whether a text is worth embedding with this model.
    """

    @property
    def name(self) -> str:
        """The vector name in the store."""
        ...

    @property
    def dimension(self) -> int:
        """Numbers per vector."""
        ...

    @property
    def fingerprint(self) -> str:
        """Changes when weights, tokenizer or window do."""
        ...

    @property
    def is_fast(self) -> bool:
        """Whether it runs at once when a file is saved."""
        ...

    def covers(self, text: str) -> bool:
        """Whether this model knows the text's language."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> Matrix:
        """Embed passages: shape (len(texts), dimension)."""
        ...

    def embed_question(self, text: str) -> Vector:
        """Embed one question: shape (dimension,)."""
        ...


class KnowledgeStore(Protocol):
    """The vector store: where the two loops meet. Safe to call from several threads.

    Vector names are an embedder's name for the chunk's indexed text (`NAME`) and its name with
    `-q` for the question form (`NAME-q`). The lexical channel is computed inside from
    `Chunk.indexed_text`. Every write is durable when the call returns. All methods raise
    `StoreUnavailableError` when the engine does not answer, `IndexDamagedError` when its data
    cannot be read.
    """

    def existing(self, document_id: str) -> Mapping[str, Chunk]:
        """Return the stored chunks of a document by chunk id."""
        ...

    def known_vectors(self, content_hashes: Iterable[str]) -> Mapping[str, Mapping[str, Vector]]:
        """Return the vectors of stored chunks with these contents, so a rename embeds nothing."""
        ...

    def write(self, chunks: Sequence[Chunk], vectors: Mapping[str, Mapping[str, Vector]]) -> None:
        """Add or replace chunks; `vectors` maps chunk id to vector name to vector."""
        ...

    def restate(self, chunks: Sequence[Chunk]) -> None:
        """Replace what is stored about chunks whose content did not change; vectors stay."""
        ...

    def remove_chunks(self, chunk_ids: Sequence[str]) -> None:
        """Drop chunks; unknown ids are ignored."""
        ...

    def remove_documents(self, document_ids: Sequence[str]) -> None:
        """Drop every chunk of the documents; unknown ones are ignored."""
        ...

    def lacking(self, vector_name: str, limit: int) -> Sequence[Chunk]:
        """Return up to `limit` chunks still marked as waiting for this embedder's vectors."""
        ...

    def add_vectors(self, vectors: Mapping[str, Mapping[str, Vector]], *, settles: str) -> None:
        """Add vectors to stored chunks and mark them as no longer waiting for `settles`."""
        ...

    def search(
        self,
        text: str,
        vectors: Mapping[str, Vector],
        *,
        reader: Reader,
        limit: int,
        kinds: Sequence[SourceKind] = (),
        document_ids: Sequence[str] = (),
    ) -> Sequence[Hit]:
        """Return the union of each channel's best `limit` chunks the reader may read.

        Each hit carries its exact raw score in every channel it can be scored in: cosine by
        vector name, BM25 as `lexical` with document frequencies counted over what the reader
        may read. Empty `kinds` and `document_ids` mean no restriction. Order is unspecified.
        """
        ...

    def term_frequencies(self, terms: Sequence[str], *, reader: Reader) -> Mapping[str, int]:
        """Count, per term of `domain.terms`, the chunks the reader may read that hold it.

        The key `""` holds the number of all chunks the reader may read.
        """
        ...

    def document_ids(self) -> Mapping[str, int]:
        """Return the number of stored chunks per document."""
        ...

    def count(self) -> int:
        """Count stored chunks."""
        ...

    def describe(self) -> Mapping[str, str]:
        """Name the engine, its version and place, and the vector models, for `status`."""
        ...

    def vacuum(self) -> None:
        """Give back the space of removed chunks; slow, so only when idle."""
        ...

    def close(self) -> None:
        """Flush and let go of the engine; safe to call twice."""
        ...


class Registry(Protocol):
    """What was indexed, at which stamp; survives restarts, can be rebuilt."""

    def all(self) -> Mapping[str, Recorded]:
        """Return everything remembered, by document id."""
        ...

    def get(self, document_id: str) -> Recorded | None:
        """Return what is remembered of one document."""
        ...

    def some(self, document_ids: Collection[str]) -> Mapping[str, Recorded]:
        """Return what is remembered of these documents, by id; nothing of unknown ones."""
        ...

    def totals(self, prefix: str = "") -> Totals:
        """Count the documents whose id begins so, without reading them."""
        ...

    def record(self, entries: Sequence[Recorded]) -> None:
        """Remember documents, replacing what was known of them."""
        ...

    def forget(self, document_ids: Sequence[str]) -> None:
        """Remember nothing of these documents."""
        ...

    def clear(self) -> None:
        """Forget everything: the index is being rebuilt."""
        ...


class LanguageModel(Protocol):
    """A chat model behind any OpenAI-compatible endpoint."""

    @property
    def name(self) -> str:
        """The model's name, for the record of decisions."""
        ...

    def complete_json(
        self, prompts: Sequence[Prompt], *, timeout_s: float
    ) -> Sequence[Mapping[str, object] | ModelUnavailableError]:
        """Ask everything at once; return a reply to each prompt, in their order.

        A reply is the model's JSON object, parsed but not trusted, or the error that says why
        there is none: time-out, refusal, a resting circuit breaker, output without a JSON object.
        It never takes longer than `timeout_s` in all, and raises nothing.
        """
        ...


class Clusterer(Protocol):
    """Joins what is like each other, by average linkage: no chain of neighbours is one cluster."""

    def clusters(self, likeness: Likeness, least: float) -> Sequence[Sequence[int]]:
        """Return rows joined while two clusters are, on average over all pairs, like this or more.

        `likeness` has shape (n, n) and is symmetric; its diagonal is not looked at, and pairs of
        minus infinity are never in one cluster. Each row is in one cluster; the rows of a cluster
        rise, and so do the first rows of the clusters.
        """
        ...


class Channel(Protocol):
    """A way to reach people outside an ongoing request."""

    @property
    def name(self) -> str:
        """The channel's name, as in `ReplyAddress.channel`."""
        ...

    def deliver(self, reply_to: ReplyAddress, text: str, *, delivery_id: str) -> None:
        """Bring a text to an asker; the same `delivery_id` twice shows it once.

        Raises `TryAgainLaterError` when it could not be delivered now.
        """
        ...


class Inbox(Protocol):
    """The owner's durable queue; each method is one transaction."""

    def open(self, escalation: Escalation) -> Escalation:
        """Store a new escalation, or add its askers to the pending one with the same key.

        Returns the escalation as stored; it is on disk when this returns.
        """
        ...

    def get(self, escalation_id: str) -> Escalation | None:
        """Return one escalation, by its id or an unambiguous beginning of it."""
        ...

    def list(self, state: EscalationState | None = None) -> Sequence[Escalation]:
        """Return escalations, oldest first."""
        ...

    def close(
        self,
        escalation_id: str,
        state: EscalationState,
        *,
        reply: str,
        verdict: Verdict | None,
        at: float,
        deliveries: Sequence[Delivery],
    ) -> bool:
        """Move it out of `pending` with its deliveries; False when another was first.

        Raises `TryAgainLaterError`, and changes nothing, when an asker who joined in the meantime
        would get no delivery: read the escalation again.
        """
        ...

    def add_waiting(self, escalation_id: str, asker: WaitingAsker) -> bool:
        """Add an asker to a pending escalation; False when it is closed already."""
        ...

    def undelivered(self) -> Sequence[Delivery]:
        """Return deliveries not yet made, oldest first."""
        ...

    def mark_delivered(self, delivery_id: str, at: float) -> None:
        """Note that a delivery was made."""
        ...


class Journal(Protocol):
    """Append-only record of decisions and verdicts."""

    def record(self, entry: JournalEntry) -> None:
        """Append; on disk when this returns. The same `entry_id` twice is kept once."""
        ...

    def get(self, entry_id: str) -> JournalEntry | None:
        """Return the entry with this id, question id or escalation id (or a beginning of it)."""
        ...

    def of_question(self, question_id: str) -> JournalEntry | None:
        """Return the last decision on the question of exactly this id."""
        ...

    def recent(self, limit: int) -> Sequence[JournalEntry]:
        """Return the newest entries, newest first."""
        ...


class AnswersFolder(Protocol):
    """The folder of past answers in the profile."""

    def write(self, name: str, text: str, *, once: bool = False) -> str:
        """Write a new file whole or not at all; return its path. Never overwrites: adds -2, -3.

        With `once`, a file of this name that holds this very text already is the one.
        """
        ...


class SecretStore(Protocol):
    """Keys and tokens in the OS keyring; never in files unless the owner chose that."""

    def get(self, name: str) -> str | None:
        """Return a secret; an environment variable of the same name wins."""
        ...

    def set(self, name: str, value: str) -> None:
        """Keep a secret; raises `SecretStoreError` when no usable keyring is there."""
        ...

    def delete(self, name: str) -> None:
        """Forget a secret; raises `NotFoundError` when there is none."""
        ...

    def names(self) -> Sequence[str]:
        """Return the names of kept secrets, never the values."""
        ...

"""The bundled English model: all-MiniLM-L6-v2 in int8, for Latin text and code."""

from __future__ import annotations

import ctypes
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from avatar.adapters.minilm_files import TOKENIZER, WEIGHTS
from avatar.adapters.minilm_tokenizer import MiniLmTokenizer
from avatar.domain.language import text_language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar.ports import Matrix, Vector

DIMENSION: Final = 384
THREADS: Final = 2

WINDOW: Final = 128
"""Tokens, as it was trained: 256 takes twice the time and gains next to nothing."""

CHARACTERS: Final = 4000
"""Read before tokens are counted; 128 tokens are rarely more than 600 characters."""

BATCH: Final = 2
"""More takes no less time, and twice the memory while it runs: 32 MB with 2, 56 MB with 4."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    tokenizer: MiniLmTokenizer
    session: Any


class MiniLmEmbedder:
    """Embeds Latin text and code in the background; loads with the first text.

    Raises `OwnerMustActError` when its packages are missing or are not the pinned ones; ask
    `available()` first to do without it.
    """

    def __init__(self, threads: int = THREADS) -> None:
        self._threads = threads
        self._loaded: _Loaded | None = None
        self._loading = threading.Lock()

    @staticmethod
    def available() -> bool:
        """Whether both files are installed; their hashes are checked when they are loaded."""
        return WEIGHTS.locate() is not None and TOKENIZER.locate() is not None

    @property
    def name(self) -> str:
        """The vector name in the store."""
        return "minilm"

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return DIMENSION

    @property
    def fingerprint(self) -> str:
        """Changes with weights, tokenizer or window."""
        return f"{WEIGHTS.sha256[:12]}-{TOKENIZER.sha256[:12]}-{WINDOW}"

    @property
    def is_fast(self) -> bool:
        """Whether it runs at once when a file is saved: it is backfilled instead."""
        return False

    def covers(self, text: str) -> bool:
        """Whether the text is mostly in Latin script: it knows no other."""
        return text_language(text) == "en"

    def embed_passages(self, texts: Sequence[str]) -> Matrix:
        """Embed passages: shape (len(texts), 384), unit length."""
        vectors = np.zeros((len(texts), DIMENSION), np.float32)
        if not texts:
            return vectors
        loaded = self._load()
        tokens = loaded.tokenizer.encode([text[:CHARACTERS] for text in texts])
        # neighbours in length share a batch, so little is spent on padding
        order = sorted(range(len(tokens)), key=lambda i: len(tokens[i]))
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            vectors[rows] = _pooled(loaded.session, [tokens[i] for i in rows])
        if len(texts) > 1:
            _give_back_memory()
        return vectors

    def embed_question(self, text: str) -> Vector:
        """Embed one question: shape (384,), unit length."""
        return np.asarray(self.embed_passages([text])[0])

    def _load(self) -> _Loaded:
        with self._loading:
            if self._loaded is None:
                self._loaded = _Loaded(MiniLmTokenizer(WINDOW), _session(self._threads))
            return self._loaded


def _session(threads: int) -> Any:  # noqa: ANN401 - onnxruntime ships no types
    import onnxruntime  # type: ignore[import-untyped]  # ships no types

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # its own store of memory would keep what the largest run took, and is no quicker
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    # a spinning pool would take a core from the owner between two batches
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # by path, since bytes would be kept a second time
    session = onnxruntime.InferenceSession(
        str(WEIGHTS.checked()), sess_options=options, providers=["CPUExecutionProvider"]
    )
    _give_back_memory()
    return session


def _give_back_memory() -> None:
    """Return to the system what glibc would keep.

    That is 60 MB after preparing the graph, and 30 MB after a batch of passages.
    """
    if sys.platform == "linux":
        give_back = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none and needs none
        if give_back is not None:
            give_back(0)


def _pooled(session: Any, batch: Sequence[Sequence[int]]) -> Matrix:  # noqa: ANN401
    width = max(len(ids) for ids in batch)
    ids = np.zeros((len(batch), width), np.int64)
    mask = np.zeros((len(batch), width), np.int64)
    for row, numbers in enumerate(batch):
        ids[row, : len(numbers)] = numbers
        mask[row, : len(numbers)] = 1
    fed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    hidden: Matrix = session.run(None, fed)[0]
    # the mean over a text's own tokens has the direction of their sum
    summed: Matrix = np.einsum("bsd,bs->bd", hidden, mask.astype(np.float32))
    length = np.linalg.norm(summed, axis=1, keepdims=True)
    return np.asarray(summed / np.maximum(length, 1e-12), np.float32)

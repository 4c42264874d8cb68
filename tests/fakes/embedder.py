"""An embedder without a model: a hashed bag of the text's terms, the same on every machine."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from avatar.domain.terms import terms

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from avatar.ports import Matrix, Vector


def _everything(_text: str) -> bool:
    return True


class FakeEmbedder:
    """Texts that share terms are near each other; remembers every passage it was given."""

    def __init__(
        self,
        name: str = "fake",
        *,
        dimension: int = 64,
        is_fast: bool = True,
        covers: Callable[[str], bool] = _everything,
        fingerprint: str = "fake-1",
    ) -> None:
        self._name = name
        self._dimension = dimension
        self._is_fast = is_fast
        self._covers = covers
        self._fingerprint = fingerprint
        self.embedded: list[str] = []
        self.batch_sizes: list[int] = []

    @property
    def name(self) -> str:
        return self._name

    @property
    def dimension(self) -> int:
        return self._dimension

    @property
    def fingerprint(self) -> str:
        return self._fingerprint

    @property
    def is_fast(self) -> bool:
        return self._is_fast

    def covers(self, text: str) -> bool:
        return self._covers(text)

    def embed_passages(self, texts: Sequence[str]) -> Matrix:
        self.embedded.extend(texts)
        self.batch_sizes.append(len(texts))
        rows = [self._vector(text) for text in texts]
        return np.stack(rows) if rows else np.zeros((0, self._dimension), np.float32)

    def embed_question(self, text: str) -> Vector:
        return self._vector(text)

    def _vector(self, text: str) -> Vector:
        vector = np.zeros(self._dimension, np.float32)
        for term in terms(text) or ("",):
            digest = hashlib.blake2b(f"{self._name} {term}".encode(), digest_size=8).digest()
            vector[int.from_bytes(digest[:4], "big") % self._dimension] += (
                1 if digest[4] & 1 else -1
            )
        norm = float(np.linalg.norm(vector))
        if norm == 0.0:  # terms cancelled each other out
            vector[0] = norm = 1.0
        return (vector / norm).astype(np.float32)

"""Any embedding model of LlamaIndex as ours: OpenAI-compatible, Ollama, fastembed."""

from __future__ import annotations

import hashlib
import json
import pydoc
import threading
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from avatar.errors import ModelUnavailableError, ProfileError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llama_index.core.base.embeddings.base import BaseEmbedding

    from avatar.ports import Matrix, Vector

PROBE = "dimension"


class LlamaIndexEmbedder:
    """Wraps a `BaseEmbedding`; its dimension is asked of the model once unless it is given.

    Raises `ModelUnavailableError` when the model does not answer or answers with something that
    is no vector of its dimension.
    """

    def __init__(
        self,
        model: BaseEmbedding,
        *,
        name: str,
        dimension: int | None = None,
        is_fast: bool = False,
    ) -> None:
        self._model = model
        self._name = name
        self._given_dimension = dimension
        self._is_fast = is_fast
        self._asking = threading.Lock()

    @classmethod
    def from_class_path(
        cls,
        path: str,
        arguments: Mapping[str, Any],
        *,
        name: str,
        dimension: int | None = None,
        is_fast: bool = False,
    ) -> LlamaIndexEmbedder:
        """Make the model from a dotted class path and its arguments; raises `ProfileError`."""
        from llama_index.core.base.embeddings.base import BaseEmbedding

        try:
            found = pydoc.locate(path)
        except pydoc.ErrorDuringImport as error:
            raise ProfileError(
                f"The embedding class {path} cannot be imported: {error}."
            ) from error
        if not (isinstance(found, type) and issubclass(found, BaseEmbedding)):
            package = path.rpartition(".")[0].replace("_", "-").replace(".", "-")
            raise ProfileError(
                f"{path} is no LlamaIndex embedding class. Install the package that has it (often "
                f"`pip install {package}`) or correct the path in the profile."
            )
        try:
            model = found(**arguments)
        except (TypeError, ValueError, ImportError) as error:
            raise ProfileError(f"{path} does not take these arguments: {error}.") from error
        return cls(model, name=name, dimension=dimension, is_fast=is_fast)

    @property
    def name(self) -> str:
        """The vector name in the store."""
        return self._name

    @cached_property
    def dimension(self) -> int:
        """The length of a vector."""
        if self._given_dimension is not None:
            return self._given_dimension
        return len(self._asked("get_query_embedding", PROBE))

    @property
    def fingerprint(self) -> str:
        """Changes with the class, the model's name and the dimension."""
        kind = type(self._model)
        facts = [kind.__module__, kind.__qualname__, self._model.model_name, self.dimension]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]

    @property
    def is_fast(self) -> bool:
        """Whether it runs at once when a file is saved."""
        return self._is_fast

    def covers(self, text: str) -> bool:
        """Which languages it knows is the owner's choice: every text with something in it."""
        return bool(text.strip())

    def embed_passages(self, texts: Sequence[str]) -> Matrix:
        """Embed passages: shape (len(texts), dimension), unit length."""
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        return self._checked(
            self._asked("get_text_embedding_batch", [text or " " for text in texts]), len(texts)
        )

    def embed_question(self, text: str) -> Vector:
        """Embed one question: shape (dimension,), unit length."""
        return np.asarray(self._checked([self._asked("get_query_embedding", text or " ")], 1)[0])

    def _asked(self, method: str, argument: object) -> Any:  # noqa: ANN401 - floats, or lists
        with self._asking:
            try:
                return getattr(self._model, method)(argument)
            except Exception as error:  # every provider raises its own kinds
                raise ModelUnavailableError(
                    f"The embedding model {self._name} ({self._model.model_name}) did not answer "
                    f"({type(error).__name__}). Check that it runs and that its key is set."
                ) from error

    def _checked(self, rows: Sequence[Sequence[float]], expected: int) -> Matrix:
        lengths = {len(row) for row in rows}
        if len(rows) != expected or lengths != {self.dimension}:
            raise ModelUnavailableError(
                f"The embedding model {self._name} gave {len(rows)} vectors of length "
                f"{sorted(lengths)} for {expected} texts; {self.dimension} was expected. Correct "
                "its dimension in the profile."
            )
        matrix = np.asarray(rows, np.float32)
        norms = np.linalg.norm(matrix, axis=1, keepdims=True)
        if not np.isfinite(norms).all():
            raise ModelUnavailableError(
                f"The embedding model {self._name} gave numbers that are not finite; try again."
            )
        matrix = np.where(norms > 0, matrix, np.eye(1, self.dimension, dtype=np.float32))
        return np.asarray(matrix / np.where(norms > 0, norms, 1), np.float32)

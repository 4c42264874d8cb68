"""Any LlamaIndex embedding model can be plugged in, and none is trusted blindly."""

from __future__ import annotations

import numpy as np
import pytest
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.embeddings import MockEmbedding

from avatar.adapters.llamaindex_embedder import LlamaIndexEmbedder
from avatar.errors import ModelUnavailableError, ProfileError
from tests.contracts.embedder import EmbedderContract
from tests.fakes.embedder import FakeEmbedder


class BagOfTerms(BaseEmbedding):
    """A LlamaIndex model over the hashed bag of terms; `scale` keeps it from unit length."""

    scale: float = 3.0
    fails: bool = False

    def _get_text_embedding(self, text: str) -> list[float]:
        if self.fails:
            raise ConnectionError("sk-secret-key refused")
        return [self.scale * value for value in FakeEmbedder().embed_question(text).tolist()]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)


class TestLlamaIndexEmbedder(EmbedderContract):
    @pytest.fixture
    def embedder(self) -> LlamaIndexEmbedder:
        return LlamaIndexEmbedder(BagOfTerms(), name="own-model")


def test_its_dimension_is_asked_of_the_model_or_given() -> None:
    assert LlamaIndexEmbedder(BagOfTerms(), name="m").dimension == 64
    assert LlamaIndexEmbedder(BagOfTerms(fails=True), name="m", dimension=64).dimension == 64


def test_its_fingerprint_changes_with_the_model() -> None:
    one = LlamaIndexEmbedder(BagOfTerms(model_name="one"), name="m")
    again = LlamaIndexEmbedder(BagOfTerms(model_name="one"), name="m")
    other = LlamaIndexEmbedder(BagOfTerms(model_name="two"), name="m")
    assert one.fingerprint == again.fingerprint != other.fingerprint


def test_a_model_is_made_from_its_class_path() -> None:
    made = LlamaIndexEmbedder.from_class_path(
        "llama_index.core.embeddings.MockEmbedding", {"embed_dim": 5}, name="mock", is_fast=True
    )
    assert made.is_fast
    assert made.dimension == 5
    assert made.embed_question("x").shape == (5,)


@pytest.mark.parametrize(
    ("path", "arguments", "said"),
    [
        ("llama_index.embeddings.nowhere.Model", {}, "pip install"),
        ("builtins.dict", {}, "no LlamaIndex embedding class"),
        ("llama_index.core.embeddings.MockEmbedding", {"embed_dim": "x"}, "arguments"),
    ],
)
def test_a_wrong_class_path_is_explained(path: str, arguments: dict[str, str], said: str) -> None:
    with pytest.raises(ProfileError, match=said):
        LlamaIndexEmbedder.from_class_path(path, arguments, name="m")


def test_a_model_that_fails_is_unavailable_and_its_words_stay_out() -> None:
    embedder = LlamaIndexEmbedder(BagOfTerms(fails=True), name="m", dimension=64)
    with pytest.raises(ModelUnavailableError, match="ConnectionError") as caught:
        embedder.embed_passages(["text"])
    assert "sk-secret-key" not in str(caught.value)


def test_vectors_of_another_length_are_refused() -> None:
    embedder = LlamaIndexEmbedder(MockEmbedding(5), name="m", dimension=7)
    with pytest.raises(ModelUnavailableError, match="7 was expected"):
        embedder.embed_question("text")


def test_numbers_that_are_not_finite_are_refused() -> None:
    embedder = LlamaIndexEmbedder(BagOfTerms(scale=float("nan")), name="m")
    with pytest.raises(ModelUnavailableError, match="not finite"):
        embedder.embed_question("text")


def test_a_vector_of_nothing_still_has_unit_length() -> None:
    embedder = LlamaIndexEmbedder(BagOfTerms(scale=0.0), name="m")
    assert float(np.linalg.norm(embedder.embed_question("text"))) == 1.0

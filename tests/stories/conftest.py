from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fakes.embedder import FakeEmbedder
from tests.stories.place import Place

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from avatar.ports import Embedder


@pytest.fixture(scope="session")
def models() -> Sequence[Embedder]:
    """The bundled models, loaded once for every story that needs to understand words."""
    from avatar.adapters.minilm_embedder import MiniLmEmbedder
    from avatar.adapters.use_embedder import UseEmbedder

    return (UseEmbedder(), MiniLmEmbedder())


@pytest.fixture
def place(tmp_path: Path, models: Sequence[Embedder]) -> Place:
    """A profile of notes for everyone, understood by the bundled models."""
    return Place(tmp_path, embedders=models)


@pytest.fixture
def plain(tmp_path: Path) -> Place:
    """The same on an embedder that only knows words, for what no model decides."""
    return Place(tmp_path, embedders=(FakeEmbedder("use"),))

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fakes.embedder import FakeEmbedder
from tests.local_model import local_model
from tests.stories.forks import Forks
from tests.stories.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from avatar.ports import Embedder

__all__ = ["local_model"]


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
def words() -> Sequence[Embedder]:
    """An embedder that only knows words, for what no model decides."""
    return (FakeEmbedder("use"),)


@pytest.fixture
def plain(tmp_path: Path, words: Sequence[Embedder]) -> Place:
    """The profile of notes on words alone."""
    return Place(tmp_path, embedders=words)


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    """Children of the product that start at once, to be killed."""
    with Forks() as running:
        yield running

"""The embedded store keeps the promises of the port, and its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from avatar.adapters.edge_store import EdgeStore
from avatar.adapters.qdrant_schema import VectorModel
from tests.contracts.store import DIMENSIONS, StoreContract

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODELS = tuple(VectorModel(name, size, "v1") for name, size in DIMENSIONS.items())


class TestEdgeStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[EdgeStore]:
        store = EdgeStore(tmp_path / "index", MODELS, "ada")
        yield store
        store.close()

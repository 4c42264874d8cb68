"""The fakes keep the promises of the ports they stand in for."""

from __future__ import annotations

import pytest

from tests.contracts.embedder import EmbedderContract
from tests.contracts.store import FAST, SLOW, StoreContract
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.store import MemoryStore


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore((FAST, SLOW))


class TestFakeEmbedder(EmbedderContract):
    @pytest.fixture
    def embedder(self) -> FakeEmbedder:
        return FakeEmbedder()

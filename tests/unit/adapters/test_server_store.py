"""The store behind a Qdrant address keeps the same promises as the embedded one."""

from __future__ import annotations

import os
import uuid
import warnings
from typing import TYPE_CHECKING

import pytest

from avatar.adapters.qdrant_schema import VectorModel
from avatar.adapters.server_store import ServerStore, connect
from avatar.errors import StoreUnavailableError
from tests.contracts.store import DIMENSIONS, FAST, OWNER, SLOW, StoreContract, both, chunk, fill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qdrant_client import QdrantClient

MODELS = tuple(VectorModel(name, size, "v1") for name, size in DIMENSIONS.items())
QDRANT_URL = os.environ.get("QDRANT_URL", "")


@pytest.fixture
def client() -> Iterator[QdrantClient]:
    from qdrant_client import QdrantClient

    client = QdrantClient(":memory:")
    with warnings.catch_warnings():
        # the double says that payload indexes and search parameters do nothing in it
        warnings.filterwarnings("ignore", category=UserWarning)
        yield client
    client.close()


class TestServerStore(StoreContract):
    @pytest.fixture
    def store(self, client: QdrantClient) -> ServerStore:
        return ServerStore(client, "team", MODELS, "ada")


@pytest.mark.service
@pytest.mark.skipif(not QDRANT_URL, reason="QDRANT_URL names no server")
class TestServerStoreOnAServer(StoreContract):
    @pytest.fixture
    def store(self) -> Iterator[ServerStore]:
        client, name = connect(QDRANT_URL), f"avatar-test-{uuid.uuid4().hex}"
        yield ServerStore(client, name, MODELS, "ada", place=QDRANT_URL)
        again = connect(QDRANT_URL)
        again.delete_collection(name)
        again.close()


def test_two_profiles_in_one_collection_see_nothing_of_each_other(client: QdrantClient) -> None:
    ada, bob = (ServerStore(client, "team", MODELS, tenant) for tenant in ("ada", "bob"))
    fill(ada, [chunk("the budget is nine")])
    assert bob.count() == 0
    assert bob.document_ids() == {}
    assert bob.search("budget", both(1), reader=OWNER, limit=5) == []
    assert bob.term_frequencies(["budget"], reader=OWNER) == {"": 0, "budget": 0}
    assert bob.lacking("new", 5) == []
    bob.remove_documents(["notes/a.md"])
    assert ada.count() == 1


def test_another_fingerprint_makes_chunks_wait_and_search_goes_on(client: QdrantClient) -> None:
    before = ServerStore(client, "team", MODELS, "ada")
    written = chunk("the budget is nine")
    vectors = fill(before, [written])
    changed = (MODELS[0], VectorModel(SLOW, 5, "v2"))
    after = ServerStore(client, "team", changed, "ada")
    assert after.lacking(FAST, 5) == []
    assert [c.chunk_id for c in after.lacking(SLOW, 5)] == [written.chunk_id]
    asked = {FAST: vectors[written.chunk_id][FAST]}
    (hit,) = after.search("budget", asked, reader=OWNER, limit=5)
    assert set(hit.scores) == {FAST, "lexical"}


def test_a_server_that_does_not_answer_is_named() -> None:
    client = connect("http://127.0.0.1:9", timeout_s=1)
    with pytest.raises(StoreUnavailableError, match=r"127\.0\.0\.1:9"):
        ServerStore(client, "team", MODELS, "ada", place="http://127.0.0.1:9")
    client.close()


def test_a_closed_store_says_so(client: QdrantClient) -> None:
    store = ServerStore(client, "team", MODELS, "ada")
    store.close()
    with pytest.raises(StoreUnavailableError, match="closed"):
        store.count()

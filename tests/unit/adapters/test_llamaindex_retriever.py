"""Our knowledge can be used from a LlamaIndex pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar.adapters.llamaindex_retriever import retriever_for
from avatar.domain.evidence import Passage
from tests.contracts.store import COLLEAGUE, chunk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar.domain.audience import Reader


def test_a_pipeline_gets_passages_with_their_place_for_its_reader() -> None:
    asked: list[tuple[str, Reader, int]] = []

    def search(text: str, reader: Reader, limit: int) -> Sequence[Passage]:
        asked.append((text, reader, limit))
        return [Passage(chunk("the limit is five", symbol="retry.limit", start_line=4), 0.75)]

    (found,) = retriever_for(search, reader=COLLEAGUE, limit=3).retrieve("what is the limit?")
    assert asked == [("what is the limit?", COLLEAGUE, 3)]
    assert found.score == 0.75
    assert found.node.get_content() == "the limit is five"
    assert found.node.metadata == {
        "path": "notes/a.md",
        "start_line": 4,
        "end_line": 4,
        "symbol": "retry.limit",
        "kind": "notes",
    }

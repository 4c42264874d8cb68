"""Our knowledge in someone's own LlamaIndex pipeline: a retriever that never forgets the reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llama_index.core.retrievers import BaseRetriever

    from avatar.domain.audience import Reader
    from avatar.domain.evidence import Passage

    Search = Callable[[str, Reader, int], Sequence[Passage]]


def retriever_for(search: Search, *, reader: Reader, limit: int = 10) -> BaseRetriever:
    """Return a LlamaIndex retriever that finds what this reader may read, best first.

    `search` takes a text, the reader and a limit and returns passages, as the product's own
    retrieval does. Each node's metadata says where its lines stand.
    """
    from llama_index.core.retrievers import BaseRetriever
    from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

    def as_node(passage: Passage) -> NodeWithScore:
        chunk = passage.chunk
        node = TextNode(
            id_=chunk.chunk_id,
            text=chunk.text,
            metadata={
                "path": chunk.document_id,
                "start_line": chunk.start_line,
                "end_line": chunk.end_line,
                "symbol": chunk.symbol,
                "kind": chunk.kind.value,
            },
        )
        return NodeWithScore(node=node, score=passage.score)

    class Retriever(BaseRetriever):
        def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
            return [as_node(passage) for passage in search(query_bundle.query_str, reader, limit)]

    return Retriever()

"""Avatar beside LlamaIndex's own index over Qdrant, with the same notes, model and questions.

Run: `python -m tests.benchmarks.peer --data DIR [--only SET] [--model use|minilm]`. The peer is
`VectorStoreIndex` with `QdrantVectorStore` on qdrant-client's local mode, as its documentation
begins. Each side runs in a process of its own. `avatar` has the peer's one model, `shipped` has
both of the bundled ones.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import warnings
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import psutil

from avatar.adapters.minilm_embedder import MiniLmEmbedder
from avatar.adapters.use_embedder import UseEmbedder
from tests.benchmarks.datasets import discover, reduced, thinned
from tests.benchmarks.library import READER, asked, library
from tests.benchmarks.retrieval import ndcg
from tests.benchmarks.speed_questions import Spans, share

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from avatar.ports import Embedder
    from tests.benchmarks.datasets import EvaluationSet

SIDES = ("peer", "avatar", "shipped")
FOUND = 10


def run_avatar(data: EvaluationSet, embedders: Sequence[Embedder], folder: Path) -> dict[str, Any]:
    """Index and ask with the product's own parts."""
    made = Spans()
    opened = library(data.entries, cast("Any", tuple(embedders)), folder)
    at = made.run(opened.__enter__)
    try:
        retriever = at.retriever()

        def find(text: str) -> list[str]:
            found = retriever.retrieve(asked(text), reader=READER, limit=FOUND).passages
            return [at.entry_of[passage.chunk.document_id] for passage in found]

        return _measured(data, made, find)
    finally:
        opened.__exit__(None, None, None)


def run_peer(data: EvaluationSet, model: Embedder, folder: Path) -> dict[str, Any]:
    """Index and ask with LlamaIndex and qdrant-client's local mode."""
    warnings.simplefilter("ignore")
    from llama_index.core import Document, StorageContext, VectorStoreIndex
    from llama_index.vector_stores.qdrant import QdrantVectorStore
    from qdrant_client import QdrantClient

    client = QdrantClient(path=str(folder / "qdrant"))
    context = StorageContext.from_defaults(
        vector_store=QdrantVectorStore(collection_name="notes", client=client)
    )
    documents = [
        Document(text="\n\n".join(filter(None, (e.title, *e.questions, e.text))), id_=e.entry_id)
        for e in data.entries
    ]
    made, wrapped = Spans(), _as_llamaindex(model)
    index = made.run(
        lambda: VectorStoreIndex.from_documents(
            documents, storage_context=context, embed_model=wrapped
        )
    )
    retriever = index.as_retriever(similarity_top_k=2 * FOUND)

    def find(text: str) -> list[str]:
        ids = [str(found.node.ref_doc_id) for found in retriever.retrieve(text)]
        return list(dict.fromkeys(ids))

    measured = _measured(data, made, find)
    client.close()
    return measured


def _as_llamaindex(model: Embedder) -> Any:
    from llama_index.core.embeddings import BaseEmbedding

    class Wrapped(BaseEmbedding):
        def _get_query_embedding(self, query: str) -> list[float]:
            return cast("list[float]", model.embed_question(query).tolist())

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_query_embedding(query)

        def _get_text_embedding(self, text: str) -> list[float]:
            return self._get_text_embeddings([text])[0]

        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return cast("list[list[float]]", model.embed_passages(texts).tolist())

    return Wrapped(model_name=model.name, embed_batch_size=256)


def _measured(data: EvaluationSet, made: Spans, find: Callable[[str], list[str]]) -> dict[str, Any]:
    for text in list(data.questions.values())[:5]:
        find(text)
    spans, gains = Spans(), []
    for key, text in data.questions.items():
        ranked = spans.run(partial(find, text))
        gains.append(ndcg(ranked, data.grades[key]))
    return {
        "index_s": made.wall[0] / 1000,
        "index_cpu_s": made.cpu[0] / 1000,
        "p50_ms": share(spans.wall, 0.5),
        "p95_ms": share(spans.wall, 0.95),
        "cpu_ms": share(spans.cpu, 0.5),
        "rss_mb": psutil.Process().memory_info().rss / 2**20,
        "ndcg": 100 * sum(gains) / max(1, len(gains)),
    }


def _one_side(side: str, data: EvaluationSet, model: str) -> dict[str, Any]:
    embedders: dict[str, Embedder] = {"use": UseEmbedder(), "minilm": MiniLmEmbedder()}
    chosen = list(embedders.values()) if side == "shipped" else [embedders[model]]
    for embedder in chosen:
        embedder.embed_question("warm")  # loading is not what is compared
    with tempfile.TemporaryDirectory() as folder:
        if side == "peer":
            return run_peer(data, chosen[0], Path(folder))
        return run_avatar(data, chosen, Path(folder))


def main() -> None:
    """Print one line per set and side."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--documents", type=int, default=800)
    parser.add_argument("--limit", type=int, default=150, help="questions per set")
    parser.add_argument("--model", choices=("use", "minilm"), default="minilm")
    parser.add_argument("--side", choices=SIDES, help="measure one, print JSON")
    given = parser.parse_args()
    sets = discover(given.data, given.only)
    if given.side:
        for whole in sets:
            data = thinned(reduced(whole, given.limit), given.documents)
            print(json.dumps(_one_side(given.side, data, given.model) | {"set": data.name}))
        return
    print("| set | side | index s (CPU) | query p50 / p95 ms (CPU) | memory MB | nDCG@10 |")
    print("|---|---|---|---|---|---|")
    for whole in sets:
        for side in SIDES:
            arguments = [*sys.argv[1:], "--only", whole.name, "--side", side]
            ran = subprocess.run(
                [sys.executable, "-m", "tests.benchmarks.peer", *arguments],
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            row = json.loads(ran.stdout.splitlines()[-1])
            print(
                f"| {whole.name} | {side} | {row['index_s']:.1f} ({row['index_cpu_s']:.1f}) | "
                f"{row['p50_ms']:.1f} / {row['p95_ms']:.1f} ({row['cpu_ms']:.1f}) | "
                f"{row['rss_mb']:.0f} | {row['ndcg']:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()

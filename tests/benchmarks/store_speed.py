"""How fast the embedded store is: `python -m tests.benchmarks.store_speed --chunks 20000`.

Random unit vectors of the sizes of the bundled models, Zipf-distributed words, one chunk in
twenty a past answer with question forms, one in ten for the owner only; the reader is a
colleague. Times include everything between `search()` and its hits.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psutil

from avatar.adapters.edge_store import EdgeStore
from avatar.adapters.qdrant_schema import VectorModel
from avatar.domain.audience import Audience, Reader
from avatar.domain.chunks import Chunk, chunk_ids, content_sha256
from avatar.domain.documents import SourceKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from avatar.ports import Matrix, Vector

MODELS = (VectorModel("use", 512, "v1"), VectorModel("minilm", 384, "v1"))
VOCABULARY = 50_000
WORDS = 120
COLLEAGUE = Reader.colleague("kim")


class Corpus:
    """Random chunks and questions, the same for the same seed."""

    def __init__(self, chunks: int, seed: int = 7) -> None:
        self._random = np.random.default_rng(seed)
        self._chunks = chunks

    def words(self, count: int) -> str:
        numbers = self._random.zipf(1.15, size=count) % VOCABULARY
        return " ".join(f"w{number:x}" for number in numbers)

    def unit(self, rows: int, size: int) -> Matrix:
        matrix = self._random.standard_normal((rows, size), dtype=np.float32)
        return np.asarray(matrix / np.linalg.norm(matrix, axis=1, keepdims=True))

    def batches(
        self, size: int = 256
    ) -> Iterator[tuple[list[Chunk], dict[str, dict[str, Vector]]]]:
        for start in range(0, self._chunks, size):
            numbers = range(start, min(start + size, self._chunks))
            chunks = [self._chunk(number) for number in numbers]
            vectors: dict[str, dict[str, Vector]] = {c.chunk_id: {} for c in chunks}
            for model in MODELS:
                rows, forms = (self.unit(len(chunks), model.dimension) for _ in range(2))
                for c, row, form in zip(chunks, rows, forms, strict=True):
                    vectors[c.chunk_id][model.name] = row
                    if c.question:
                        vectors[c.chunk_id][f"{model.name}-q"] = form
            yield chunks, vectors

    def question(self) -> tuple[str, dict[str, Vector]]:
        vectors = {m.name: self.unit(1, m.dimension)[0] for m in MODELS}
        return self.words(8), vectors | {f"{name}-q": v for name, v in vectors.items()}

    def _chunk(self, number: int) -> Chunk:
        text, is_answer = self.words(WORDS), number % 20 == 0
        question = self.words(8) if is_answer else ""
        sha = content_sha256("", question, text)
        document_id = f"notes/{number // 10}.md"
        return Chunk(
            chunk_id=chunk_ids(document_id, [sha])[0],
            document_id=document_id,
            fingerprint="f",
            kind=SourceKind.ANSWERS if is_answer else SourceKind.NOTES,
            audience=Audience.owner_only() if number % 10 == 3 else Audience.everyone(),
            text=text,
            start_line=1,
            end_line=9,
            content_sha256=sha,
            language="en",
            format="markdown",
            question=question,
        )


def timed(runs: int, call: Callable[[], object]) -> str:
    spans = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        spans.append(1000 * (time.perf_counter() - start))
    return f"p50 {np.percentile(spans, 50):6.1f} ms   p95 {np.percentile(spans, 95):6.1f} ms"


def measure_search(store: EdgeStore, corpus: Corpus, limit: int) -> None:
    questions = [corpus.question() for _ in range(200)]
    following = iter(questions * 4)

    def search() -> object:
        text, vectors = next(following)
        return store.search(text, vectors, reader=COLLEAGUE, limit=limit)

    def count_terms() -> object:
        text, _ = next(following)
        return store.term_frequencies(text.split(), reader=COLLEAGUE)

    for _ in range(20):
        search()
    print(f"  search, limit {limit:3}:   {timed(200, search)}")
    print(f"  term frequencies:    {timed(100, count_terms)}")


def main() -> None:
    """Load, search, reopen, and print what each took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=20_000)
    parser.add_argument("--limit", type=int, default=50)
    arguments = parser.parse_args()
    process = psutil.Process()
    with tempfile.TemporaryDirectory() as place:
        folder, corpus = Path(place) / "index", Corpus(arguments.chunks)
        store = EdgeStore(folder, MODELS, "bench")
        spent = 0.0
        for chunks, vectors in corpus.batches():
            start = time.perf_counter()
            store.write(chunks, vectors)
            spent += time.perf_counter() - start
        print(f"{arguments.chunks} chunks written at {arguments.chunks / spent:.0f}/s")
        measure_search(store, corpus, arguments.limit)
        for what, call in (("vacuum", store.vacuum), ("close", store.close)):
            start = time.perf_counter()
            call()
            print(f"  {what}: {time.perf_counter() - start:.2f} s")
        start = time.perf_counter()
        store = EdgeStore(folder, MODELS, "bench")
        print(f"  reopen after close: {time.perf_counter() - start:.2f} s")
        measure_search(store, corpus, arguments.limit)
        print(f"  document ids:        {timed(5, store.document_ids)}")
        print(f"  resident memory: {process.memory_info().rss / 2**20:.0f} MB")
        store.close()
        (folder / "frequencies.json").unlink()
        start = time.perf_counter()
        store = EdgeStore(folder, MODELS, "bench")
        print(f"  reopen with words counted anew: {time.perf_counter() - start:.2f} s")
        store.close()


if __name__ == "__main__":
    main()

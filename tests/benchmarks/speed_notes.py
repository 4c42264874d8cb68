"""Notes and questions as engineers write them, made up from a seed; and vectors for many of them.

Embedding 200,000 notes takes hours. So a few hundred are embedded by the real models, and every
other note gets the vector of one of those, moved a little: as near to each other as real notes
on related subjects, found by real questions.
"""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING, Final

import numpy as np

from avatar.domain.audience import Audience
from avatar.domain.chunks import Chunk, chunk_ids, content_sha256
from avatar.domain.documents import SourceKind
from avatar.domain.language import text_language

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from avatar.ports import Embedder, Matrix, Vector

SYLLABLES: Final = tuple(
    "ra ko mi ten sol var ber lin dax pro net gar fen lo qui za hel mor tis ped un ax or".split()  # noqa: SIM905
)
SERVICES: Final = (
    "gateway", "ledger", "billing", "search", "login", "mailer", "scheduler", "cache", "proxy",
    "broker",
)  # fmt: skip
ZH_SERVICES: Final = (
    "网关", "账本", "计费", "搜索", "登录", "邮件", "调度", "缓存", "代理", "消息",
)  # fmt: skip
EN: Final = (
    "The {s} {w} service restarts when {w2} runs out of memory; raise the limit to {n} MB.",
    "To deploy {w} run `make ship-{w}` on the build host and wait {n} s for the health check.",
    "Error {e} in {s} means that the certificate of {w} has expired; ask {w2} for a new one.",
    "Backups of {w} are kept for {n} days in the bucket {w}-{s}, encrypted with the team key.",
    "The retry limit between {s} and {w} is {n}; with more, the queue of {w2} fills up.",
    "We moved {w} to version {n}.{d} because the old {s} client leaked connections under load.",
    "If the {w} dashboard shows no data, check that the {s} exporter on port {n} is running.",
    "Access to {w} is granted by {w2}; open a ticket with the subject {s} and your key name.",
    "Before a release of {s}, freeze the schema of {w} and tell the {w2} team {d} days ahead.",
    "The nightly job `{w}_{s}_sync` copies orders from {w2}; it takes about {n} minutes.",
)
ZH: Final = (
    "部署{z}服务{w}之前，先在构建机上运行 make ship-{w}，等待{n}秒健康检查。",
    "错误{e}表示{z}的证书过期，需要联系{w2}重新签发。",
    "{z}的备份在 {w} 桶里保存{n}天，用团队密钥加密。",
    "如果{w}面板没有数据，请检查{z}导出程序是否在端口{n}上运行。",
    "{z}与{w}之间的重试上限是{n}次，超过以后{w2}的队列会堆积。",
    "夜间任务 {w}_sync 把订单从{w2}复制到{z}，大约需要{n}分钟。",
)
EN_ASKED: Final = (
    "how do I deploy {w}?", "what does error {e} in {s} mean?", "how long are backups of {w} kept?",
    "what is the retry limit between {s} and {w}?", "why does the {s} {w} service restart?",
    "who grants access to {w}?", "which version of {w} do we run and why was it moved?",
    "hi, the {w} dashboard shows no data since this morning, what should I check first?",
)  # fmt: skip
ZH_ASKED: Final = ("怎么部署{z}服务{w}？", "错误{e}是什么意思？", "{z}的备份保存多少天？")
SUBJECTS: Final = 3000
BASES: Final = 400
SPREAD: Final = np.float32(0.6)
MOVES: Final = 2048
LATENT: Final = 48


def note(number: int, *, sentences: int = 6) -> str:
    """Return one short note, one in five in Chinese; it is one chunk."""
    chance = random.Random(number)
    subject = _subject(chance.randrange(SUBJECTS))
    kinds = ZH if number % 5 == 0 else EN
    told = [_filled(kind, subject, chance) for kind in chance.choices(kinds, k=sentences)]
    title = f"{subject['z'] if kinds is ZH else subject['s']} {subject['w']} {number}"
    return f"# {title}\n\n" + "\n".join(told) + "\n"


def question(number: int) -> str:
    """Return a question about a subject some note may tell of, one in five in Chinese."""
    chance = random.Random(-1 - number)
    kinds = ZH_ASKED if number % 5 == 0 else EN_ASKED
    return _filled(chance.choice(kinds), _subject(chance.randrange(SUBJECTS)), chance)


def _subject(number: int) -> dict[str, str]:
    chance = random.Random(f"subject {number}")
    return {
        "s": SERVICES[number % 10],
        "z": ZH_SERVICES[number % 10],
        "w": "".join(chance.choices(SYLLABLES, k=3)),
        "w2": "".join(chance.choices(SYLLABLES, k=2)),
        "e": f"E{1000 + number}",
    }


def _filled(kind: str, subject: dict[str, str], chance: random.Random) -> str:
    return kind.format(**subject, n=chance.randrange(2, 9000), d=chance.randrange(10))


class NearbyEmbedder:
    """A real model for questions; passages get the vector of a note near them at no cost."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self._bases: Matrix | None = None
        random_numbers = np.random.default_rng(1)
        self._moves = random_numbers.standard_normal((MOVES, LATENT), dtype=np.float32)
        self._plane = random_numbers.standard_normal((LATENT, inner.dimension), dtype=np.float32)

    @property
    def name(self) -> str:
        return self._inner.name

    @property
    def dimension(self) -> int:
        return self._inner.dimension

    @property
    def fingerprint(self) -> str:
        return self._inner.fingerprint

    @property
    def is_fast(self) -> bool:
        return self._inner.is_fast

    def covers(self, text: str) -> bool:
        return self._inner.covers(text)

    def embed_passages(self, texts: Sequence[str]) -> Matrix:
        if self._bases is None:
            self._bases = self._inner.embed_passages([note(n) for n in range(BASES)])
        keys = [int.from_bytes(hashlib.sha256(t.encode()).digest()[:6], "big") for t in texts]
        near = self._bases[[key % BASES for key in keys]]
        # one and the same move for every model, since models agree on what is alike
        moves = self._moves[[key // BASES % MOVES for key in keys]]
        moves = moves + self._moves[[key // (BASES * MOVES) % MOVES for key in keys]]
        return unit(near + SPREAD * unit(moves @ self._plane))

    def embed_question(self, text: str) -> Vector:
        return self._inner.embed_question(text)


def unit(rows: Matrix) -> Matrix:
    """Return the rows with length 1."""
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def batches(
    count: int, embedders: Sequence[NearbyEmbedder], size: int = 256
) -> Iterator[tuple[list[Chunk], dict[str, dict[str, Vector]]]]:
    """Yield `count` chunks with their vectors; one in twenty is a past answer."""
    for start in range(0, count, size):
        chunks = [_chunk(number) for number in range(start, min(start + size, count))]
        vectors: dict[str, dict[str, Vector]] = {chunk.chunk_id: {} for chunk in chunks}
        for model in embedders:
            known = [chunk for chunk in chunks if model.covers(chunk.indexed_text)]
            asked = [chunk for chunk in known if chunk.question]
            for name, owners, texts in (
                (model.name, known, [chunk.indexed_text for chunk in known]),
                (f"{model.name}-q", asked, [chunk.question for chunk in asked]),
            ):
                for chunk, row in zip(owners, model.embed_passages(texts), strict=True):
                    vectors[chunk.chunk_id][name] = row
        yield chunks, vectors


def _chunk(number: int) -> Chunk:
    text, is_answer = note(number), number % 20 == 7
    form = question(number) if is_answer else ""
    sha = content_sha256("", form, text)
    document_id = f"{'answers' if is_answer else 'notes'}/{number // 5:06}.md"
    return Chunk(
        chunk_id=chunk_ids(document_id, [sha])[0],
        document_id=document_id,
        fingerprint="f",
        kind=SourceKind.ANSWERS if is_answer else SourceKind.NOTES,
        audience=Audience.owner_only() if number % 10 == 3 else Audience.everyone(),
        text=text,
        start_line=1,
        end_line=len(text.splitlines()),
        content_sha256=sha,
        language=text_language(text),
        format="answer" if is_answer else "markdown",
        question=form,
    )

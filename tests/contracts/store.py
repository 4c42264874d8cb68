"""What every knowledge store promises; subclasses say which store."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar.domain.audience import Audience, Reader
from avatar.domain.chunks import Chunk, Span, chunk_ids, content_sha256
from avatar.domain.documents import SourceKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avatar.domain.evidence import Hit
    from avatar.ports import KnowledgeStore, Vector

FAST, SLOW = "fast", "slow"
DIMENSIONS = {FAST: 8, SLOW: 6}
OWNER = Reader.owner()
COLLEAGUE = Reader.colleague("kim")
PAYMENTS = Reader.colleague("lee", ["payments"])
PRECISION = 2e-3
"""Stores may keep vectors in half precision."""


def chunk(
    text: str,
    document_id: str = "notes/a.md",
    *,
    audience: Audience | None = None,
    kind: SourceKind = SourceKind.NOTES,
    question: str = "",
    headings: tuple[str, ...] = (),
    symbol: str = "",
    start_line: int = 1,
) -> Chunk:
    breadcrumb = " › ".join([*headings, *([symbol] if symbol else [])])
    sha = content_sha256(breadcrumb, question, text)
    return Chunk(
        chunk_id=chunk_ids(document_id, [sha])[0],
        document_id=document_id,
        fingerprint="f1",
        kind=kind,
        audience=audience or Audience.everyone(),
        text=text,
        start_line=start_line,
        end_line=start_line + text.count("\n"),
        content_sha256=sha,
        language="en",
        format="markdown",
        headings=headings,
        symbol=symbol,
        question=question,
        parent="p1",
        commit="c0ffee",
        modified_at=12.5,
        rests_on=(Span("notes/b.md", 1, 2, "ab" * 32),),
    )


def unit(seed: int, dimension: int) -> Vector:
    vector = np.random.default_rng(seed).standard_normal(dimension).astype(np.float32)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def both(seed: int) -> dict[str, Vector]:
    return {name: unit(seed, dimension) for name, dimension in DIMENSIONS.items()}


def fill(store: KnowledgeStore, chunks: Sequence[Chunk]) -> Mapping[str, Mapping[str, Vector]]:
    vectors = {c.chunk_id: both(number) for number, c in enumerate(chunks)}
    for number, c in enumerate(chunks):
        if c.question:
            vectors[c.chunk_id] |= {f"{n}-q": v for n, v in both(number + 1000).items()}
    store.write(chunks, vectors)
    return vectors


def by_id(hits: Sequence[Hit]) -> dict[str, Hit]:
    assert len({hit.chunk.chunk_id for hit in hits}) == len(hits), "a chunk was found twice"
    return {hit.chunk.chunk_id: hit for hit in hits}


class StoreContract(ABC):
    """Run on every store; `store` is an empty one for the embedders `fast` and `slow`."""

    @pytest.fixture
    @abstractmethod
    def store(self) -> KnowledgeStore: ...

    def test_an_empty_store_finds_and_counts_nothing(self, store: KnowledgeStore) -> None:
        assert store.search("words", both(1), reader=OWNER, limit=5) == []
        assert store.count() == 0
        assert store.document_ids() == {}
        assert store.existing("notes/a.md") == {}
        assert store.term_frequencies(["word"], reader=OWNER) == {"": 0, "word": 0}
        assert store.known_vectors(["00"]) == {}
        assert store.lacking(SLOW, 5) == []

    def test_a_chunk_comes_back_with_every_field(self, store: KnowledgeStore) -> None:
        written = chunk(
            "部署 needs `kubectl`\r\n  and \u2028 patience",
            kind=SourceKind.ANSWERS,
            audience=Audience.groups(["payments", "ops"]),
            question="How do I deploy?",
            headings=("Guide", "Deploy"),
            symbol="deploy.run",
            start_line=7,
        )
        fill(store, [written])
        assert store.existing(written.document_id) == {written.chunk_id: written}
        (hit,) = store.search("deploy", {}, reader=OWNER, limit=5)
        assert hit.chunk == written

    def test_writing_the_same_twice_is_writing_once(self, store: KnowledgeStore) -> None:
        written = chunk("the retry limit is five")
        for _ in range(2):
            fill(store, [written])
        assert store.count() == 1
        assert store.term_frequencies(["retry"], reader=OWNER) == {"": 1, "retry": 1}
        assert store.document_ids() == {"notes/a.md": 1}

    def test_documents_are_counted_and_kept_apart(self, store: KnowledgeStore) -> None:
        fill(store, [chunk("one"), chunk("two"), chunk("three", "notes/b.md")])
        assert store.document_ids() == {"notes/a.md": 2, "notes/b.md": 1}
        assert {c.text for c in store.existing("notes/a.md").values()} == {"one", "two"}
        assert store.count() == 3

    def test_every_hit_has_its_exact_score_in_every_channel_it_has(
        self, store: KnowledgeStore
    ) -> None:
        chunks = [chunk(f"rollback step {n} of release", f"notes/{n}.md") for n in range(12)]
        chunks.append(
            chunk("Use the button", "answers/a.md", kind=SourceKind.ANSWERS, question="Rollback?")
        )
        vectors = fill(store, chunks)
        asked = both(77) | {f"{name}-q": v for name, v in both(78).items()}
        hits = by_id(store.search("rollback", asked, reader=OWNER, limit=4))
        assert len(hits) >= 4
        for chunk_id, hit in hits.items():
            stored = vectors[chunk_id]
            assert set(hit.scores) == {*stored, "lexical"}
            for name in stored:
                expected = float(asked[name] @ stored[name])
                assert math.isclose(hit.scores[name], expected, abs_tol=PRECISION)
            assert hit.scores["lexical"] > 0

    def test_each_channel_brings_its_own_best(self, store: KnowledgeStore) -> None:
        chunks = [chunk(f"filler text number {n}", f"notes/{n}.md") for n in range(30)]
        chunks.append(chunk("zanzibar", "notes/lexical.md"))
        vectors = fill(store, chunks)
        asked = {
            FAST: vectors[chunks[3].chunk_id][FAST],
            SLOW: vectors[chunks[9].chunk_id][SLOW],
        }
        hits = by_id(store.search("zanzibar", asked, reader=OWNER, limit=1))
        assert set(hits) == {chunks[3].chunk_id, chunks[9].chunk_id, chunks[30].chunk_id}
        assert hits[chunks[3].chunk_id].scores["lexical"] == 0.0

    def test_the_form_of_a_question_is_found_by_its_own_vector(self, store: KnowledgeStore) -> None:
        fill(store, [chunk(f"text {n}", f"notes/{n}.md") for n in range(5)])
        answer = chunk("press it", "answers/a.md", kind=SourceKind.ANSWERS, question="What now?")
        form = unit(5, 8)
        store.write([answer], {answer.chunk_id: {FAST: unit(6, 8), f"{FAST}-q": form}})
        (hit,) = store.search("…", {f"{FAST}-q": form}, reader=OWNER, limit=3)
        assert hit.chunk == answer
        assert math.isclose(hit.scores[f"{FAST}-q"], 1.0, abs_tol=PRECISION)

    def test_a_form_is_found_by_those_only_who_may_read_its_answer_now(
        self, store: KnowledgeStore
    ) -> None:
        answer = chunk("press it", "answers/a.md", kind=SourceKind.ANSWERS, question="What now?")
        form = {f"{FAST}-q": unit(5, 8)}
        store.write([answer], {answer.chunk_id: form})
        assert store.search("…", form, reader=COLLEAGUE, limit=3)
        store.restate([replace(answer, audience=Audience.owner_only())])
        assert store.search("…", form, reader=COLLEAGUE, limit=3) == []
        assert store.search("…", form, reader=OWNER, limit=3)
        of_notes = store.search("…", form, reader=OWNER, limit=3, kinds=[SourceKind.NOTES])
        assert of_notes == []

    def test_an_unknown_channel_is_ignored(self, store: KnowledgeStore) -> None:
        fill(store, [chunk("some words")])
        (hit,) = store.search("words", {"gone-model": unit(1, 4)}, reader=OWNER, limit=3)
        assert set(hit.scores) == {"lexical"}

    def test_compound_names_are_found_by_their_parts_and_whole(self, store: KnowledgeStore) -> None:
        chunks = [chunk("call parseConfigFile first"), chunk("nothing here"), chunk("other thing")]
        fill(store, chunks)
        for text in ("parseConfigFile", "config", "PARSE a file"):
            found = by_id(store.search(text, {}, reader=OWNER, limit=3))
            assert set(found) == {chunks[0].chunk_id}

    def test_chinese_is_found_by_its_words(self, store: KnowledgeStore) -> None:
        chunks = [chunk("支付网关的重试次数是五次"), chunk("今天天气很好"), chunk("nothing")]
        fill(store, chunks)
        (hit,) = store.search("重试次数是多少", {}, reader=OWNER, limit=1)
        assert hit.chunk == chunks[0]

    @pytest.mark.parametrize(
        ("reader", "expected"),
        [
            (OWNER, {"all", "mine", "pay"}),
            (COLLEAGUE, {"all"}),
            (PAYMENTS, {"all", "pay"}),
            (Reader.together("room", [PAYMENTS, COLLEAGUE]), {"all"}),
            (Reader("nobody", frozenset()), set()),
        ],
        ids=["owner", "colleague", "group", "room", "nobody"],
    )
    def test_a_reader_finds_and_counts_only_what_they_may_read(
        self, store: KnowledgeStore, reader: Reader, expected: set[str]
    ) -> None:
        chunks = {
            "all": chunk("secret sauce", "notes/all.md"),
            "mine": chunk("secret sauce", "notes/mine.md", audience=Audience.owner_only()),
            "pay": chunk("secret sauce", "notes/pay.md", audience=Audience.groups(["payments"])),
        }
        fill(store, list(chunks.values()))
        hits = store.search("secret", both(3), reader=reader, limit=10)
        assert {hit.chunk.document_id for hit in hits} == {f"notes/{n}.md" for n in expected}
        counted = store.term_frequencies(["secret", "none"], reader=reader)
        assert counted == {"": len(expected), "secret": len(expected), "none": 0}

    def test_private_documents_change_no_score_of_those_who_may_not_read_them(
        self, store: KnowledgeStore
    ) -> None:
        public = [chunk(f"budget plan part {n}", f"notes/{n}.md") for n in range(6)]
        fill(store, public)
        asked = both(50)

        def seen() -> dict[str, dict[str, float]]:
            hits = store.search("budget of plan 3", asked, reader=COLLEAGUE, limit=4)
            return {hit.chunk.chunk_id: dict(hit.scores) for hit in hits}

        before, counted = seen(), store.term_frequencies(["budget"], reader=COLLEAGUE)
        fill(
            store,
            [
                chunk(f"budget plan budget {n}", f"own/{n}.md", audience=Audience.owner_only())
                for n in range(9)
            ],
        )
        assert seen() == before
        assert store.term_frequencies(["budget"], reader=COLLEAGUE) == counted

    def test_search_can_be_narrowed_to_kinds_and_documents(self, store: KnowledgeStore) -> None:
        fill(
            store,
            [
                chunk("alpha", "notes/a.md"),
                chunk("alpha", "code/a.py", kind=SourceKind.CODE),
                chunk("alpha", "code/b.py", kind=SourceKind.CODE),
            ],
        )

        def found(**narrow: Sequence[str]) -> set[str]:
            kinds = [SourceKind(kind) for kind in narrow.get("kinds", ())]
            hits = store.search(
                "alpha",
                both(1),
                reader=OWNER,
                limit=5,
                kinds=kinds,
                document_ids=narrow.get("document_ids", ()),
            )
            return {hit.chunk.document_id for hit in hits}

        assert found(kinds=["code"]) == {"code/a.py", "code/b.py"}
        assert found(kinds=["code", "notes"]) == {"code/a.py", "code/b.py", "notes/a.md"}
        assert found(document_ids=["code/b.py"]) == {"code/b.py"}
        assert found(kinds=["notes"], document_ids=["code/b.py"]) == set()

    def test_removed_chunks_are_gone_from_everywhere(self, store: KnowledgeStore) -> None:
        chunks = [chunk("alpha one"), chunk("alpha two"), chunk("alpha three", "notes/b.md")]
        fill(store, chunks)
        store.remove_chunks([chunks[0].chunk_id, chunks[0].chunk_id, chunk("never").chunk_id])
        hits = by_id(store.search("alpha", both(1), reader=OWNER, limit=5))
        assert set(hits) == {chunks[1].chunk_id, chunks[2].chunk_id}
        assert store.term_frequencies(["alpha", "one"], reader=OWNER) == {
            "": 2,
            "alpha": 2,
            "one": 0,
        }
        store.remove_documents(["notes/a.md", "notes/unknown.md"])
        assert store.document_ids() == {"notes/b.md": 1}
        store.remove_documents(["notes/b.md"])
        assert store.count() == 0
        assert store.known_vectors([chunks[2].content_sha256]) == {}

    def test_removing_nothing_is_fine(self, store: KnowledgeStore) -> None:
        store.remove_chunks([])
        store.remove_documents([])
        store.write([], {})
        store.restate([])
        store.add_vectors({}, settles=SLOW)
        assert store.count() == 0

    def test_known_vectors_are_found_by_content(self, store: KnowledgeStore) -> None:
        chunks = [chunk("same"), chunk("other")]
        vectors = fill(store, chunks)
        known = store.known_vectors([chunks[0].content_sha256, "ff" * 32])
        assert set(known) == {chunks[0].content_sha256}
        stored = known[chunks[0].content_sha256]
        assert set(stored) == {FAST, SLOW}
        for name, vector in stored.items():
            assert vector.dtype == np.float32
            np.testing.assert_allclose(vector, vectors[chunks[0].chunk_id][name], atol=PRECISION)

    def test_restating_changes_what_is_said_but_no_vector(self, store: KnowledgeStore) -> None:
        written = chunk("alpha rule")
        vectors = {written.chunk_id: {FAST: unit(4, 8)}}
        store.write([written], vectors)
        moved = replace(
            written,
            start_line=40,
            end_line=40,
            fingerprint="f2",
            audience=Audience.owner_only(),
            commit="",
        )
        store.restate([moved, chunk("never written")])
        assert store.existing(written.document_id) == {written.chunk_id: moved}
        assert store.search("alpha", {}, reader=COLLEAGUE, limit=3) == []
        assert store.term_frequencies(["alpha"], reader=COLLEAGUE) == {"": 0, "alpha": 0}
        (hit,) = store.search("alpha", {FAST: unit(4, 8)}, reader=OWNER, limit=3)
        assert math.isclose(hit.scores[FAST], 1.0, abs_tol=PRECISION)
        assert [c.chunk_id for c in store.lacking(SLOW, 5)] == [written.chunk_id]
        assert store.count() == 1

    def test_late_vectors_are_waited_for_and_settled(self, store: KnowledgeStore) -> None:
        chunks = [chunk(f"text {n}") for n in range(5)]
        store.write(chunks, {c.chunk_id: {FAST: unit(n, 8)} for n, c in enumerate(chunks)})
        assert store.lacking(FAST, 10) == []
        assert len(store.lacking(SLOW, 3)) == 3
        assert {c.chunk_id for c in store.lacking(SLOW, 10)} == {c.chunk_id for c in chunks}
        first, second, *rest = chunks
        gone = chunk("gone meanwhile")
        store.add_vectors(
            {
                first.chunk_id: {SLOW: unit(9, 6)},
                second.chunk_id: {},
                gone.chunk_id: {SLOW: unit(8, 6)},
            },
            settles=SLOW,
        )
        assert {c.chunk_id for c in store.lacking(SLOW, 10)} == {c.chunk_id for c in rest}
        hits = by_id(store.search("…", {SLOW: unit(9, 6)}, reader=OWNER, limit=10))
        assert set(hits) == {first.chunk_id}
        assert set(hits[first.chunk_id].scores) == {SLOW, "lexical"}
        assert store.count() == 5

    def test_replacing_a_chunk_waits_for_its_vectors_again(self, store: KnowledgeStore) -> None:
        written = chunk("text")
        fill(store, [written])
        assert store.lacking(SLOW, 5) == []
        store.write([written], {written.chunk_id: {FAST: unit(1, 8)}})
        assert [c.chunk_id for c in store.lacking(SLOW, 5)] == [written.chunk_id]

    def test_many_chunks_at_once(self, store: KnowledgeStore) -> None:
        chunks = [chunk(f"entry {n}", f"notes/{n % 7}.md") for n in range(300)]
        fill(store, chunks)
        assert store.count() == 300
        assert sum(store.document_ids().values()) == 300
        store.vacuum()
        assert store.term_frequencies(["entry"], reader=OWNER) == {"": 300, "entry": 300}
        assert len(store.existing("notes/0.md")) == 43

    def test_it_says_what_it_is(self, store: KnowledgeStore) -> None:
        described = store.describe()
        assert described["engine"]
        assert FAST in described["models"]

    def test_closing_twice_is_closing_once(self, store: KnowledgeStore) -> None:
        store.close()
        store.close()

"""An answer without a model: the owner's own words, cut to what answers, line by line cited."""

from __future__ import annotations

import re
import textwrap
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Final

from avatar.answering.sanitise import fenced, harmless_prose
from avatar.answering.sentences import Block, BlockKind, blocks
from avatar.answering.trim import LIMIT, Part, Trimmed, runs, term_weights, trim
from avatar.domain.decisions import EXTRACTIVE, Citation, Composed
from avatar.domain.documents import SourceKind
from avatar.domain.terms import terms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avatar.domain.audience import Reader
    from avatar.domain.chunks import Chunk
    from avatar.domain.evidence import Evidence, Passage
    from avatar.domain.questions import Intent

PROSE_FORMATS: Final = frozenset({"markdown", "text", "rst", "notebook", "answer"})
CLOSE_SCORE: Final = 0.8
"""A further passage must score this share of the best one."""
MORE_PASSAGES: Final = 2
CODE_LINES: Final = 24
"""Lines shown of a long definition, around where it meets the question."""
WIDE_STOPS: Final = ("。", "！", "？", "；", "”", "」")
CONTENT: Final = re.compile(r"\w")


def extract(intent: Intent, evidence: Evidence, *, reader: Reader) -> Composed | None:
    """Return the best past answer whole, or what of the best passages answers; None without any.

    Passages the reader may not read are passed over, although retrieval gives none.
    """
    passages = [p for p in evidence.passages if reader.may_read(p.chunk.audience)]
    passages = [p for p in passages if CONTENT.search(p.chunk.text)]
    if not passages:
        return None
    if passages[0].chunk.kind is SourceKind.ANSWERS:
        return _past_answer(passages[0].chunk)
    weights = term_weights(intent.terms, evidence.statistics)
    texts: list[str] = []
    citations: list[Citation] = []
    for trimmed in _trimmed(passages, weights):
        text, cited = _rendered(trimmed, first_number=len(citations) + 1)
        texts.append(text)
        citations += cited
    if not citations:
        return None
    return Composed("\n\n".join(texts), tuple(citations), EXTRACTIVE)


def cite(chunk: Chunk, start_line: int, end_line: int) -> Citation:
    """Return the citation of these lines of a chunk, with their exact text."""
    lines = chunk.text.split("\n")
    quote = lines[start_line - chunk.start_line : end_line - chunk.start_line + 1]
    return Citation(
        chunk_id=chunk.chunk_id,
        document_id=chunk.document_id,
        start_line=start_line,
        end_line=end_line,
        symbol=chunk.symbol,
        quote="\n".join(quote),
        audience=chunk.audience,
        content_sha256=chunk.content_sha256,
        commit=chunk.commit,
    )


def is_code(chunk: Chunk) -> bool:
    """Whether a chunk is shown as code rather than as prose."""
    return chunk.format not in PROSE_FORMATS


def _past_answer(chunk: Chunk) -> Composed:
    found = blocks(chunk.text, chunk.start_line)
    while len(found) > 1 and found[0].kind is BlockKind.HEADING:
        found = found[1:]
    text = _joined(found)
    citation = cite(chunk, found[0].start_line, found[-1].end_line)
    return Composed(_marked(text, 1), (citation,), EXTRACTIVE)


def _trimmed(passages: Sequence[Passage], weights: Mapping[str, float]) -> list[Trimmed]:
    """Trim the best passage, then those close behind that cover terms still uncovered."""
    best = passages[0]
    found = [_trim(best.chunk, weights)]
    covered = set(found[0].covers)
    shown = {(best.chunk.document_id, best.chunk.start_line)}
    for passage in passages[1:]:
        if len(found) > MORE_PASSAGES or passage.score < CLOSE_SCORE * best.score:
            break
        place = (passage.chunk.document_id, passage.chunk.start_line)
        missing = {term: weight for term, weight in weights.items() if term not in covered}
        if place in shown or not missing:
            continue
        more = _trim(passage.chunk, missing)
        adds = sum(missing[term] for term in more.covers)
        if more.parts and adds > sum(weights.values()) / 4:
            found.append(more)
            covered |= more.covers
            shown.add(place)
    return found


def _trim(chunk: Chunk, weights: Mapping[str, float]) -> Trimmed:
    if not is_code(chunk):
        return trim(chunk, weights)
    lines = [(n, line) for n, line in enumerate(chunk.text.split("\n"), chunk.start_line)]
    spans = [(chunk.start_line, chunk.start_line + len(lines) - 1)]
    if len(chunk.text) > LIMIT and len(lines) > CODE_LINES:
        spans = _code_spans(lines, weights)
    parts = [_code_part(chunk, start, end) for start, end in spans]
    covers = frozenset().union(*(part.covers for part in parts), terms(chunk.symbol))
    return Trimmed(chunk, tuple(parts), covers & weights.keys())


def _code_spans(
    lines: Sequence[tuple[int, str]], weights: Mapping[str, float]
) -> list[tuple[int, int]]:
    """Choose the lines of a long definition: how it opens, and where it meets the question."""
    first, last = lines[0][0], lines[-1][0]
    gain = [sum(weights.get(term, 0.0) for term in terms(line)) for _, line in lines]
    room = CODE_LINES - 6
    at = max(range(len(lines)), key=lambda start: (sum(gain[start : start + room]), start))
    at = max(at - 2, 0)
    window = (first + at, min(first + at + room - 1, last))
    if window[0] <= first + 7:
        return [(first, max(window[1], first + CODE_LINES - 1))]
    return [(first, first + 4), window]


def _code_part(chunk: Chunk, start: int, end: int) -> Part:
    text = cite(chunk, start, end).quote
    block = Block(BlockKind.CODE, text, start, end, language=chunk.format, inner=text)
    return Part(
        order=start,
        kind=BlockKind.CODE,
        text=text,
        start_line=start,
        end_line=end,
        block=block,
        section=0,
        covers=frozenset(terms(text)),
    )


def _rendered(trimmed: Trimmed, *, first_number: int) -> tuple[str, list[Citation]]:
    """Write the chosen parts, each run of lines closed by the number of its citation."""
    texts: list[str] = []
    citations: list[Citation] = []
    for run in runs(trimmed.parts):
        text = _run_text(run)
        if not CONTENT.search(text):
            continue
        number = first_number + len(citations)
        citations.append(cite(trimmed.chunk, run[0].start_line, run[-1].end_line))
        if is_code(trimmed.chunk):
            name = f"`{trimmed.chunk.symbol or trimmed.chunk.document_id}` [{number}]"
            texts.append(f"{name}\n{text}")
        else:
            texts.append(_marked(text, number))
    return "\n\n".join(texts), citations


def _run_text(run: Sequence[Part]) -> str:
    """Join parts as they stood: sentences in their paragraph, blocks as blocks."""
    found: list[Block] = []
    for block, group in groupby(run, key=lambda part: part.block):
        parts = list(group)
        if parts[0].text == block.text:
            found.append(block)
        else:
            joined = ""
            for part in parts:
                joined += (" " if joined and not joined.endswith(WIDE_STOPS) else "") + part.text
            found.append(replace(block, text=joined))
    return _joined(found)


def _joined(found: Sequence[Block]) -> str:
    """Write blocks as Markdown that only shows; items and rows keep close to each other."""
    texts: list[str] = []
    before: Block | None = None
    for block in found:
        shown = _shown(block)
        if not shown.strip():
            continue
        close = before is not None and before.kind is block.kind is not BlockKind.PARAGRAPH
        close = close and block.kind in {BlockKind.ITEM, BlockKind.ROW}
        texts.append(("\n" if close else "\n\n") + shown if texts else shown)
        before = block
    return "".join(texts)


def _shown(block: Block) -> str:
    if block.kind is BlockKind.CODE:
        return fenced(textwrap.dedent(block.inner).strip("\n"), block.language)
    text = harmless_prose(block.text)
    if block.kind is BlockKind.HEADING:
        title = text.split("\n", maxsplit=1)[0].strip().strip("#").strip()
        return f"**{title}**" if title else ""
    return text.rstrip() if block.kind is BlockKind.ITEM else text.strip()


def _marked(text: str, number: int) -> str:
    """Put the citation's number behind the text; after code or a table, on its own line."""
    if text.endswith("```"):
        return f"{text}\n[{number}]"
    return f"{text}\n\n[{number}]" if text.endswith("|") else f"{text} [{number}]"

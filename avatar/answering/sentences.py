"""Blocks and sentences of a passage, each with the lines of the document it stands on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

ABBREVIATIONS: Final = frozenset(
    ["e.g", "i.e", "etc", "vs", "cf", "approx", "mr", "mrs", "ms", "dr", "no", "fig", "resp", "al"]
)
"""Words whose full stop rarely ends a sentence when more follows."""

SENTENCE_END: Final = re.compile(
    r"[.!?]+[\"')\]\u201d\u2019*_]*(?=\s+\S)|[。！？；]+[”」』）)]*|[.!?]+(?=[\u4e00-\u9fff])"
)
FENCE: Final = re.compile(r"^\s{0,3}(?P<fence>`{3,}|~{3,})\s*(?P<info>[\w+#.-]*)")
HEADING: Final = re.compile(r"^\s{0,3}#{1,6}\s+(?P<text>.+?)\s*#*$")
UNDERLINE: Final = re.compile(r"^\s{0,3}(?:={3,}|-{3,}|~{3,}|\^{3,})\s*$")
ITEM: Final = re.compile(r"^(?P<indent>\s*)(?:[-*+\u2022]|\d{1,3}[.)\u3001])\s*(?=\S)")
TABLE_ROW: Final = re.compile(r"^\s*\|.*\|\s*$")
INDENTED: Final = re.compile(r"^(?: {4}|\t)")
COLON_END: Final = re.compile(r"[:：][*_]*\s*$")


class BlockKind(StrEnum):
    """What a run of lines is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    ROW = "row"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence with its lines; `text` has no line breaks."""

    text: str
    start_line: int
    end_line: int


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines that belong together; `text` is their exact text.

    A list item or table row is a block of its own; `lead_in` is the text that opens its list or
    heads its table, because an item alone can mean the opposite of what it says. `language` is
    the info word of a code fence; `inner` is the text a code block holds, without its fences.
    """

    kind: BlockKind
    text: str
    start_line: int
    end_line: int
    lead_in: str = ""
    language: str = ""
    inner: str = ""

    @property
    def announces(self) -> bool:
        """Whether it ends in a colon, so that what follows belongs to it."""
        return self.kind is not BlockKind.CODE and bool(COLON_END.search(self.text))


def split_sentences(text: str) -> list[str]:
    """Cut running text into sentences, English and Chinese; nothing but white space is lost."""
    return [text[start:end].strip() for start, end in _sentence_spans(text)]


def _sentence_spans(text: str) -> list[tuple[int, int]]:
    ends = [m.end() for m in SENTENCE_END.finditer(text) if _ends_sentence(text, m)]
    cuts = [0, *ends, len(text)]
    return [(start, end) for start, end in pairwise(cuts) if text[start:end].strip()]


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    if not match.group().startswith("."):
        return True
    head = text[: match.start()]
    before = re.split(r"[\s(\[]", head)[-1].lower()
    after = text[match.end() :].lstrip()[:1]
    if before in ABBREVIATIONS or (len(before) == 1 and before.isalpha()):
        return False
    numbers_an_item = head.strip().isdigit()
    return not after.islower() and not numbers_an_item


def sentences(block: Block) -> list[Sentence]:
    """Cut a prose block into sentences that know their lines; other blocks are one sentence."""
    if block.kind is BlockKind.CODE:
        return [Sentence(block.text, block.start_line, block.end_line)]
    found = []
    for start, end in _sentence_spans(block.text):
        lead = len(block.text[start:end]) - len(block.text[start:end].lstrip())
        text = block.text[start:end].strip()
        first = block.start_line + block.text.count("\n", 0, start + lead)
        found.append(Sentence(" ".join(text.split()), first, first + text.count("\n")))
    return found


def blocks(text: str, start_line: int) -> list[Block]:
    """Cut Markdown-like text into blocks in reading order; blank lines belong to none."""
    return _Reader(text.split("\n"), start_line).read()


class _Reader:
    """Walks over the lines once; each `_take_…` consumes one block and says where it ended."""

    def __init__(self, lines: list[str], start_line: int) -> None:
        self.lines = lines
        self.offset = start_line
        self.found: list[Block] = []
        self.lead_in = ""

    def read(self) -> list[Block]:
        at = 0
        while at < len(self.lines):
            at = self._take(at) if self.lines[at].strip() else at + 1
        return self.found

    def _take(self, at: int) -> int:
        line = self.lines[at]
        if FENCE.match(line):
            return self._take_fence(at)
        if HEADING.match(line) or self._is_underlined(at):
            return self._take_heading(at)
        if TABLE_ROW.match(line):
            return self._take_row(at)
        if ITEM.match(line):
            return self._take_item(at)
        if INDENTED.match(line) and self._after_blank(at):
            return self._take_indented(at)
        return self._take_paragraph(at)

    def _is_underlined(self, at: int) -> bool:
        following = self.lines[at + 1] if at + 1 < len(self.lines) else ""
        return bool(UNDERLINE.match(following)) and len(following.strip()) >= 3

    def _after_blank(self, at: int) -> bool:
        return at == 0 or not self.lines[at - 1].strip()

    def _add(self, kind: BlockKind, first: int, end: int, **more: str) -> int:
        while end > first + 1 and not self.lines[end - 1].strip():
            end -= 1
        text = "\n".join(self.lines[first:end])
        self.found.append(Block(kind, text, self.offset + first, self.offset + end - 1, **more))
        return end

    def _take_fence(self, first: int) -> int:
        opening = FENCE.match(self.lines[first])
        fence = opening["fence"] if opening else "```"
        end = first + 1
        while end < len(self.lines) and not self.lines[end].strip().startswith(fence):
            end += 1
        inner = "\n".join(self.lines[first + 1 : end])
        language = opening["info"] if opening else ""
        return self._add(
            BlockKind.CODE, first, min(end + 1, len(self.lines)), language=language, inner=inner
        )

    def _take_heading(self, first: int) -> int:
        self.lead_in = ""
        return self._add(BlockKind.HEADING, first, first + (1 + self._is_underlined(first)))

    def _take_row(self, first: int) -> int:
        previous = self.found[-1] if self.found else None
        if previous and previous.kind is BlockKind.ROW:
            lead_in = previous.lead_in or previous.text
        else:
            lead_in = ""
        return self._add(BlockKind.ROW, first, first + 1, lead_in=lead_in)

    def _take_item(self, first: int) -> int:
        previous = self.found[-1] if self.found else None
        if previous is None or previous.kind is not BlockKind.ITEM:
            opens = previous is not None and previous.kind is BlockKind.PARAGRAPH
            self.lead_in = previous.text if previous is not None and opens else ""
        end = first + 1
        while end < len(self.lines) and self._continues_item(end):
            end += 1
        return self._add(BlockKind.ITEM, first, end, lead_in=self.lead_in)

    def _continues_item(self, at: int) -> bool:
        line = self.lines[at]
        if not line.strip():
            return False
        return not (ITEM.match(line) or FENCE.match(line) or HEADING.match(line))

    def _take_indented(self, first: int) -> int:
        end = first
        while end < len(self.lines) and (
            not self.lines[end].strip() or INDENTED.match(self.lines[end])
        ):
            end += 1
        while not self.lines[end - 1].strip():
            end -= 1
        inner = "\n".join(line.removeprefix("    ") for line in self.lines[first:end])
        return self._add(BlockKind.CODE, first, end, inner=inner)

    def _take_paragraph(self, first: int) -> int:
        end = first + 1
        while end < len(self.lines) and self._continues_paragraph(end):
            end += 1
        return self._add(BlockKind.PARAGRAPH, first, end)

    def _continues_paragraph(self, at: int) -> bool:
        line = self.lines[at]
        starts_other = (
            FENCE.match(line) or HEADING.match(line) or ITEM.match(line) or TABLE_ROW.match(line)
        )
        return bool(line.strip()) and not starts_other and not self._is_underlined(at)

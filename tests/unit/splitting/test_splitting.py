# ruff: noqa: E501, ISC004 - sample files read better on lines of their own
from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avatar.adapters.splitting.by_format import FormatSplitter
from avatar.adapters.splitting.lines import tokens_in
from avatar.domain.audience import Audience
from avatar.domain.documents import Document, SourceKind

if TYPE_CHECKING:
    from avatar.domain.chunks import Piece

SPLITTER = FormatSplitter()
FORMATS = ["markdown", "text", "rst", "python", "typescript", "go", "c", "bash", "sql", "text-code"]


def split(text: str, format_name: str, document_id: str = "notes/a.md") -> list[Piece]:
    document = Document(
        document_id, "", "", text, SourceKind.NOTES, Audience.owner_only(), format_name, 0.0
    )
    return list(SPLITTER.split(document))


def assert_every_line_is_held_exactly(text: str, pieces: list[Piece]) -> None:
    lines = text.split("\n")
    held: set[int] = set()
    for piece in pieces:
        held.update(range(piece.start_line, piece.end_line + 1))
        own = "\n".join(lines[piece.start_line - 1 : piece.end_line])
        assert piece.text == own or (piece.start_line == piece.end_line and piece.text in own)
    assert [n for n, line in enumerate(lines, 1) if line.strip() and n not in held] == []


FRAGMENTS = [
    "# Title", "## Part", "Setext", "=====", "---", "```", "~~~", "- item", "  more", "1. one", "",
    "", "| a | b |", "def f(x):", "    return x", "class A:", "    def m(self):", "        pass",
    "@wrap", "# comment", "}", "function f() {", "中文段落。", "func (t *T) M() {", "\t", "*****",
    "select 1;", "create table t (a int);", "struct s { int a; };", "word " * 90, "#ifdef X", "#endif",
]  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=20)), st.sampled_from(FORMATS))
def test_every_line_that_says_something_is_in_a_piece_as_it_stands(
    parts: list[str], format_name: str
) -> None:
    text = "\n".join(parts)
    assert_every_line_is_held_exactly(text, split(text, format_name))


def test_markdown_is_cut_at_headings_and_keeps_the_breadcrumb() -> None:
    body = "Some words that say enough to stand alone as a section of their own. " * 4
    text = f"# Guide\n\n{body}\n\n## Setup\n\n{body}\n\nUse *it*\n--------\n\n{body}"
    found = [(piece.headings, piece.start_line) for piece in split(text, "markdown")]
    assert found == [
        (("Guide",), 1), (("Guide", "Setup"), 5), (("Guide", "Use *it*"), 9),
    ]  # fmt: skip


def test_a_front_matter_title_leads_the_path_once() -> None:
    body = "word " * 60
    pieces = split(f'---\ntitle: "Runbook"\n---\n{body}\n\n## Part\n\n{body}', "markdown")
    assert pieces[-1].headings == ("Runbook", "Part")
    assert split(f"---\ntitle: T\n---\n# T\n{body}", "markdown")[-1].headings == ("T",)
    assert split("---\nnever closed", "markdown")[0].text == "---\nnever closed"


def test_a_tiny_section_joins_its_sibling_but_never_a_stranger() -> None:
    body = "word " * 60
    pieces = split(f"# A\n\n## B\nx\n## C\n{body}\n# D\ny\n# E\nz", "markdown")
    assert [piece.start_line for piece in pieces] == [1, 7]
    assert split(f"# A\n## B\nx\n# D\n{body}", "markdown")[0].headings == ("A", "B")


def test_code_in_a_fence_stays_with_its_paragraph_and_hides_headings() -> None:
    text = "Intro words.\n\n```sh\n# not a heading\n\nrun it\n```\n\nAfter."
    assert [piece.headings for piece in split(text, "markdown")] == [()]


def test_long_sections_are_cut_into_pieces_within_the_budget() -> None:
    text = "# T\n\n" + "\n\n".join(f"paragraph {n} " + "word " * 50 for n in range(60))
    pieces = split(text, "markdown")
    assert_every_line_is_held_exactly(text, pieces)
    sizes = [tokens_in(piece.text) for piece in pieces]
    assert max(sizes) <= 400
    assert min(sizes[:-1]) >= 200


def test_a_table_is_not_cut_when_it_fits() -> None:
    table = "\n".join(f"| row {n} | value |" for n in range(30))
    text = "word " * 150 + "\n\n" + table + "\n\n" + "word " * 200
    assert any(table in piece.text for piece in split(text, "markdown"))


def test_chinese_text_is_measured_in_characters() -> None:
    text = "# 部署\n\n" + "\n\n".join("发布之前先备份数据库并通知值班同事。" * 6 for _ in range(12))
    pieces = split(text, "markdown")
    assert len(pieces) >= 4
    assert {piece.headings for piece in pieces} == {("部署",)}


def test_fifty_thousand_lines_without_a_break_are_cut() -> None:
    text = "\n".join(f"line {n} of a log" for n in range(50_000))
    pieces = split(text, "text")
    assert_every_line_is_held_exactly(text, pieces)
    assert len(pieces) > 500


@pytest.mark.parametrize("unit", ["A sentence of words. ", "没有空格的一句话", "abcdef0123"])
def test_one_huge_line_becomes_several_pieces_of_that_line(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    pieces = split(text, "text")
    assert len(pieces) > 50
    assert {(piece.start_line, piece.end_line) for piece in pieces} == {(1, 1)}
    assert "".join(piece.text for piece in pieces).strip() == text.strip()


def test_restructured_text_headings_get_levels_in_order_of_appearance() -> None:
    body = "word " * 60
    text = f"=====\nTitle\n=====\n\n{body}\n\nPart\n----\n\n{body}\n\nDeep\n~~~~\n\n{body}\n"
    assert [piece.headings for piece in split(text, "rst")] == [
        ("Title",), ("Title", "Part"), ("Title", "Part", "Deep"),
    ]  # fmt: skip


def test_html_loses_tags_and_scripts_and_keeps_line_numbers() -> None:
    words = "<p>Restart the &amp; service</p> " * 30
    text = (
        f"<html><script>\nvar hidden = 1\n</script>\n<h1>Ops</h1>\n<h2>How\nto</h2>\n{words}</html>"
    )
    piece = split(text, "html")[-1]
    assert piece.headings == ("Ops", "How to")
    assert (piece.start_line, piece.end_line) == (4, 7)
    assert "Restart the & service" in piece.text
    assert "hidden" not in piece.text
    assert "<" not in piece.text


def notebook() -> str:
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Study\n", "\n", "Why we look."]},
        {
            "cell_type": "code", "metadata": {}, "outputs": [{"text": ["secret output"]}],
            "source": ["import x\n", "x.run('größe')"],
        },
        {"cell_type": "markdown", "source": "plain text"},
        {"cell_type": "raw"},
        "odd",
    ]  # fmt: skip
    return json.dumps({"cells": cells, "nbformat": 4}, indent=1)


def test_notebook_cells_stand_on_the_lines_of_the_file_without_outputs() -> None:
    text = notebook()
    pieces = split(text, "notebook")
    assert [piece.text for piece in pieces] == [
        "# Study\n\nWhy we look.", "import x\nx.run('größe')", "plain text",
    ]  # fmt: skip
    assert pieces[1].headings == ("Study",)
    lines = text.split("\n")
    assert "import x" in lines[pieces[1].start_line - 1]
    assert "x.run" in lines[pieces[1].end_line - 1]


@pytest.mark.parametrize("text", ["{not json", "[]", '{"cells": 3}', "[" * 100_000])
def test_a_malformed_notebook_is_cut_by_lines(text: str) -> None:
    assert_every_line_is_held_exactly(text, split(text, "notebook"))


LONG = "\n".join(
    f"        value_{n} = compute_something({n}) + another_call({n});" for n in range(30)
)
CODE = {
    "python": (
        f'import os\n\n\n@wrap\ndef f(a):\n    """Do a thing that is long enough to stand."""\n'
        f"    return os.environ.get(a) or compute_default_value(a, fallback=None)\n\n\nclass Big:\n"
        f'    """Say what."""\n\n    def m(self):\n{LONG}\n\n    # why\n    def n(self):\n{LONG}\n',
        ["f", "Big", "Big.m", "Big.n"],
    ),
    "typescript": (
        "export const f = (a: number) => {\n  return 'a string that is long enough to be its own '"
        f" + a + other(a) + third(a) + fourth(a);\n}};\nexport class Big {{\n  m() {{\n{LONG}\n  }}\n"
        f"  n() {{\n{LONG}\n  }}\n}}\n",
        ["f", "Big", "Big.m", "Big.n"],
    ),
    "go": (f"package a\n\nfunc (t *T[K]) M() {{\n{LONG}\n}}\n\ntype S struct {{\n{LONG}\n}}\n",
           ["T.M", "S"]),
    "java": (f"class Big {{\n  void m() {{\n{LONG}\n  }}\n  void n() {{\n{LONG}\n  }}\n}}\n",
             ["Big.m", "Big.n"]),
    "rust": (f"impl<T> Big<T> {{\n  fn m() {{\n{LONG}\n  }}\n  fn n() {{\n{LONG}\n  }}\n}}\n",
             ["Big.m", "Big.n"]),
    "c": (f"#ifndef A\n#define A\nstatic int *f(int a) {{\n{LONG}\n}}\n#endif\n", ["f"]),
    "cpp": (f"namespace a {{\nint B::g() {{\n{LONG}\n}}\ntemplate<class T> void h() {{\n{LONG}\n}}\n}}\n",
            ["a.B.g", "a.h"]),
    "bash": ("deploy() {\n" + "  echo 'step of the deployment that is long enough'\n" * 4 + "}\n",
             ["deploy"]),
    "sql": ("CREATE TABLE orders (\n" + ",\n".join(f"  column_{n} int" for n in range(12)) + "\n);\n",
            ["orders"]),
    "javascript": (f"function f() {{\n{LONG}\n}}\n", ["f"]),
    "tsx": (f"function View() {{\n{LONG}\n return <p/>;\n}}\n", ["View"]),
}  # fmt: skip


@pytest.mark.parametrize("language", sorted(CODE))
def test_code_is_cut_into_named_definitions(language: str) -> None:
    text, names = CODE[language]
    pieces = split(text, language)
    assert_every_line_is_held_exactly(text, pieces)
    symbols = list(dict.fromkeys(piece.symbol for piece in pieces if piece.symbol))
    assert [name for name in names if name not in symbols] == []


def test_decorators_and_comments_stay_with_their_definition() -> None:
    pieces = split(CODE["python"][0], "python")
    by_symbol = {piece.symbol: piece for piece in reversed(pieces)}
    assert by_symbol["f"].text.startswith("@wrap")
    assert by_symbol["Big.n"].text.startswith("    # why")
    assert by_symbol["Big.n"].headings == ("Big",)
    assert by_symbol["Big.n"].parent == by_symbol["Big"].parent == "Big"


def test_small_neighbours_share_a_piece() -> None:
    text = "def a():\n    pass\n\n\ndef b():\n    pass\n"
    assert [(piece.symbol, piece.text) for piece in split(text, "python")] == [("a", text.strip())]


def test_definitions_that_share_lines_share_a_piece() -> None:
    body = "  step('of some length that is more than a hundred characters in all');\n" * 3
    text = f"function a() {{\n{body}}} function b() {{\n{body}}}\nconst x = 1;\n"
    pieces = split(text, "javascript")
    assert_every_line_is_held_exactly(text, pieces)
    assert [piece.symbol for piece in pieces] == ["a"]


def test_a_long_function_is_cut_under_one_symbol_and_bare_lines_go_by_lines() -> None:
    pieces = split(f"def f():\n{LONG}\n{LONG}\n", "python")
    assert {piece.symbol for piece in pieces} == {"f"}
    assert len(pieces) > 1
    assert [piece.symbol for piece in split("x = 1\n", "python")] == [""]


def test_an_underline_below_other_words_is_no_heading() -> None:
    body = "word " * 60
    text = f"{body}\nmore\n----\n\n::\n\n====\n----\n"
    assert {piece.headings for piece in split(text, "rst")} == {()}


def test_syntax_errors_do_not_lose_the_definitions_around() -> None:
    text = CODE["python"][0] + "\n\nthis is (not python\n"
    pieces = split(text, "python")
    assert_every_line_is_held_exactly(text, pieces)
    assert "f" in {piece.symbol for piece in pieces}


def test_a_past_answer_is_one_piece_per_question_form() -> None:
    sha = "a" * 64
    text = (
        f"---\nquestions:\n  - How?\n  - 怎么做？\nrests_on:\n  - notes/a.md#L2-L3 {sha}\n---\n\n"
        "Like this.\n\nAnd that."
    )
    pieces = split(text, "answer", "answers/how.md")
    assert [piece.question for piece in pieces] == ["How?", "怎么做？"]
    assert {(p.text, p.start_line, p.end_line, p.parent) for p in pieces} == {
        ("Like this.\n\nAnd that.", 9, 11, "answers/how.md")
    }
    assert pieces[0].rests_on[0].document_id == "notes/a.md"
    assert split("---\nquestion: x\n---\n", "answer") == []

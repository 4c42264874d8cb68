"""Blocks, sentences, and what is made harmless."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar.answering.sanitise import fenced, harmless_code, harmless_prose
from avatar.answering.sentences import BlockKind, blocks, sentences, split_sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Use e.g. this. Then stop.", ["Use e.g. this.", "Then stop."]),
        ("Version 1.2 is out. Get it.", ["Version 1.2 is out.", "Get it."]),
        ("Ask J. Smith. Now.", ["Ask J. Smith.", "Now."]),
        ("It is in app.yaml. and more", ["It is in app.yaml. and more"]),
        ("1. Do it.", ["1. Do it."]),
        ('He said "no." Then left.', ['He said "no."', "Then left."]),
        ("第一句。第二句！第三句？", ["第一句。", "第二句！", "第三句？"]),
        ("他说“好。”然后走了。", ["他说“好。”", "然后走了。"]),
        ("Done.然后继续。", ["Done.", "然后继续。"]),
        ("", []),
    ],
)
def test_sentences_are_cut_in_english_and_chinese(text: str, expected: list[str]) -> None:
    assert split_sentences(text) == expected


@given(st.text(max_size=200))
def test_cutting_sentences_loses_nothing_but_space(text: str) -> None:
    assert "".join("".join(split_sentences(text)).split()) == "".join(text.split())


def test_blocks_know_their_kind_and_lines() -> None:
    text = (
        "Title\n=====\n\nText\nmore:\n\n- one\n  and on\n- two\n\n```py\nx = 1\n```\n"
        "| a |\n|---|\n| b |\n\nSo:\n\n    code\n\n    more\n\n# End"
    )

    found = blocks(text, 10)

    assert [(b.kind.value, b.start_line, b.end_line) for b in found] == [
        ("heading", 10, 11),
        ("paragraph", 13, 14),
        ("item", 16, 17),
        ("item", 18, 18),
        ("code", 20, 22),
        ("row", 23, 23),
        ("row", 24, 24),
        ("row", 25, 25),
        ("paragraph", 27, 27),
        ("code", 29, 31),
        ("heading", 33, 33),
    ]
    assert found[2].lead_in == found[3].lead_in == "Text\nmore:"
    assert found[7].lead_in == "| a |"
    assert (found[4].language, found[4].inner) == ("py", "x = 1")
    assert found[9].inner == "code\n\nmore"


def test_an_open_fence_runs_to_the_end() -> None:
    found = blocks("```\nx\ny", 1)

    assert [(b.kind, b.end_line, b.inner) for b in found] == [(BlockKind.CODE, 3, "x\ny")]


def test_sentences_of_a_paragraph_know_their_lines() -> None:
    (block,) = blocks("One is\nhere. Two.\nThree.", 5)

    assert [(s.text, s.start_line, s.end_line) for s in sentences(block)] == [
        ("One is here.", 5, 6),
        ("Two.", 6, 6),
        ("Three.", 7, 7),
    ]


@given(st.text(alphabet="ab .:-#`|=~\n\t1*", max_size=120))
def test_every_line_with_text_is_in_exactly_one_block(text: str) -> None:
    covered = [
        line for block in blocks(text, 1) for line in range(block.start_line, block.end_line + 1)
    ]
    lines = text.split("\n")

    assert len(covered) == len(set(covered))
    assert {n for n, line in enumerate(lines, 1) if line.strip()} <= set(covered)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see [docs](https://a.example/x)", "see docs (https://a.example/x)"),
        ("see [docs](javascript:alert(1))", "see docs"),
        ("see [docs](../a.md)", "see docs"),
        ("see [docs][1]", "see docs"),
        ("see <https://a.example/x>", "see https://a.example/x"),
        ("see <https://a.example/x|bank.example>", "see https://a.example/x"),
        ("[https://a.example](https://a.example)", "https://a.example"),
        ("![alt](http://e.example/p.png) text", " text"),
        ("a<br>b <b>c</b> <script>alert(1)</script>d", "a b c d"),
        ("a <!-- hidden --> b <!-- open", "a  b "),
        ("hi <!channel> <@U123|ana> <!subteam^S1|team>", "hi channel ana team"),
        ("ask @bob or @here, mail a@b.example", "ask bob or here, mail a@b.example"),
        ("install @types/node", "install @types/node"),
        ("keep `<b>@here</b> [x](y)`", "keep `<b>@here</b> [x](y)`"),
        ("if a < b and c > d", "if a < b and c > d"),
        ("run `shipctl rollback --to <release>`", "run `shipctl rollback --to <release>`"),
        ("go javascript:alert(1)", "go alert(1)"),
    ],
)
def test_prose_only_shows(text: str, expected: str) -> None:
    assert harmless_prose(text) == expected


def test_code_cannot_close_its_fence_nor_call_people() -> None:
    assert fenced("a\n```\nb <!channel>", "sh") == "````sh\na\n```\nb < !channel>\n````"
    assert harmless_code("a < b; x <@U1> <#C1>") == "a < b; x < @U1> < #C1>"

"""What is printed for people fits where it goes: a terminal, or a file that is searched later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar.cli.output import Output

if TYPE_CHECKING:
    import pytest

LONG = "line 3 (password), " * 12 + "line 99 (key)"
ROWS = [("notes/a.md", LONG), ("笔记/二.md", "[red]two\nlines")]


def test_in_a_pipe_each_row_is_one_whole_line(capsys: pytest.CaptureFixture[str]) -> None:
    Output().table(("path", "why"), ROWS)
    assert capsys.readouterr().out.splitlines() == [
        "path        why",
        f"notes/a.md  {LONG}",
        "笔记/二.md  [red]two lines",
    ]


def test_a_table_without_heads_begins_with_its_first_row(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Output().table(("", ""), [("documents", 4), ("chunks", 9)])
    assert capsys.readouterr().out.splitlines() == ["documents  4", "chunks     9"]


def test_on_a_terminal_rows_are_folded_to_its_width(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "60")
    Output().table(("path", "why"), ROWS)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 6
    assert "\x1b[1m" in "".join(lines)

"""What is printed and where: results on stdout, notes on stderr; with `--json` JSON only."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from avatar.domain.terms import CONTROL, INVISIBLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console
    from rich.table import Table


def clean(text: object) -> str:
    """Return text that cannot steer a terminal: documents and questions are not to be trusted."""
    return INVISIBLE.sub("", CONTROL.sub(" ", str(text)))


@dataclass(frozen=True, slots=True)
class Output:
    """Where a command's words go."""

    as_json: bool = False

    def row(self, row: Mapping[str, Any]) -> None:
        """Print one JSON object as one line, at once."""
        plain = not (getattr(sys.stdout, "encoding", None) or "").lower().startswith("utf")
        try:
            text = json.dumps(row, ensure_ascii=plain)
            text.encode()
        except UnicodeEncodeError:  # half of a character, as file names can hold
            text = json.dumps(row, ensure_ascii=True)
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def say(self, text: str, style: str = "") -> None:
        """Print a result for people."""
        _print(self.console(), text, style)

    def note(self, text: str, style: str = "") -> None:
        """Print a note, a warning or an error for people."""
        _print(self.console(errors=True), text, style)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Print a table for people; the first column is never cut.

        Where nobody sees a width, as in a file or a pipe, each row is one whole line.
        """
        from rich import box
        from rich.table import Table
        from rich.text import Text

        console = self.console()
        table = Table(
            box=box.SIMPLE_HEAD if console.is_terminal else None,
            show_header=any(columns),
            header_style="bold",
            pad_edge=False,
        )
        for number, column in enumerate(columns):
            table.add_column(column, no_wrap=number == 0, overflow="fold")
        for cells in rows:
            table.add_row(*(Text(" ".join(clean(cell).splitlines())) for cell in cells))
        if console.is_terminal:
            console.print(table)
        else:
            _print_whole(console, table)

    def console(self, *, errors: bool = False) -> Console:
        """Return a console; with `--json` people's text goes to stderr."""
        from rich.console import Console

        return Console(stderr=errors or self.as_json, markup=False, highlight=False, emoji=False)


def _print_whole(console: Console, table: Table) -> None:
    """Print a table as wide as it is, without the spaces that fill up its last column."""
    unbound = console.options.update(width=sys.maxsize)
    width = table.__rich_measure__(console, unbound).maximum
    for segments in console.render_lines(table, console.options.update(width=width), pad=False):
        console.print("".join(segment.text for segment in segments).rstrip(), soft_wrap=True)


def _print(console: Console, text: str, style: str) -> None:
    cleaned = "\n".join(clean(part) for part in text.split("\n"))
    console.print(cleaned, style=style or None, soft_wrap=True)

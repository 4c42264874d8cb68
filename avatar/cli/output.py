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
        """Print a table for people; the first column is never cut."""
        from rich import box
        from rich.table import Table
        from rich.text import Text

        table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
        for number, column in enumerate(columns):
            table.add_column(column, no_wrap=number == 0, overflow="fold")
        for cells in rows:
            table.add_row(*(Text(clean(cell)) for cell in cells))
        self.console().print(table)

    def console(self, *, errors: bool = False) -> Console:
        """Return a console; with `--json` people's text goes to stderr."""
        from rich.console import Console

        return Console(stderr=errors or self.as_json, markup=False, highlight=False, emoji=False)


def _print(console: Console, text: str, style: str) -> None:
    cleaned = "\n".join(clean(part) for part in text.split("\n"))
    console.print(cleaned, style=style or None, soft_wrap=True)

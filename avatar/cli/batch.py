"""Rows of a batch file: one JSON object a line, bad lines told and passed over."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Final

from avatar.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from avatar.cli.output import Output
    from avatar.commands import Row

STDIN: Final = "-"
LINE_LIMIT: Final = 1_000_000


def read_text(given: str) -> str:
    """Return the text itself, or what stands on stdin when it is `-`."""
    if given != STDIN:
        return given
    return sys.stdin.buffer.read().decode("utf-8", "replace").strip()


def _complaint(row: object) -> str:
    """Return what is wrong with a row; empty when nothing is."""
    if not isinstance(row, dict):
        return 'is not an object like {"id": "1", "text": "…"}'
    if not isinstance(row.get("id"), str | int) or isinstance(row.get("id"), bool):
        return 'has no "id" that is a text or a whole number'
    if not isinstance(row.get("text"), str):
        return 'has no "text" that is a text'
    return ""


def _id_and_text(row: Row, _number: int) -> Row:
    return {"id": row["id"], "text": row["text"]}


class Batch:
    """The rows of a file or of stdin; iterating prints an error row for each bad line.

    `complaint` says what is wrong with a row, empty when nothing is; `taken` returns, from a good
    row and the number of its line, what is handed on.
    """

    def __init__(
        self,
        path: Path,
        out: Output,
        complaint: Callable[[object], str] = _complaint,
        taken: Callable[[Row, int], Row] = _id_and_text,
    ) -> None:
        self._path = path
        self._out = out
        self._complaint = complaint
        self._taken = taken
        self.bad = 0

    def __iter__(self) -> Iterator[Row]:
        """Yield the good rows in order."""
        try:
            opened = (
                nullcontext(sys.stdin.buffer)
                if str(self._path) == STDIN
                else self._path.expanduser().open("rb")
            )
        except OSError as error:
            raise InvalidInputError(
                f"{self._path} cannot be read ({error.strerror}); name a file of JSON lines, or -."
            ) from error
        with opened as stream:
            for number, line in enumerate(stream, start=1):
                if line.strip():
                    yield from self._row(number, line)

    def _row(self, number: int, line: bytes) -> Iterator[Row]:
        row: object = None
        try:
            row = json.loads(line.decode("utf-8-sig")) if len(line) <= LINE_LIMIT else None
        except (ValueError, RecursionError):
            complaint = "is not JSON in UTF-8"
        else:
            complaint = self._complaint(row) if len(line) <= LINE_LIMIT else "is longer than 1 MB"
        if not complaint and isinstance(row, dict):
            yield self._taken(row, number)
            return
        self.bad += 1
        row_id = row.get("id") if isinstance(row, dict) else None
        self._out.row({"id": row_id, "line": number, "error": f"line {number} {complaint}"})

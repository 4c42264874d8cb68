"""A folder of past answers in memory."""

from __future__ import annotations

from itertools import count

from avatar.errors import StateUnwritableError


class MemoryAnswersFolder:
    """The `AnswersFolder` port; `files` holds texts by path, `is_full` makes writing fail."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}
        self.is_full = False

    def write(self, name: str, text: str, *, once: bool = False) -> str:
        if self.is_full:
            raise StateUnwritableError("The disk is full.")
        base = name.removesuffix(".md")
        names = (base if n == 1 else f"{base}-{n}" for n in count(1))
        path = next(
            f"{free}.md"
            for free in names
            if f"{free}.md" not in self.files or (once and self.files[f"{free}.md"] == text)
        )
        self.files[path] = text
        return path

"""The notebook of certainty in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar.learning.modes import Choice


class MemoryNotebook:
    """The `Notebook`, kept as long as the object lives."""

    def __init__(self) -> None:
        self._choices: list[Choice] = []
        self._heard = ""

    def choose(self, choice: Choice) -> None:
        self._choices.append(choice)

    def choices(self) -> Sequence[Choice]:
        return [*self._choices]

    def heard(self) -> str:
        return self._heard

    def hear(self, text: str) -> None:
        self._heard = text

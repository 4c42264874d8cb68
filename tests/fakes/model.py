"""A language model that says what it is told to, and remembers what it was asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avatar.errors import ModelUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class Asked:
    """One call: what the model was shown and how long it had."""

    system: str
    user: str
    timeout_s: float


class FakeModel:
    """A `LanguageModel` whose `reply` makes the object from the prompt; None is down."""

    def __init__(
        self, reply: Callable[[str, str], Mapping[str, object]] | None = None, *, name: str = "fake"
    ) -> None:
        self._reply = reply
        self._name = name
        self.asked: list[Asked] = []

    @classmethod
    def saying(cls, *sentences: tuple[str, list[int]], answerable: bool = True) -> FakeModel:
        """Return a model that always writes these sentences with these citations."""
        written = [{"text": text, "cites": cites} for text, cites in sentences]
        return cls(lambda _system, _user: {"answerable": answerable, "sentences": written})

    @property
    def name(self) -> str:
        return self._name

    def complete_json(
        self, system: str, user: str, *, schema: Mapping[str, object], timeout_s: float
    ) -> Mapping[str, object]:
        assert schema
        self.asked.append(Asked(system, user, timeout_s))
        if self._reply is None:
            raise ModelUnavailableError(f"The model {self._name} is down.")
        return self._reply(system, user)

"""A language model that says what it is told to, and remembers what it was asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avatar.errors import ModelUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from avatar.domain.prompts import Prompt


@dataclass(frozen=True)
class Asked:
    """One prompt: what the model was shown, how freely it might speak, and how long it had."""

    system: str
    user: str
    temperature: float
    timeout_s: float


class FakeModel:
    """A `LanguageModel` whose `reply` makes the object from a prompt; without one it is down."""

    def __init__(
        self, reply: Callable[[Prompt], Mapping[str, object]] | None = None, *, name: str = "fake"
    ) -> None:
        self._reply = reply
        self._name = name
        self.asked: list[Asked] = []

    @classmethod
    def saying(
        cls,
        *sentences: tuple[str, list[int]],
        answerable: bool = True,
        quote: str = "",
        sufficient: bool = True,
        name: str = "fake",
    ) -> FakeModel:
        """Return a model whose every draft is these sentences with these citations.

        Asked whether passages are sufficient, it says so with this quotation.
        """
        written = [{"text": text, "cites": cites} for text, cites in sentences]
        draft = {"answerable": answerable, "sentences": written}
        verdict = {"quote": quote, "sufficient": sufficient}
        return cls(lambda prompt: verdict if asks_for_a_verdict(prompt) else draft, name=name)

    @property
    def name(self) -> str:
        return self._name

    def complete_json(
        self, prompts: Sequence[Prompt], *, timeout_s: float
    ) -> Sequence[Mapping[str, object] | ModelUnavailableError]:
        return [self._outcome(prompt, timeout_s) for prompt in prompts]

    def _outcome(
        self, prompt: Prompt, timeout_s: float
    ) -> Mapping[str, object] | ModelUnavailableError:
        assert prompt.schema
        self.asked.append(Asked(prompt.system, prompt.user, prompt.temperature, timeout_s))
        if self._reply is None:
            return ModelUnavailableError(f"The model {self._name} is down.")
        try:
            return self._reply(prompt)
        except ModelUnavailableError as error:
            return error


def asks_for_a_verdict(prompt: Prompt) -> bool:
    """Whether the prompt asks if passages are sufficient, and not for a draft."""
    properties = prompt.schema["properties"]
    assert isinstance(properties, dict)
    return "sufficient" in properties

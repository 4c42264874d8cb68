"""What is asked of a language model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prompt:
    """One request to a chat model; the reply is to be a JSON object of this schema.

    At `temperature` 0 the model says what it finds likeliest, above it varies. `max_tokens` bounds
    the reply.
    """

    system: str
    user: str
    schema: Mapping[str, object]
    temperature: float = 0.0
    max_tokens: int = 700

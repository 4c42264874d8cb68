"""A channel whose messages can be read."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avatar.errors import TryAgainLaterError

if TYPE_CHECKING:
    from avatar.domain.questions import ReplyAddress


@dataclass(frozen=True, slots=True)
class Shown:
    """One message as an asker sees it."""

    reply_to: ReplyAddress
    text: str
    delivery_id: str


class MemoryChannel:
    """The `Channel` port; `is_down` and `closed_addresses` make deliveries fail."""

    def __init__(self, name: str = "memory") -> None:
        self._name = name
        self._lock = threading.Lock()
        self._shown: dict[str, Shown] = {}
        self.is_down = False
        self.closed_addresses: set[str] = set()
        self.attempts = 0

    @property
    def name(self) -> str:
        return self._name

    @property
    def shown(self) -> list[Shown]:
        """Messages in order; the same delivery id is shown once."""
        with self._lock:
            return list(self._shown.values())

    def deliver(self, reply_to: ReplyAddress, text: str, *, delivery_id: str) -> None:
        with self._lock:
            self.attempts += 1
            if self.is_down or reply_to.address in self.closed_addresses:
                raise TryAgainLaterError(f"{self._name} does not reach {reply_to.address} now.")
            self._shown.setdefault(delivery_id, Shown(reply_to, text, delivery_id))

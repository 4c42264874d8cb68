"""A watcher that tells what the test tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from avatar.domain.documents import Change


class FakeWatcher:
    """Passes changes on between `start` and `stop`; what happens outside is lost, as in life."""

    def __init__(self) -> None:
        self._on_changes: Callable[[Sequence[Change]], None] | None = None

    @property
    def is_running(self) -> bool:
        """Whether changes are passed on."""
        return self._on_changes is not None

    def start(self, on_changes: Callable[[Sequence[Change]], None]) -> None:
        self._on_changes = on_changes

    def stop(self) -> None:
        self._on_changes = None

    def tell(self, *changes: Change) -> None:
        """Let changes happen."""
        if self._on_changes is not None:
            self._on_changes(changes)

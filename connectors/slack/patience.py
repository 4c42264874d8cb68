"""Starting while Slack does not answer: tried again until it does or nobody wants it."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

from avatar.errors import AvatarError, TryAgainLaterError

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

LOOK_AGAIN_S: Final = 0.05
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 10.0


class Patience:
    """Tries something from its own thread until it succeeds."""

    def __init__(self, attempt: Callable[[], None], tell: Callable[[str], None]) -> None:
        self._attempt = attempt
        self._tell = tell
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="avatar-slack-start", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Give up and join the thread; safe to call twice."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        pause = FIRST_PAUSE_S
        while not self._stopping.wait(pause):
            try:
                self._attempt()
            except TryAgainLaterError as error:
                self._tell(str(error))
                pause = min(pause * 2, LONGEST_PAUSE_S)
            except AvatarError as error:
                logger.error("Slack was not started: %s", error)  # noqa: TRY400 - told in words
                self._tell(str(error))
                return
            else:
                return

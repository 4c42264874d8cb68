"""A stand-in in a process of its own, to be killed at any instant: `python -m … URL FOLDER`."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from avatar.adapters.system_clock import SystemClock
from tests.fakes.front_desk import Fact, FakeFrontDesk
from tests.fakes.slack_office import make

if TYPE_CHECKING:
    from avatar.domain.questions import Question


class Address:
    """A workspace that lives in another process."""

    def __init__(self, api_url: str) -> None:
        self.api_url = api_url


def main(api_url: str, folder: str, settings: str) -> None:
    """Run until killed; `settings` is JSON: `slow_s` holds every question for so long."""
    wanted: dict[str, Any] = json.loads(settings)
    desk = FakeFrontDesk(SystemClock())
    desk.facts.append(Fact(("deploy",), "Run `make deploy` from main."))

    def hold(_question: Question) -> None:
        (Path(folder) / "handling").touch()
        time.sleep(wanted.get("slow_s", 0.0))

    desk.before_handling = hold
    place: Any = Address(api_url)
    connector, _log = make(place, Path(folder), desk, SystemClock())
    if wanted.get("die_after_s"):
        threading.Timer(wanted["die_after_s"], lambda: os._exit(9)).start()
    connector.start(desk)
    connector.wait_connected(20)
    (Path(folder) / "ready").touch()
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""A real Chromium without a window, driven over its own debugging protocol."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
START_S = 30.0


@dataclass
class Shown:
    """A page as it was shown: what it asked for, what it complained of, what a script found."""

    found: Any = None
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@contextmanager
def browser(folder: Path) -> Iterator[int]:
    """Run the browser with a profile of its own; yields the port it is driven by."""
    assert BROWSER is not None
    options = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--no-first-run",
        "--remote-debugging-port=0",
        f"--user-data-dir={folder}",
        "about:blank",
    ]
    quiet = subprocess.DEVNULL
    with subprocess.Popen([BROWSER, *options], stdout=quiet, stderr=quiet) as process:
        try:
            yield _port(folder / "DevToolsActivePort")
        finally:
            process.terminate()
            process.wait(10)


def _port(file: Path) -> int:
    started = time.monotonic()
    while not file.exists() or not file.read_text().strip():
        assert time.monotonic() - started < START_S, "the browser did not start"
        time.sleep(0.05)
    return int(file.read_text().split()[0])


def show(port: int, page: Path, *, width: int, is_dark: bool, script: str) -> Shown:
    """Show a page at a width, and return what the script found in it."""
    return asyncio.run(_show(port, page, width, is_dark, script))


async def _show(port: int, page: Path, width: int, is_dark: bool, script: str) -> Shown:
    shown = Shown()
    loaded = asyncio.Event()
    async with aiohttp.ClientSession() as session:
        address = f"http://127.0.0.1:{port}/json/new?about:blank"
        async with session.put(address) as reply:
            tab = await reply.json()
        async with session.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=0) as socket:
            answers: dict[int, asyncio.Future[Any]] = {}

            async def listen() -> None:
                async for message in socket:
                    told = json.loads(message.data)
                    if "id" in told:
                        answers[told["id"]].set_result(told.get("result", told))
                    elif told["method"] == "Network.requestWillBeSent":
                        shown.requests.append(told["params"]["request"]["url"])
                    elif told["method"] == "Log.entryAdded":
                        shown.complaints.append(told["params"]["entry"]["text"])
                    elif told["method"] == "Page.loadEventFired":
                        loaded.set()

            async def call(method: str, **params: Any) -> Any:
                number = len(answers) + 1
                answers[number] = asyncio.get_running_loop().create_future()
                await socket.send_json({"id": number, "method": method, "params": params})
                return await asyncio.wait_for(answers[number], START_S)

            listener = asyncio.create_task(listen())
            for domain in ("Page", "Network", "Log"):
                await call(f"{domain}.enable")
            size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
            await call("Emulation.setDeviceMetricsOverride", **size)
            scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
            await call("Emulation.setEmulatedMedia", features=[scheme])
            await call("Page.navigate", url=page.as_uri())
            await asyncio.wait_for(loaded.wait(), START_S)
            told = await call("Runtime.evaluate", expression=script, returnByValue=True)
            shown.found = told["result"].get("value")
            await socket.close()
            await listener
    return shown

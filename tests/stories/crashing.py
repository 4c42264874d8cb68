"""A program that forks a child per job, so that a test can kill the product again and again.

It imports the product once and opens nothing itself. Each line on stdin is a job; the child's
process id is printed when it starts, then what the child says, then `ended` with its exit code.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from avatar import bootstrap, profile
from tests.fakes.embedder import FakeEmbedder

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar.commands import Commands

EMBEDDERS = ("use",)


LAZY = (
    "alembic.runtime.migration",
    "asyncio",
    "avatar.adapters.answers_folder",
    "avatar.adapters.edge_store",
    "avatar.adapters.splitting.by_format",
    "avatar.adapters.sqlite_inbox",
    "avatar.adapters.sqlite_journal",
    "avatar.adapters.sqlite_registry",
    "avatar.adapters.system_clock",
    "avatar.commands.local",
    "avatar.indexing.library",
    "avatar.indexing.worker",
    "avatar.learning.keeping",
    "avatar.standin",
    "avatar.web.server",
    "connectors.filesystem.commits",
    "connectors.filesystem.config",
    "connectors.filesystem.source",
    "connectors.filesystem.watcher",
    "psutil",
    "qdrant_edge",
    "sqlalchemy.dialects.sqlite",
)
"""What the product imports when it is first used; with it imported a child starts at once."""


def say(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def opened(job: dict[str, Any]) -> Commands:
    return bootstrap.open_commands(
        profile.load(Path(job["folder"])),
        on_note=lambda _: None,
        state=Path(job["state"]),
        embedders=[FakeEmbedder(name) for name in EMBEDDERS],
    )


def index(job: dict[str, Any]) -> None:
    commands = opened(job)
    say("open")
    commands.index(lambda *_: None, rebuild=False)
    commands.close()


def escalate(job: dict[str, Any]) -> None:
    """Ask and let the owner reply, saying what was acknowledged as soon as it was."""
    commands = opened(job)
    say("open")
    for number, question in enumerate(job["questions"]):
        (row,) = commands.ask([{"id": number, "text": question}], asker="ana", dry_run=False)
        say(f"asked {row['escalation_id']}")
    for waiting in commands.inbox(state="pending"):
        reply = f"Reply to {waiting['question']}"
        commands.reply(waiting["escalation_id"], reply, keep=True, audience=None)
        say(f"replied {waiting['escalation_id']}")
    commands.close()


def serve(job: dict[str, Any]) -> None:
    bootstrap.serve(
        profile.load(Path(job["folder"])),
        0,
        ready=lambda port: say(f"port {port}"),
        on_note=lambda _: None,
        embedders=[FakeEmbedder(name) for name in EMBEDDERS],
    )


JOBS: dict[str, Callable[[dict[str, Any]], None]] = {
    "index": index,
    "escalate": escalate,
    "serve": serve,
}


def main() -> None:
    for name in LAZY:
        __import__(name)
    say("ready")
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                os.environ["AVATAR_HOME"] = job.get("home", os.devnull)
                say(f"pid {os.getpid()}")
                JOBS[job["do"]](job)
                code = 0
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        _, status = os.waitpid(child, 0)
        say(f"ended {os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    main()

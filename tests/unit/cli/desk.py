"""The command line at a desk of its own: fake commands, fake secrets, a profile on disk."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from typer.testing import CliRunner

from avatar.cli.app import make_app
from avatar.cli.session import Doors
from avatar.errors import IndexInUseError, InvalidInputError
from tests.fakes.commands import MemoryCommands
from tests.fakes.secrets import MemorySecrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from typer.testing import Result

    from avatar.commands import Commands, Row
    from avatar.profile import Profile


class FileSecrets(MemorySecrets):
    """Secrets in memory that remember which were meant for a file."""

    def __init__(self) -> None:
        super().__init__()
        self.in_file: dict[str, str] = {}

    def set_in_file(self, name: str, value: str) -> str:
        self.in_file[name] = value
        return f"{name} is kept unencrypted."

    def warnings(self) -> Sequence[str]:
        return [f"{name} is kept unencrypted." for name in self.in_file]


class MemorySlackSetup:
    """A workspace that knows one pair of tokens and complains of `missing` and `broken`."""

    def __init__(self) -> None:
        self.missing: dict[str, str] = {}
        self.broken: dict[str, str] = {}
        self.healths: list[Mapping[str, Any] | None] = []
        self.prepared = 0

    def manifest(self) -> Row:
        return {"display_information": {"name": "Dana's stand-in"}}

    def prepare(self, bot: str, app: str) -> Row:
        if (bot, app) != ("xoxb-good", "xapp-good"):
            raise InvalidInputError("Slack does not know these tokens.")
        self.prepared += 1
        return {"owner": "U1", "team": "T1", "bot_user": "U0BOT", "missing": self.missing}

    def checks(self, health: Mapping[str, Any] | None) -> Iterator[tuple[str, str]]:
        self.healths.append(health)
        for name in ("bot token", "owner"):
            yield name, self.broken.get(name, "")


@dataclass
class Desk:
    """Runs commands and returns what came of them."""

    home: Path
    folder: Path
    kept: Commands = field(default_factory=MemoryCommands)
    secrets: FileSecrets = field(default_factory=FileSecrets)
    opened: list[Profile] = field(default_factory=list)
    served: list[int] = field(default_factory=list)
    listening: list[bool] = field(default_factory=list)
    slack: MemorySlackSetup = field(default_factory=MemorySlackSetup)
    env: dict[str, str] = field(default_factory=dict)
    terminal: bool = False
    in_use: int = 0
    """How often the index is found in use by another process before it is free."""

    @property
    def doors(self) -> Doors:
        return Doors(
            open_commands=self.open_commands,
            serve=self.serve,
            secrets_of=lambda _: self.secrets,
            slack_setup=lambda _: self.slack,
            play=lambda _: True,
            env={"AVATAR_HOME": str(self.home)} | self.env,
            is_terminal=lambda: self.terminal,
            patience_s=0.5,
        )

    def open_commands(self, profile: Profile, *, on_note: Callable[[str], None]) -> Commands:
        if self.in_use:
            self.in_use -= 1
            raise IndexInUseError("Another process owns the index.")
        self.opened.append(profile)
        on_note("opening the index here")
        return self.kept

    def serve(
        self,
        profile: Profile,
        port: int,
        *,
        ready: Callable[[int], None],
        on_note: Callable[[str], None],
        slack: bool,
    ) -> None:
        on_note(f"starting for {profile.owner.name}")
        self.listening.append(slack)
        self.served.append(port)
        ready(port or 4321)

    def run(self, *arguments: str, given: str | bytes = "", **changes: Any) -> Result:
        doors = replace(self.doors, **changes)
        return CliRunner().invoke(make_app(), list(arguments), input=given, obj=doors)

    def rows(self, *arguments: str, given: str | bytes = "", code: int = 0) -> list[dict[str, Any]]:
        """Run with --json and return the rows; nothing else may stand on stdout."""
        result = self.run(*arguments, "--json", given=given)
        assert result.exit_code == code, result.output
        return [json.loads(line) for line in result.stdout.splitlines()]

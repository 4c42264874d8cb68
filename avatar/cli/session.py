"""What every command runs in: its options, the doors to the product, and the profile."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from avatar.errors import IndexInUseError
from avatar.ports import SecretStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from avatar.cli.output import Output
    from avatar.commands import Commands, Row
    from avatar.demo import Stage
    from avatar.profile import Finding, Profile


LOOK_AGAIN_S: Final = 0.25


def _open_commands(profile: Profile, *, on_note: Callable[[str], None]) -> Commands:
    from avatar import bootstrap

    return bootstrap.open_commands(profile, on_note=on_note)


def _discard_index(profile: Profile) -> None:
    from avatar import bootstrap

    bootstrap.discard_index(profile)


def _serve(
    profile: Profile,
    port: int,
    *,
    ready: Callable[[int], None],
    on_note: Callable[[str], None],
    slack: bool,
) -> Profile | None:
    from avatar import bootstrap

    return bootstrap.serve(profile, port, ready=ready, on_note=on_note, slack=slack)


def _secrets_of(profile: Profile) -> KeptSecrets:
    from avatar import bootstrap

    return bootstrap.secrets_of(profile)


def _check_channels(file: Path, raw: Mapping[str, Any]) -> Iterable[Finding]:
    from avatar import bootstrap

    return bootstrap.check_channels(file, raw)


def _slack_setup(profile: Profile) -> SlackSetup:
    from avatar import bootstrap

    return bootstrap.slack_setup(profile)


def _play(stage: Stage) -> bool:
    from avatar import demo

    return demo.play(stage)


class KeptSecrets(SecretStore, Protocol):
    """Secrets with the choice of a file, which only the command line offers."""

    def set_in_file(self, name: str, value: str) -> str:
        """Keep a secret unencrypted in a file; return the warning to show."""
        ...

    def warnings(self) -> Sequence[str]:
        """Return a sentence for each secret that is kept unencrypted."""
        ...


class SlackSetup(Protocol):
    """What makes the Slack app of a profile, and examines it."""

    def manifest(self) -> Row:
        """Return the app manifest to paste at api.slack.com/apps."""
        ...

    def prepare(self, bot: str, app: str) -> Row:
        """Check the tokens and pin who is who: `owner`, `team`, `bot_user`, `missing`."""
        ...

    def checks(self, health: Mapping[str, Any] | None) -> Iterator[tuple[str, str]]:
        """Yield each link of the chain with what to do, empty when it holds."""
        ...


@dataclass(frozen=True, slots=True)
class Doors:
    """The ways from the command line into the product; tests bring their own."""

    open_commands: Callable[..., Commands] = _open_commands
    discard_index: Callable[[Profile], None] = _discard_index
    serve: Callable[..., Profile | None] = _serve
    secrets_of: Callable[[Profile], KeptSecrets] = _secrets_of
    check_channels: Callable[[Path, Mapping[str, Any]], Iterable[Finding]] = _check_channels
    slack_setup: Callable[[Profile], SlackSetup] = _slack_setup
    play: Callable[[Stage], bool] = _play
    env: Mapping[str, str] = field(default_factory=lambda: os.environ)
    is_terminal: Callable[[], bool] = lambda: os.isatty(0) and os.isatty(2)
    patience_s: float = 15.0


@dataclass(frozen=True, slots=True)
class Session:
    """One run of one command."""

    doors: Doors
    named_profile: Path | None
    out: Output
    debug: bool

    @property
    def folder(self) -> Path:
        """The profile folder that is meant; raises `ProfileError` when it is not clear."""
        from avatar import profile

        return profile.find(self.named_profile, self.doors.env, Path.cwd())

    @property
    def state_folder(self) -> Path:
        """The state folder of the profile that is meant."""
        from avatar import profile

        return profile.state_folder(self.folder, self.doors.env)

    def profile(self) -> Profile:
        """Load the profile that is meant."""
        from avatar import profile

        return profile.load(self.folder)

    @contextmanager
    def commands(self) -> Iterator[Commands]:
        """Open the commands of the profile: the daemon's when it runs, else in this process.

        While another command has the index, or a daemon is just starting, it waits its turn for
        `Doors.patience_s`; then it raises `IndexInUseError`.
        """
        opened = self._opened()
        try:
            yield opened
        finally:
            opened.close()

    def _opened(self) -> Commands:
        from avatar.web import discovery

        waited_s = 0.0
        while True:
            record = discovery.running(self.state_folder)
            if record is not None:
                from avatar.web.client import RemoteCommands

                return RemoteCommands(record)
            try:
                return self.doors.open_commands(self.profile(), on_note=self.out.note)
            except IndexInUseError:
                if waited_s >= self.doors.patience_s:
                    raise
                if not waited_s:
                    self.out.note("Another command has the index; waiting for it.")
            time.sleep(LOOK_AGAIN_S)
            waited_s += LOOK_AGAIN_S

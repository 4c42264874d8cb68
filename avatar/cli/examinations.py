"""What `avatar doctor` looks at, one thing a function."""

from __future__ import annotations

import shutil
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from avatar.cli import render
from avatar.errors import AvatarError, IndexInUseError, SecretStoreError, TryAgainLaterError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avatar.cli.session import Session
    from avatar.commands import Commands, Row
    from avatar.profile import Profile

INOTIFY_LIMIT: Final = Path("/proc/sys/fs/inotify/max_user_watches")
FEW_WATCHES: Final = 65_536
LITTLE_DISK: Final = 2_000_000_000
NO_DISK: Final = 200_000_000


@dataclass(frozen=True, slots=True)
class Found:
    """What one examination found; `hint` says what helps, and is empty when all is well."""

    name: str
    level: Literal["ok", "warn", "fail"]
    message: str
    hint: str = ""


def examine(session: Session) -> Iterator[Found]:
    """Yield findings as they are made; what rests on a broken thing is left out."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Found("python", "ok", f"{version} on {sys.platform}")
    yield watches(INOTIFY_LIMIT)
    try:
        profile = session.profile()
        state = session.state_folder
    except AvatarError as error:
        yield Found("profile", "fail", str(error))
        return
    yield from folders(session, profile)
    yield disk(state)
    yield port(profile.web.port)
    yield keyring(session, profile)
    yield from knowledge(session)
    if profile.channels.slack is not None:
        yield from slack(session, profile)


def folders(session: Session, profile: Profile) -> Iterator[Found]:
    """Look whether the profile's folders are there and readable, and its channels make sense."""
    from avatar.profile import Severity, check

    findings = check(profile.folder, session.doors.check_channels)
    for finding in findings:
        level: Literal["warn", "fail"] = "warn" if finding.severity is Severity.WARNING else "fail"
        yield Found("profile", level, f"{finding.key}: {finding.message}", finding.fix)
    if not findings:
        number = len(profile.sources)
        yield Found("profile", "ok", f"{profile.folder}, {number} sources, all readable")


def watches(limit_file: Path) -> Found:
    """Look how many folders the system can watch."""
    try:
        limit = int(limit_file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return Found("watching", "ok", "this system sets no inotify limit")
    if limit < FEW_WATCHES:
        hint = "sysctl fs.inotify.max_user_watches=524288 raises it; beyond it files are polled"
        return Found("watching", "warn", f"only {limit:,} inotify watches", hint)
    return Found("watching", "ok", f"{limit:,} inotify watches")


def disk(state: Path) -> Found:
    """Look whether there is room for index and database."""
    there = next(path for path in (state, *state.parents) if path.exists())
    try:
        free = shutil.disk_usage(there).free
    except OSError as error:
        return Found("disk", "fail", f"{there}: {error.strerror}", "set AVATAR_HOME elsewhere")
    return room(free, state)


def room(free: int, state: Path) -> Found:
    """Judge the free bytes there are for the state."""
    message = f"{free / 1e9:.1f} GB free for {state}"
    if free < LITTLE_DISK:
        level: Literal["warn", "fail"] = "fail" if free < NO_DISK else "warn"
        return Found("disk", level, message, "make room, or set AVATAR_HOME elsewhere")
    return Found("disk", "ok", message)


def port(wanted: int) -> Found:
    """Look whether the port the profile asks for can be had."""
    if wanted == 0:
        return Found("port", "ok", "any free one will do")
    with socket.socket() as probe:
        probe.settimeout(1)
        taken = probe.connect_ex(("127.0.0.1", wanted)) == 0
    if taken:
        hint = "fine if it is this daemon; else write another one under [web]"
        return Found("port", "warn", f"something listens on {wanted}", hint)
    return Found("port", "ok", f"{wanted} is free")


def keyring(session: Session, profile: Profile) -> Found:
    """Look whether secrets can be kept, which matters only if the profile names some."""
    needed = [
        name
        for name in (
            profile.model.api_key_secret if profile.model else "",
            profile.index.api_key_secret,
            *(extra.api_key_secret for extra in profile.index.extra_embedders),
        )
        if name
    ]
    try:
        store = session.doors.secrets_of(profile)
        missing = [name for name in needed if store.get(name) is None]
    except SecretStoreError as error:
        return Found("secrets", "fail" if needed else "warn", str(error))
    if missing:
        hint = f"keep it with `avatar secrets set {missing[0]}`"
        return Found("secrets", "fail", f"{', '.join(missing)} is not kept", hint)
    return Found("secrets", "ok", f"{len(needed)} needed, all there" if needed else "none needed")


def knowledge(session: Session) -> Iterator[Found]:
    """Open the index as every command does, and let the models answer once."""
    try:
        with session.commands() as commands:
            row = commands.status()
            where = f"by the daemon, process {row['daemon']['pid']}" if row["daemon"] else "here"
            yield Found("index", "ok", f"{row['chunks']:,} chunks, opened {where}")
            yield models(commands)
            yield confidence(row["confidence"])
    except IndexInUseError as error:
        yield Found("index", "warn", str(error))
    except TryAgainLaterError as error:
        yield Found("index", "fail", str(error))
    except AvatarError as error:
        yield Found("index", "fail", str(error))


def confidence(row: Row) -> Found:
    """Look whether what is promised of answers is proved, and a calibration is usable."""
    if row["refused"]:
        return Found("confidence", "warn", row["refused"])
    return Found("confidence", "ok", render.sureness(row))


def slack(session: Session, profile: Profile) -> Iterator[Found]:
    """Look at each link between the owner and Slack, with the daemon's socket when it runs."""
    from avatar.web import discovery

    health = None
    try:
        if discovery.running(session.state_folder) is not None:
            with session.commands() as commands:
                health = commands.status()["slack"]
        for name, hint in session.doors.slack_setup(profile).checks(health):
            level: Literal["ok", "fail"] = "fail" if hint else "ok"
            yield Found(f"slack: {name}", level, "broken" if hint else "holds", hint)
    except AvatarError as error:
        yield Found("slack", "fail", str(error))
        return
    if health is None:
        hint = "run `avatar up`, then this again, to check it"
        yield Found("slack: socket", "warn", "nobody listens", hint)


def models(commands: Commands) -> Found:
    """Let the embedding models work once; they check their own files by hash when they load."""
    for _ in commands.search([{"id": "doctor", "text": "doctor"}], reader="owner", limit=1):
        pass
    return Found("models", "ok", f"working: {render.flat(commands.status()['models'])}")

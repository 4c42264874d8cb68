"""Profile → commands and daemon: the way in, over the objects of `wiring` and `furnishing`."""

from __future__ import annotations

import os
import shutil
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from avatar import engines
from avatar.errors import AvatarError, StateUnwritableError
from avatar.furnishing import freshness_of, rooms_of
from avatar.wiring import wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from avatar.adapters.keyring_secrets import KeyringSecrets
    from avatar.channels import SlackChannel, SlackSetup
    from avatar.commands import Commands
    from avatar.commands.local import LocalCommands
    from avatar.ports import Embedder
    from avatar.profile import Finding, Profile, ProfileEdits

PROFILE_EVERY_S: Final = 0.5


def open_commands(
    profile: Profile,
    *,
    on_note: Callable[[str], None],
    state: Path | None = None,
    embedders: Sequence[Embedder] | None = None,
) -> Commands:
    """Open the profile in this process; `on_note` is told what the owner should know.

    `state` is where index and database are, by default the profile's state folder. `embedders`
    are models that are loaded already, in place of those the profile names.

    Raises `IndexInUseError` while another process owns the index.
    """
    from avatar.commands.local import LocalCommands
    from avatar.profile import state_folder

    place = state or state_folder(profile.folder, os.environ)
    wired = wire(profile, place, on_note, embedders)
    try:
        commands = LocalCommands(rooms_of(wired, on_note, worker=None))
        _resume(commands, on_note)
    except BaseException:
        wired.close()
        raise
    return commands


def discard_index(profile: Profile) -> None:
    """Delete an embedded index that cannot be read; the files hold all that was in it.

    Raises `AlreadyRunningError` while the daemon runs, `StateUnwritableError`.
    """
    from avatar.profile import state_folder
    from avatar.web.discovery import claim

    state = state_folder(profile.folder, os.environ)
    with claim(state):
        try:
            if (state / "index").exists():
                shutil.rmtree(state / "index")
        except OSError as error:
            raise StateUnwritableError(
                f"The index in {state} cannot be deleted ({error.strerror}); delete its folder"
                " `index` by hand, then index again."
            ) from error


def serve(
    profile: Profile,
    port: int,
    *,
    ready: Callable[[int], None],
    on_note: Callable[[str], None],
    embedders: Sequence[Embedder] | None = None,
    slack: bool = True,
) -> Profile | None:
    """Run the daemon until SIGTERM or SIGINT: watch, index, serve the loopback API and Slack.

    `embedders` are models that are loaded already, in place of those the profile names; `slack`
    is whether to listen to Slack when the profile wants it. When the owner changes the profile it
    ends and returns the new one, to be served at once: nobody is told what was closed to them.
    """
    from avatar.commands.local import LocalCommands
    from avatar.indexing.changes import ChangeQueue
    from avatar.indexing.worker import IndexWorker
    from avatar.profile import ProfileEdits, state_folder
    from avatar.web.discovery import claim
    from avatar.web.server import serve as serve_web
    from avatar.web.server import until_signalled
    from connectors.filesystem.watcher import FilesystemWatcher

    stop, state = threading.Event(), state_folder(profile.folder, os.environ)
    edits = ProfileEdits(profile, on_note)
    with until_signalled(stop) as signalled, claim(state) as held, ExitStack() as ends:
        ends.callback(_watch_profile(edits, stop))
        channel = _slack(profile, state) if slack else None
        if channel is not None:
            ends.callback(channel.stop)
        wired = wire(profile, state, on_note, embedders)
        ends.callback(wired.close)
        queue = ChangeQueue(wired.clock)
        worker = IndexWorker(queue, wired.indexer, wired.backfill, wired.parts, turn=wired.turn)
        ends.callback(worker.stop)
        watcher = FilesystemWatcher(wired.source.roots)
        ends.callback(watcher.stop)
        rooms = rooms_of(wired, on_note, worker=worker, slack=channel)
        commands = LocalCommands(rooms)
        _resume(commands, on_note)
        rooms.library.drop_missing()
        watcher.start(queue.put)
        worker.start()
        if channel is not None:
            ends.callback(channel.disconnect)  # before the worker ends
            on_note(channel.start(channel.desk(rooms, wired.database, freshness_of(wired.source))))
        serve_web(
            commands,
            held,
            port,
            started_at=wired.clock.now(),
            stop=stop,
            ready=ready,
        )
    return None if signalled.is_set() else edits.newer


def _watch_profile(edits: ProfileEdits, stop: threading.Event) -> Callable[[], None]:
    """Set `stop` when the profile was changed; return what ends the watching."""

    def watch() -> None:
        while not stop.wait(PROFILE_EVERY_S):
            if edits.look():
                stop.set()

    def end() -> None:
        stop.set()
        thread.join()

    thread = threading.Thread(target=watch, name="avatar-profile")
    thread.start()
    return end


def slack_setup(profile: Profile) -> SlackSetup:
    """Return what sets Slack up for this profile, and examines it."""
    from avatar.channels import SlackSetup
    from avatar.profile import state_folder

    return SlackSetup(profile, state_folder(profile.folder, os.environ), secrets_of(profile))


def secrets_of(profile: Profile) -> KeyringSecrets:
    """Return where this profile's keys are kept."""
    return engines.secrets_of(profile)


def check_channels(file: Path, raw: Mapping[str, Any]) -> Iterable[Finding]:
    """Return what is wrong with the channels of a profile file as it was read."""
    if not raw.get("channels"):
        return ()
    from avatar import channels

    return channels.check(file, raw)


def _slack(profile: Profile, state: Path) -> SlackChannel | None:
    """Make the connector the profile wants; done first, so that what is missing is told at once."""
    if profile.channels.slack is None:
        return None
    from avatar import channels
    from avatar.profile import home

    if not channels.listens_to_slack(profile):
        return None
    return channels.SlackChannel(profile, state, home(os.environ), secrets_of(profile))


def _resume(commands: LocalCommands, on_note: Callable[[str], None]) -> None:
    """Finish what a crash cut short; what stands in the way is told and stays for the next time."""
    try:
        commands.keep_the_rest()
    except AvatarError as error:
        on_note(str(error))

"""Profile → wired objects: the only place that names connectors and adapters."""

from __future__ import annotations

import json
import os
import shutil
import threading
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from avatar import engines
from avatar.domain.audience import Audience
from avatar.errors import AvatarError, StateUnwritableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from avatar.adapters.keyring_secrets import KeyringSecrets
    from avatar.adapters.sqlite_database import Database
    from avatar.adapters.sqlite_registry import SqliteMeta
    from avatar.channels import SlackChannel, SlackSetup
    from avatar.commands import Commands
    from avatar.commands.local import LocalCommands
    from avatar.commands.rooms import Rooms
    from avatar.domain.documents import Document
    from avatar.escalation.desk import Desk
    from avatar.indexing.backfill import Backfill
    from avatar.indexing.indexer import Indexer, Parts
    from avatar.indexing.worker import IndexWorker
    from avatar.learning.freshness import Freshness
    from avatar.ports import Clock, Embedder, KnowledgeStore, Registry
    from avatar.profile import Finding, Profile, ProfileEdits
    from avatar.standin import StandIn
    from connectors.filesystem.source import FilesystemSource

WAY_OF_READING: Final = "1"
"""Raised when splitting or redaction change, so that every file is looked at again."""

AUDIENCES: Final = "audiences"
"""The fact of the state that says to which audiences the index was last held."""

PROFILE_EVERY_S: Final = 0.5

NOTEWORTHY: Final = 50
"""Files from which somebody who waits is told that they are being indexed."""


@dataclass(frozen=True, slots=True)
class Wired:
    """The objects of one open profile that more than one part needs."""

    profile: Profile
    state: Path
    clock: Clock
    database: Database
    source: FilesystemSource
    embedders: tuple[Embedder, ...]
    store: KnowledgeStore
    parts: Parts
    indexer: Indexer
    backfill: Backfill
    turn: threading.Lock

    def close(self) -> None:
        """Let go of the index and the database; safe to call twice."""
        self.store.close()
        self.database.close()


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
    wired = _wire(profile, place, on_note, embedders)
    try:
        commands = LocalCommands(_rooms(wired, on_note, worker=None))
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
        wired = _wire(profile, state, on_note, embedders)
        ends.callback(wired.close)
        queue = ChangeQueue(wired.clock)
        worker = IndexWorker(queue, wired.indexer, wired.backfill, wired.parts, turn=wired.turn)
        ends.callback(worker.stop)
        watcher = FilesystemWatcher(wired.source.roots)
        ends.callback(watcher.stop)
        rooms = _rooms(wired, on_note, worker=worker, slack=channel)
        commands = LocalCommands(rooms)
        _resume(commands, on_note)
        rooms.library.drop_missing()
        watcher.start(queue.put)
        worker.start()
        if channel is not None:
            ends.callback(channel.disconnect)  # before the worker ends
            on_note(channel.start(channel.desk(rooms, wired.database, _freshness(wired.source))))
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


def _wire(
    profile: Profile,
    state: Path,
    on_note: Callable[[str], None],
    loaded: Sequence[Embedder] | None,
) -> Wired:
    from avatar.adapters.splitting.by_format import FormatSplitter
    from avatar.adapters.sqlite_database import Database
    from avatar.adapters.sqlite_registry import SqliteForgotten, SqliteMeta, SqliteRegistry
    from avatar.adapters.system_clock import SystemClock
    from avatar.indexing.backfill import Backfill
    from avatar.indexing.indexer import Indexer, Parts
    from avatar.indexing.secrets import redact

    clock, database = SystemClock(), Database(state / "state.sqlite")
    try:
        embedders = engines.load_embedders(profile, on_note) if loaded is None else tuple(loaded)
        store = engines.open_store(profile, state, embedders)
    except BaseException:
        database.close()
        raise
    source, registry, meta = _source(profile), SqliteRegistry(database), SqliteMeta(database)
    if meta.get("way of reading") != WAY_OF_READING:
        registry.clear()
        meta.set("way of reading", WAY_OF_READING)
    try:
        _hold_to_audiences(source, store, registry, meta)
    except BaseException:
        store.close()
        database.close()
        raise
    parts = Parts(
        source=source,
        splitter=FormatSplitter(),
        store=store,
        registry=registry,
        embedders=embedders,
        clock=clock,
        redact=redact,
        forgotten=SqliteForgotten(database, clock).all,
        named_audience=_named_audience,
    )
    return Wired(
        profile=profile,
        state=state,
        clock=clock,
        database=database,
        source=source,
        embedders=embedders,
        store=store,
        parts=parts,
        indexer=Indexer(parts),
        backfill=Backfill(store, embedders),
        turn=threading.Lock(),
    )


def _hold_to_audiences(
    source: FilesystemSource, store: KnowledgeStore, registry: Registry, meta: SqliteMeta
) -> None:
    """See that nobody finds what the profile, since it was last opened, closed to them."""
    from avatar.indexing.narrowing import narrow

    now = {root.name: str(root.audience) for root in source.roots}
    before = json.loads(meta.get(AUDIENCES) or "{}")
    if now != before:
        narrow(
            store,
            registry,
            {root.name: root.audience for root in source.roots},
            before={name: Audience.parse(text) for name, text in before.items()},
        )
        meta.set(AUDIENCES, json.dumps(now))


def _source(profile: Profile) -> FilesystemSource:
    from connectors.filesystem.commits import Commits
    from connectors.filesystem.config import SourceConfig
    from connectors.filesystem.source import FilesystemSource

    roots = [
        SourceConfig.model_validate(section.model_dump()).root(
            profile.folder, Audience.parse(section.audience)
        )
        for section in profile.sources
    ]
    return FilesystemSource(roots, Commits())


def _named_audience(document: Document) -> Audience | None:
    from avatar.learning.answer_file import answer_audience

    return answer_audience(document.text) if document.format == "answer" else None


def _standin(wired: Wired, desk: Desk) -> StandIn:
    from avatar.adapters.sqlite_journal import SqliteJournal
    from avatar.answering.retrieve import Retriever
    from avatar.answering.weights import load
    from avatar.indexing.secrets import redact
    from avatar.standin import Manner, Means, StandIn

    fusion, weights, shipped = load()
    answering, model = wired.profile.answering, engines.language_model(wired.profile, wired.clock)
    drafting = replace(shipped, draft=_or(answering.draft_threshold, shipped.draft))
    thresholds = drafting.with_answer(_or(answering.answer_threshold, shipped.answer))
    manner = Manner(
        owner=wired.profile.owner.name,
        thresholds=thresholds,
        fusion=fusion,
        weights=weights,
        never_answer=answering.never_answer,
        drafts_only=answering.mode == "draft",
        model_timeout_s=wired.profile.model.timeout_s if wired.profile.model else 0.0,
        engine=engines.fingerprints(wired.embedders, model),
    )
    means = Means(
        retriever=Retriever(wired.store, wired.embedders, fusion),
        desk=desk,
        journal=SqliteJournal(wired.database),
        freshness=_freshness(wired.source),
        clock=wired.clock,
        redact=redact,
        model=model,
    )
    return StandIn(manner, means)


def _or(chosen: float | None, default: float) -> float:
    return default if chosen is None else chosen


def _freshness(source: FilesystemSource) -> Freshness:
    from avatar.indexing.secrets import redact
    from avatar.learning.freshness import Freshness

    return Freshness(source, lambda text: redact(text).text, _named_audience)


def _rooms(
    wired: Wired,
    on_note: Callable[[str], None],
    *,
    worker: IndexWorker | None,
    slack: SlackChannel | None = None,
) -> Rooms:
    import psutil

    from avatar.adapters.answers_folder import MarkdownAnswersFolder
    from avatar.adapters.sqlite_inbox import SqliteInbox
    from avatar.adapters.sqlite_journal import SqliteJournal
    from avatar.adapters.sqlite_registry import SqliteForgotten
    from avatar.answering.likeness import likeness
    from avatar.answering.weights import load
    from avatar.commands.rooms import Rooms
    from avatar.escalation.desk import Desk
    from avatar.indexing.library import Library
    from avatar.indexing.secrets import redact
    from avatar.learning.keeping import Keeping
    from avatar.learning.past_answers import PastAnswers

    def secret_lines(text: str) -> list[tuple[int, str]]:
        return [(mark.line, mark.label) for mark in redact(text).marks]

    profile, clock = wired.profile, wired.clock
    inbox = SqliteInbox(wired.database)
    channels = {slack.channel.name: slack.channel} if slack else {}
    desk = Desk(inbox, clock, channels, owner=profile.owner.name, secret_lines=secret_lines)
    past_answers = PastAnswers(
        MarkdownAnswersFolder(profile.answers_folder), clock, secret_lines=secret_lines
    )
    return Rooms(
        standin=_standin(wired, desk),
        desk=desk,
        inbox=inbox,
        past_answers=past_answers,
        keeping=Keeping(inbox, past_answers, clock),
        library=Library(wired.parts, wired.indexer, wired.backfill, wired.turn),
        locate=lambda target: [_identify(wired.source, target)],
        remove_answer=lambda name: _remove(wired.source.locate(name), profile.answers_folder),
        forget=SqliteForgotten(wired.database, clock).add,
        likeness=lambda texts: likeness(texts, wired.embedders, load()[0]),
        store=wired.store,
        registry=wired.parts.registry,
        journal=SqliteJournal(wired.database),
        clock=clock,
        reader=profile.reader,
        answers_audience=Audience.parse(profile.answers.audience),
        worker=worker.status if worker else lambda: None,
        memory_mb=lambda: psutil.Process().memory_info().rss / 1e6,
        expire_after_s=86_400 * profile.escalation.expire_after_days,
        facts={
            "profile": str(profile.folder),
            "owner": profile.owner.name,
            "models": engines.fingerprints(wired.embedders, engines.language_model(profile, clock)),
        },
        slack=slack.health if slack else lambda: None,
        on_progress=_noted(on_note),
        on_note=on_note,
        close=wired.close,
    )


def _noted(on_note: Callable[[str], None]) -> Callable[[int, int, str], None]:
    """Say once in a while how far indexing is, for those who wait for an answer meanwhile."""

    def on_progress(done: int, total: int, what: str) -> None:
        if total >= NOTEWORTHY:
            on_note(f"Indexing first: {done} of {total} {what}.")

    return on_progress


def _identify(source: FilesystemSource, target: str) -> str:
    """Return the document id of what an owner typed: a path on disk, or an id already."""
    path = Path(target).expanduser().absolute()
    found = (root.identify(str(path)) for root in source.roots)
    return next((name for name in found if name), target.rstrip("/"))


def _remove(path: Path | None, answers: Path) -> bool:
    """Delete a past answer's file; False when it is none, so that nothing else is deleted."""
    if path is None or path.parent != answers.resolve() or not path.is_file():
        return False
    path.unlink()
    return True

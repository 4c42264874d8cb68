"""The rooms of an open profile: the stand-in, the desk, and all that commands work with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from avatar import calibrating, engines
from avatar.domain.audience import Audience
from avatar.wiring import named_audience

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar.channels import SlackChannel
    from avatar.commands.rooms import Rooms
    from avatar.domain.calibration import Calibration
    from avatar.escalation.desk import Desk
    from avatar.examiner import Looked
    from avatar.indexing.library import Library
    from avatar.indexing.worker import IndexWorker
    from avatar.learning.calibrator import Calibrator
    from avatar.learning.certainty import Sureness
    from avatar.learning.freshness import Freshness
    from avatar.profile import Profile
    from avatar.standin import StandIn
    from avatar.wiring import Wired
    from connectors.filesystem.source import FilesystemSource

NOTEWORTHY: Final = 50
"""Files from which somebody who waits is told that they are being indexed."""


def standin_of(wired: Wired, desk: Desk) -> StandIn:
    """Return the stand-in of a profile, which hands over to this desk."""
    from avatar.adapters.sqlite_journal import SqliteJournal, SqliteVerdicts
    from avatar.answering.retrieve import Retriever
    from avatar.escalation.merging import same_question_key
    from avatar.indexing.secrets import redact
    from avatar.learning.rejected import Rejections
    from avatar.standin import Manner, Means, StandIn

    answering, model = wired.profile.answering, engines.language_model(wired.profile, wired.clock)
    manner = Manner(
        owner=wired.profile.owner.name,
        never_answer=answering.never_answer,
        model_timeout_s=wired.profile.model.timeout_s if wired.profile.model else 0.0,
        engine=engines.fingerprints(wired.embedders, model),
    )
    means = Means(
        judgement=wired.certainty.judgement,
        retriever=Retriever(wired.store, wired.embedders, wired.shipped.fusion),
        desk=desk,
        journal=SqliteJournal(wired.database),
        freshness=freshness_of(wired.source),
        rejections=Rejections(SqliteVerdicts(wired.database), same_question_key),
        clock=wired.clock,
        redact=redact,
        model=model,
    )
    return StandIn(manner, means)


def freshness_of(source: FilesystemSource) -> Freshness:
    """Return what tells whether lines still stand as they were when an answer was given."""
    from avatar.indexing.secrets import redact
    from avatar.learning.freshness import Freshness

    return Freshness(source, lambda text: redact(text).text, named_audience)


def rooms_of(
    wired: Wired,
    on_note: Callable[[str], None],
    *,
    worker: IndexWorker | None,
    slack: SlackChannel | None = None,
) -> Rooms:
    """Return everything the commands work with; `worker` and `slack` are the daemon's."""
    import psutil

    from avatar.adapters.answers_folder import MarkdownAnswersFolder
    from avatar.adapters.scipy_clusterer import ScipyClusterer
    from avatar.adapters.sqlite_inbox import SqliteInbox
    from avatar.adapters.sqlite_journal import SqliteJournal, SqliteVerdicts
    from avatar.adapters.sqlite_registry import SqliteForgotten
    from avatar.answering.likeness import likeness
    from avatar.commands.local import CHANNEL
    from avatar.commands.rooms import Rooms
    from avatar.escalation.deliveries import Deliveries
    from avatar.escalation.desk import Desk
    from avatar.escalation.judging import Judging
    from avatar.indexing.library import Library
    from avatar.indexing.secrets import redact
    from avatar.learning.keeping import Keeping
    from avatar.learning.past_answers import PastAnswers

    def secret_lines(text: str) -> list[tuple[int, str]]:
        return [(mark.line, mark.label) for mark in redact(text).marks]

    profile, clock = wired.profile, wired.clock
    inbox = SqliteInbox(wired.database)
    desk = Desk(inbox, clock, owner=profile.owner.name, secret_lines=secret_lines)
    past_answers = PastAnswers(
        MarkdownAnswersFolder(profile.answers_folder), clock, secret_lines=secret_lines
    )
    library = Library(wired.parts, wired.indexer, wired.backfill, wired.turn)
    return Rooms(
        standin=standin_of(wired, desk),
        desk=desk,
        deliveries=Deliveries(inbox, clock, {slack.channel.name: slack.channel} if slack else {}),
        inbox=inbox,
        past_answers=past_answers,
        keeping=Keeping(inbox, past_answers, clock),
        library=library,
        certainty=wired.certainty,
        judging=Judging(
            SqliteJournal(wired.database),
            SqliteVerdicts(wired.database),
            desk,
            clock,
            recalls={slack.channel.name: slack.take_back} if slack else {},
            fetched={CHANNEL},
        ),
        calibrator=_calibrator(wired, library),
        report=lambda found, sureness: _page(profile, found, sureness),
        locate=lambda target: [_identify(wired.source, target)],
        remove_answer=lambda name: _remove(wired.source.locate(name), profile.answers_folder),
        forgotten=SqliteForgotten(wired.database, clock),
        likeness=lambda texts: likeness(texts, wired.embedders, wired.shipped.fusion),
        clusterer=ScipyClusterer(),
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


def _calibrator(wired: Wired, library: Library) -> Calibrator[Looked]:
    from avatar.adapters.sklearn_fitter import SklearnFitter
    from avatar.adapters.sqlite_journal import SqliteJournal, SqliteVerdicts
    from avatar.examiner import Consulted
    from avatar.learning.calibrator import Calibrator, Workshop

    chosen, model = wired.profile.model, engines.language_model(wired.profile, wired.clock)
    consulted = Consulted(model, chosen.timeout_s) if chosen and model else None

    def refresh(on_progress: Callable[[int, int, str], None]) -> None:
        library.refresh(on_progress)

    def keep(found: Calibration) -> None:
        wired.calibration.save(found)
        wired.certainty.adopt(found)

    return Calibrator(
        Workshop(
            store=wired.store,
            bench=lambda: calibrating.bench(wired.state, wired.embedders, wired.shipped, consulted),
            refresh=refresh,
            verdicts=SqliteVerdicts(wired.database),
            journal=SqliteJournal(wired.database),
            clock=wired.clock,
            fitter=SklearnFitter(),
            shipped=wired.shipped,
            keep=keep,
            promise=wired.profile.answering.promise,
            model=model.name if model else "",
        )
    )


def _page(profile: Profile, found: Calibration, sureness: Sureness) -> str:
    from avatar.adapters.report_page import ReportFacts, render

    modes = {one.topic: str(one.mode) for one in sureness.modes}
    proposed = frozenset(one.topic for one in sureness.proposals)
    return render(found, ReportFacts(profile.owner.name, profile.folder.name, modes, proposed))


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

"""What the owner learns of what was asked, and says of it."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from avatar.cli import learned, render
from avatar.cli.batch import Batch
from avatar.cli.command import command
from avatar.errors import InvalidInputError

if TYPE_CHECKING:
    from avatar.cli.session import Session
    from avatar.commands import Row

BROKEN: Final = 9
"""The exit code of `evaluate` when the promise is not kept."""

QUESTIONS_HELP: Final = (
    'JSON lines {"question", "expect": a path or words of the answer, or a list of them}'
    ' or {"question", "unknown": true}; "asker" is optional; - is stdin.'
)
QuestionsOption = Annotated[
    Path, typer.Option("--questions", metavar="FILE", help=QUESTIONS_HELP, show_default=False)
]
PromiseOption = Annotated[
    float | None,
    typer.Option(metavar="SHARE", min=0, max=1, help="Instead of the profile's, such as 0.95."),
]


def add_to(app: typer.Typer) -> None:
    """Add the commands about learning."""
    command(app, "gaps", "avatar gaps --since 30 --limit 10")(gaps)
    command(app, "evaluate", "avatar evaluate --questions my-questions.jsonl")(evaluate)
    command(app, "calibrate", "avatar calibrate --promise 0.95 --report sureness.html")(calibrate)
    command(app, "mode", "avatar mode notes auto")(mode)
    command(app, "judge", "avatar judge 3f2a9c wrong")(judge)


def gaps(
    session: Session,
    since: Annotated[
        float | None,
        typer.Option(metavar="DAYS", min=0.001, help="Asked in the last days only."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
) -> None:
    """Show what was asked and not known: who asked how often, and which file would help."""
    with session.commands() as commands:
        rows = commands.gaps(since_days=since, limit=limit)
    if session.out.as_json:
        for row in rows:
            session.out.row(row)
    else:
        learned.gaps(session.out, rows)


def evaluate(session: Session, questions: QuestionsOption, promise: PromiseOption = None) -> None:
    """Put your own test questions to the stand-in; nothing is recorded, nobody is told.

    Ends with exit code 9 when more answers are wrong than was promised. With --json the last
    line holds the summary.
    """
    from avatar.learning.evaluation import Result, Trial
    from avatar.learning.evaluation import evaluate as sum_up

    rows, is_whole = questions_in(session, questions)
    if not rows:
        raise InvalidInputError(f"{questions} holds no question; write one a line.")
    found = []
    with session.commands() as commands, render.progress(session.out) as on_progress:
        wanted = commands.status()["confidence"]["promise"] if promise is None else promise
        for number, row in enumerate(commands.evaluate(rows), start=1):
            on_progress(number, len(rows), "questions")
            found.append(row)
            if session.out.as_json:
                session.out.row(row)
    trials = [
        Trial(Result(row["result"]), row["confidence"], row["would_be_right"]) for row in found
    ]
    summary = sum_up(trials, [bool(row["expect"]) for row in found], wanted)
    if session.out.as_json:
        session.out.row({"summary": learned.summary(summary)})
    else:
        learned.evaluated(session.out, found, summary)
    if not is_whole:
        raise typer.Exit(InvalidInputError.exit_code)
    if summary.is_broken:
        raise typer.Exit(BROKEN)


def calibrate(
    session: Session,
    promise: PromiseOption = None,
    questions: Annotated[
        Path | None,
        typer.Option("--questions", metavar="FILE", help="Learn from these, too (see evaluate)."),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="FILE.html", help="Write what was found as a page."),
    ] = None,
) -> None:
    """Learn from your past answers and verdicts how sure is sure enough, and use it from now on."""
    rows, is_whole = questions_in(session, questions) if questions else ([], True)
    if not is_whole:
        raise InvalidInputError(f"{questions} has rows that cannot be used; nothing was changed.")
    page = report.expanduser() if report else None
    if page is not None and (page.is_dir() or not page.parent.is_dir()):
        raise InvalidInputError(f"{page} cannot be written; name a file in a folder that is there.")
    with session.commands() as commands, render.progress(session.out) as on_progress:
        found = commands.calibrate(
            on_progress, promise=promise, questions=rows, report=page is not None
        )
    text = found.pop("report")
    if page is not None:
        write_private(page, text)
    if session.out.as_json:
        session.out.row(found | {"report": str(page) if page else None})
    else:
        learned.calibrated(session.out, found, page)


def mode(
    session: Session,
    topic: Annotated[
        str | None, typer.Argument(metavar="[TOPIC", help="A source of the profile, by its name.")
    ] = None,
    wanted: Annotated[
        str | None,
        typer.Argument(metavar="auto|draft]", help="auto: sent when sure; draft: you approve."),
    ] = None,
) -> None:
    """Show who sends the answers of each topic, or choose it for one."""
    if (topic is None) is not (wanted is None):
        raise InvalidInputError(f"Write `avatar mode {topic} auto` or `avatar mode {topic} draft`.")
    with session.commands() as commands:
        if topic is not None and wanted is not None:
            rows = [commands.set_mode(topic, wanted)]
        else:
            rows = commands.modes()
    if session.out.as_json:
        for row in rows:
            session.out.row(row)
    elif topic is not None:
        learned.chosen(session.out, rows[0])
    else:
        learned.modes(session.out, rows)


class Word(StrEnum):
    """The owner's word on an answer."""

    RIGHT = "right"
    WRONG = "wrong"


def judge(
    session: Session,
    record_id: Annotated[str, typer.Argument(metavar="ID", help="Of the question it answered.")],
    word: Annotated[Word, typer.Argument(metavar="right|wrong", help="Your verdict.")],
) -> None:
    """Say whether an answer that was sent is right; whoever got a wrong one is told."""
    with session.commands() as commands:
        row = commands.judge(record_id, right=word is Word.RIGHT)
    if session.out.as_json:
        session.out.row(row)
    else:
        learned.judged(session.out, row)


def questions_in(session: Session, file: Path) -> tuple[list[Row], bool]:
    """Return the test questions of a file, and whether all of its rows were good."""
    batch = Batch(file, session.out, learned.complaint, learned.question)
    return list(batch), not batch.bad


def write_private(file: Path, text: str) -> None:
    """Write a file that only the owner may read, whole or not at all."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        draft.replace(file)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise InvalidInputError(
            f"The calibration is in force, but {file} cannot be written ({error.strerror})."
        ) from error

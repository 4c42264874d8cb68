"""What is known: index, search, forget, status."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avatar.cli import render
from avatar.cli.batch import Batch, read_text
from avatar.cli.command import command
from avatar.errors import IndexDamagedError, InvalidInputError, SourceUnavailableError

if TYPE_CHECKING:
    from avatar.cli.session import Session
    from avatar.commands import Row

BatchOption = Annotated[
    Path | None,
    typer.Option("--batch", metavar="FILE", help='Rows {"id","text"}, one a line; - is stdin.'),
]


def add_to(app: typer.Typer) -> None:
    """Add the commands about knowledge."""
    command(app, "index", "avatar index --rebuild")(index)
    command(app, "search", 'avatar search "webhook key" --reader ana --limit 5')(search)
    command(app, "forget", "avatar forget notes/old-server.md --yes")(forget)
    command(app, "status", "avatar status --faults")(status)


def index(
    session: Session,
    rebuild: Annotated[bool, typer.Option(help="Start from nothing, from the files.")] = False,
) -> None:
    """Bring the index up to date with the files, in one pass.

    Ends with exit code 5 when a folder could not be read; the rest is up to date then.
    """
    try:
        result = _pass(session, rebuild=rebuild)
    except IndexDamagedError:
        if not rebuild:
            raise
        session.doors.discard_index(session.profile())
        result = _pass(session, rebuild=rebuild)
    if session.out.as_json:
        session.out.row(result)
    else:
        render.indexed(session.out, result)
    if result["problem"]:
        raise typer.Exit(SourceUnavailableError.exit_code)


def _pass(session: Session, *, rebuild: bool) -> Row:
    with session.commands() as commands, render.progress(session.out) as on_progress:
        return commands.index(on_progress, rebuild=rebuild)


def search(
    session: Session,
    text: Annotated[str | None, typer.Argument(help="What to look for; - reads stdin.")] = None,
    reader: Annotated[str, typer.Option(metavar="WHO", help="For whose eyes.")] = "owner",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many results.")] = 10,
    batch: BatchOption = None,
) -> None:
    """Find passages, best first, without deciding anything."""
    if (text is None) == (batch is None):
        raise InvalidInputError("Give a text to look for, or --batch FILE, and not both.")
    with session.commands() as commands:
        if batch is not None:
            rows = Batch(batch, session.out)
            for found in commands.search(rows, reader=reader, limit=limit):
                session.out.row(found)
            raise typer.Exit(InvalidInputError.exit_code if rows.bad else 0)
        row = {"id": "1", "text": read_text(text or "")}
        for found in commands.search([row], reader=reader, limit=limit):
            if session.out.as_json:
                session.out.row(found)
            else:
                render.results(session.out, found)


def forget(
    session: Session,
    target: Annotated[str, typer.Argument(metavar="PATH-OR-ID", help="As citations show it.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Let it in again; no past answer.")] = False,
) -> None:
    """Take a document, folder or past answer out of the index and keep it out, or let it in.

    `avatar status --faults` lists what is kept out. The file of a past answer is deleted for
    good, which --undo cannot take back; other files stay where they are.
    """
    if undo:
        _readmit(session, target)
        return
    if not yes and session.doors.is_terminal():
        typer.confirm(
            f"Forget {target}? The file of a past answer is deleted for good", abort=True, err=True
        )
    with session.commands() as commands:
        result = commands.forget(target)
    if session.out.as_json:
        session.out.row(result)
    else:
        paths = ", ".join(result["forgotten"])
        session.out.say(f"Forgotten: {paths} ({render.count(result['chunks'], 'chunk')}).")


def _readmit(session: Session, target: str) -> None:
    with session.commands() as commands:
        result = commands.readmit(target)
    if session.out.as_json:
        session.out.row(result)
    else:
        names, known = ", ".join(result["readmitted"]), render.count(result["chunks"], "chunk")
        session.out.say(f"Let in again: {names} ({known}).")


def status(
    session: Session,
    faults: Annotated[bool, typer.Option(help="List what was left out or cleaned.")] = False,
) -> None:
    """Show what is known, what waits, and what it runs on."""
    with session.commands() as commands:
        row = commands.status()
        listed = commands.faults() if faults else []
    if session.out.as_json:
        for line in listed if faults else [row]:
            session.out.row(line)
    elif faults:
        render.faults(session.out, listed)
    else:
        render.status(session.out, row)

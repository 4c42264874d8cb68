"""What the owner learns from what was asked: gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from avatar.cli import learned
from avatar.cli.command import command

if TYPE_CHECKING:
    from avatar.cli.session import Session


def add_to(app: typer.Typer) -> None:
    """Add the commands about learning."""
    command(app, "gaps", "avatar gaps --since 30 --limit 10")(gaps)


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

"""Running: up and doctor."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from avatar.cli.command import command
from avatar.errors import InvalidInputError

if TYPE_CHECKING:
    from avatar.cli.session import Session
    from avatar.profile import Profile


def add_to(app: typer.Typer) -> None:
    """Add the commands about running."""
    command(app, "up", "avatar up --port 8765")(up)
    command(app, "doctor", "avatar doctor")(doctor)


def up(
    session: Session,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Loopback port; 0 takes any.", show_default=False),
    ] = None,
    slack: Annotated[
        bool | None,
        typer.Option("--slack/--no-slack", help="Listen to Slack, if the profile does."),
    ] = None,
) -> None:
    """Run the daemon: watch the files, index what changes, serve the other commands and Slack."""
    profile = session.profile()
    if slack and profile.channels.slack is None:
        raise InvalidInputError(
            "The profile has no [channels.slack], so there is nothing to listen to; run"
            " `avatar slack setup`."
        )

    def ready(actual: int) -> None:
        if session.out.as_json:
            session.out.row({"pid": os.getpid(), "port": actual, "profile": str(profile.folder)})
        else:
            session.out.say(
                f"The stand-in of {profile.owner.name} is up on 127.0.0.1:{actual}. Ctrl-C ends it."
            )

    in_force: Profile | None = profile
    while in_force is not None:
        in_force = session.doors.serve(
            in_force,
            in_force.web.port if port is None else port,
            ready=ready,
            on_note=session.out.note,
            slack=slack is not False,
        )


def doctor(session: Session) -> None:
    """Examine everything the stand-in needs; each line says ok, warn or fail, and what helps."""
    from avatar.cli import examinations

    colours = {"ok": "green", "warn": "yellow", "fail": "red"}
    failed = False
    for found in examinations.examine(session):
        failed = failed or found.level == "fail"
        if session.out.as_json:
            session.out.row(
                {
                    "name": found.name,
                    "level": found.level,
                    "message": found.message,
                    "hint": found.hint,
                }
            )
        else:
            hint = f"; {found.hint}" if found.hint else ""
            session.out.say(
                f"{found.level:<5}{found.name}: {found.message}{hint}", colours[found.level]
            )
    raise typer.Exit(1 if failed else 0)

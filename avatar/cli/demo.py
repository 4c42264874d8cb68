"""The demonstration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar.cli import render
from avatar.cli.command import command
from avatar.errors import AvatarError

if TYPE_CHECKING:
    import typer

    from avatar.cli.session import Session
    from avatar.commands import Row
    from avatar.demo import Scene


def add_to(app: typer.Typer) -> None:
    """Add `demo`."""
    command(app, "demo", "avatar demo")(demo)


def demo(session: Session) -> None:
    """Show the whole loop on this project's own notes, without account, key or network."""
    from avatar.demo import Stage

    out = session.out

    def show(scene: Scene, row: Row) -> None:
        if out.as_json:
            out.row({"shows": scene.shows, "question": scene.question, **row})
            return
        out.say(f"\n({scene.shows})", "dim")
        out.say(f"> {scene.question}", "bold")
        render.decision(out, row, asker=None)

    def tell(line: str) -> None:
        (out.note if out.as_json else out.say)(f"\n{line}")

    with render.progress(out) as on_progress:
        went_well = session.doors.play(Stage(tell, show, on_progress))
    if not went_well:
        raise AvatarError("The demo did not go as announced; the lines above show where.")
    tell("That was the whole loop. Your own: avatar init DIR --owner NAME --notes DIR")

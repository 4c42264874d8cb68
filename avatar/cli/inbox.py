"""What waits for the owner: list, show, reply, approve, dismiss."""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from avatar.cli import render
from avatar.cli.batch import read_text
from avatar.cli.command import (
    DebugOption,
    JsonOption,
    ProfileOption,
    command,
    session_of,
    with_last_stop,
)
from avatar.cli.conversation import AudienceOption  # noqa: TC001 - Typer reads it
from avatar.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar.cli.session import Session
    from avatar.commands import Row

SCISSORS: Final = "# ---- this line and everything below it is left out ----"
STATES: Final = ("pending", "answered", "dismissed", "expired", "all")

ABOUT: Final = """Answer the questions that wait for you; alone, it lists them.

\b
Example:
  avatar inbox
"""

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="Or the beginning of it.")]
KeepOption = Annotated[bool, typer.Option("--keep/--no-keep", help="Keep it as a past answer.")]


def add_to(app: typer.Typer) -> None:
    """Add `inbox` and its commands."""
    group = typer.Typer(rich_markup_mode=None)
    command(group, "list", "avatar inbox list --state all")(list_all)
    command(group, "show", "avatar inbox show 7K3Q")(show)
    command(group, "reply", 'avatar inbox reply 7K3Q "Run make rotate-key." --keep')(reply)
    command(group, "approve", "avatar inbox approve 7K3Q")(approve)
    command(group, "dismiss", 'avatar inbox dismiss 7K3Q --note "Please ask Ana."')(dismiss)
    group.callback(invoke_without_command=True, help=ABOUT)(_list_by_default)
    app.add_typer(group, name="inbox")


def _list_by_default(
    ctx: typer.Context,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """List what waits, when no command of the inbox is named."""
    session = session_of(ctx, profile, as_json, debug)
    ctx.obj = session
    if ctx.invoked_subcommand is None:
        with_last_stop(session, lambda: list_all(session))


def list_all(
    session: Session,
    state: Annotated[str, typer.Option(help="pending, answered, dismissed, expired, all.")] = (
        "pending"
    ),
) -> None:
    """List escalations, oldest first."""
    if state not in STATES:
        raise InvalidInputError(f"{state!r} is no state; write one of {', '.join(STATES)}.")
    with session.commands() as commands:
        rows = commands.inbox(state=None if state == "all" else state)
    if session.out.as_json:
        for row in rows:
            session.out.row(row)
    else:
        render.inbox(session.out, rows)


def show(session: Session, escalation_id: IdArgument) -> None:
    """Show one escalation whole, with its draft."""
    with session.commands() as commands:
        row = commands.escalation(escalation_id)
    _result(session, row, shown=True)


def reply(
    session: Session,
    escalation_id: IdArgument,
    text: Annotated[
        str | None, typer.Argument(help="Your answer; - reads stdin; without it, your editor.")
    ] = None,
    keep: KeepOption = True,
    audience: AudienceOption = None,
) -> None:
    """Answer in your own words; everybody who waits for it gets it."""
    with session.commands() as commands:
        if text is not None:
            words = read_text(text)
        elif session.doors.is_terminal():
            words = edited(commands.escalation(escalation_id), session.doors.env)
        else:
            raise InvalidInputError("Give your answer as text, or - to read it from stdin.")
        if not words.strip():
            raise InvalidInputError("The answer is empty; nothing was sent.")
        row = commands.reply(escalation_id, words, keep=keep, audience=audience)
    _result(session, row)


def approve(
    session: Session,
    escalation_id: IdArgument,
    keep: KeepOption = True,
    audience: AudienceOption = None,
) -> None:
    """Send the draft as it is."""
    with session.commands() as commands:
        row = commands.approve(escalation_id, keep=keep, audience=audience)
    _result(session, row)


def dismiss(
    session: Session,
    escalation_id: IdArgument,
    note: Annotated[str, typer.Option(help="What the askers are told besides.")] = "",
) -> None:
    """Close it without an answer; the askers are told."""
    with session.commands() as commands:
        row = commands.dismiss(escalation_id, note=note)
    _result(session, row)


def edited(escalation: Row, env: Mapping[str, str]) -> str:
    """Let the owner write in their editor, starting from the draft; return what they wrote."""
    editor = env.get("VISUAL") or env.get("EDITOR")
    if not editor:
        raise InvalidInputError("Give your answer as text, or set EDITOR to write it there.")
    with tempfile.TemporaryDirectory(prefix="avatar-") as folder:
        file = Path(folder) / "reply.md"
        question = "\n".join(f"# {line}" for line in str(escalation["question"]).splitlines())
        file.write_text(
            f"{escalation.get('draft') or ''}\n\n{SCISSORS}\n{question}\n", encoding="utf-8"
        )
        try:
            subprocess.run([*shlex.split(editor), str(file)], check=True)  # noqa: S603 - the owner's editor
        except (OSError, ValueError, subprocess.CalledProcessError) as error:
            raise InvalidInputError(
                f"The editor {editor!r} did not end well; nothing was sent."
            ) from error
        return file.read_text(encoding="utf-8").split(SCISSORS)[0].strip()


def _result(session: Session, row: Row, *, shown: bool = False) -> None:
    if session.out.as_json:
        session.out.row(row)
    elif shown:
        render.escalation(session.out, row)
    else:
        render.closed(session.out, row)

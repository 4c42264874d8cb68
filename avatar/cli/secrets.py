"""Keys and tokens: set, delete, list; a value is never an argument and never printed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from avatar.cli.command import command
from avatar.errors import InvalidInputError

if TYPE_CHECKING:
    from avatar.cli.session import Session

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Such as OPENAI_API_KEY.")]
FileOption = Annotated[
    bool, typer.Option("--file", help="In a file that only you can read, not in the keyring.")
]


def add_to(app: typer.Typer) -> None:
    """Add `secrets` and its commands."""
    group = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
    command(group, "set", "avatar secrets set OPENAI_API_KEY")(set_secret)
    command(group, "delete", "avatar secrets delete OPENAI_API_KEY")(delete)
    command(group, "list", "avatar secrets list")(list_names)
    about = "Keep keys and tokens in the OS keyring."
    app.add_typer(
        group, name="secrets", help=f"{about}\n\n\b\nExample:\n  avatar secrets set OPENAI_API_KEY"
    )


def set_secret(session: Session, name: NameArgument, file: FileOption = False) -> None:
    """Keep a secret; its value is asked for, or read from stdin."""
    from avatar.profile.sections import is_secret_name

    if not is_secret_name(name):
        raise InvalidInputError(
            "A secret's name is written in capitals, digits and _, such as OPENAI_API_KEY; "
            "the value is asked for, never an argument."
        )
    store = session.doors.secrets_of(session.profile())
    if session.doors.is_terminal():
        value = typer.prompt(f"Value of {name}", hide_input=True, err=True)
    else:
        value = sys.stdin.buffer.read().decode("utf-8", "replace")
    if not value.strip():
        raise InvalidInputError("The value is empty; nothing was kept.")
    if file:
        session.out.note(store.set_in_file(name, value.strip()), "yellow")
    else:
        store.set(name, value.strip())
    _told(session, name, "kept")


def delete(session: Session, name: NameArgument) -> None:
    """Forget a secret."""
    session.doors.secrets_of(session.profile()).delete(name)
    _told(session, name, "forgotten")


def list_names(session: Session) -> None:
    """List the names of kept secrets, never their values."""
    store = session.doors.secrets_of(session.profile())
    for warning in store.warnings():
        session.out.note(warning, "yellow")
    names = store.names()
    for name in names:
        if session.out.as_json:
            session.out.row({"name": name})
        else:
            session.out.say(name)
    if not names and not session.out.as_json:
        session.out.note("No secret is kept.")


def _told(session: Session, name: str, what: str) -> None:
    if session.out.as_json:
        session.out.row({"name": name, "state": what})
    else:
        session.out.say(f"{name} is {what}.")

"""The command `avatar`: its subcommands, its global options, its exit codes."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from avatar import __version__
from avatar.cli import conversation, daemon, demo, inbox, knowledge, learning, secrets, setup, slack
from avatar.cli.command import DebugOption, JsonOption, ProfileOption, session_of

ABOUT = """Answer colleagues from your own files, or ask you when it is not sure.

\b
Example:
  avatar init ~/stand-in --owner "Dana" --notes ~/notes --audience everyone
  avatar up
  avatar ask "How do we rotate the webhook key?"

The profile is the one named by --profile or AVATAR_PROFILE, else the only one there is.
State lives under AVATAR_HOME. Global options may stand before or after the command.
"""

EPILOG = """\b
Exit codes:
  0  done
  1  unexpected error, or `doctor` found something broken
  2  the command was given something it cannot use
  3  the profile has problems
  4  nothing answers to that id, path or name
  5  try again later: busy, running already, not reachable
  6  no usable keyring, or it is locked
  7  disk full, or no permission to write
  8  stored data is damaged; the message says how to rebuild it
  9  `evaluate` found more wrong answers than are promised
  130  interrupted
"""


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"avatar {__version__}")
        raise typer.Exit


def root(
    ctx: typer.Context,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Take the options that hold for every command."""
    ctx.obj = session_of(ctx, profile, as_json, debug)


def make_app() -> typer.Typer:
    """Return the command line; nothing heavy is imported until a command runs."""
    app = typer.Typer(
        name="avatar",
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=True,
        add_completion=False,
        epilog=EPILOG,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback(help=ABOUT)(root)
    for part in (setup, daemon, slack, conversation, inbox, knowledge, learning, secrets, demo):
        part.add_to(app)
    return app


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    make_app()(prog_name="avatar")

"""Setting Slack up: the manifest to paste, the two tokens, who is who."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from avatar.cli.command import command
from avatar.errors import InvalidInputError, StateUnwritableError

if TYPE_CHECKING:
    from avatar.cli.session import KeptSecrets, Session

BOT: Final = "SLACK_BOT_TOKEN"
APP: Final = "SLACK_APP_TOKEN"
MANIFEST_FILE: Final = "slack-manifest.json"

ManifestOption = Annotated[
    Path | None,
    typer.Option(
        "--manifest",
        metavar="FILE",
        help="Where to write the manifest; by default the profile's state folder.",
        show_default=False,
    ),
]
EnvOption = Annotated[
    bool, typer.Option("--from-env", help=f"Use {BOT} and {APP}; nothing is kept.")
]
FileOption = Annotated[
    bool, typer.Option("--file", help="Keep the tokens in a file only you can read.")
]

STEPS: Final = """\
1. Open https://api.slack.com/apps, choose Create New App, From a manifest, and paste {file}.
2. Install the app; under OAuth & Permissions copy the bot token (xoxb-…).
3. Under Basic Information, App-Level Tokens, make one with connections:write (xapp-…)."""


def add_to(app: typer.Typer) -> None:
    """Add `slack` and its commands."""
    group = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
    command(group, "setup", "avatar slack setup")(setup)
    command(group, "manifest", "avatar slack manifest")(manifest)
    about = "Meet colleagues in Slack: make the app, keep its tokens."
    app.add_typer(group, name="slack", help=f"{about}\n\n\b\nExample:\n  avatar slack setup")


def manifest(session: Session) -> None:
    """Print the app manifest to paste at api.slack.com/apps."""
    _print_manifest(session, session.doors.slack_setup(session.profile()).manifest())


def setup(
    session: Session,
    file: FileOption = False,
    from_env: EnvOption = False,
    manifest: ManifestOption = None,
) -> None:
    """Print the manifest, take the two tokens, check them, and find you in the workspace.

    The tokens are asked for without echo, or read from stdin: the bot token on the first line,
    the app token on the second. They are kept in the keyring once Slack has accepted them.
    """
    profile = session.profile()
    slack = session.doors.slack_setup(profile)
    made = slack.manifest()
    place = manifest or session.state_folder / MANIFEST_FILE
    _write(place, json.dumps(made, indent=2, ensure_ascii=False) + "\n")
    if not session.out.as_json:
        _print_manifest(session, made)
    session.out.note(STEPS.format(file=place))
    bot, app = _tokens(session, from_env)
    found = slack.prepare(bot, app)
    if not from_env:
        _keep(session, session.doors.secrets_of(profile), {BOT: bot, APP: app}, file)
    if session.out.as_json:
        session.out.row({"manifest": str(place), **found})
    else:
        session.out.say(
            f"You are {found['owner']} in team {found['team']}; the stand-in is"
            f" {found['bot_user']}."
        )
    for name, why in found["missing"].items():
        session.out.note(f"The app lacks the permission {name}: {why}.", "yellow")
    if found["missing"]:
        session.out.note("Add what it lacks under OAuth & Permissions and install the app again.")
    if profile.channels.slack is None:
        session.out.note(f"Next: write [channels.slack] into {profile.file}, then `avatar up`.")
    else:
        session.out.note("Next: `avatar up`. `avatar doctor` checks each link.")


def _print_manifest(session: Session, made: dict[str, object]) -> None:
    if session.out.as_json:
        session.out.row(made)
    else:
        session.out.say(json.dumps(made, indent=2, ensure_ascii=False))


def _write(place: Path, text: str) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        place.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StateUnwritableError(
            f"Cannot write {place} ({error.strerror}); name another file with --manifest."
        ) from error


def _tokens(session: Session, from_env: bool) -> tuple[str, str]:
    if from_env:
        found = [session.doors.env.get(name, "").strip() for name in (BOT, APP)]
        where = f"{BOT} and {APP} must both be set for --from-env"
    elif session.doors.is_terminal():
        asked = ("Bot token (xoxb-…)", "App token (xapp-…)")
        found = [typer.prompt(text, hide_input=True, err=True).strip() for text in asked]
        where = "both tokens are needed"
    else:
        given = sys.stdin.buffer.read().decode("utf-8", "replace").split()
        found = [*given, "", ""][:2]
        where = "stdin must hold the bot token, then the app token, one a line"
    if not all(found):
        raise InvalidInputError(f"There is no token to try: {where}. Nothing was kept.")
    return found[0], found[1]


def _keep(session: Session, store: KeptSecrets, tokens: dict[str, str], file: bool) -> None:
    for name, value in tokens.items():
        if file:
            session.out.note(store.set_in_file(name, value), "yellow")
        else:
            store.set(name, value)

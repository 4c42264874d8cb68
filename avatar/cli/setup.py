"""Making a profile and checking it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from avatar.cli.command import command

if TYPE_CHECKING:
    from avatar.cli.session import Session


COLOURS: Final = {"fatal": "red", "problem": "red", "warning": "yellow"}


def add_to(app: typer.Typer) -> None:
    """Add `init` and `check`."""
    command(app, "init", "avatar init ~/stand-in --owner Dana --notes ~/notes --audience everyone")(
        init
    )
    command(app, "check", "avatar check --json")(check)


def init(
    session: Session,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The new profile folder.")],
    owner: Annotated[str, typer.Option(help="Your name, as colleagues read it.")] = "",
    notes: Annotated[list[str] | None, typer.Option(help="A folder or file of notes.")] = None,
    code: Annotated[list[str] | None, typer.Option(help="A folder or file of code.")] = None,
    audience: Annotated[
        str, typer.Option(help='Who may read them: everyone, owner, or groups "a,b".')
    ] = "",
) -> None:
    """Write a commented profile.toml and answers/ into a new folder."""
    from avatar import profile
    from avatar.domain.audience import OWNER
    from avatar.errors import InvalidInputError
    from avatar.profile.sections import check_audience

    asking = session.doors.is_terminal()
    notes, code = notes or [], code or []
    if not owner.strip() and asking:
        owner = typer.prompt("Your name, as colleagues read it", err=True)
    if not owner.strip():
        raise InvalidInputError("Whose stand-in is it? Say so with --owner NAME.")
    if not notes and not code and asking:
        named = typer.prompt("Folder of your notes (empty for none)", default="", err=True)
        notes = [named] if named.strip() else []
    if not audience and asking:
        audience = typer.prompt(
            "Who may read them: everyone, owner, groups", default=OWNER, err=True
        )
    try:
        audience = check_audience(audience or OWNER)
    except ValueError as error:
        raise InvalidInputError(f"The audience {error}.") from error
    wanted = profile.NewProfile(owner.strip(), profile.kinds_and_paths(notes, code), audience)
    file = profile.write(folder, wanted, current=Path.cwd())
    profile.register(file.parent, session.doors.env)
    findings = profile.check(file.parent)
    for finding in findings:
        session.out.note(f"{finding.severity}: {finding}", COLOURS[finding.severity])
    if session.out.as_json:
        session.out.row({"profile": str(file.parent), "file": str(file), "findings": len(findings)})
        return
    is_sound = all(one.severity is profile.Severity.WARNING for one in findings)
    then = '`avatar up`, then `avatar ask "…"`' if is_sound else "correct that, then `avatar check`"
    session.out.say(f"Wrote {file}. Next: {then}.")
    if audience == OWNER:
        session.out.note(
            "Only you may read these sources so far; widen `audience` in the file for colleagues."
        )


def check(session: Session) -> None:
    """Tell every problem of the profile at once, with file, key and what to write."""
    from avatar import profile
    from avatar.errors import ProfileError

    findings = profile.check(session.folder, session.doors.check_channels)
    for finding in findings:
        if session.out.as_json:
            session.out.row(
                {
                    "file": str(finding.file),
                    "key": finding.key,
                    "severity": finding.severity.value,
                    "message": finding.message,
                    "fix": finding.fix,
                }
            )
        else:
            session.out.say(f"{finding.severity}: {finding}", COLOURS[finding.severity])
    if any(finding.severity is not profile.Severity.WARNING for finding in findings):
        raise typer.Exit(ProfileError.exit_code)
    if not session.out.as_json:
        session.out.say(
            f"The profile in {session.folder} is fine." if not findings else "No errors."
        )

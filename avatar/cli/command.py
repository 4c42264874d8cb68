"""How a function becomes a command: common options, an example, and every error's last stop."""

from __future__ import annotations

import functools
import inspect
import traceback
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avatar.cli.output import Output
from avatar.cli.session import Doors, Session
from avatar.errors import AvatarError

if TYPE_CHECKING:
    from collections.abc import Callable

ProfileOption = Annotated[
    Path | None,
    typer.Option("--profile", metavar="DIR", help="The profile folder.", show_default=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show tracebacks.")]

COMMON = (
    ("profile", ProfileOption, None),
    ("as_json", JsonOption, False),
    ("debug", DebugOption, False),
)


def command(app: typer.Typer, name: str, example: str) -> Callable[[Callable[..., None]], None]:
    """Make a function of a session a command of `app`, with an example in its help."""

    def register(function: Callable[..., None]) -> None:
        @functools.wraps(function)
        def run(
            ctx: typer.Context, profile: Path | None, as_json: bool, debug: bool, **own: object
        ) -> None:
            session = session_of(ctx, profile, as_json, debug)
            with_last_stop(session, lambda: function(session, **own))

        run.__signature__ = _signature(function)  # type: ignore[attr-defined]
        run.__annotations__ = {"ctx": typer.Context}
        help_text = f"{inspect.getdoc(function)}\n\n\b\nExample:\n  {example}"
        app.command(name, help=help_text)(run)

    return register


def _signature(function: Callable[..., None]) -> inspect.Signature:
    """Return the function's own parameters between the context and the common options."""
    kind = inspect.Parameter.KEYWORD_ONLY
    context = inspect.Parameter("ctx", kind, annotation=typer.Context)
    own = list(
        inspect.signature(function, eval_str=True, locals={"Session": Session}).parameters.values()
    )[1:]
    common = (
        inspect.Parameter(name, kind, default=default, annotation=annotation)
        for name, annotation, default in COMMON
    )
    return inspect.Signature([context, *(each.replace(kind=kind) for each in own), *common])


def session_of(ctx: typer.Context, profile: Path | None, as_json: bool, debug: bool) -> Session:
    """Return the session of these options, together with those given further left."""
    before = ctx.obj
    if not isinstance(before, Session):
        doors = before if isinstance(before, Doors) else Doors()
        return Session(doors, profile, Output(as_json), debug)
    return Session(
        before.doors,
        profile or before.named_profile,
        Output(as_json or before.out.as_json),
        debug or before.debug,
    )


def with_last_stop(session: Session, work: Callable[[], None]) -> None:
    """Run a command; whatever it raises becomes one sentence and an exit code."""
    try:
        work()
    except (typer.Exit, typer.Abort, typer.BadParameter, BrokenPipeError):
        raise  # Typer ends these itself
    except KeyboardInterrupt:
        session.out.note("Interrupted.")
        raise typer.Exit(130) from None
    except AvatarError as error:
        if session.debug:
            session.out.note(traceback.format_exc())
        _tell(session, type(error).__name__, str(error))
        raise typer.Exit(error.exit_code) from error
    except Exception as error:
        if session.debug:
            raise
        _tell(session, "UnexpectedError", _written_down(session, error))
        raise typer.Exit(1) from error


def _tell(session: Session, kind: str, message: str) -> None:
    if session.out.as_json:
        session.out.row({"error": kind, "message": message})
    session.out.note(message, "red")


def _written_down(session: Session, error: Exception) -> str:
    """Put the traceback into a log file and return the sentence that names it."""
    from avatar.profile import home

    incident = uuid.uuid4().hex[:8]
    log = home(session.doors.env) / "errors.log"
    what = f"Something unexpected went wrong ({type(error).__name__}, {incident})"
    try:
        log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with log.open("a", encoding="utf-8", errors="backslashreplace") as stream:
            log.chmod(0o600)
            stream.write(f"== {incident}\n{''.join(traceback.format_exception(error))}\n")
    except OSError:
        return f"{what}; run it again with --debug to see where."
    return f"{what}; {log} tells where."

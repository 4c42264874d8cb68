"""Questions and answers: ask, replies, teach, explain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from avatar.cli import render
from avatar.cli.batch import Batch, read_text
from avatar.cli.command import command
from avatar.cli.knowledge import BatchOption  # noqa: TC001 - Typer reads it
from avatar.errors import InvalidInputError

if TYPE_CHECKING:
    from avatar.cli.session import Session

AskerOption = Annotated[str, typer.Option(metavar="WHO", help="Who asks, as in the profile.")]
AudienceOption = Annotated[
    str | None,
    typer.Option(help='Who may read it: everyone, owner, or groups "a,b".', show_default=False),
]


def add_to(app: typer.Typer) -> None:
    """Add the commands of a conversation."""
    command(app, "ask", 'avatar ask "How do we rotate the webhook key?" --asker ana')(ask)
    command(app, "replies", "avatar replies --asker ana")(replies)
    command(app, "teach", 'avatar teach -q "Who owns billing?" -a "Team Kestrel." --audience sre')(
        teach
    )
    command(app, "explain", "avatar explain 7K3Q")(explain)


def ask(
    session: Session,
    text: Annotated[str | None, typer.Argument(help="The question; - reads stdin.")] = None,
    asker: AskerOption = "owner",
    dry_run: Annotated[bool, typer.Option(help="Decide, but record nothing.")] = False,
    batch: BatchOption = None,
) -> None:
    """Ask the stand-in, as a colleague would."""
    if (text is None) == (batch is None):
        raise InvalidInputError("Give a question, or --batch FILE, and not both.")
    with session.commands() as commands:
        if batch is not None:
            rows = Batch(batch, session.out)
            for decision in commands.ask(rows, asker=asker, dry_run=dry_run):
                session.out.row(decision)
            raise typer.Exit(InvalidInputError.exit_code if rows.bad else 0)
        row = {"id": "1", "text": read_text(text or "")}
        for decision in commands.ask([row], asker=asker, dry_run=dry_run):
            if session.out.as_json:
                session.out.row(decision)
            else:
                render.decision(session.out, decision, asker=None if dry_run else asker)
        if not (session.out.as_json or dry_run):
            render.waiting(session.out, len(commands.replies(asker=asker)), asker)


def replies(session: Session, asker: AskerOption = "owner") -> None:
    """Show the owner's replies that wait for an asker, once."""
    with session.commands() as commands:
        waiting = commands.replies(asker=asker)
        for reply in waiting:
            if session.out.as_json:
                session.out.row(reply)
            else:
                session.out.say(f"> {reply['question']}", "bold")
                session.out.say(f"{reply['text']}\n")
        # only now: a reply nobody could read, as when the pipe broke, waits for the next time
        commands.received([reply["delivery_id"] for reply in waiting], asker=asker)
    if not waiting and not session.out.as_json:
        session.out.say(f"No reply waits for {asker}.")


def teach(
    session: Session,
    questions: Annotated[
        list[str], typer.Option("-q", "--question", help="A question form; may be repeated.")
    ],
    answer: Annotated[str, typer.Option("-a", "--answer", help="The answer; - reads stdin.")],
    audience: AudienceOption = None,
) -> None:
    """Keep an answer as a past answer, before anybody has asked."""
    with session.commands() as commands:
        kept = commands.teach(questions, read_text(answer), audience=audience)
    if session.out.as_json:
        session.out.row(kept)
    else:
        session.out.say(f"Kept as {kept['path']}, for {kept['audience']}.")


def explain(
    session: Session,
    record_id: Annotated[str, typer.Argument(metavar="ID", help="Of a question or escalation.")],
) -> None:
    """Show why the stand-in decided as it did."""
    with session.commands() as commands:
        entry = commands.explain(record_id)
    if session.out.as_json:
        session.out.row(entry)
    else:
        render.explained(session.out, entry)

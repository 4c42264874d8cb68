"""What was learned, as people read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from avatar.cli import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar.cli.output import Output
    from avatar.commands import Row

SHOWN_WORDINGS: Final = 3


def gaps(out: Output, rows: Sequence[Row]) -> None:
    """Show what is not known, the gravest first, each with what would help."""
    if not rows:
        out.say("Nothing was asked that is not known.")
        return
    for row in rows:
        out.say(row["question"], "bold")
        for wording in row["wordings"][1 : 1 + SHOWN_WORDINGS]:
            out.say(f"  also: {wording}", "dim")
        more = len(row["wordings"]) - 1 - SHOWN_WORDINGS
        if more > 0:
            out.say(f"  and in {render.count(more, 'other way')}", "dim")
        askers = ", ".join(_times(each["asker"], each["asked"]) for each in row["askers"])
        state = "" if row["open"] else ", answered since"
        out.say(
            f"  asked {_often(row['asked'])} by {askers}, last {render.when(row['last_at'])}{state}"
        )
        out.say(f"  {_help(row['help'])}", "cyan")
        out.say(f"  avatar inbox show {row['escalation_ids'][0]}\n", "dim")


def _often(times: int) -> str:
    return {1: "once", 2: "twice"}.get(times, f"{times:,} times")


def _times(asker: str, times: int) -> str:
    return asker if times == 1 else f"{asker} ({times})"


def _help(row: Row) -> str:
    section = f" › {row['section']}" if row["section"] else ""
    match row["kind"]:
        case "known":
            return f"known by now: {render.place(row | {'symbol': ''})}"
        case "near":
            return f"a note would belong near {render.place(row | {'symbol': ''})}{section}"
        case _:
            return "no file comes near: it needs a note of its own"

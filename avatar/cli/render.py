"""Rows as people read them."""

from __future__ import annotations

import shlex
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from avatar.cli.output import Output
    from avatar.commands import Row

SHOWN_FAULTS: Final = 20
SHOWN_CHARACTERS: Final = 160
SHOWN_PASSAGES: Final = 10
SHOWN_LINES: Final = 6
SURE: Final = 0.85
FAIRLY_SURE: Final = 0.6


def count(number: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def shortened(text: str) -> str:
    """Return a question as one line of a list holds it: its beginning, when it is long."""
    line = " ".join(text[: 2 * SHOWN_CHARACTERS].split())
    if len(line) <= SHOWN_CHARACTERS and len(text) <= 2 * SHOWN_CHARACTERS:
        return line
    return f"{line[:SHOWN_CHARACTERS]}…"


def confidence(probability: float) -> str:
    """Return how sure the stand-in is, in words and as a percentage."""
    words = "not sure"
    if probability >= SURE:
        words = "sure"
    elif probability >= FAIRLY_SURE:
        words = "fairly sure"
    return f"{words} ({probability:.0%})"


def when(seconds: float | None) -> str:
    """Return a point in time in the reader's own zone; a dash for none."""
    if seconds is None:
        return "–"
    return datetime.fromtimestamp(seconds, tz=UTC).astimezone().strftime("%Y-%m-%d %H:%M")


def place(row: Row) -> str:
    """Return `path:start-end symbol`."""
    lines = f"{row['start_line']}"
    if row["end_line"] != row["start_line"]:
        lines += f"-{row['end_line']}"
    symbol = f" {row['symbol']}" if row.get("symbol") else ""
    return f"{row['path']}:{lines}{symbol}"


def decision(out: Output, row: Row, *, asker: str | None) -> None:
    """Show an answer with its sources, a question back, or what was handed over; and how sure.

    `asker` is told where it goes on; None when nothing was recorded.
    """
    out.say(row["text"])
    for citation in row["citations"]:
        if citation["path"] not in row["text"]:  # most answers name their places themselves
            out.say(f"  {place(citation)}", "cyan")
    if row["decision"] == "escalate":
        waits = row.get("escalation_id")
        out.say(f"Handed to the owner{f' as {waits}' if waits else ''}.", "yellow")
        if waits and asker:
            out.note(f"The reply will be there: avatar replies --asker {shlex.quote(asker)}", "dim")
    if row["citations"] or row["reasons"]:  # a greeting has nothing to be sure of
        sure = f"{confidence(row['confidence']).capitalize()}, "
        # how sure it was of what it did not say is among the reasons, if it was one
        is_told = row["decision"] != "escalate"
        out.say(f"{sure if is_told else ''}{row['elapsed_ms']:.0f} ms.", "dim")
    for reason in row["reasons"]:
        out.say(f"  - {reason}", "dim")
    if asker and row.get("question_id"):
        out.note(f"Why: avatar explain {row['question_id']}", "dim")


def waiting(out: Output, number: int, asker: str) -> None:
    """Say that replies to earlier questions are there for who just asked."""
    if number:
        replies = "1 reply is" if number == 1 else f"{number:,} replies are"
        out.note(f"{replies} there for you: avatar replies --asker {shlex.quote(asker)}", "green")


def results(out: Output, row: Row) -> None:
    """Show passages, best first."""
    if not row["results"]:
        out.say("Nothing was found.")
        return
    rows = [(place(found), found["kind"], f"{found['score']:.3f}") for found in row["results"]]
    out.table(("place", "kind", "score"), rows)


@contextmanager
def progress(out: Output) -> Iterator[Callable[[int, int, str], None]]:
    """Show a progress bar on a terminal, and nothing elsewhere."""
    console = out.console(errors=True)
    if not console.is_terminal:
        yield lambda _done, _total, _path: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    bar = Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}", markup=False),
        console=console,
        transient=True,
    )
    with bar:
        task = bar.add_task("listing", total=None)

        def show(done: int, total: int, path: str) -> None:
            from avatar.cli.output import clean

            bar.update(task, completed=done, total=total, description=clean(path)[-60:])

        yield show


def indexed(out: Output, row: Row) -> None:
    """Show what one pass over the files did."""
    kinds = ("added", "changed", "unchanged", "removed")
    done = ", ".join(f"{row[kind]:,} {kind}" for kind in kinds)
    out.say(f"{done}, {sum(skipped['count'] for skipped in row['skipped']):,} skipped.")
    chunks, vectors = count(row["chunks"], "chunk"), count(row["embedded"], "vector")
    out.say(f"{chunks} known, {vectors} made, in {row['elapsed_s']:.1f} s.")
    if row["redacted"]:
        places = count(row["redacted"], "secret")
        out.note(f"{places} left out of the index; `avatar status --faults` shows where.", "yellow")
    for skipped in row["skipped"]:
        out.note(f"  skipped {skipped['count']:,}: {skipped['reason']}")
    for fault in row["faults"][:SHOWN_FAULTS]:
        out.note(f"  {fault['path']}: {fault['reason']}", "yellow")
    if len(row["faults"]) > SHOWN_FAULTS:
        more = len(row["faults"]) - SHOWN_FAULTS
        out.note(f"  and {more:,} more; `avatar status --faults` lists them.", "yellow")
    if row["problem"]:
        out.note(f"Not everything is up to date: {row['problem']}.", "yellow")


def faults(out: Output, rows: Sequence[Row]) -> None:
    """Show what was left out or cleaned."""
    if not rows:
        out.say("Nothing was left out.")
        return
    out.table(("path", "why"), [(row["path"], _why(row)) for row in rows])


def _why(row: Row) -> str:
    redactions = row.get("redactions") or []
    return row["reason"] or f"{count(len(redactions), 'secret')} taken out: " + ", ".join(
        f"line {item['line']} ({item['label']})" for item in redactions if isinstance(item, dict)
    )


def status(out: Output, row: Row) -> None:
    """Show how the profile stands."""
    daemon = row["daemon"]
    where = f"process {daemon['pid']}, port {daemon['port']}" if daemon else "not running"
    own = {"daemon", "slack", "confidence", "engine"}
    shown = {key: value for key, value in row.items() if key not in own}
    shown["last_change"] = when(row["last_change"])
    shown["memory_mb"] = f"{row['memory_mb']:.0f} MB"
    lines = [(key.replace("_", " "), flat(value)) for key, value in shown.items()]
    out.table(
        ("", ""),
        [
            *lines,
            ("engine", engine(row["engine"])),
            ("confidence", sureness(row["confidence"])),
            ("daemon", where),
            ("slack", _slack(row["slack"])),
        ],
    )


def engine(row: Row) -> str:
    """Return what keeps the index, and where."""
    others = {name: value for name, value in row.items() if name != "engine"}
    return ", ".join(part for part in (str(row.get("engine", "")), flat(others)) if part)


def sureness(row: Row) -> str:
    """Return how sure is sure enough, and whether that is proved, in one line."""
    promise = f"{row['promise']:.0%} of what it sends is right"
    bar = f"answers from {row['thresholds']['answer']:.0%}"
    if row["is_promised"]:
        parts = [f"promised: {promise}", bar, f"calibrated {when(row['calibrated_at'])}"]
    else:
        parts = [row["shortfall"], bar]
    drift = row["drift"]
    if drift["precision"] is not None:
        parts.append(f"{drift['precision']:.0%} of the last {drift['recent']} judged were right")
    if drift["raised"] > 0:
        parts.append(f"bar raised by {drift['raised']:.2f} after wrong ones")
    drafts = [topic for topic, mode in row["modes"].items() if mode == "draft"]
    if drafts:
        parts.append(f"drafts only: {', '.join(drafts)}")
    if row["proposed"]:
        parts.append(f"may answer by themselves: {', '.join(row['proposed'])}")
    return "; ".join(parts)


def _slack(health: Row | None) -> str:
    if health is None:
        return "not listening"
    parts = ["connected" if health["is_connected"] else health["trouble"] or "connecting"]
    if health["connections"] > 1:
        parts.append(f"{health['connections']} programs share the app token")
    if health["is_paused"]:
        parts.append("paused")
    return ", ".join([*parts, f"{health['unfinished']} to do, {health['unsent']} to send"])


def flat(value: object) -> str:
    """Return a value of a row, with all it holds, in one line."""
    if value is None:
        return "–"
    if isinstance(value, dict):
        return ", ".join(f"{key} {flat(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(flat(item) for item in value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def inbox(out: Output, rows: Sequence[Row]) -> None:
    """Show escalations, one a line."""
    if not rows:
        out.say("Nothing waits for you.")
        return
    out.table(
        ("id", "state", "since", "asked by", "draft", "question"),
        [
            (
                row["escalation_id"],
                row["state"],
                when(row["opened_at"]),
                askers(row),
                "yes" if row["draft"] else "",
                shortened(row["question"]),
            )
            for row in rows
        ],
    )


def askers(row: Row) -> str:
    """Return who waits for a reply."""
    return ", ".join(
        str(each["asker"] if isinstance(each, dict) else each) for each in row["askers"]
    )


def escalation(out: Output, row: Row) -> None:
    """Show one escalation whole."""
    out.say(row["question"], "bold")
    out.say(
        f"{row['escalation_id']}, {row['state']}, asked by {askers(row)}, "
        f"{when(row['opened_at'])}, a kept answer may be for {row['audience']}"
    )
    for reason in row["reasons"]:
        out.say(f"  - {reason}", "dim")
    raised(out, row)
    for title in ("draft", "reply"):
        if row.get(title):
            out.say(f"\n{title.capitalize()}:", "bold")
            out.say(row[title])
        if title == "draft":
            sources(out, row.get("draft_sources") or [])


def sources(out: Output, rows: Sequence[Row]) -> None:
    """Show what a draft rests on, so that it need not be approved unread."""
    for number, source in enumerate(rows, start=1):
        out.say(f"  [{number}] {place(source)}", "cyan")
        if source["quote"] is None:
            out.say(
                "      not there as it was, or not to be read now: look before you send", "yellow"
            )
            continue
        quoted = source["quote"].splitlines()
        for line in quoted[:SHOWN_LINES]:
            out.say(f"      {shortened(line)}", "dim")
        if len(quoted) > SHOWN_LINES:
            out.say(f"      and {count(len(quoted) - SHOWN_LINES, 'line')} more", "dim")


def raised(out: Output, row: Row) -> None:
    """Show what would have made it surer."""
    if row["would_have_raised"]:
        out.say("What would have made it surer:")
        for text in row["would_have_raised"]:
            out.say(f"  + {text}", "green")


def closed(out: Output, row: Row) -> None:
    """Show what became of an escalation."""
    kept = f", kept as {row['kept_as']}" if row.get("kept_as") else ""
    out.say(f"{row['escalation_id']} is {row['state']}; {askers(row)} will be told{kept}.")


def explained(out: Output, row: Row) -> None:
    """Show why a decision was taken: what was asked, seen and weighed."""
    out.say(str(row["question"]), "bold")
    out.say(
        f"{row['decision']}, {confidence(row['confidence'])}, asked by {row['asker']}, "
        f"{when(row['decided_at'])}"
    )
    limits = ", ".join(f"{name} {value:.2f}" for name, value in row["thresholds"].items())
    out.say(f"thresholds: {limits}")
    said = [reason["text"] for reason in row["strongest"]]
    for reason in row["reasons"]:
        if reason["text"] not in said:
            out.say(f"  {reason['text']}")
    for reason in row["strongest"]:
        out.say(f"  {reason['weight']:+.2f}  {reason['text']}")
    raised(out, row)
    if row["passages"]:
        rows = [
            (
                place(seen),
                f"{seen['score']:.3f}",
                flat({k: round(v, 3) for k, v in seen["scores"].items()}),
            )
            for seen in row["passages"][:SHOWN_PASSAGES]
        ]
        out.table(("seen", "score", "by channel"), rows)
    out.say(f"\n{row['text']}")

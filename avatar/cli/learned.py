"""What was learned, as people read it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from avatar.cli import render

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from avatar.cli.output import Output
    from avatar.commands import Row
    from avatar.learning.evaluation import Evaluation

SHOWN_WORDINGS: Final = 3
SHAPE: Final = '{"question": "…", "expect": "path or words"} or {"question": "…", "unknown": true}'


def complaint(row: object) -> str:
    """Return what is wrong with a row of test questions; empty when nothing is."""
    if not isinstance(row, dict):
        return f"is not an object like {SHAPE}"
    question, asker = row.get("question"), row.get("asker", "owner")
    if not isinstance(question, str) or not question.strip():
        return 'has no "question" that is a text'
    if not isinstance(asker, str) or not asker:
        return 'has an "asker" that is no name'
    wanted = row.get("expect")
    listed = wanted if isinstance(wanted, list) else [wanted]
    is_good = bool(listed) and all(isinstance(each, str) and each.strip() for each in listed)
    if (row.get("unknown") is True) is is_good or not (is_good or wanted is None):
        return f"must say what is expected, or that it is unknown: {SHAPE}"
    return ""


def question(row: Row, number: int) -> Row:
    """Return a test question as the contract has it; its line is its id when it has none."""
    wanted = ("question", "expect", "unknown", "asker")
    taken: Row = {key: row[key] for key in wanted if key in row}
    return {"id": row.get("id", number)} | taken


def gaps(out: Output, rows: Sequence[Row]) -> None:
    """Show what is not known, the gravest first, each with what would help."""
    if not rows:
        out.say("Nothing was asked that is not known.")
        return
    for row in rows:
        out.say(render.shortened(row["question"]), "bold")
        for wording in row["wordings"][1 : 1 + SHOWN_WORDINGS]:
            out.say(f"  also: {render.shortened(wording)}", "dim")
        more = len(row["wordings"]) - 1 - SHOWN_WORDINGS
        if more > 0:
            out.say(f"  and in {render.count(more, 'other way')}", "dim")
        askers = ", ".join(_times(each["asker"], each["asked"]) for each in row["askers"])
        state = "" if row["open"] else ", answered since"
        last = render.when(row["last_at"])
        out.say(f"  asked {_often(row['asked'])} by {askers}, last {last}{state}")
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


def summary(found: Evaluation) -> Row:
    """Return what test questions come to as one JSON object."""
    row = asdict(found)
    row["results"] = {str(result): number for result, number in found.results.items()}
    return row | {"is_broken": found.is_broken}


def evaluated(out: Output, rows: Sequence[Row], found: Evaluation) -> None:
    """Show what went wrong, what was missed, and what it all comes to."""
    for row in rows:
        if row["result"] == "wrong":
            out.say(row["question"], "bold")
            wanted = " or ".join(row["expect"]) or "nothing: it should be handed over"
            out.say(
                f"  wrong, {render.confidence(row['confidence'])}: served {row['served']}", "red"
            )
            out.say(f"  expected {wanted}")
            for reason in row["reasons"]:
                out.say(f"  - {reason}", "dim")
    missed = [row for row in rows if row["result"] == "missed"]
    for row in missed:
        known = "would have been right" if row["would_be_right"] else "found something else"
        sure = render.confidence(row["confidence"])
        out.say(f"handed over, {known}, {sure}: {row['question']}", "yellow")
    if held := sum(row["held"] for row in rows):
        out.say(f"{render.count(held, 'answer')} counted that only a draft mode keeps for you.")
    out.table(("", ""), _figures(found))
    _verdict(out, found)


def _figures(found: Evaluation) -> list[tuple[str, str]]:
    results = {str(result): number for result, number in found.results.items()}
    right, wrong = results["right"], results["wrong"]
    lines = [
        ("asked", f"{found.asked}, of them {found.known:.0%} known"),
        ("answered", f"{right + wrong} ({found.coverage:.0%}), {right} right, {wrong} wrong"),
        ("missed", f"{results['missed']} known, but handed over"),
        ("handed over", f"{results['handed-over']} rightly; {results['asked-back']} asked back"),
        ("precision", f"{found.precision:.1%}, at least {found.lower_bound:.0%} (9 chances in 10)"),
    ]
    few = "too few questions to tell"
    lines.append(("AUROC", few if found.auroc is None else f"{found.auroc:.3f}"))
    lines.append(("ECE", few if found.error is None else f"{found.error:.3f}"))
    return lines


def _verdict(out: Output, found: Evaluation) -> None:
    promised = f"the promise that {found.promise:.0%} of what is answered is right"
    if not found.coverage:
        out.say(f"Nothing was answered, so {promised} was not put to the test.", "yellow")
    elif found.is_broken:
        chance = f"{found.chance:.0%}" if found.chance >= 0.01 else "less than 1%"
        out.say(f"It breaks {promised}; by chance alone it would in {chance} of cases.", "red")
    else:
        out.say(f"It keeps {promised}.", "green")


def calibrated(out: Output, row: Row, page: Path | None) -> None:
    """Show what a calibration found: the promise in words, before and after, what is proposed."""
    thresholds = row["thresholds"]
    if row["is_promised"]:
        out.say(
            f"Of the answers sent by themselves at least {row['promise']:.0%} will be right.",
            "green",
        )
    else:
        out.say(f"{_sentence(row['shortfall'])} Nothing is promised yet.", "yellow")
    bar = f"Answers by itself from {thresholds['answer']:.0%}"
    across = f"{thresholds['answer_crossing']:.0%} across languages"
    out.say(f"{bar} ({across}), drafts from {thresholds['draft']:.0%}.")
    if row["held_at"] is not None:
        out.say(
            f"Verdicts hold the bar at {row['held_at']:.0%} for now; right answers bring it down,"
            " by at most 5 points a day.",
            "yellow",
        )
    if row["threads"]:
        out.table(("", "shipped", "now"), _compared(row["before"], row["after"]))
    learned = ", ".join(f"{number:,} {origin}" for origin, number in row["labels"].items())
    out.say(f"Learned from {render.count(row['threads'], 'thread')}: {learned or 'nothing'}.")
    for topic in row["proposed"]:
        out.say(f"{topic} may answer by itself: avatar mode {topic} auto", "green")
    for note in row["notes"]:
        out.note(f"Note: {note}")
    if page is not None:
        out.say(f"Report: {page} (for your eyes only: it holds questions)")


def _compared(before: Row, after: Row) -> list[tuple[str, str, str]]:
    return [
        ("right and wrong told apart (AUROC)", *_pair(before, after, "auroc", ".3f")),
        ("precision of what is sent", *_pair(before, after, "precision", ".1%")),
        ("answered by itself", *_pair(before, after, "coverage", ".1%")),
        ("gap between stated and real (ECE)", *_pair(before, after, "error", ".3f")),
    ]


def _pair(before: Row, after: Row, key: str, form: str) -> tuple[str, str]:
    return format(before[key], form), format(after[key], form)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


WHY: Final = {
    "profile": "as the profile says",
    "chosen": "chosen by you",
    "demoted": "taken after a run of rejected answers",
}


def modes(out: Output, rows: Sequence[Row]) -> None:
    """Show who sends the answers of each topic, and what is proposed."""
    table = [
        (row["topic"], row["mode"], WHY[row["why"]], render.when(row["since"])) for row in rows
    ]
    out.table(("topic", "mode", "why", "since"), table)
    for row in rows:
        if found := row["proposal"]:
            out.say(
                f"{row['topic']} may answer by itself: {found['right']} of {found['answered']}"
                f" replayed answers were right, at least {found['lower_bound']:.0%}."
                f" Accept with: avatar mode {row['topic']} auto",
                "green",
            )


def chosen(out: Output, row: Row) -> None:
    """Show what was chosen for a topic."""
    what = "are sent when it is sure enough" if row["mode"] == "auto" else "wait for your approval"
    out.say(f"Answers from {row['topic']} {what}, from now on.")


def judged(out: Output, row: Row) -> None:
    """Show what the owner's word did."""
    out.say(f"Noted as {row['verdict']}: {row['question']}")
    if row["verdict"] == "rejected":
        out.say(f"{_people(row['told'])} that the answer was wrong.")
        out.note("Teach the right one: avatar teach -q … -a …", "dim")


def _people(number: int) -> str:
    if not number:
        return "Nobody else had to be told"
    return "1 person is told" if number == 1 else f"{number:,} people are told"

"""The file form of a past answer: Markdown with a front matter anybody can read and edit."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from avatar.domain.audience import Audience
from avatar.domain.chunks import Span
from avatar.domain.escalations import PastAnswer

FENCE: Final = "---"
FIELD: Final = re.compile(r"([A-Za-z_][\w-]*)[ \t]*:(?:[ \t]+(.*)|[ \t]*)$")
ITEM: Final = re.compile(r"[ \t]*-[ \t]+(.*)$")
SPAN: Final = re.compile(r"(.+)#L(\d{1,9})-L?(\d{1,9})[ \t]+([0-9a-f]{64})$")
HEADING: Final = re.compile(r" {0,3}#{1,6}[ \t]+(.+?)[ \t]*#*$")
ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r"}
ESCAPED: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
BREAKS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
UNSAFE: Final = re.compile(r"[^\w\u3400-\u9fff]+|_+")
RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)$")
LONGEST_SLUG: Final = 60
LONGEST_SLUG_BYTES: Final = 180


@dataclass(frozen=True, slots=True)
class ParsedAnswer:
    """A past answer as read, the line its body starts on, and whether it names its audience."""

    past_answer: PastAnswer
    body_start_line: int
    names_audience: bool = False


def render(answer: PastAnswer) -> str:
    """Write a past answer as the text of its file; `parse` reads back the same answer."""
    lines = [FENCE, "questions:"]
    lines += [f"  - {_quote(question)}" for question in answer.questions]
    lines += [f"audience: {_quote(str(answer.audience))}"]
    lines += [f"date: {_iso(answer.answered_at)}"]
    if answer.escalation_id:
        lines += [f"escalation: {_quote(answer.escalation_id)}"]
    if answer.rests_on:
        lines += ["rests_on:"]
        lines += [
            f"  - {_quote(f'{s.document_id}#L{s.start_line}-L{s.end_line} {s.sha256}')}"
            for s in answer.rests_on
        ]
    return "\n".join([*lines, FENCE, "", answer.answer.strip("\n"), ""])


def parse(text: str, *, stem: str = "") -> ParsedAnswer:
    """Read an answer file; without front matter the first heading or the stem is the question.

    Never raises: a field that cannot be read counts as missing, and a missing audience is the
    owner alone.
    """
    lines = text.replace("\r\n", "\n").removeprefix("\ufeff").split("\n")
    fields, body_start = _front_matter(lines)
    while body_start < len(lines) and not lines[body_start].strip():
        body_start += 1
    questions = tuple(
        question.strip()
        for key in ("questions", "question", "title")
        for question in fields.get(key, ())
        if question.strip()
    )
    if not questions:
        questions = (_first_heading(lines[body_start:]) or stem.replace("-", " ").strip(),)
    named = fields.get("audience", [])
    return ParsedAnswer(
        PastAnswer(
            questions=tuple(dict.fromkeys(questions)),
            answer="\n".join(lines[body_start:]).strip("\n"),
            audience=Audience.parse(",".join(named)),
            answered_at=_seconds(next(iter(fields.get("date", [])), "")),
            rests_on=tuple(span for entry in fields.get("rests_on", []) for span in _span(entry)),
            escalation_id=next(iter(fields.get("escalation", [])), ""),
        ),
        body_start_line=body_start + 1,
        names_audience="audience" in fields,
    )


def answer_audience(text: str) -> Audience | None:
    """Return the audience the front matter names, None when it names none."""
    parsed = parse(text)
    return parsed.past_answer.audience if parsed.names_audience else None


def slug(question: str) -> str:
    """Return a file name for a question: its words, safe on every file system, never empty."""
    plain = unicodedata.normalize("NFKC", question).lower()
    words = UNSAFE.sub("-", plain).strip("-")[:LONGEST_SLUG]
    while len(words.encode(errors="replace")) > LONGEST_SLUG_BYTES:
        words = words[:-1]
    name = words.rstrip("-")
    return f"answer-{name}" if not name or RESERVED.match(name) else name


def _front_matter(lines: list[str]) -> tuple[dict[str, list[str]], int]:
    """Read `key: value`, `key: [a, b]` and lists; return them with the first body line's index."""
    if lines[0].rstrip() != FENCE:
        return {}, 0
    fields: dict[str, list[str]] = {}
    current: list[str] = []
    for index, line in enumerate(lines[1:], start=1):
        if line.rstrip() == FENCE:
            return fields, index + 1
        item, field = ITEM.match(line), FIELD.match(line)
        if item:
            current.append(_unquote(item[1]))
        elif field:
            current = fields.setdefault(field[1].lower().replace("-", "_"), [])
            current += _values(field[2] or "")
    return {}, 0


def _values(text: str) -> list[str]:
    inner = text.strip()
    if inner.startswith("[") and inner.endswith("]"):
        return [_unquote(part) for part in inner[1:-1].split(",") if part.strip()]
    return [_unquote(inner)] if inner else []


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + BREAKS.sub(lambda match: f"\\u{ord(match[0]):04x}", escaped) + '"'


def _unquote(text: str) -> str:
    inner = text.strip()
    if len(inner) >= 2 and inner[0] == inner[-1] == '"':
        return ESCAPED.sub(
            lambda match: chr(int(match[1], 16)) if match[1] else ESCAPES.get(match[2], match[2]),
            inner[1:-1],
        )
    if len(inner) >= 2 and inner[0] == inner[-1] == "'":
        return inner[1:-1].replace("''", "'")
    return inner


def _first_heading(lines: list[str]) -> str:
    return next((match[1] for line in lines if (match := HEADING.match(line))), "")


def _span(entry: str) -> list[Span]:
    match = SPAN.match(entry.strip())
    return [Span(match[1], int(match[2]), int(match[3]), match[4])] if match else []


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _seconds(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return 0.0
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()

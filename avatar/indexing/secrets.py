"""Takes secrets out of a text before anything of it is stored, embedded or shown.

Rather one value too many than one too few: a value that is taken out by mistake costs a little
knowledge, one that is left in costs the owner's trust. Every secret is replaced by a mark that
names its kind; lines are neither added nor removed, because citations count them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from avatar.indexing.secret_keys import Found, find_beside_keys
from avatar.indexing.secret_patterns import TOKEN_SHAPES
from avatar.indexing.secret_values import MARK, is_placeholder, looks_chosen, looks_random

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

MAX_ROUNDS: Final = 8
"""Taking one secret out can bring another to light; more rounds than this were never needed."""

BEGIN_KEY: Final = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|Private-Lines: \d+"
)
END_KEY: Final = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
KEY_LINE: Final = re.compile(
    r"[\s\"'`+,;\\>|#*/]*+(?:[A-Za-z0-9+/=]{16,}+|[A-Za-z0-9+/]{0,15}={0,2}|=[A-Za-z0-9+/]{4}"
    r"|[A-Z][A-Za-z-]{2,20}: [^\n]{1,120})(?:\\n|\\r)?[\s\"'`+,;\\]*\Z"
)
KEY_BODY: Final = re.compile(r"[A-Za-z0-9+/=]{16,}")
MAX_KEY_LINES: Final = 400


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a secret was taken out, lines counting from 1, and what it was."""

    line: int
    label: str


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without its secrets, with as many lines as before."""

    text: str
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class _Form:
    """A way of writing a secret that neither its own shape nor a name before it gives away."""

    label: str
    hints: tuple[str, ...]
    pattern: re.Pattern[str]
    is_secret: Callable[[str], bool]


def _is_given(value: str) -> bool:
    return not is_placeholder(value) and not value.startswith("-")


def _is_made(value: str) -> bool:
    return _is_given(value) and (looks_chosen(value) or looks_random(value))


FORMS: Final = (
    _Form(
        "password in URL",
        ("://",),
        re.compile(
            r"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.\-]{1,20}://[^\s/:@\"'<>]{0,100}"
            r":(?P<v>[^\s/\"'<>]{1,200})@"
        ),
        _is_given,
    ),
    _Form(
        "token in URL",
        ("://",),
        re.compile(r"://(?P<v>[^\s/:@\"'<>]{16,200})(?::[^\s/:@\"'<>]{0,20})?@"),
        looks_random,
    ),
    _Form(
        "authorization header",
        ("uthorization", "UTHORIZATION"),
        re.compile(
            r"authorization[\"'\]]{0,2}[ \t]{0,4}[:=,][ \t]{0,4}[frb]?[\"'`]?"
            r"(?:[A-Za-z][A-Za-z0-9-]{2,20}[ \t]{1,4})?(?P<v>[A-Za-z0-9._~+/=:-]{8,4000})",
            re.IGNORECASE,
        ),
        lambda value: _is_made(value) or (_is_given(value) and not value.islower()),
    ),
    _Form(
        "bearer token",
        ("earer ", "EARER "),
        re.compile(r"\bbearer[ \t]{1,4}(?P<v>[A-Za-z0-9._~+/=-]{12,4000})", re.IGNORECASE),
        _is_made,
    ),
    _Form(
        "password",
        ("mysql", "mariadb"),
        re.compile(
            r"\b(?:mysql|mariadb)(?:dump|admin|import)?[ \t][^\n]{0,200}?[ \t]-p(?P<q>[\"']?)"
            r"(?P<v>[^\s\"']{3,100})"
        ),
        _is_given,
    ),
    _Form(
        "password",
        ("curl", "wget", "http "),
        re.compile(
            r"\b(?:curl|wget|http)[ \t](?:[^\n]{0,300}?[ \t])?(?:-u|--user|-a|--proxy-user)[ =]?"
            r"[\"']?[^\s:\"'/]{1,60}:(?P<v>[^\s\"']{3,200})"
        ),
        _is_given,
    ),
    _Form(
        "password",
        ("sshpass", "redis-cli", "docker login", "helm registry"),
        re.compile(
            r"\b(?:sshpass|redis-cli|docker login|helm registry login)\b[^\n]{0,120}?[ \t](?:-p|-a)"
            r"[ \t]{0,4}[\"']?(?P<v>[^\s\"']{3,200})"
        ),
        _is_given,
    ),
    _Form(
        "password",
        ("password", "passwd"),
        re.compile(
            r"(?:^[ \t]*|\blogin[ \t]+\S{1,100}[ \t]+)passw(?:or)?d[ \t]+"
            r"(?P<v>[^\s|=:]{4,200})[ \t]*$",
            re.MULTILINE,
        ),
        _is_made,
    ),
    _Form(
        "password",
        ("identified", "IDENTIFIED"),
        re.compile(
            r"identified[ \t]+(?:with[ \t]+\S{1,40}[ \t]+)?by[ \t]+(?:password[ \t]+)?"
            r"[\"'](?P<v>[^\"'\n]{3,200})[\"']",
            re.IGNORECASE,
        ),
        _is_given,
    ),
    _Form(
        "secret",
        ("alue", "ALUE", "efault"),
        re.compile(
            r"\b(?:name|key|id|variable)[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"']?[\w.-]{0,60}"
            r"(?:password|passwd|pwd|secret|token|key|credential)s?[\w.-]{0,20}[\"']?"
            r"[ \t]{0,4}[,;]?[ \t]{0,20}\n?[ \t]{0,40}[\"']?(?:value|default)[\"']?"
            r"[ \t]{0,4}[:=][ \t]{0,4}[\"']?(?P<v>[^\s\"',;}]{4,400})",
            re.IGNORECASE,
        ),
        _is_made,
    ),
    _Form(
        "password",
        (":",),
        re.compile(
            r"^[\w.*-]{1,100}:(?:\d{2,5}|\*):[\w*-]{1,60}:[\w*-]{1,60}:(?P<v>[^\s:]{4,100})[ \t]*$",
            re.MULTILINE,
        ),
        _is_given,
    ),
    _Form(
        "password",
        ("/", "|"),
        re.compile(
            r"(?<![A-Za-z])(?:log[ -]?in|log on|user(?:[ _]?name)?|creds?|credentials?|sign[ -]?in"
            r"|账号|帐号|账户|用户名?|登录)(?:[ _](?:as|with|info|data))?[ \t]{0,4}[:：=][ \t]{0,4}"
            r"[\"'`*]{0,3}[\w.@+-]{2,60}[\"'`*]{0,3}(?:[ \t]{1,3}[/|][ \t]{1,3}|/)"
            r"[\"'`*]{0,3}(?P<v>[^\s/\"'`*，。]{4,100})",
            re.IGNORECASE,
        ),
        _is_made,
    ),
)


def redact(text: str) -> Redacted:
    """Return the text with every secret replaced by a mark; doing it again changes nothing."""
    marks: list[Mark] = []
    for _ in range(MAX_ROUNDS):
        text, found = _one_round(text)
        if not found:
            break
        marks += found
    return Redacted(text, tuple(sorted(marks, key=lambda mark: mark.line)))


def _one_round(text: str) -> tuple[str, list[Mark]]:
    marks: list[Mark] = []
    for finder in (_private_keys, _shaped_tokens, _written_forms, find_beside_keys):
        text, found = _replace(text, finder(text))
        marks += found
    return text, marks


def _replace(text: str, found: Iterable[Found]) -> tuple[str, list[Mark]]:
    """Put a mark in place of each finding, leaving existing marks and line breaks alone."""
    kept_marks = [match.span() for match in MARK.finditer(text)]
    starts = [start for start, _ in kept_marks]
    line_ends = [match.start() for match in re.finditer("\n", text)]
    parts: list[str] = []
    marks: list[Mark] = []
    done = 0
    for item in sorted(found, key=lambda each: (each.start, -each.end)):
        before = bisect_right(starts, item.start) - 1
        is_in_mark = before >= 0 and item.start < kept_marks[before][1]
        reaches_mark = before + 1 < len(starts) and item.end > starts[before + 1]
        if item.start < done or is_in_mark or reaches_mark:
            continue
        breaks = text.count("\n", item.start, item.end)
        parts += [text[done : item.start], f"[secret removed: {item.label}]", "\n" * breaks]
        marks.append(Mark(bisect_right(line_ends, item.start) + 1, item.label))
        done = item.end
    return "".join([*parts, text[done:]]) if parts else text, marks


def _shaped_tokens(text: str) -> Iterator[Found]:
    for shape in TOKEN_SHAPES:
        if any(hint in text for hint in shape.hints):
            for match in shape.pattern.finditer(text):
                yield Found(match.start(), match.end(), shape.label)


def _written_forms(text: str) -> Iterator[Found]:
    for form in FORMS:
        if any(hint in text for hint in form.hints):
            for match in form.pattern.finditer(text):
                if form.is_secret(match["v"]):
                    yield Found(match.start("v"), match.end("v"), form.label)


def _private_keys(text: str) -> Iterator[Found]:
    """Find the body of each PEM, PGP or PuTTY key, also one whose end is missing."""
    done = 0
    for begin in BEGIN_KEY.finditer(text):
        if begin.start() >= done:
            done = _end_of_key(text, begin.end())
            if KEY_BODY.search(text, begin.end(), done):
                yield Found(begin.start(), done, "private key")


def _end_of_key(text: str, start: int) -> int:
    """Return where a key that begins before `start` ends: its end mark, or its last own line."""
    line_end = _line_end(text, start)
    end_mark = END_KEY.search(text, start, line_end)
    if end_mark:
        return end_mark.end()
    if not KEY_LINE.match(text[start:line_end]):
        inline = re.compile(r"(?:\\n|\\r|[A-Za-z0-9+/= :-])*").match(text, start, line_end)
        return inline.end() if inline else start
    end = line_end
    for _ in range(MAX_KEY_LINES):
        if line_end >= len(text):
            break
        start, line_end = line_end + 1, _line_end(text, line_end + 1)
        end_mark = END_KEY.search(text, start, line_end)
        if end_mark:
            return end_mark.end()
        line = text[start:line_end]
        if not KEY_LINE.match(line):
            break
        if line.strip():
            end = line_end
    return end


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return end if end >= 0 else len(text)

"""What a validation error of a profile means, in words, with what to write."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

from avatar.profile.findings import Finding
from avatar.profile.keys import HEADINGS, KEYS, key_named

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

MAX_SHOWN: Final = 60
NAMED_BY_THE_OWNER: Final = ("askers", "answering.topics")
"""Sections whose keys are names that the owner gives."""


def explain(file: Path, error: ValidationError, at: tuple[str, ...] = ()) -> Iterator[Finding]:
    """Yield one finding per error; `at` is the section that was checked, the file's when empty."""
    for details in error.errors(include_url=False):
        location = (*at, *details["loc"])
        yield Finding(file, _dotted(location), _message(details), _fix(details, location))


def _dotted(location: tuple[int | str, ...]) -> str:
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def _place(location: tuple[int | str, ...]) -> tuple[str, str]:
    """Return section and key; an index into a list says nothing about them."""
    names = [part for part in location if isinstance(part, str)]
    for section in NAMED_BY_THE_OWNER:
        if ".".join(names).startswith(f"{section}.") or names == [section]:
            return section, "NAME"
    if ".".join(names) in HEADINGS:
        return ".".join(names), ""
    for length in range(len(names) - 1, 0, -1):
        if ".".join(names[:length]) in HEADINGS:
            return ".".join(names[:length]), names[length]
    return ".".join(names[:-1]), names[-1]


def _message(details: ErrorDetails) -> str:
    kind, name = details["type"], str(details["loc"][-1])
    if kind == "extra_forbidden":
        return f"{name!r} is not a key of this section"
    if kind == "missing":
        return "is missing"
    if kind == "value_error":
        return str(details["ctx"]["error"].args[0])
    text = details["msg"][0].lower() + details["msg"][1:]
    if "secret" in name or isinstance(details["input"], dict | list | tuple):
        return text
    shown = repr(details["input"])
    return f"{shown if len(shown) <= MAX_SHOWN else shown[:MAX_SHOWN] + '…'}: {text}"


def _fix(details: ErrorDetails, location: tuple[int | str, ...]) -> str:
    section, name = _place(location)
    if details["type"] == "extra_forbidden":
        return _known(section, name)
    if details["type"] == "value_error" and len(details["ctx"]["error"].args) > 1:
        return str(details["ctx"]["error"].args[1])
    if not name:
        first = next(key for key in KEYS if key.section == section)
        return f"write {HEADINGS[section]} and below it: {first.line}"
    key = key_named(section, name)
    if key is None:
        return "correct it"
    return f"write: {key.line}  # {key.meaning}"


def _known(section: str, name: str) -> str:
    above = f"{section}." if section else ""
    below = [heading.removeprefix(above) for heading in HEADINGS if heading.startswith(above)]
    parts = dict.fromkeys(heading.partition(".")[0] for heading in below)
    names = [*(key.name for key in KEYS if key.section == section), *parts]
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"remove it; there are {', '.join(names)}"

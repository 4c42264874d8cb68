"""Writing a new profile folder: a commented `profile.toml` and `answers/`."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from avatar.errors import InvalidInputError, StateUnwritableError
from avatar.profile.keys import HEADINGS, KEYS, Key
from avatar.profile.model import ANSWERS_FOLDER, PROFILE_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

INTRODUCTION: Final = (
    "# The profile of a stand-in: which files it knows, who may read what, how sure is enough.\n"
    "# Lines that begin with # show what else can be written. `avatar check` explains problems.\n"
)
LEFT_OUT: Final = frozenset(
    {"index.extra_embedders", "model", "askers", "answering.topics", "channels.slack"}
)
"""Sections that stay comments until the owner wants them: they have no harmless default."""


@dataclass(frozen=True, slots=True)
class NewSource:
    """A folder or file the owner named, and its kind."""

    path: str
    kind: str


@dataclass(frozen=True, slots=True)
class NewProfile:
    """What is asked of an owner to begin with."""

    owner: str
    sources: tuple[NewSource, ...]
    audience: str


def write(folder: Path, wanted: NewProfile, *, current: Path) -> Path:
    """Write a new profile into a folder and return its file; never overwrites one.

    Relative source paths are meant from `current`, as on the command line.
    """
    folder = (current / folder.expanduser()).resolve()
    file = folder / PROFILE_FILE
    try:
        (folder / ANSWERS_FOLDER).mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as stream:
            stream.write(render(folder, wanted, current=current))
            stream.flush()
            os.fsync(stream.fileno())
    except FileExistsError as error:
        raise InvalidInputError(
            f"{error.filename or file} exists already; edit it, or choose another folder."
        ) from error
    except OSError as error:
        raise StateUnwritableError(
            f"Cannot write {file} ({error.strerror}); choose a folder you may write to."
        ) from error
    return file


def render(folder: Path, wanted: NewProfile, *, current: Path) -> str:
    """Return the commented text of a new profile."""
    parts = [INTRODUCTION]
    for section in HEADINGS:
        if section == "sources":
            parts.extend(_sources(folder, wanted, current))
        else:
            filled = {"name": _quoted(wanted.owner)} if section == "owner" else {}
            parts.append(_section(section, filled))
    return "\n".join(parts)


def _section(section: str, filled: dict[str, str]) -> str:
    hidden = "# " if section in LEFT_OUT else ""
    lines = [f"{hidden}{HEADINGS[section]}"]
    for key in (key for key in KEYS if key.section == section):
        value = filled.get(key.name)
        lines.append(_line(key, value) if value is not None else f"# {_line(key, None)}")
    return "\n".join(lines) + "\n"


def _line(key: Key, value: str | None) -> str:
    return f"{key.name} = {value or key.example}".ljust(34) + f"  # {key.meaning}"


def _sources(folder: Path, wanted: NewProfile, current: Path) -> Iterator[str]:
    names: set[str] = {ANSWERS_FOLDER}
    for source in wanted.sources:
        path = (current / Path(source.path).expanduser()).resolve()
        filled = {
            "path": _quoted(source.path if source.path.startswith("~") else str(path)),
            "kind": _quoted(source.kind),
            "audience": _quoted(wanted.audience),
        }
        name = _free_name(path.name or "root", names)
        if name != path.name:
            filled["name"] = _quoted(name)
        if folder.is_relative_to(path):
            inside = (folder.relative_to(path) / ANSWERS_FOLDER).as_posix()
            filled["exclude"] = f"[{_quoted(f'/{inside}/')}]"
        yield _section("sources", filled)
    if not wanted.sources:
        yield "\n".join(f"# {line}" for line in _section("sources", {}).splitlines()) + "\n"


def _free_name(name: str, taken: set[str]) -> str:
    free, count = name, 2
    while free.casefold() in taken:
        free, count = f"{name}-{count}", count + 1
    taken.add(free.casefold())
    return free


def _quoted(text: str) -> str:
    """Return a TOML string; JSON's escapes are TOML's, all but one."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def kinds_and_paths(notes: Sequence[str], code: Sequence[str]) -> tuple[NewSource, ...]:
    """Return new sources for folders of notes and of code."""
    return (
        *(NewSource(path, "notes") for path in notes),
        *(NewSource(path, "code") for path in code),
    )

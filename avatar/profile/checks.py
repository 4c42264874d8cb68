"""Reading a profile: every problem at once, each with its key and what to write."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from avatar.domain.audience import Audience
from avatar.domain.documents import SourceKind
from avatar.domain.judgement import hollow
from avatar.errors import ProfileError
from avatar.profile.explain import explain
from avatar.profile.findings import Finding, Severity
from avatar.profile.model import ANSWERS_FOLDER, PROFILE_FILE, Profile
from avatar.profile.places import profile_id
from avatar.profile.sections import ProfileFile, SourceSection, is_plain_and_far

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    Placed = tuple[int, SourceSection]
    ChannelCheck = Callable[[Path, Mapping[str, Any]], Iterable[Finding]]


def _no_channels(_file: Path, _raw: Mapping[str, Any]) -> Iterable[Finding]:
    return ()


def load(folder: Path) -> Profile:
    """Return the profile in a folder.

    Raises `ProfileError` listing everything that makes it unusable. A source whose folder is
    missing does not: `check` tells of it.
    """
    profile, findings = _examine(folder.absolute(), _no_channels)
    fatal = [finding for finding in findings if finding.severity is Severity.FATAL]
    if profile is None or fatal:
        is_one = len(fatal) == 1
        count, them = ("one problem", "it") if is_one else (f"{len(fatal)} problems", "them")
        raise ProfileError(
            f"The profile in {folder} has {count}; correct {them} and run `avatar check`:",
            [str(finding) for finding in fatal],
        )
    return profile


def check(folder: Path, channels: ChannelCheck = _no_channels) -> tuple[Finding, ...]:
    """Return everything that is wrong or odd about the profile in a folder, worst first.

    `channels` looks at the sections of the channels, which only their connectors understand.
    """
    order = list(Severity)
    _, findings = _examine(folder.absolute(), channels)
    return tuple(sorted(findings, key=lambda finding: order.index(finding.severity)))


def _examine(folder: Path, channels: ChannelCheck) -> tuple[Profile | None, list[Finding]]:
    file = folder / PROFILE_FILE
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        fix = f"make one with `avatar init {folder} --owner NAME`"
        return None, [Finding(file, "", "there is no such file", fix)]
    except OSError as error:
        fix = "make it readable for you"
        return None, [Finding(file, "", f"cannot be read ({error.strerror})", fix)]
    except UnicodeDecodeError:
        return None, [Finding(file, "", "is not UTF-8 text", "save it as UTF-8")]
    except tomllib.TOMLDecodeError as error:
        return None, [Finding(file, "", f"is not TOML: {error}", "correct that line")]
    findings: list[Finding] = []
    parsed: ProfileFile | None = None
    try:
        parsed = ProfileFile.model_validate(raw)
    except ValidationError as error:
        findings.extend(explain(file, error))
    sources, lost = _placed(file, raw)
    findings += [*lost, *_names(file, sources), *_leaks(file, sources), *_folders(file, sources)]
    findings += channels(file, raw)
    if parsed is None:
        return None, findings
    findings.extend(_oddities(file, parsed, sources))
    return _profile(folder, parsed, [source for _, source in sources]), findings


def _profile(folder: Path, parsed: ProfileFile, sources: list[SourceSection]) -> Profile:
    answers = SourceSection(
        path=str(folder.resolve() / ANSWERS_FOLDER),
        name=ANSWERS_FOLDER,
        kind=SourceKind.ANSWERS,
        audience=parsed.answers.audience,
        respect_gitignore=False,
    )
    return Profile(
        folder=folder.resolve(),
        profile_id=profile_id(folder),
        owner=parsed.owner,
        sources=(*sources, answers),
        answers=parsed.answers,
        askers=parsed.askers,
        answering=parsed.answering,
        model=parsed.model,
        index=parsed.index,
        escalation=parsed.escalation,
        web=parsed.web,
        channels=parsed.channels,
    )


def _placed(file: Path, raw: dict[str, Any]) -> tuple[list[Placed], list[Finding]]:
    """Return the sources that can be read one by one, with absolute paths and names."""
    listed = raw.get("sources", [])
    placed: list[Placed] = []
    lost: list[Finding] = []
    for number, item in enumerate(listed if isinstance(listed, list) else []):
        try:
            source = SourceSection.model_validate(item)
            path = (file.parent / Path(source.path).expanduser()).resolve()
        except ValidationError:
            continue  # `explain` tells of it
        except (RuntimeError, OSError):
            key = f"sources[{number}].path"
            fix = "write the folder in full, such as /home/me/notes"
            lost.append(Finding(file, key, f"{source.path!r} leads nowhere", fix))
            continue
        name = source.name or path.name or "root"
        placed.append((number, source.model_copy(update={"path": str(path), "name": name})))
    return placed, lost


def _names(file: Path, sources: Sequence[Placed]) -> Iterator[Finding]:
    seen = {ANSWERS_FOLDER.casefold(): "the folder of past answers"}
    for number, source in sources:
        other = seen.get(source.name.casefold())
        if other is not None or source.name in {".", ".."}:
            message = f"the name {source.name!r} is that of {other or 'a folder'}"
            fix = f'write another one, such as: name = "{source.name.strip(".") or "files"}-2"'
            yield Finding(file, f"sources[{number}].name", message, fix)
        seen.setdefault(source.name.casefold(), f"sources[{number}]")


def _leaks(file: Path, sources: Sequence[Placed]) -> Iterator[Finding]:
    """Find what one source would show to people whom another one keeps it from."""
    answers = SourceSection(path=str(file.parent.resolve() / ANSWERS_FOLDER), name=ANSWERS_FOLDER)
    for number, outer in sources:
        for inner in (answers, *(source for other, source in sources if other != number)):
            inside = _inside(outer, inner)
            if inside is None or _excludes(outer, inside):
                continue
            if Audience.parse(outer.audience).within(Audience.parse(inner.audience)):
                continue
            message = (
                f"{inner.path} lies in this source and would be shown to {outer.audience}; "
                f"its own rule is {inner.audience if inner is not answers else 'in each answer'}"
            )
            fix = f'write: exclude = ["/{inside}/"]' if inside else "give one of them up"
            severity = Severity.WARNING if outer.include else Severity.FATAL
            yield Finding(file, f"sources[{number}].exclude", message, fix, severity)


def _inside(outer: SourceSection, inner: SourceSection) -> str | None:
    """Return where the inner path is in the outer one, with forward slashes; None if nowhere."""
    path = Path(inner.path)
    if not path.is_relative_to(outer.path):
        return None
    relative = path.relative_to(outer.path).as_posix()
    return "" if relative == "." else relative


def _excludes(outer: SourceSection, inside: str) -> bool:
    parts = inside.split("/")
    above = {"/".join(parts[: count + 1]) for count in range(len(parts))} if inside else set()
    return any(pattern.strip().strip("/").removesuffix("/**") in above for pattern in outer.exclude)


def _folders(file: Path, sources: Sequence[Placed]) -> Iterator[Finding]:
    for number, source in sources:
        path, key = Path(source.path), f"sources[{number}].path"
        try:
            if path.is_dir():
                next(path.iterdir(), None)
                continue
            path.stat()
        except FileNotFoundError:
            fix = "create it, or write where it is"
            yield Finding(file, key, f"{path} does not exist", fix, Severity.PROBLEM)
        except OSError as error:
            message = f"{path} cannot be read ({error.strerror})"
            yield Finding(file, key, message, "grant yourself access", Severity.PROBLEM)


def _oddities(file: Path, parsed: ProfileFile, sources: Sequence[Placed]) -> Iterator[Finding]:
    groups = {group for named in parsed.askers.values() for group in named}
    for number, source in sources:
        for label in sorted(set(source.audience.split(",")) - groups - {"everyone", "owner"}):
            message = f"nobody is in the group {label!r}"
            fix = f'write under [askers]: NAME = ["{label}"]'
            key = f"sources[{number}].audience"
            yield Finding(file, key, message, fix, Severity.WARNING)
    yield from _topics(file, parsed, [source.name for _, source in sources])
    if hollow(parsed.answering.promise):
        message = hollow(parsed.answering.promise)
        yield Finding(file, "answering.promise", message, "write: promise = 0.90", Severity.WARNING)
    if not sources:
        message = "no source is named, so only past answers are known"
        fix = 'write [[sources]] and path = "~/notes"'
        yield Finding(file, "sources", message, fix, Severity.WARNING)
    if is_plain_and_far(parsed.index.url):
        message = "knowledge goes unencrypted to another machine"
        yield Finding(file, "index.url", message, "write an https:// address", Severity.WARNING)


def _topics(file: Path, parsed: ProfileFile, sources: Sequence[str]) -> Iterator[Finding]:
    """Find modes of sources that are none: one that was misspelt would protect nothing."""
    known = [*sources, ANSWERS_FOLDER]
    for name in parsed.answering.topics:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            fix = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known)}"
            key = f"answering.topics.{name}"
            yield Finding(file, key, f"no source is named {name!r}", fix)

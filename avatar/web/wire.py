"""How rows, progress and errors travel between daemon and commands: JSON, one object a line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from avatar import errors
from avatar.errors import AvatarError, ProfileError

if TYPE_CHECKING:
    from collections.abc import Mapping


def line(kind: str, value: object) -> bytes:
    """Return one line of a stream: `row`, `progress` or `error`, and what it holds."""
    return json.dumps({kind: value}, ensure_ascii=True).encode() + b"\n"


def error_body(error: AvatarError) -> dict[str, Any]:
    """Return an error as the other side can rebuild it."""
    body: dict[str, Any] = {"error": type(error).__name__, "message": str(error)}
    if isinstance(error, ProfileError):
        body |= {"message": str(error).split("\n", 1)[0], "problems": list(error.problems)}
    return body


def rebuilt(body: Mapping[str, Any]) -> AvatarError:
    """Return the error a body stands for, of the same class where it is one of ours."""
    kind = getattr(errors, str(body.get("error")), AvatarError)
    message = str(body.get("message", "The daemon refused without saying why; see its log."))
    if kind is ProfileError:
        return ProfileError(message, [str(problem) for problem in body.get("problems", ())])
    if isinstance(kind, type) and issubclass(kind, AvatarError):
        return kind(message)
    return AvatarError(message)

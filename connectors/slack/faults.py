"""A fault of ours, told by where it happened: its text may hold what people wrote."""

from __future__ import annotations

import secrets
from pathlib import Path
from traceback import extract_tb
from typing import Final

MOST_FRAMES: Final = 6


def new_id() -> str:
    """Return an id under which the owner and the log mean the same fault."""
    return secrets.token_hex(4)


def place_of(error: BaseException) -> str:
    """Return the kind of an error and the calls that led to it, innermost first, no values."""
    frames = reversed(extract_tb(error.__traceback__)[-MOST_FRAMES:])
    calls = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return " < ".join([type(error).__name__, *calls])

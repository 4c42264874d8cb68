"""Several questions in one message, told apart so that each gets its own answer."""

from __future__ import annotations

import re
from typing import Final

from avatar.domain.language import HAN

MOST_QUESTIONS: Final = 5
FEWEST_WORDS: Final = 3
FEWEST_HAN: Final = 4

FENCED: Final = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`|https?://\S+", re.DOTALL)
END: Final = re.compile(r"[?？]+[\"'”’)\]】）]*(?=\s|$|[^\x00-\x7f])")
BULLET: Final = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)、．])\s*")


def questions_in(text: str) -> tuple[str, ...]:
    """Return the questions of a message in order; the whole message when it holds one.

    What is said before a question belongs to it, what is said after the last one to the last.
    Question marks in code and addresses do not count, and a short "Why?" stays with what
    it asks about.
    """
    hidden = FENCED.sub(lambda found: "\x00" * len(found[0]), text)
    ends = [found.end() for found in END.finditer(hidden)]
    parts: list[str] = []
    start = 0
    for end in ends:
        part = BULLET.sub("", text[start:end].strip())
        if parts and not _stands_alone(part):
            parts[-1] = f"{parts[-1]} {part}"
        else:
            parts.append(part)
        start = end
    rest = text[start:].strip()
    if rest and parts:
        parts[-1] = f"{parts[-1]} {rest}"
    if len(parts) < 2 or len(parts) > MOST_QUESTIONS or not _stands_alone(parts[0]):
        return (text,)
    return tuple(parts)


def _stands_alone(part: str) -> bool:
    return len(part.split()) >= FEWEST_WORDS or len(HAN.findall(part)) >= FEWEST_HAN

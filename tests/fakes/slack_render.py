"""A message of the fake workspace as a person sees it, in plain text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fakes.slack_world import Row, World

DATE: Final = re.compile(r"<!date\^\d+\^\{time\}\|[^>]*>")
DAY: Final = re.compile(r"<!date\^\d+\^\{date_num\}\|([^>]*)>")
PERSON: Final = re.compile(r"<@([A-Z0-9]+)>")
LINK: Final = re.compile(r"<(https?:[^|>]+)\|([^>]+)>")
TIME: Final = re.compile(r"\b([01]\d|2[0-3]):[0-5]\d\b(?: UTC)?")
NOON: Final = "14:02"
"""Stands for every time of day, so that the same conversation is always the same text."""


def rendered(world: World, message: Row) -> list[str]:
    """Return the lines of a message: text as written, buttons in brackets."""
    if not message.get("blocks"):
        return _shown(world, message["text"]).split("\n")
    lines = [line for block in message["blocks"] for line in _block(block)]
    return "\n".join(_shown(world, line) for line in lines).split("\n")


def _block(block: Row) -> Iterator[str]:
    match block["type"]:
        case "markdown":
            yield block["text"]
        case "section":
            button = block.get("accessory")
            yield block["text"]["text"] + (f"  [{button['text']['text']}]" if button else "")
        case "header":
            yield block["text"]["text"].upper()
        case "context":
            yield from (element["text"] for element in block["elements"])
        case "context_actions":
            (element,) = block["elements"]
            sides = (element[f"{name}_button"]["text"]["text"] for name in ("positive", "negative"))
            yield " ".join(f"[{side}]" for side in sides)
        case "actions":
            yield " ".join(f"[{element['text']['text']}]" for element in block["elements"])
        case kind:
            raise AssertionError(f"no picture of {kind}")


def _shown(world: World, text: str) -> str:
    text = DAY.sub(lambda found: found[1], DATE.sub(NOON, text))
    text = PERSON.sub(lambda found: f"@{world.users[found[1]]['name']}", text)
    text = LINK.sub(lambda found: found[2], text)
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return TIME.sub(NOON, text)

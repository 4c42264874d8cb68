"""Blocks and text that Slack accepts: lengths cut, mentions and foreign links taken out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

Block = dict[str, Any]

MOST_MARKDOWN: Final = 9_000
MOST_SECTION: Final = 2_900
MOST_CONTEXT: Final = 2_000
MOST_BUTTON: Final = 75
MOST_PLAIN_TEXT: Final = 3_900
MOST_BLOCKS: Final = 48
MOST_INPUT: Final = 3_000
PREVIEW: Final = 280

WORD_JOINER: Final = "\u2060"
BROADCAST: Final = re.compile(r"<!(?:subteam\^)?([^>|\s]+)(?:\|([^>]*))?>")
MENTION: Final = re.compile(r"<@([A-Z0-9]+)(?:\|[^>]*)?>")
CHANNEL_LINK: Final = re.compile(r"<#([A-Z0-9]+)(?:\|([^>]*))?>")
LOUD: Final = re.compile(r"@(?=(?:channel|here|everyone)\b)", re.IGNORECASE)
MARKDOWN_LINK: Final = re.compile(r"!?\[([^\]\n]*)\]\(\s*<?([^)\s>]+)>?[^)\n]*\)")
SLACK_LINK: Final = re.compile(r"<((?:https?|mailto|slack|tel|ftp|file)[^>|\s]*)(?:\|([^>]*))?>")
BARE_URL: Final = re.compile(r"(?:https?|ftp|slack|file)://[^\s<>|\"'`)\]]+", re.IGNORECASE)
HEADING: Final = re.compile(r"^#{1,6} ", re.MULTILINE)


def quiet(text: str) -> str:
    """Take the power to notify anybody out of a text."""
    text = BROADCAST.sub(lambda found: f"@{WORD_JOINER}{found[2] or found[1]}", text)
    text = MENTION.sub(lambda found: f"@{WORD_JOINER}{found[1]}", text)
    text = CHANNEL_LINK.sub(lambda found: f"#{WORD_JOINER}{found[2] or found[1]}", text)
    return LOUD.sub(f"@{WORD_JOINER}", text)


def only_links(text: str, allowed: Collection[str]) -> str:
    """Keep links whose address is in `allowed`; of others only the words stay."""

    def named(found: re.Match[str]) -> str:
        return found[0] if found[2] in allowed else found[1]

    def slack(found: re.Match[str]) -> str:
        return found[0] if found[1] in allowed else (found[2] or "")

    def bare(found: re.Match[str]) -> str:
        url = found[0].rstrip(".,;:!?。，；：！？")
        return found[0] if url in allowed else f"(…){found[0][len(url) :]}"

    return BARE_URL.sub(bare, SLACK_LINK.sub(slack, MARKDOWN_LINK.sub(named, text)))


def urls_in(text: str) -> set[str]:
    """Return the web addresses a text holds."""
    found = {url.rstrip(".,;:!?。，；：！？") for url in BARE_URL.findall(text)}
    return found | {target for _, target in MARKDOWN_LINK.findall(text)}


def escaped(text: str) -> str:
    """Write text so that mrkdwn shows it as it is."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescaped(text: str) -> str:
    """Read what somebody typed from the way Slack's events write it."""

    def link(found: re.Match[str]) -> str:
        address, words = found[1], found[2]
        address = address.removeprefix("mailto:")
        return f"[{words}]({address})" if words and words != address else address

    text = SLACK_LINK.sub(link, text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def shortened(text: str, most: int) -> str:
    """Return a text on one line, cut with an ellipsis."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def clipped(text: str, most: int) -> str:
    """Return a text with its lines, cut with an ellipsis."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def cut_at_heading(text: str, most: int, note: str) -> str:
    """Cut a long Markdown text before a heading, else a paragraph, else a line; say so."""
    if len(text) <= most:
        return text
    room = text[: most - len(note) - 8]
    starts = [found.start() for found in HEADING.finditer(room)]
    places = [start for start in starts if start > len(room) // 3]
    paragraph, line = room.rfind("\n\n"), room.rfind("\n")
    end = next(
        (place for place in (max(places, default=0), paragraph, line) if place > len(room) // 3),
        len(room),
    )
    kept = room[:end].rstrip()
    if kept.count("```") % 2:
        kept += "\n```"
    return f"{kept}\n\n{note}"


def markdown(text: str, *, block_id: str = "") -> Block:
    """Return a block of standard Markdown."""
    block: Block = {"type": "markdown", "text": clipped(text, MOST_MARKDOWN) or " "}
    return {**block, "block_id": block_id} if block_id else block


def section(mrkdwn: str, *, block_id: str = "", button: Block | None = None) -> Block:
    """Return a section of Slack's own markup, optionally with a button beside it."""
    text = clipped(mrkdwn, MOST_SECTION) or " "
    block: Block = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    if block_id:
        block["block_id"] = block_id
    if button:
        block["accessory"] = button
    return block


def context(*mrkdwn: str) -> Block:
    """Return small grey text."""
    elements = [
        {"type": "mrkdwn", "text": clipped(text, MOST_CONTEXT)} for text in mrkdwn[:10] if text
    ]
    return {"type": "context", "elements": elements}


def header(text: str) -> Block:
    """Return a heading."""
    return {"type": "header", "text": plain(shortened(text, 150))}


def plain(text: str) -> Block:
    """Return a plain text object."""
    return {"type": "plain_text", "text": text if text.strip() else "–", "emoji": False}


def button(text: str, action_id: str, value: str, *, style: str = "") -> Block:
    """Return a button; `value` is an opaque id."""
    made: Block = {
        "type": "button",
        "text": plain(shortened(text, MOST_BUTTON)),
        "action_id": action_id,
        "value": value,
    }
    return {**made, "style": style} if style else made


def actions(buttons: Sequence[Block]) -> Block:
    """Return a row of buttons."""
    return {"type": "actions", "elements": list(buttons)}


def feedback(action_id: str, value: str, good: str, bad: str) -> Block:
    """Return the two feedback buttons under an answer."""

    def side(text: str, verdict: str) -> Block:
        return {"text": plain(text), "value": f"{verdict}:{value}", "accessibility_label": text}

    element = {
        "type": "feedback_buttons",
        "action_id": action_id,
        "positive_button": side(good, "good"),
        "negative_button": side(bad, "bad"),
    }
    return {"type": "context_actions", "elements": [element]}


def message(text: str, blocks: Sequence[Block]) -> dict[str, Any]:
    """Return the arguments of a message: blocks, their plain summary, and no previews."""
    return {
        "text": escaped(quiet(clipped(text, MOST_PLAIN_TEXT))) or " ",
        "blocks": list(blocks[:MOST_BLOCKS]),
        "unfurl_links": False,
        "unfurl_media": False,
    }


def plain_message(text: str) -> dict[str, Any]:
    """Return the arguments of a message without blocks, when Slack refuses them."""
    return {
        "text": escaped(quiet(clipped(text, MOST_PLAIN_TEXT))) or " ",
        "unfurl_links": False,
        "unfurl_media": False,
    }


def in_thread(arguments: dict[str, Any], thread: str) -> dict[str, Any]:
    """Return the arguments of the same message in a thread; an empty one is no thread."""
    return {**arguments, "thread_ts": thread} if thread else arguments

"""Text of documents and models made harmless for chat: it is shown, never obeyed or fetched."""

from __future__ import annotations

import re
from typing import Final

INLINE_CODE: Final = re.compile(r"(?<!`)(`++)(.+?)(?<!`)\1(?!`)", re.DOTALL)
IMAGE: Final = re.compile(r"!\[(?P<alt>[^\]]{0,500})\](?:\([^)]{0,2000}\)|\[[^\]]{0,200}\])")
LINK: Final = re.compile(
    r"\[(?P<text>[^\[\]]+)\]\(\s*<?(?P<url>[^\s()<>]*(?:\([^\s()]*\)[^\s()<>]*)*)>?[^)]{0,200}\)"
)
REFERENCE_LINK: Final = re.compile(r"\[(?P<text>[^\[\]]+)\]\[[^\]]*\]")
CHAT_COMMAND: Final = re.compile(r"<(?:!|[@#](?=[A-Za-z0-9]))(?P<body>[^<>\n]*)>")
AUTOLINK: Final = re.compile(r"<(?P<url>https?://[^\s<>|]+)(?:\|[^<>]*)?>", re.IGNORECASE)
COMMENT: Final = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
ACTIVE_ELEMENT: Final = re.compile(
    r"<(script|style|iframe|object|svg)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE
)
LINE_BREAK: Final = re.compile(r"<br\s*/?>", re.IGNORECASE)
TAG: Final = re.compile(r"</?[A-Za-z][A-Za-z0-9-]*(?:\s[^<>]*)?/?>")
MENTION: Final = re.compile(r"(?<![\w@/.])[@＠](?=[\w一-鿿])(?![\w.-]+/)")
OTHER_SCHEME: Final = re.compile(r"\b(?:javascript|data|vbscript|file):(?=\S)", re.IGNORECASE)


def harmless_prose(text: str) -> str:
    """Return Markdown without images, raw HTML, hidden links and mentions; inline code stays."""
    text = COMMENT.sub("", ACTIVE_ELEMENT.sub("", text))
    kept, last = [], 0
    for match in INLINE_CODE.finditer(text):
        kept += [_outside_code(text[last : match.start()]), harmless_code(match.group())]
        last = match.end()
    return "".join([*kept, _outside_code(text[last:])])


def _outside_code(text: str) -> str:
    text = CHAT_COMMAND.sub(lambda match: match["body"].split("|")[-1].split("^")[0], text)
    text = AUTOLINK.sub(lambda match: match["url"], IMAGE.sub("", text))
    text = REFERENCE_LINK.sub(lambda match: match["text"], LINK.sub(_shown_link, text))
    text = TAG.sub("", LINE_BREAK.sub(" ", text))
    return OTHER_SCHEME.sub("", MENTION.sub("", text))


def _shown_link(match: re.Match[str]) -> str:
    text, url = match["text"], match["url"]
    if not url.lower().startswith(("http://", "https://")) or url == text:
        return text
    return f"{text} ({url})"


def harmless_code(text: str) -> str:
    """Return code in which no chat program sees a command to notify people."""
    return re.sub(r"<(?=[!@#][A-Za-z0-9])", "< ", text)


def fenced(code: str, language: str = "") -> str:
    """Return a code block that its own content cannot close."""
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{harmless_code(code)}\n{fence}"

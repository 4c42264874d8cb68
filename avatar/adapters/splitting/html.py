"""HTML as text on the lines it stands on: tags out, scripts and styles dropped."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final

from avatar.adapters.splitting.prose import Heading, prose_pieces, sections

if TYPE_CHECKING:
    from avatar.domain.chunks import Piece

DROPPED: Final = frozenset({"script", "style", "template", "noscript", "svg"})
HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
APART: Final = frozenset({"td", "th", "br", "li", "p", "div", "dt", "dd", "option", "tr"})


def html_pieces(text: str) -> list[Piece]:
    """Cut what a page says by heading and paragraph; lines are those of the file."""
    reader = _TextOnLines(text.count("\n") + 1)
    reader.feed(text)
    reader.close()
    lines = [" ".join("".join(parts).split()) for parts in reader.parts]
    return prose_pieces(lines, sections(len(lines), reader.headings))


class _TextOnLines(HTMLParser):
    """Collects the words of each line and the headings of a page."""

    def __init__(self, count: int) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[list[str]] = [[] for _ in range(count)]
        self.headings: list[Heading] = []
        self._dropped = 0
        self._heading: tuple[int, int] | None = None
        self._title: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where headings begin and where nothing is said to readers."""
        del attrs
        if tag in DROPPED:
            self._dropped += 1
        elif tag in HEADINGS:
            self._heading = (self.getpos()[0], int(tag[1]))
            self._title = []
        elif tag in APART:
            self.parts[self.getpos()[0] - 1].append(" ")

    def handle_endtag(self, tag: str) -> None:
        """Close a heading or a dropped element."""
        if tag in DROPPED:
            self._dropped = max(0, self._dropped - 1)
        elif tag in HEADINGS and self._heading:
            line, level = self._heading
            title = " ".join("".join(self._title).split())
            self.headings.append(Heading(line, self.getpos()[0], level, title))
            self._heading = None

    def handle_data(self, data: str) -> None:
        """Put words on the lines they stand on."""
        if self._dropped:
            return
        first = self.getpos()[0] - 1
        for offset, words in enumerate(data.split("\n")):
            self.parts[min(first + offset, len(self.parts) - 1)].append(words)
        if self._heading:
            self._title.append(data)

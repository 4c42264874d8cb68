"""The report's pictures: small SVG drawings whose colours are the page's own classes.

Everything drawn is a number or a word of ours; texts of others never get here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH: Final = 440
HEIGHT: Final = 300
LEFT: Final = 68
RIGHT: Final = 14
TOP: Final = 14
BOTTOM: Final = 46


@dataclass(frozen=True, slots=True)
class Axis:
    """One direction of a picture: its ends, where it is marked, and what it shows.

    With `is_share` its marks are percentages.
    """

    name: str
    low: float
    high: float
    marks: tuple[float, ...]
    is_share: bool = True

    def part(self, value: float) -> float:
        """Return how far along the axis a value is, 0 to 1; what lies beyond stays at its end."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))

    def label(self, value: float) -> str:
        """Return a mark as it is written."""
        return f"{value:.0%}" if self.is_share else f"{value:g}"


class Picture:
    """A drawing over two axes; shapes are added in the order in which they cover each other."""

    def __init__(self, across: Axis, up: Axis) -> None:
        self._across = across
        self._up = up
        self._shapes = [*self._frame()]

    def line(self, points: Sequence[tuple[float, float]], style: str) -> None:
        """Join points by straight lines."""
        path = " ".join(f"{self._x(x):.1f},{self._y(y):.1f}" for x, y in points)
        self._shapes.append(f'<polyline class="{style}" points="{path}"/>')

    def dot(self, x: float, y: float, style: str, *, radius: float = 4) -> None:
        """Mark one point."""
        self._shapes.append(
            f'<circle class="{style}" cx="{self._x(x):.1f}" cy="{self._y(y):.1f}" r="{radius:g}"/>'
        )

    def span(self, x: float, low: float, high: float, style: str) -> None:
        """Draw an upright interval with ends."""
        at, below, above = self._x(x), self._y(low), self._y(high)
        self._shapes.append(
            f'<path class="{style}" d="M{at - 4:.1f} {below:.1f}h8M{at:.1f} {below:.1f}'
            f'V{above:.1f}M{at - 4:.1f} {above:.1f}h8"/>'
        )

    def note(self, x: float, y: float, text: str, *, anchor: str = "start", dy: float = 0) -> None:
        """Write a few words of ours at a point."""
        self._shapes.append(
            f'<text class="note" x="{self._x(x):.1f}" y="{self._y(y) + dy:.1f}" '
            f'text-anchor="{anchor}">{text}</text>'
        )

    def svg(self, name: str, title: str) -> str:
        """Return the drawing; `title` is read out in its place."""
        return (
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="{name}">'
            f'<title id="{name}">{title}</title>{"".join(self._shapes)}</svg>'
        )

    def _x(self, value: float) -> float:
        return LEFT + self._across.part(value) * (WIDTH - LEFT - RIGHT)

    def _y(self, value: float) -> float:
        return TOP + (1 - self._up.part(value)) * (HEIGHT - TOP - BOTTOM)

    def _frame(self) -> list[str]:
        left, right, foot = LEFT, WIDTH - RIGHT, HEIGHT - BOTTOM
        shapes = []
        for mark in self._up.marks:
            y = self._y(mark)
            shapes.append(f'<path class="grid" d="M{left} {y:.1f}H{right}"/>')
            shapes.append(
                f'<text class="mark" x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">'
                f"{self._up.label(mark)}</text>"
            )
        for mark in self._across.marks:
            x = self._x(mark)
            shapes.append(f'<path class="grid" d="M{x:.1f} {TOP}V{foot}"/>')
            shapes.append(
                f'<text class="mark" x="{x:.1f}" y="{foot + 18}" text-anchor="middle">'
                f"{self._across.label(mark)}</text>"
            )
        middle, centre = (TOP + foot) / 2, (left + right) / 2
        shapes.append(f'<path class="axis" d="M{left} {TOP}V{foot}H{right}"/>')
        shapes.append(
            f'<text class="name" x="{centre:.0f}" y="{HEIGHT - 8}" text-anchor="middle">'
            f"{self._across.name}</text>"
        )
        shapes.append(
            f'<text class="name" transform="translate(13 {middle:.0f}) rotate(-90)" '
            f'text-anchor="middle">{self._up.name}</text>'
        )
        return shapes

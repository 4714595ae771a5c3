"""Draw a chart as SVG within a page: its text stays text, its colours are the page's.

A chart has no ids, links or styles of its own, so that any number of them fit on a page. All
lengths are in pixels of the drawing, which a page may scale.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from itertools import groupby, starmap
from math import isfinite
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Point = tuple[float, float]
    Ticks = Iterable[tuple[float, str]]
    Look = dict[str, float | str]

INK, BLUE, ORANGE, RED = "currentColor", "var(--blue)", "var(--orange)", "var(--red)"

TEXT = 10.0
"""Size of the text."""

SMALL = 8.0
"""Size of the text in cells and beside them."""

LETTER = 0.55
"""Width of a letter by the size of its text: more than that of most fonts."""

TOP, RIGHT = 22.0, 12.0
"""Room for the legend above the axes, and beside them for half a number."""

SWATCH = 18.0
"""Length of a line in the legend."""


def width(text: str, size: float = TEXT) -> float:
    """Estimate the width of a text, whose font only the browser knows."""
    cells = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
    return cells * LETTER * size


def tag(element: str, *content: str, **attributes: float | str) -> Markup:
    """An element, its content and attributes escaped unless they are `Markup`.

    Example:
        >>> tag("text", "a < b", text_anchor="end", x=1 / 3)
        Markup('<text text-anchor="end" x="0.33">a &lt; b</text>')
    """
    values = {
        name.replace("_", "-"): f"{value:.2f}" if isinstance(value, float) else value
        for name, value in attributes.items()
    }
    within = Markup("").join(starmap(Markup(' {}="{}"').format, values.items()))
    return Markup("<{0}{1}>{2}</{0}>").format(element, within, Markup("").join(content))


def marker(shape: str, x: float, y: float, colour: str) -> Markup:
    """A dot (`o`) or a square (`s`) around a point."""
    if shape == "o":
        return tag("circle", cx=x, cy=y, r=3.0, fill=colour)
    return tag("rect", x=x - 2.8, y=y - 2.8, width=5.6, height=5.6, fill=colour)


@dataclass
class Chart:
    """A chart with linear axes.

    Args:
        title: what it shows, for those who can't see it.
        size: width and height of the area within the axes.
        x, y: the values at the left and right, and at the bottom and top.
        left, below: room for the numbers and names of the axes.
        least: width of the whole drawing at least. A page scales each drawing to its own width, and
            would make a giant of a small one.
    """

    title: str
    size: tuple[float, float]
    x: tuple[float, float]
    y: tuple[float, float]
    left: float = 48.0
    below: float = 38.0
    least: float = 0.0
    _drawn: list[Markup] = field(default_factory=list)
    _legend: list[Markup] = field(default_factory=list)
    _reach: float = 0.0

    def place(self, x: float, y: float) -> Point:
        """Where a point of the axes lies in the drawing."""
        across = (x - self.x[0]) / (self.x[1] - self.x[0])
        up = (y - self.y[0]) / (self.y[1] - self.y[0])
        return self.left + across * self.size[0], TOP + (1 - up) * self.size[1]

    def axes(
        self,
        x: tuple[str, Ticks],
        y: tuple[str, Ticks],
        *,
        turned: bool = False,
        size: float = TEXT,
    ) -> None:
        """Draw the axes, each with a name and ticks.

        Args:
            x: the name, and the values that get a number or a name.
            y: likewise.
            turned: ticks of x are read from below.
            size: of their text.
        """
        left, top, right, bottom = self.left, TOP, self.left + self.size[0], TOP + self.size[1]
        for value, text in x[1]:
            across = self.place(value, 0)[0]
            self._rule((across, top), (across, bottom), stroke_opacity=0.25)
            if turned:
                self._upwards(text, across + size / 3, bottom + 6, "end", size)
            else:
                self._text(text, across, bottom + size + 4, "middle", size)
        self._text(x[0], (left + right) / 2, bottom + self.below - 5, "middle")
        for value, text in y[1]:
            down = self.place(0, value)[1]
            self._rule((left, down), (right, down), stroke_opacity=0.25)
            self._text(text, left - 6, down + size / 3, "end", size)
        if y[0]:
            self._upwards(y[0], TEXT, (top + bottom) / 2, "middle")
        self._rule((left, bottom), (right, bottom))
        self._rule((left, top), (left, bottom))

    def _rule(self, start: Point, end: Point, **look: float | str) -> None:
        (x1, y1), (x2, y2) = start, end
        look.setdefault("stroke", INK)
        self._drawn.append(tag("line", x1=x1, y1=y1, x2=x2, y2=y2, **look))

    def _text(
        self, text: str, x: float, y: float, anchor: str, size: float = TEXT, **more: str
    ) -> None:
        look: Look = {"text_anchor": anchor, "font_size": size, **more}
        self._drawn.append(tag("text", text, x=x, y=y, **look))

    def _upwards(self, text: str, x: float, y: float, anchor: str, size: float = TEXT) -> None:
        self._text(text, -y, x, anchor, size, transform="rotate(-90)")

    def line(self, points: Sequence[Point], colour: str, shape: str, label: str) -> None:
        """Draw points and the line through them, which is broken where a value is not finite.

        Args:
            points: x and y of each.
            colour: of CSS.
            shape: `o` or `s`, as `marker`; with none the line is dashed.
            label: in the legend.
        """
        look: Look = {"stroke": colour, "stroke_width": 1.5 if shape else 1.0, "fill": "none"}
        if not shape:
            look["stroke_dasharray"] = "5 3"
        for finite, part in groupby(points, lambda point: isfinite(point[1])):
            if not finite:
                continue
            places = [self.place(*point) for point in part]
            line = " ".join(f"{x:.2f},{y:.2f}" for x, y in places)
            self._drawn.append(tag("polyline", points=line, **look))
            if shape:
                self._drawn += [marker(shape, *place, colour) for place in places]
        start = self.left + self._reach
        self._legend.append(tag("polyline", points=f"{start},8 {start + SWATCH},8", **look))
        if shape:
            self._legend.append(marker(shape, start + SWATCH / 2, 8.0, colour))
        self._legend.append(tag("text", label, x=start + SWATCH + 5, y=8 + TEXT / 3))
        self._reach += SWATCH + 5 + width(label) + 12

    def bar(self, x: float, interval: tuple[float, float], colour: str) -> None:
        """Draw an interval of y."""
        start, end = (self.place(x, y) for y in interval)
        self._rule(start, end, stroke=colour, stroke_width=1.5)

    def cell(self, x: float, y: float, text: str, opacity: float) -> None:
        """Draw a red square with a text in it."""
        across, down = self.place(x, y)
        square = {"x": across - 7, "y": down - 7, "width": 14.0, "height": 14.0}
        self._drawn.append(tag("rect", fill=RED, fill_opacity=opacity, **square))
        self._text(text, across, down + SMALL / 3, "middle", SMALL)

    def drawn(self) -> Markup:
        """The chart as an `svg` element."""
        across = max(self.least, self.left + self.size[0] + RIGHT)
        down = TOP + self.size[1] + self.below
        look: Look = {"font_size": TEXT, "fill": INK, "role": "img", "aria_label": self.title}
        box = f"0 0 {across:.2f} {down:.2f}"
        return tag("svg", *self._drawn, *self._legend, viewBox=box, **look)

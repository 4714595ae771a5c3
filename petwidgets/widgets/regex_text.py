"""A text with the groups of a regular expression highlighted."""

from __future__ import annotations

from traitlets import List, Tuple, Unicode

from petwidgets.widgets.base import Part


class RegexText(Part):
    """`text` with its `spans`: (group, start, end), positions counted in characters.

    Group 0 is the whole match, group 1 is what becomes the breed. Colour alone says nothing: the
    breed is also underlined and named. Of an empty text nothing is said, not that it has no match.

    Example:
        >>> RegexText(text="pug_1.jpg", spans=[(0, 0, 9), (1, 0, 3)]).spans[1]
        (1, 0, 3)
    """

    file = "regex_text"

    text = Unicode().tag(sync=True)
    spans = List(Tuple()).tag(sync=True)

    def mark(self, text: str, spans: list[tuple[int, int, int]]) -> None:
        """Show both at once: a text without its spans would say that it has no match."""
        with self.hold_sync():
            self.text, self.spans = text, spans

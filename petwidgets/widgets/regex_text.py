"""A regular expression in parts, and a text with what it matches highlighted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from traitlets import List, Tuple, Unicode

from petwidgets.widgets.base import Part

if TYPE_CHECKING:
    Explained = tuple[str, str, int, int]


class RegexText(Part):
    """`text` with its `spans`: (group, start, end), positions counted in characters.

    Group 0 is the whole match, group 1 is what becomes the label. Colour alone says nothing: the
    label is also underlined and named. Of an empty text nothing is said, not that it has no match.

    `parts` are the expression's; a page that points at one asks for `told`: for each part a
    sentence, and the start and end of what it matches in `text`, -1 where that is not known.

    Example:
        >>> RegexText(text="pug_1.jpg", spans=[(0, 0, 9), (1, 0, 3)]).spans[1]
        (1, 0, 3)
    """

    file = "regex_text"

    text = Unicode().tag(sync=True)
    spans = List(Tuple()).tag(sync=True)
    parts = List(Unicode()).tag(sync=True)
    told = List(Tuple()).tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        self._explained: list[Explained] = []
        self._asked = False
        super().__init__(**traits)
        self.on_msg(self._hear)

    def mark(
        self, text: str, spans: list[tuple[int, int, int]], explained: list[Explained] | None = None
    ) -> None:
        """Show all at once: a text without its spans would say that it has no match.

        Args:
            text: which is highlighted.
            spans: (group, start, end).
            explained: (text, sentence, start, end) for each part of the expression.
        """
        self._explained = explained or []
        with self.hold_sync():
            self.text, self.spans = text, spans
            self.parts = [part for part, *_ in self._explained]
            self._tell()

    def _hear(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if content == "parts":
            self._asked = True
            self._tell()

    def _tell(self) -> None:
        self.told = [told for _, *told in self._explained] if self._asked else []

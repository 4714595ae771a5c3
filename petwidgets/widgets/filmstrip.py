"""Pictures in a row, of which one is selected.

Each picture goes to the page once. Custom messages:

| browser            | Python                                                       |
|--------------------|--------------------------------------------------------------|
| `all`              | `all`: `items`, one buffer an item                           |
|                    | `add`: `items` of one, one buffer; `all` of none: forget all |
"""

from __future__ import annotations

from typing import Any, TypedDict

from traitlets import Bool, Int, Unicode

from petwidgets.widgets.base import Part


class Item(TypedDict):
    """A photograph in the row; `tone` is `first` for what was recognised, else `quiet`."""

    key: int
    name: str
    label: str
    tone: str


class Filmstrip(Part):
    """Buttons with a picture and a label; `chosen` is the key of the one that is looked at.

    While `small` is true the labels are not in sight.

    Args:
        named: what the row is, for those who hear the page.

    Example:
        >>> album = Filmstrip("Photographs of this visit")
        >>> album.put({"key": 1, "name": "a.jpg", "label": "pug", "tone": "first"}, b"")
        >>> album.chosen
        1
    """

    file = "filmstrip"

    from_page = ("chosen",)

    chosen = Int().tag(sync=True)
    named = Unicode().tag(sync=True)
    small = Bool().tag(sync=True)

    def __init__(self, named: str) -> None:
        super().__init__(named=named)
        self._items: dict[int, tuple[Item, bytes]] = {}
        self.on_msg(self._hear)

    def put(self, item: Item, jpeg: bytes) -> None:
        """Add a picture, or change the one with its key, and choose it.

        Args:
            item: `key`, `name`, `label`, and `tone`: `first` for what was recognised, else `quiet`.
            jpeg: a small picture, or nothing.
        """
        new = item["key"] not in self._items
        self._items[item["key"]] = item, jpeg
        self._tell("add", {item["key"]: (item, jpeg)})
        if new:
            self.chosen = item["key"]

    def forget(self, key: int | None = None) -> None:
        """Leave out one picture, or all of them."""
        if key is None:
            self._items, self.chosen = {}, 0
        else:
            del self._items[key]
        self._tell("all", self._items)

    def _hear(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if content == "all":
            self._tell("all", self._items)

    def _tell(self, kind: str, items: dict[int, tuple[Item, bytes]]) -> None:
        said = [item for item, _ in items.values()]
        self.send({"kind": kind, "items": said}, buffers=[jpeg for _, jpeg in items.values()])

"""A grid of thumbnails that scrolls through thousands of photographs.

The page asks for what is in sight, by custom message:

| browser                             | Python                                                   |
|-------------------------------------|----------------------------------------------------------|
| `want`: `version`, `from`, `to`     | `here`: `version`, `from`, `items`, one buffer an item   |
| `open`: `at`                        | (calls what `on_open` was given)                         |

`version` tells one selection of photographs from the next: an answer that comes late for an older
one is thrown away. Python answers the newest wish first and drops wishes that it was too slow for;
the page asks again for whatever is in sight and has not come.
"""

from __future__ import annotations

import logging
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from traitlets import Int, Unicode

from petwidgets.common.errors import sentence
from petwidgets.data.thumbnails import cached
from petwidgets.widgets.base import Shared

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

MOST = 120
"""Thumbnails that one wish may be for; some 10 kB each."""

PIECE = 12
"""Thumbnails in one answer: the first are in sight while others are made."""

log = logging.getLogger(__name__)


class ThumbnailGrid(Shared):
    """Shows `photographs`, a sequence of (file, label).

    Example:
        >>> from pathlib import Path
        >>> scroller = ThumbnailGrid()
        >>> scroller.show([(Path("pug_1.jpg"), "pug")], caption="One pug")
        >>> scroller.count
        1
    """

    file = "thumbnail_grid"

    count = Int().tag(sync=True)
    version = Int().tag(sync=True)
    caption = Unicode().tag(sync=True)
    lines = Int(1, help="of a label").tag(sync=True)

    def __init__(self, opened: Callable[[int], Any] = lambda _at: None, lines: int = 1) -> None:
        super().__init__(lines=lines)
        self.photographs: Sequence[tuple[Path, str]] = ()
        self._opened = opened
        self._wish: tuple[int, int, int] | None = None
        self._lock, self._busy = threading.Lock(), False
        self.on_msg(self._hear)

    def show(self, photographs: Sequence[tuple[Path, str]], caption: str = "") -> None:
        """Show these from the first one on."""
        with self._lock:
            self.photographs = photographs
        with self.hold_sync():
            self.count, self.caption = len(photographs), caption
            self.version += 1

    def extend(self, more: Sequence[tuple[Path, str]], caption: str) -> None:
        """Show more of them behind those that are shown; what is in sight stays."""
        with self._lock:
            self.photographs = [*self.photographs, *more]
        with self.hold_sync():
            self.count, self.caption = len(self.photographs), caption

    def _hear(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if not isinstance(content, dict):
            return
        numbers = [content.get(key) for key in ("version", "from", "to", "at")]
        version, start, end, at = (n if isinstance(n, int) else 0 for n in numbers)
        if content.get("kind") == "open" and 0 <= at < len(self.photographs):
            self._opened(at)
        elif content.get("kind") == "want":
            with self._lock:
                self._wish = (version, max(0, start), min(end, start + MOST))
                begin, self._busy = not self._busy, True
            if begin:
                threading.Thread(target=self._answer, daemon=True, name="thumbnails").start()

    def _answer(self) -> None:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            while (wish := self._next()) is not None:
                version, start, end = wish
                while start < end and self._wish is None:
                    piece = self.photographs[start : min(start + PIECE, end)]
                    self._tell(version, start, [*pool.map(_made, piece)])
                    start += PIECE

    def _next(self) -> tuple[int, int, int] | None:
        with self._lock:
            wish, self._wish = self._wish, None
            self._busy = wish is not None
            return wish

    def _tell(self, version: int, start: int, made: list[tuple[dict[str, str], bytes]]) -> None:
        if version != self.version or not made:
            return
        items, buffers = [item for item, _ in made], [jpeg for _, jpeg in made]
        said = {"kind": "here", "version": version, "from": start, "items": items}
        try:
            self.send(said, buffers=buffers)
        except Exception:  # the page may be gone, whose socket raises what it likes
            log.info("thumbnails for a page that is gone", exc_info=True)


def _made(photograph: tuple[Path, str]) -> tuple[dict[str, str], bytes]:
    path, label = photograph
    item = {"name": path.name, "label": label}
    try:
        return item, cached(path)
    except Exception as error:  # noqa: BLE001 - one picture must not end the thread of all
        return {**item, "problem": sentence(error)}, b""

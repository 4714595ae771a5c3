"""Download and upload files in pieces.

Custom messages, the browser's on the left. The receiver requests each piece, so that neither side
gets more than it can take. `id` is the browser's; other pages of the kernel ignore it.

| browser                           | Python                                                   |
|-----------------------------------|----------------------------------------------------------|
| `fetch`: `id`                     | `file`: `id`, `name`, `size`, at once or when it is made |
| `more`: `id`, `from`              | `part`: `id`, `from`, one buffer                         |
| `start`: `id`, `name`, `size`     | `next`: `id`, `from`, `to` (bytes wanted)                |
| `piece`: `id`, `from`, one buffer | `next` again, or `taken`: `id`, `sentence`               |
| (anything that can't be done)     | `refused`: `id`, `sentence`                              |
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from traitlets import Bool, Unicode

from petwidgets.common.errors import Problem, sentence
from petwidgets.widgets.base import Shared

if TYPE_CHECKING:
    from collections.abc import Callable

PIECE = 512 * 1024
"""Bytes of one message: far below a websocket's 10 MB, and small enough to keep clicks quick."""

SENT = (bytes, bytearray, memoryview)
"""What a buffer of a message is, as the kernel has it."""

BROKEN = "This file did not arrive whole: choose it again."


class FileTransfer(Shared):
    """Two buttons: one saves what Python gives, one sends a file that a person chooses.

    Args:
        give: called when a file is to be saved; returns its name and bytes, or None: then `hand` or
            `refuse` follows, from any thread.
        take: called with a name and the bytes that arrived; returns what is said about them. None:
            there is no second button.
        most: bytes of a file that is taken.

    Example:
        >>> FileTransfer(lambda: ("a.txt", b"a"), lambda name, content: name, most=2**20).saves
        True
    """

    file = "file_transfer"

    save = Unicode("Export", help="empty: there is nothing to save").tag(sync=True)
    choose = Unicode("Import a file").tag(sync=True)
    accept = Unicode(".zip").tag(sync=True)
    several = Bool(default_value=False, help="whether many may be chosen at once").tag(sync=True)
    making = Unicode("Packing", help="what is said until the file comes").tag(sync=True)
    saves = Bool(default_value=True, help="whether there is something to save").tag(sync=True)

    def __init__(
        self,
        give: Callable[[], tuple[str, bytes] | None],
        take: Callable[[str, bytes], str] | None = None,
        most: int = 0,
        **traits: Any,
    ) -> None:
        super().__init__(**({} if take else {"choose": ""}), **traits)
        self._give, self._take, self._most = give, take, most
        self._wanted, self._leaving = "", ("", b"")
        self._arriving, self._name, self._size = ("", bytearray()), "", 0
        self.on_msg(self._hear)

    def _hear(self, _widget: Any, content: Any, buffers: Any) -> None:
        key = content.get("id") if isinstance(content, dict) else None
        if not isinstance(key, str) or not key:  # without one no file is under way
            return
        key = key[:64]
        kind = str(content.get("kind"))
        ways = {"fetch": self._fetch, "more": self._more, "start": self._start}
        try:
            if kind == "piece":
                self._piece(key, content, buffers)
            elif kind in ways:
                ways[kind](key, content)
        except Exception as error:  # noqa: BLE001 - the page must say something and live on
            self._arriving = ("", bytearray())
            self.send({"kind": "refused", "id": key, "sentence": sentence(error)})

    def _fetch(self, key: str, _content: dict[str, Any]) -> None:
        before, self._wanted = self._wanted, key
        try:
            given = self._give()
        except Problem:
            self._wanted = before  # what is being made is still another's
            raise
        if given is not None:
            self.hand(*given)

    def hand(self, name: str, content: bytes) -> None:
        """Give the file that was asked for last."""
        self._leaving = (self._wanted, content)
        self.send({"kind": "file", "id": self._wanted, "name": name, "size": len(content)})

    def refuse(self, why: str) -> None:
        """Say that the file that was asked for last does not come."""
        self.send({"kind": "refused", "id": self._wanted, "sentence": why})

    def _more(self, key: str, content: dict[str, Any]) -> None:
        known, leaving = self._leaving
        start = _whole(content.get("from"))
        if key != known:
            raise Problem("Another file took this one's place: save it again.")
        part = leaving[start : start + PIECE]
        if start + PIECE >= len(leaving):
            self._leaving = ("", b"")
        self.send({"kind": "part", "id": key, "from": start}, buffers=[part])

    def _start(self, key: str, content: dict[str, Any]) -> None:
        size = _whole(content.get("size"))
        if self._take is None:
            raise Problem(BROKEN)
        if not 0 < size <= self._most:
            raise Problem(
                f"This file is empty or larger than {self._most // 2**20} MB: choose another one."
            )
        self._name, self._size = str(content.get("name", ""))[:200], size
        self._arriving = (key, bytearray())
        self._ask()

    def _piece(self, key: str, content: dict[str, Any], buffers: Any) -> None:
        known, arrived = self._arriving
        sent = isinstance(buffers, list) and len(buffers) == 1 and isinstance(buffers[0], SENT)
        piece = memoryview(buffers[0]) if sent else memoryview(b"")
        wanted = min(PIECE, self._size - len(arrived))
        if key != known or content.get("from") != len(arrived) or piece.nbytes != wanted:
            raise Problem(BROKEN)
        arrived += piece.cast("B")
        if len(arrived) < self._size:
            self._ask()
            return
        self._arriving = ("", bytearray())
        said = self._take(self._name, bytes(arrived)) if self._take else ""
        self.send({"kind": "taken", "id": key, "sentence": said})

    def _ask(self) -> None:
        key, arrived = self._arriving
        end = min(self._size, len(arrived) + PIECE)
        self.send({"kind": "next", "id": key, "from": len(arrived), "to": end})


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Problem(BROKEN)
    return value

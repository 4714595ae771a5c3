"""Messages of a kernel that are kept for a page whose connection was cut."""

from __future__ import annotations

from typing import Any


class MessageBuffer(list[Any]):
    """Buffer messages for a page that may come back, up to a limit.

    Args:
        max_bytes: the size at which it gives up.
        on_full: called when there is more.
    """

    def __init__(self, max_bytes: int, on_full: Any) -> None:
        super().__init__()
        self._free, self._on_full = max_bytes, on_full

    def append(self, message: tuple[str, list[bytes]]) -> None:
        """Keep a message, or give up."""
        self._free -= sum(map(len, message[1]))
        if self._free >= 0:
            super().append(message)
        else:
            self.clear()
            self._on_full()

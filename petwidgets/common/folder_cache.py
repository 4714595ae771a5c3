"""Files of the cache that can be made again, of which there are no more bytes than a limit."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from petwidgets.common.paths import cache, replacing

if TYPE_CHECKING:
    from pathlib import Path

SPARED = 0.1
"""Share of the limit that is freed beside what is wanted, so that files are seldom listed."""


@dataclass
class FolderCache:
    """A folder of the cache. Any process may share it, and any of it may be deleted at any time.

    Args:
        name: of the folder.
        limit: bytes of all files together; of more, those written longest ago go.
    """

    name: str
    limit: int
    _left: int = field(default=0, init=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    @property
    def folder(self) -> Path:
        """Where its files are."""
        return cache(self.name)

    def get(self, file: str) -> bytes | None:
        """The content of a file, named relative to the folder; None if it is not kept."""
        with suppress(OSError):
            return (self.folder / file).read_bytes()
        return None

    def put(self, file: str, content: bytes) -> None:
        """Keep a file, whole or not at all; one that is larger than the limit is not kept.

        Raises:
            Problem: the disk is full, or the folder can't be written.
        """
        if len(content) > self.limit:
            return
        with self._lock:
            if len(content) > self._left:
                self._left = self._make_room(len(content))
            self._left -= len(content)
        with replacing(self.folder / file) as temporary:
            temporary.write_bytes(content)

    def _make_room(self, wanted: int) -> int:
        """Bytes that are free after the oldest files went, if any had to."""
        files = []
        for file in self.folder.rglob("*"):
            with suppress(OSError):  # another process has removed it
                if file.is_file():
                    files.append((file.stat().st_mtime, file.stat().st_size, file))
        left = self.limit - sum(size for _, size, _ in files)
        if left >= wanted:
            return left
        for _, size, file in sorted(files):
            if left >= min(self.limit, wanted + SPARED * self.limit):
                break
            with suppress(OSError):
                file.unlink()
                left += size
        return left

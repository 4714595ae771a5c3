"""Cache folders of limited size; their files can be made again."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from petwidgets.common.paths import cache, replacing

if TYPE_CHECKING:
    from pathlib import Path

SPARED = 0.1
"""Share of the limit that is freed beyond the bytes needed, so that files are seldom listed."""


@dataclass
class FolderCache:
    """A folder of the cache. Processes may share it, and its files may be deleted at any time.

    Args:
        name: of the folder.
        limit: bytes of all files together; beyond it, the files written longest ago are deleted.
    """

    name: str
    limit: int
    _left: int = field(default=0, init=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    @property
    def folder(self) -> Path:
        """The path of the folder."""
        return cache(self.name)

    def get(self, file: str) -> bytes | None:
        """The content of a file, named relative to the folder; None if it is not kept."""
        with suppress(OSError):
            return (self.folder / file).read_bytes()
        return None

    def put(self, file: str, content: bytes) -> None:
        """Write a file atomically; a file larger than the limit is not kept.

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
        """Delete the oldest files if `wanted` bytes are not free; return the free bytes."""
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

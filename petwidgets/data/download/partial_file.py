"""The received part of a download on disk, with a note of the server's version of the file."""

import json
import urllib.request
from contextlib import suppress
from pathlib import Path


class PartialFile:
    """The received part of a file, and its version on the server.

    Args:
        archive: the file that it becomes once it is complete.
        url: where it comes from.

    Attributes:
        version: the ETag or Last-Modified of the server's file; empty if it is unknown.
        total: the size of the whole file in bytes; 0 if it is unknown.
    """

    def __init__(self, archive: Path, url: str) -> None:
        self.path = archive.with_name(archive.name + ".partial")
        self._note = archive.with_name(archive.name + ".partial.json")
        self.url, self.version, self.total = url, "", 0
        self._recall()

    def _recall(self) -> None:
        with suppress(OSError, ValueError, TypeError, KeyError):  # no note, or a damaged one
            note = json.loads(self._note.read_text("utf-8"))
            if note["url"] == self.url:
                self.version, self.total = str(note["version"]), int(note["total"])
        if not self.version or 0 < self.total < self.size:
            self.discard()

    @property
    def size(self) -> int:
        """The bytes received so far."""
        return self.path.stat().st_size if self.path.exists() else 0

    def begin(self, version: str, total: int) -> None:
        """Begin with a version of the server's file.

        Args:
            version: its ETag or Last-Modified.
            total: its size in bytes; 0 if it is unknown.
        """
        # emptied before the note is written: old bytes never count as the new version's
        self.path.write_bytes(b"")
        self.version, self.total = version, total
        note = {"url": self.url, "version": version, "total": total}
        self._note.write_text(json.dumps(note), "utf-8")

    def discard(self) -> None:
        """Remove the received part and the note."""
        self.version, self.total = "", 0
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def request(self) -> urllib.request.Request:
        """The request for the rest of the file, or for all of it."""
        headers = {"User-Agent": "petwidgets", "Accept-Encoding": "identity"}
        if self.size and self.version:
            headers |= {"Range": f"bytes={self.size}-", "If-Range": self.version}
        return urllib.request.Request(  # noqa: S310 - the opener knows no other scheme than http(s)
            self.url, headers=headers
        )

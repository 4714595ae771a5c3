"""Download one large file, resume it after breaks, and verify it.

A separate thread reads from the network and touches no file. The caller's thread writes all files
and checks for Stop ten times a second, even while the server is silent. `ARCHIVE.partial` holds the
received bytes, beside a note of the version on the server (ETag or Last-Modified). If there is no
note, or the version has changed, the download starts again.
"""

import json
import logging
import queue
import re
import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from email.message import Message
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted
from petwidgets.data.download.archive import EVERY, MIB, Watch, matches, room

log = logging.getLogger(__name__)

_SILENCE = 30.0  # seconds without a byte after which a connection counts as broken
_PAUSES = (1.0, 2.0, 4.0, 8.0)  # seconds before each retry; a new MiB starts the series again
_BLOCK = MIB // 4
_AHEAD = 16  # blocks read ahead of the disk: 4 MiB at most
_PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}


class _Broken(Exception):  # noqa: N818 - never leaves this file: a connection to retry
    """The connection failed, but a retry may succeed."""


class _Silent(_Broken):
    """The server did not answer at all."""


class _Part:
    """The received part of a file, and its version on the server."""

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
        return self.path.stat().st_size if self.path.exists() else 0

    def begin(self, version: str, total: int) -> None:
        # emptied before the note is written: old bytes never count as the new version's
        self.path.write_bytes(b"")
        self.version, self.total = version, total
        note = {"url": self.url, "version": version, "total": total}
        self._note.write_text(json.dumps(note), "utf-8")

    def discard(self) -> None:
        self.version, self.total = "", 0
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def request(self) -> urllib.request.Request:
        headers = {"User-Agent": "petwidgets", "Accept-Encoding": "identity"}
        if self.size and self.version:
            headers |= {"Range": f"bytes={self.size}-", "If-Range": self.version}
        return urllib.request.Request(  # noqa: S310 - _opener() knows no other scheme than http(s)
            self.url, headers=headers
        )


def _opener() -> urllib.request.OpenerDirector:
    # urllib's default opener also reads file:, ftp: and data:, even by redirection
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPRedirectHandler,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPErrorProcessor,
        urllib.request.UnknownHandler,
    ):
        opener.add_handler(handler())
    return opener


class _Answer:
    """A server's answer, read by a daemon thread so that a silent server cannot delay Stop."""

    def __init__(self, request: urllib.request.Request) -> None:
        self.status, self.length, self.headers = 0, 0, Message()
        self._items: queue.Queue[bytes | Exception] = queue.Queue(_AHEAD)
        self._gone = threading.Event()
        threading.Thread(target=self._read, args=(request,), daemon=True).start()

    def _read(self, request: urllib.request.Request) -> None:
        try:
            with _opener().open(request, timeout=_SILENCE) as reply:
                self.status, self.headers = reply.status, reply.headers
                self.length = reply.length or 0
                self._put(b"")
                while (block := reply.read1(_BLOCK)) and self._put(block):
                    pass
            self._put(b"")
        except urllib.error.HTTPError as error:
            error.close()
            self.status = error.code
            self._put(b"")
        except (OSError, HTTPException) as error:
            kind = _Broken if self.status else _Silent
            log.info("no answer, or no more of it", exc_info=True)
            self._put(kind(_reason(error)))
        except Exception as error:  # noqa: BLE001 - a bug must reach the thread that waits
            self._put(error)

    def _put(self, item: bytes | Exception) -> bool:
        while not self._gone.is_set():
            with suppress(queue.Full):
                self._items.put(item, timeout=EVERY)
                return True
        return False

    def next(self, idle: Callable[[], None]) -> bytes:
        """Return b"" once the headers have arrived, then the blocks, then b"" at the end."""
        while True:
            with suppress(queue.Empty):
                item = self._items.get(timeout=EVERY)
                if isinstance(item, Exception):
                    raise item
                return item
            idle()

    def abandon(self) -> None:
        self._gone.set()

    @property
    def version(self) -> str:
        # a weak ETag does not promise equal bytes, so a download can't be resumed by it
        etag = str(self.headers.get("ETag") or "")
        return etag if etag.startswith('"') else str(self.headers.get("Last-Modified") or "")

    def span(self) -> tuple[int, int]:
        """The position of the first byte, and the size of the whole file (0: unknown)."""
        if self.status != HTTPStatus.PARTIAL_CONTENT:
            return 0, self.length
        match = re.match(
            r"bytes (\d{1,18})-\d+/(\d{1,18}|\*)", self.headers.get("Content-Range") or ""
        )
        return (int(match[1]), int(match[2].replace("*", "0"))) if match else (-1, 0)


def _judge(part: _Part, answer: _Answer) -> None:
    if answer.status in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
        return
    if answer.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and part.size:
        part.discard()
        raise _Broken("the file on the server is shorter now")
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status in _PASSING:
        raise _Broken(f"HTTP {answer.status}")
    raise Problem(
        f"The server answered {answer.status} for {part.url}: the photographs are not there, or"
        " not for everybody; try later, or use another source of photographs."
    )


def _begin(part: _Part, answer: _Answer, size: int | None) -> None:
    """Check that the answer continues the received part, before a byte is written."""
    start, total = answer.span()
    if size is not None and total not in {0, size}:
        # the received part is kept: the answer may be the sign-in page of a hotel's network
        raise Problem(
            f"{part.url} is {counted(total, 'byte')} long now, not {size:,}: either a"
            " network's sign-in page answered (sign in and try again), or the file has changed"
            " at its source."
        )
    if answer.status == HTTPStatus.OK:
        part.discard()
        room(part.path.parent, 3 * (total or size or 0))
        part.begin(answer.version, total or size or 0)
    elif start != part.size or answer.version not in {"", part.version}:
        part.discard()
        raise _Broken("the file on the server has changed")
    else:
        room(part.path.parent, 3 * total - part.size)


def _receive(part: _Part, size: int | None, watch: Watch) -> None:
    done = part.size

    def report() -> None:
        watch.tick("download", done, part.total)

    answer = _Answer(part.request())
    try:
        answer.next(report)
        _judge(part, answer)
        _begin(part, answer, size)
        done = part.size
        with part.path.open("ab", MIB) as file:
            while block := answer.next(report):
                file.write(block)
                done += len(block)
                report()
    finally:
        answer.abandon()
    if done < part.total:
        raise _Broken("the connection ended early")


REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "its name is not known here"),
    (ssl.SSLCertVerificationError, "its certificate is not trusted here"),
    (ssl.SSLError, "no safe connection could be made"),
    (TimeoutError, "it was silent for too long"),
    (ConnectionRefusedError, "it refuses the connection"),
    (ConnectionError, "the connection was cut"),
)


def _reason(error: BaseException) -> str:
    """Explain a network failure to the user; its own message goes to the log."""
    inner = getattr(error, "reason", error)
    known = (words for kind, words in REASONS if isinstance(inner, kind))
    return next(known, "the network fails")


def _give_up(part: _Part, broken: _Broken) -> Problem:
    host = urlsplit(part.url).netloc
    if isinstance(broken, _Silent):
        what = f"{host} does not answer ({broken})"
    else:
        what = f"The download from {host} broke off again and again ({broken})"
    return Problem(f"{what}: check the network connection and try again; what has arrived is kept.")


def _arrive(part: _Part, size: int | None, watch: Watch) -> None:
    tries, failures, furthest = 0, 0, part.size
    log.info("downloading %s from byte %d", part.url, furthest)
    while not part.total or part.size < part.total:
        try:
            return _receive(part, size, watch)
        except _Broken as broken:
            log.warning("%s broke off at byte %d: %s", part.url, part.size, broken)
            tries += 1
            # a server that ignores Range makes no progress, so the retries come to an end
            failures = 1 if part.size >= furthest + MIB else failures + 1
            furthest = max(furthest, part.size)
            # without a network the first attempt reports it at once
            if failures > len(_PAUSES) or (tries == 1 and isinstance(broken, _Silent)):
                raise _give_up(part, broken) from broken
        watch.pause(_PAUSES[failures - 1], "download", part.size, part.total)
    return None


def fetch(url: str, archive: Path, *, size: int | None, digest: str | None, watch: Watch) -> None:
    """Download `url` to `archive`, resuming an earlier attempt; an `archive` that matches is kept.

    Args:
        url: http or https.
        archive: the file to write, in an existing folder; the caller holds its lock.
        size: the expected size in bytes; None for any.
        digest: the expected digest, as in `matches`; None for any.
        watch: reports progress and checks for Stop.

    Raises:
        Problem: not http(s), no network, an HTTP error, no space, a wrong file (which is removed).
        Stopped: the user pressed Stop; the received part is kept.
    """
    if archive.exists():
        if matches(archive, size, digest):
            return
        log.warning("%s is not the expected archive: downloading it again", archive)
        archive.unlink()
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).netloc:
        raise Problem(f"{url} is not an http or https address: give one that is.")
    part = _Part(archive, url)
    _arrive(part, size, watch)
    if not matches(part.path, size, digest):
        part.discard()
        raise Problem(
            f"What arrived from {url} is not the expected archive, so it was removed: try again;"
            " if that ends the same way, the file has changed at its source."
        )
    part.path.replace(archive)
    part.discard()

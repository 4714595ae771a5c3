"""A server's response, read in a thread of its own."""

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

from petwidgets.data.download.archive import EVERY, MIB

log = logging.getLogger(__name__)

_SILENCE = 30.0  # seconds without a byte after which a connection counts as broken
_BLOCK = MIB // 4
_AHEAD = 16  # blocks read ahead of the disk: 4 MiB at most


class BrokenConnectionError(Exception):
    """The connection failed, but a retry may succeed."""


class NoResponseError(BrokenConnectionError):
    """The server did not answer at all."""


class Response:
    """A server's response, read by a daemon thread so that a silent server cannot delay Stop.

    Args:
        request: what to ask the server for.

    Attributes:
        status: of HTTP; 0 until the headers have arrived.
        length: bytes of the body; 0 if unknown.
        headers: of the response.
    """

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
            kind = BrokenConnectionError if self.status else NoResponseError
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
        """Return b"" once the headers have arrived, then the blocks, then b"" at the end.

        Args:
            idle: called ten times a second while nothing arrives.

        Raises:
            BrokenConnectionError: the connection failed, or the server did not answer.
        """
        while True:
            with suppress(queue.Empty):
                item = self._items.get(timeout=EVERY)
                if isinstance(item, Exception):
                    raise item
                return item
            idle()

    def abandon(self) -> None:
        """Read no more of it."""
        self._gone.set()

    @property
    def version(self) -> str:
        """The ETag or Last-Modified of the file; empty if neither tells versions apart."""
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

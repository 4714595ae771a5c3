"""Counts what really goes over a websocket: Playwright sees messages as they are unpacked."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Relay:
    """Stands before a server; `received` counts bytes that its websockets sent to browsers.

    Args:
        to: the server's address.
        header: a line that is put into the first request of each connection, as proxies do.
    """

    def __init__(self, to: tuple[str, int], header: str = "") -> None:
        self._to, self._header = to, header.encode()
        self._lock = threading.Lock()
        self.received = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                browser, _ = self.listener.accept()
                threading.Thread(target=self._carry, args=(browser,), daemon=True).start()

    def _carry(self, browser: socket.socket) -> None:
        with suppress(OSError), browser, socket.create_connection(self._to) as server:
            first = browser.recv(65536)
            if self._header:
                first = first.replace(b"\r\n", b"\r\n" + self._header + b"\r\n", 1)
            server.sendall(first)
            asking = threading.Thread(target=self._copy, args=(browser, server), daemon=True)
            asking.start()
            self._copy(server, browser, counts=b"upgrade: websocket" in first.lower())

    def _copy(self, source: socket.socket, to: socket.socket, *, counts: bool = False) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                if counts:
                    with self._lock:
                        self.received += len(piece)
                to.sendall(piece)


@contextmanager
def relayed(url: str, header: str = "") -> Iterator[Relay]:
    """A relay before the server at `url`."""
    host, port = url.removeprefix("http://").strip("/").split(":")
    relay = Relay((host, int(port)), header)
    try:
        yield relay
    finally:
        relay.listener.close()

"""One client that wishes a server ill: no frames, floods, large bodies, unread answers."""

from __future__ import annotations

import random
import re
import socket
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import requests
from page_client import PageClient

FRAMES = (b"\xff" * 64, b"", b"\0" * 1000, (2**63).to_bytes(8, "little") * 20)
SECONDS = 20.0


class HostileClient:
    """Attacks until it is told to stop; how often each attack was made is in `made`."""

    def __init__(self, url: str) -> None:
        self.url, self.made, self.over = url, Counter[str](), threading.Event()
        self._thread = threading.Thread(target=self._attack, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End with the attack that is under way."""
        self.over.set()
        self._thread.join(2 * SECONDS)

    def _attack(self) -> None:
        attacks = (self._frames, self._gets, self._pages, self._body, self._unread)
        while not self.over.is_set():
            attack = random.choice(attacks)  # noqa: S311 - a whim
            self.made[attack.__name__.strip("_")] += 1
            with suppress(Exception):  # to be refused is what it is for
                attack()
            self.over.wait(0.5)

    def _frames(self) -> None:
        for frame in FRAMES:
            page = PageClient(self.url, patience=SECONDS)
            page.socket.send_binary(frame)
            page.leave()

    def _gets(self) -> None:
        with ThreadPoolExecutor(8) as pool:
            for _ in range(200):
                pool.submit(requests.get, f"{self.url}voila/static/voila.js", timeout=SECONDS)

    def _pages(self) -> None:
        for _ in range(5):  # none of which is ever connected to
            requests.get(self.url, timeout=SECONDS)

    def _body(self) -> None:
        host, port = re.fullmatch(r"http://([\d.]+):(\d+)/", self.url).groups()  # type: ignore[union-attr]
        with socket.create_connection((host, int(port)), timeout=SECONDS) as connection:
            head = (
                f"POST /login HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 104000000\r\n\r\n"
            )
            connection.sendall(head.encode())
            for _ in range(100):
                connection.sendall(b"a" * 1_000_000)

    def _unread(self) -> None:
        page = PageClient(self.url, patience=SECONDS)
        comm = uuid.uuid4().hex
        page.send(
            "comm_open", {"comm_id": comm, "target_name": "jupyter.widget.control", "data": {}}
        )
        for _ in range(100):
            page.send("comm_msg", {"comm_id": comm, "data": {"method": "request_states"}})
        time.sleep(5)
        page.leave()

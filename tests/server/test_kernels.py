"""Kernels of the server: how many, and when they end; by a client that means harm."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import psutil
import pytest
import requests
import websocket
from client import PATIENCE, Client, kernel_in, opened
from eventually import eventually, words_of

from petwidgets.common import processes
from petwidgets.server import serve
from petwidgets.server.address import Address
from petwidgets.server.capacity import Limits
from petwidgets.server.page import SCRIPT

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 6
ARRIVAL, IDLE = 6, 4
MEMORY_MB, UNREAD, MISSED = 300, 3_000_000, 200_000

NOTEBOOK = """
import ipywidgets, secrets, threading, time

count = ipywidgets.IntText(description="count")
talks = ipywidgets.Checkbox(description="talks")
eats = ipywidgets.IntText(description="eats")
big = ipywidgets.Text(description="big")
more = ipywidgets.Text(description="more")
held = []

def talk():
    while talks.value:
        count.value += 1
        time.sleep(0.01)

talks.observe(lambda change: change["new"] and threading.Thread(target=talk).start(), "value")
eats.observe(lambda change: held.append(bytearray(b"x") * (change["new"] * 1_000_000)), "value")
big.observe(lambda change: setattr(more, "value", secrets.token_hex(500_000)), "value")
ipywidgets.VBox([count, talks, eats, big, more])
"""
"""Talks, eats memory and holds a megabyte when it is told to."""


@dataclass
class Server:
    url: str
    process: psutil.Process

    def kernels(self, word: str = "ipykernel_launcher") -> list[psutil.Process]:
        return [child for child in self.process.children() if word in " ".join(words_of(child))]

    @property
    def origin(self) -> str:
        return self.url.rstrip("/")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Voila as `petwidgets serve` runs it, with a notebook that does what it is told."""
    folder = tmp_path_factory.mktemp("server")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(NOTEBOOK)])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "", "language": "python"}
    nbformat.write(notebook, folder / "app.ipynb")
    (folder / "settings").mkdir()
    place = Address("127.0.0.1", port)
    (folder / "settings" / "voila.json").write_text(json.dumps(serve._settings(place)))
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setenv("PETWIDGETS_ARRIVAL_SECONDS", str(ARRIVAL))
    monkeypatch.setenv("PETWIDGETS_IDLE_SECONDS", str(IDLE))
    limits = Limits(kernels=MOST, megabytes=MEMORY_MB)
    command = processes.command(
        "petwidgets.server.voila_app",
        str(folder / "app.ipynb"),
        *serve._options(place, limits),
        f"--PageKernels.unread={UNREAD}",
        f"--PageKernels.missed={MISSED}",
        f"--Voila.config_file_paths={folder / 'settings'}",
    )
    environment = {**serve._environment("tcp://127.0.0.1:1"), "PETWIDGETS_HOME": str(folder)}
    with subprocess.Popen(command, env=environment) as process:
        here = Server(f"http://127.0.0.1:{port}/", psutil.Process(process.pid))
        eventually(lambda: _is_open(port), PATIENCE)
        Client(here.url).leave(Origin=here.origin)  # kernels are made ahead from now on
        yield here
        process.terminate()
    monkeypatch.undo()


def _is_open(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


@pytest.fixture(autouse=True)
def _all_places_free(server: Server) -> Iterator[None]:
    """What a test left is gone before the next one."""
    yield
    eventually(lambda: len(server.kernels()) <= serve.PREHEATED, PATIENCE)


def test_a_flood_makes_no_more_kernels_than_there_are_places(server: Server) -> None:
    eventually(lambda: len(server.kernels()) == serve.PREHEATED, PATIENCE)
    seen: list[int] = []
    over = threading.Event()

    def count() -> None:
        while not over.is_set():
            seen.append(len(server.kernels()))
            over.wait(0.05)

    watcher = threading.Thread(target=count)
    watcher.start()
    with ThreadPoolExecutor(20) as crowd:
        pages = list(crowd.map(lambda _: opened(server.url), range(20)))
    over.set()
    watcher.join()
    assert {page.status_code for page in pages} == {200, 503}
    kernels = {kernel_in(page) for page in pages if page.status_code == 200}
    assert len(kernels) == MOST
    assert max(seen) <= MOST
    [refusal, *_] = [page for page in pages if page.status_code == 503]
    assert (
        f"This server is full, with {MOST} pages open: this page tries again in 10 seconds."
        in refusal.text
    )
    assert refusal.headers["Retry-After"] == "10"
    assert '<noscript><meta http-equiv="refresh" content="10"></noscript>' in refusal.text
    assert requests.get(f"{server.url}{SCRIPT}", timeout=60).ok
    # Nobody comes to them: their places are free again, and one that comes then is let in.
    eventually(lambda: opened(server.url).status_code == 200, PATIENCE)


def test_a_page_that_is_full_of_itself_does_not_keep_another_waiting(server: Server) -> None:
    page = Client(server.url).connect()
    with ThreadPoolExecutor(20) as crowd:
        flood = [crowd.submit(opened, server.url) for _ in range(40)]
        page.answers()
        assert any(one.result().status_code == 503 for one in flood)
    page.socket.close()


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Dest": "image", "Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors"},
        {"Sec_Fetch_Dest": "iframe", "Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"},
        {"Sec_Fetch_Dest": "empty", "Sec_Fetch_Site": "same-origin"},
        {"Sec_Purpose": "prefetch"},
    ],
)
def test_what_is_no_document_gets_no_kernel(server: Server, headers: dict[str, str]) -> None:
    eventually(lambda: len(server.kernels()) == serve.PREHEATED, PATIENCE)
    before = {kernel.pid for kernel in server.kernels()}
    assert opened(server.url, **headers).status_code == 403
    assert requests.head(server.url, timeout=PATIENCE).status_code == 200
    assert {kernel.pid for kernel in server.kernels()} == before


def test_a_page_that_is_reloaded_takes_its_own_place(server: Server) -> None:
    pages = [Client(server.url).connect() for _ in range(MOST)]
    assert opened(server.url).status_code == 503
    for page in pages[:3]:
        assert page.leave(Origin=server.origin) == 204
        kernel_in(opened(server.url))
    for page in pages:
        page.socket.close()


def test_pages_that_leave_leave_no_sockets_open(server: Server) -> None:
    """A page says that it leaves, and its connection closes while its kernel is ending."""
    eventually(lambda: len(server.kernels()) == serve.PREHEATED, PATIENCE)
    opened_first = 0
    for _ in range(3):
        for _ in range(4):
            page = Client(server.url).connect()
            page.answers()
            assert page.leave(Origin=server.origin) == 204
            page.socket.close()
        eventually(lambda: len(server.kernels()) == serve.PREHEATED, PATIENCE)
        opened_first = opened_first or server.process.num_fds()
    # Each of eight pages has had 13; the last ones may be closing.
    eventually(lambda: server.process.num_fds() - opened_first < 8, PATIENCE)


def test_a_page_that_never_comes_is_not_waited_for_long(server: Server) -> None:
    kernel = kernel_in(opened(server.url))
    assert server.kernels(kernel)
    eventually(lambda: not server.kernels(kernel), PATIENCE)


def test_a_page_that_is_still_loading_is_waited_for(server: Server) -> None:
    page = Client(server.url)
    until = time.monotonic() + 2 * ARRIVAL
    while time.monotonic() < until:
        assert page.fate().status_code == 200
        time.sleep(1)
    page.connect().answers()
    page.socket.close()


def test_a_kernel_that_talks_ends_when_its_page_is_gone(server: Server) -> None:
    page = Client(server.url).connect()
    page.set(page.find("talks"), value=True)
    page.numbers(page.find("count"), 3)
    page.socket.close()
    eventually(lambda: not server.kernels(page.kernel), PATIENCE)
    assert page.fate().json().get("ended") is None  # the page comes back by itself


def test_a_page_whose_connection_was_cut_for_a_moment_misses_nothing(server: Server) -> None:
    page = Client(server.url).connect()
    count = page.find("count")
    page.set(page.find("talks"), value=True)
    before = page.numbers(count, 5)
    page.socket.shutdown()
    page.connect()
    after = page.numbers(count, 5)
    assert before == list(range(before[0], before[0] + 5))
    assert after == list(range(after[0], after[0] + 5))
    page.socket.close()


def test_a_page_that_missed_too_much_begins_anew(server: Server) -> None:
    page = Client(server.url).connect()
    big = page.find("big")
    for n in range(3):
        page.set(big, str(n))
    page.socket.shutdown()
    eventually(lambda: page.fate().status_code == 404, PATIENCE)
    assert not server.kernels(page.kernel)


def test_replies_that_nobody_reads_end_at_a_limit(server: Server) -> None:
    other, page = Client(server.url).connect(), Client(server.url)
    small = ((socket.SOL_SOCKET, socket.SO_RCVBUF, 4096),)
    page.connect(sockopt=small)
    page.set(page.find("big"), "1")
    before = server.process.memory_info().rss
    for _ in range(60):
        page.ask_for_states()
    most = before
    late = time.monotonic() + PATIENCE
    while page.fate().status_code == 200:
        other.answers()
        most = max(most, server.process.memory_info().rss)
        assert time.monotonic() < late
    assert most - before < 100_000_000
    fate = page.fate()
    assert fate.status_code == 404
    assert fate.json()["ended"]
    assert fate.json()["message"].startswith("More than 3 MB waited for this page")
    other.socket.close()


def test_a_kernel_that_outgrows_its_page_ends_and_says_why(server: Server) -> None:
    other, page = Client(server.url).connect(), Client(server.url).connect()
    page.set(page.find("eats"), MEMORY_MB)
    eventually(lambda: page.fate().status_code == 404, PATIENCE)
    assert page.fate().json()["message"].startswith("This page held more than 300 MB")
    closed = (ConnectionError, websocket.WebSocketException, OSError)
    with pytest.raises(closed):
        page.wait_for(lambda *_: False)
    assert not server.kernels(page.kernel)
    other.answers()
    other.socket.close()


def test_a_kernel_is_ended_by_its_own_page_alone(server: Server) -> None:
    page = Client(server.url).connect()
    address = f"{server.url}api/kernels/{page.kernel}"
    foreign = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
    for headers in ({}, foreign):
        assert page.leave(**headers) == 403
        assert requests.delete(address, headers=headers, timeout=PATIENCE).status_code in (403, 404)
    page.answers()
    assert page.leave(Origin=server.origin, Sec_Fetch_Site="same-origin") == 204
    eventually(lambda: not server.kernels(page.kernel), PATIENCE)
    other = Client(server.url)
    own = {"Origin": server.origin}  # as a browser says it without TLS
    address = f"{server.url}api/kernels/{other.kernel}"
    assert requests.delete(address, headers=own, timeout=PATIENCE).status_code == 204


def test_a_kernel_is_reached_by_no_port(server: Server) -> None:
    page = Client(server.url)
    [kernel] = server.kernels(page.kernel)
    facts = json.loads(Path(kernel.cmdline()[-1]).read_text("utf-8"))
    assert facts["transport"] == "ipc"
    assert Path(facts["ip"]).parent.stat().st_mode & 0o077 == 0
    # One is left: the kernel's own, for what its children print, which names a secret with it.
    ports = [one for one in kernel.net_connections("inet") if one.status == psutil.CONN_LISTEN]
    assert len(ports) <= 1


@pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux alone")
def test_kernels_are_forked(server: Server) -> None:
    page = Client(server.url)
    [kernel] = server.kernels(page.kernel)
    assert kernel.memory_full_info().uss < kernel.memory_info().rss / 2
    assert os.getsid(kernel.pid) == kernel.pid

"""What a hostile client tries, and what others see of it: nothing."""

from __future__ import annotations

import resource
import signal
import socket
import uuid
from contextlib import ExitStack
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psutil
import pytest
import requests
import websocket
from eventually import eventually, words_of
from servers import Server, free_port, serving
from stranger import V1, Stranger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

SOON = 30
"""Seconds that processes may take to end on a busy machine."""


def voila_of(server: Server) -> psutil.Process:
    [voila] = server.processes("petwidgets.server.voila_app")
    return voila


def address_of(server: Server) -> tuple[str, int]:
    parts = urlsplit(server.url)
    assert parts.hostname
    assert parts.port
    return parts.hostname, parts.port


def test_a_bad_frame_ends_its_own_connection_alone(served: Server) -> None:
    other = Stranger(served.url, V1)
    before = voila_of(served).memory_info().rss
    for frame in (b"\xff" * 64, b"", b"\0" * 1000, (2**63).to_bytes(8, "little") * 20):
        hostile = Stranger(served.url, V1)
        hostile.socket.send_binary(frame)
        assert hostile.is_cut_off()
        assert not other.is_cut_off()
    hostile = Stranger(served.url, V1)
    hostile.socket.send("{}")
    assert hostile.is_cut_off()
    assert voila_of(served).memory_info().rss < before + 50e6


def test_a_page_makes_no_widgets_itself(served: Server) -> None:
    stranger = Stranger(served.url, V1)
    before = stranger.widgets()
    state = {"_model_name": "HTMLModel", "_model_module": "@jupyter-widgets/controls"}
    made = {"comm_id": uuid.uuid4().hex, "data": {"state": state}}
    stranger.send("comm_open", {**made, "target_name": "jupyter.widget"})
    assert stranger.is_cut_off()
    stranger.connect()
    assert stranger.widgets() == before


@pytest.mark.parametrize("path", ["", "login", "voila/api/shutdown/x", "nowhere"])
def test_large_bodies_are_not_read(served: Server, path: str) -> None:
    voila = voila_of(served)
    before = voila.memory_info().rss
    host, port = address_of(served)
    with socket.create_connection((host, port), timeout=SOON) as connection:
        head = f"POST /{path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 104000000"
        connection.sendall(f"{head}\r\n\r\n".encode())
        with pytest.raises(OSError, match=r"reset|Broken pipe|closed"):  # noqa: PT012
            for _ in range(100):
                connection.sendall(b"a" * 1_000_000)
            raise ConnectionError("all of it was taken, and the connection was closed then")
    assert voila.memory_info().rss < before + 20e6
    assert requests.get(f"{served.url}voila/static/voila.js", timeout=SOON).ok


def test_a_page_has_few_connections(served: Server) -> None:
    stranger, held = Stranger(served.url, V1), []
    with pytest.raises(websocket.WebSocketBadStatusException, match="429"):  # noqa: PT012
        for _ in range(20):
            held.append(stranger.socket)
            stranger.connect()
    assert len(held) == 8
    assert not Stranger(served.url, V1).is_cut_off()
    for one in held:
        one.close()


def test_idle_connections_keep_nobody_out(served: Server) -> None:
    host, port = address_of(served)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    with ExitStack() as idle:
        idle.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        for _ in range(1500):
            idle.enter_context(socket.create_connection((host, port), timeout=SOON))
        assert requests.get(f"{served.url}voila/static/voila.js", timeout=SOON).ok
        assert not Stranger(served.url, V1).is_cut_off()


@pytest.mark.parametrize("name", ["theme", "template"])
def test_no_address_brings_a_script(visit: Callable[..., Page], server: str, name: str) -> None:
    script = "<script>window.pwned = 1</script>"
    page = visit(f'{server}?{name}=light">{script}')
    assert page.evaluate("window.pwned") is None
    assert script not in page.content()


def test_a_script_that_got_into_the_page_does_not_run(browser: Browser, server: str) -> None:
    page = browser.new_page()  # one that may complain
    page.goto(server)
    page.locator(".petwidgets-title").first.wait_for()
    refused = page.evaluate(
        """new Promise((done) => {
            const told = [];
            document.addEventListener('securitypolicyviolation', (event) => {
                told.push(event.effectiveDirective);
                if (told.length === 2) done(told);
            });
            document.body.insertAdjacentHTML('beforeend',
                '<img src="data:," onerror="window.pwned = 1">');
            const script = document.createElement('script');
            script.textContent = 'window.pwned = 2';
            document.body.append(script);
        })"""
    )
    assert {"script-src-attr", "script-src-elem"} == set(refused)
    assert page.evaluate("window.pwned") is None
    page.close()


def test_every_answer_says_what_a_browser_may_do(served: Server) -> None:
    for path in ("", "voila/static/voila.js", "nowhere", "api/kernels"):
        answer = requests.get(served.url + path, timeout=SOON)
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self' blob:;" in policy
        assert "frame-ancestors 'self'" in policy
        assert "unsafe-eval" not in policy
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        for cookie in answer.headers.get("Set-Cookie", "").split(", "):
            assert "=" not in cookie.split(";")[0] or "SameSite=Lax" in answer.headers["Set-Cookie"]


def test_a_foreign_name_leads_nowhere(served: Server) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example:80", "localhost.evil.example"):
        for path in ("", "api/kernels", "voila/static/voila.js"):
            answer = requests.get(served.url + path, headers={"Host": host}, timeout=SOON)
            assert (answer.status_code, "--allow-host" in answer.text) == (403, True)
    for host in ("localhost:1", "192.168.1.7", "[::1]:8866"):
        answer = requests.get(
            f"{served.url}voila/static/voila.js", headers={"Host": host}, timeout=SOON
        )
        assert answer.ok


LOCAL = ("127.0.0.1", "::1", "::ffff:127.0.0.1")


def test_nothing_listens_to_other_machines(served: Server) -> None:
    processes = [psutil.Process(served.pid), *served.processes()]
    listening = [
        (process.name(), *connection.laddr)
        for process in processes
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert listening
    assert [one for one in listening if one[1] not in LOCAL] == []


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Server]:
    """A server that may be killed."""
    port = free_port()
    command = ["petwidgets", "serve", "--port", str(port), "--token", "a-secret-of-this-test"]
    with serving(command, "petwidgets: http", tmp_path) as process:
        yield Server(f"http://127.0.0.1:{port}/", process.pid, tmp_path)


def test_voila_is_started_again_and_who_has_logged_in_stays_so(own: Server) -> None:
    with requests.Session() as visitor:
        assert visitor.get(f"{own.url}?token=a-secret-of-this-test", timeout=SOON).ok
        voila = voila_of(own)
        kernels = own.processes("ipykernel_launcher")
        voila.kill()
        _, left = psutil.wait_procs(kernels, timeout=SOON)
        assert not left, "kernels end with Voila"

        def answers() -> bool:
            try:
                return not visitor.get(own.url, timeout=SOON).history
            except requests.ConnectionError:
                return False

        eventually(answers, SOON, "the page does not come back")
    assert requests.get(own.url, timeout=SOON).history, "who has not is asked for the token"


def test_the_token_is_seen_by_nobody(own: Server) -> None:
    requests.get(f"{own.url}?token=a-secret-of-this-test", timeout=SOON)
    for process in [psutil.Process(own.pid), *own.processes()]:
        assert "a-secret-of-this-test" not in " ".join(words_of(process))
        if process.pid != own.pid:
            assert "a-secret-of-this-test" not in process.environ().values()
    for path in own.home.rglob("*"):
        if path.is_file():
            assert b"a-secret-of-this-test" not in path.read_bytes(), path


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP])
def test_nothing_outlives_the_server(tmp_path: Path, number: signal.Signals) -> None:
    port = free_port()
    command = ["petwidgets", "serve", "--port", str(port)]
    with serving(command, "petwidgets: http", tmp_path, ends=True) as server:
        requests.get(f"http://127.0.0.1:{port}/", timeout=SOON)
        children = psutil.Process(server.pid).children(recursive=True)
        server.send_signal(number)
        assert server.wait(SOON) == (0 if number == signal.SIGHUP else -9)
        _, left = psutil.wait_procs(children, timeout=SOON)
        assert not left
        with pytest.raises(ConnectionError):
            socket.create_connection(("127.0.0.1", port), timeout=1)

"""Who may come to a server, by which name, and how often one may guess its token."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import loops
import pytest
from tornado.httpclient import AsyncHTTPClient
from tornado.netutil import bind_sockets
from tornado.web import HTTPError, RequestHandler

from petwidgets.common import processes
from petwidgets.common.errors import Problem
from petwidgets.server import keeper, tokens
from petwidgets.server.address import Address
from petwidgets.server.gate import PageApplication, is_known
from petwidgets.server.tokens import SlowTokens

if TYPE_CHECKING:
    from pathlib import Path

EVERYWHERE = "0.0.0.0"  # noqa: S104 - it is what is refused


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("127.0.0.1:8866", True),
        ("localhost", True),
        ("LocalHost.:80", True),
        ("[::1]:8866", True),
        ("192.168.1.20:8866", True),  # an address is nobody's name
        ("[2001:db8::7]:8866", True),
        ("pets.example.org", True),
        ("PETS.example.org:443", True),
        ("evil.example", False),
        ("evil.example:8866", False),
        ("pets.example.org.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example", False),
        ("", False),
        (":80", False),
        ("[", False),
    ],
)
def test_a_server_is_called_by_its_own_names(host: str, known: bool) -> None:  # noqa: FBT001
    assert is_known(host, ["pets.example.org"]) is known


def test_names_are_asked_for_where_no_token_keeps_strangers_out() -> None:
    assert "localhost" not in (Address().hosts or [])
    assert "pets.example.org" in (Address(names=("Pets.Example.org",)).hosts or [])
    assert Address(token="x").hosts is None  # noqa: S106
    assert Address(base_url="/pets/").hosts is None
    assert Address(base_url="/pets/", names=("hub.example.org",)).hosts is not None


def test_others_come_in_with_a_token_or_by_somebodys_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Address, "_check_free", lambda _self: None)
    with pytest.raises(Problem, match=r"PETWIDGETS_TOKEN .* --no-token"):
        Address(EVERYWHERE).check()
    Address(EVERYWHERE, token="x").check()  # noqa: S106
    Address(EVERYWHERE, open_to_all=True).check()
    Address().check()


def handler(given: str) -> Any:
    return SimpleNamespace(
        token="right",  # noqa: S106
        get_argument=lambda _name, _default: given,
        request=SimpleNamespace(headers={}, remote_ip="127.0.0.1", host="x"),
        get_secure_cookie=lambda *_, **__: None,
        base_url="/",
        log=logging.getLogger(),
    )


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that were waited, without waiting."""
    found: list[float] = []
    sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        found.append(seconds)
        await sleep(0)

    monkeypatch.setattr(tokens.asyncio, "sleep", note)
    return found


def test_wrong_tokens_slow_down_all_that_follow(waits: list[float]) -> None:
    provider = SlowTokens(token="right")  # noqa: S106

    async def give(*given: str) -> list[Any]:
        return [await provider.get_user_token(handler(one)) for one in given]

    right, *wrong = loops.run(give("right", *("guess",) * 8))
    assert right is not None
    assert wrong == [None] * 8
    assert waits == [0, 0, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0, 2.0]
    # Who knows it waits as well: an answer at once would tell which one is right.
    assert loops.run(give("right")) != [None]
    assert waits[-1] == 2.0


def test_who_gives_none_does_not_wait(waits: list[float]) -> None:
    provider = SlowTokens(token="right")  # noqa: S106
    assert loops.run(provider.get_user_token(handler(""))) is None
    assert waits == []


def test_the_line_of_those_who_guess_has_an_end(waits: list[float]) -> None:
    provider = SlowTokens(token="right")  # noqa: S106

    async def crowd() -> list[Any]:
        one = [provider.get_user_token(handler("guess")) for _ in range(tokens.MOST_IN_LINE + 5)]
        return await asyncio.gather(*one, return_exceptions=True)

    refused = [one for one in loops.run(crowd()) if isinstance(one, HTTPError)]
    assert [one.status_code for one in refused] == [429] * 5
    assert len(waits) == tokens.MOST_IN_LINE


def test_what_can_not_stay_alive_is_given_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(keeper, "SECONDS_BETWEEN_STARTS", 0.01)
    over, lives = threading.Event(), tmp_path / "lives"
    code = f"open({str(lives)!r}, 'a').write('x'); raise SystemExit(3)"
    with keeper.kept_alive([sys.executable, "-c", code], os.environ, over) as kept:
        assert over.wait(60)
    assert kept.status == 3
    assert lives.read_text() == "x" * keeper.MOST_DEATHS
    assert "ended with 3 and is started again" in capfd.readouterr().err


def test_a_process_begins_anew_without_its_secret(tmp_path: Path) -> None:
    script = tmp_path / "tool.py"
    script.write_text(
        "import os, sys\n"
        "from petwidgets.common.processes import hide_option\n"
        "if not os.environ.get('T'):\n"
        "    hide_option('--token', sys.argv[2].rpartition('=')[2], 'T')\n"
        "print(os.environ.get('T'), sys.argv[1:])\n"
    )
    for given in (["--token", "s3cret"], ["--tok", "s3cret"]):
        said = subprocess.run(
            [sys.executable, str(script), *given, "--port", "1"],
            env=processes.environment(PYTHONPATH=processes.HERE),
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert said == "s3cret ['--port', '1']\n"


class Sender(RequestHandler):
    """Answers with the address from which a request came."""

    def get(self) -> None:
        self.finish(f"{self.request.protocol} {self.request.remote_ip}")


@pytest.mark.parametrize(
    ("listens_on", "expected"), [("127.0.0.1", "https 192.0.2.7"), (EVERYWHERE, "http 127.0.0.1")]
)
def test_a_proxy_is_believed_on_this_machine_alone(listens_on: str, expected: str) -> None:
    async def ask() -> str:
        [socket] = bind_sockets(0, "127.0.0.1")
        port = socket.getsockname()[1]
        socket.close()
        server = PageApplication(None, handlers=[("/", Sender)]).listen(port, listens_on)
        forged = {"X-Real-Ip": "10.9.9.9", "X-Scheme": "http"}
        proxied = {"X-Forwarded-For": "10.8.8.8, 192.0.2.7", "X-Forwarded-Proto": "https"}
        answer = await AsyncHTTPClient().fetch(
            f"http://127.0.0.1:{port}/", headers=forged | proxied
        )
        server.stop()
        return answer.body.decode()

    assert loops.run(ask()) == expected

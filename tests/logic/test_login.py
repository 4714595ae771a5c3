"""The addresses that a server prints, its form for the token, and who need not type it again."""

from __future__ import annotations

import socket
import stat
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from jupyter_server.log import _scrub_uri

from petwidgets.common.paths import LOGIN_KEY, close_home, home
from petwidgets.server import address, login_key
from petwidgets.server.address import Address
from petwidgets.server.login import without_token
from petwidgets.server.serve import notebook
from petwidgets.server.tokens import SlowTokens
from petwidgets.server.voila_app import PageServer

if TYPE_CHECKING:
    from pathlib import Path

EVERYWHERE = "0.0.0.0"  # noqa: S104 - it is what is given to --host


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PETWIDGETS_HOME", str(tmp_path / "home"))


def test_others_are_given_an_address_that_they_can_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "network_host", {EVERYWHERE: "192.168.1.20"}.__getitem__)
    own, others = Address(EVERYWHERE, 8912, "choose-one").urls("choose-one")
    assert own == "http://127.0.0.1:8912/?token=choose-one"
    assert others == "http://192.168.1.20:8912/?token=choose-one"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8866/"),
        ("192.168.1.20", "http://192.168.1.20:8866/"),
        ("gpu-box", "http://gpu-box:8866/"),
        ("2001:db8::7", "http://[2001:db8::7]:8866/"),
    ],
)
def test_one_address_is_printed_as_it_is(host: str, url: str) -> None:
    assert Address(host).urls() == [url]


def test_a_token_of_any_letters_stands_in_the_address() -> None:
    [url] = Address(base_url="/pets").urls("a b&c=ü#+")
    parts = urlsplit(url)
    assert parts.path == "/pets/"
    assert parse_qs(parts.query) == {"token": ["a b&c=ü#+"]}
    assert not parts.fragment


def test_the_address_for_others_is_one_of_this_machine() -> None:
    found = address.network_host(EVERYWHERE)
    if found == socket.gethostname():
        pytest.skip("this machine reaches no other")
    with socket.create_server((found, 0)):  # an address of others can't be listened on
        pass


def test_a_machine_without_a_network_gives_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(socket, "socket", refuse)
    assert address.network_host(EVERYWHERE) == socket.gethostname()


def test_a_login_outlives_a_restart_with_the_same_token_alone() -> None:
    first = login_key.secret("right")
    assert login_key.secret("right") == first
    assert login_key.secret("another") != first
    kept = home() / LOGIN_KEY
    assert b"right" not in kept.read_bytes()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    kept.write_bytes(b"cut off")
    assert login_key.secret("right") != first
    home().chmod(0o755)
    close_home()  # it knows the file for its own
    assert stat.S_IMODE(home().stat().st_mode) == 0o700


def test_homes_have_keys_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = login_key.secret("right")
    monkeypatch.setenv("PETWIDGETS_HOME", str(tmp_path / "other"))
    assert login_key.secret("right") != first


def test_a_key_that_cannot_be_kept_is_for_one_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("PETWIDGETS_HOME", str(tmp_path / "file" / "home"))
    assert len(login_key.secret("right")) == 64
    assert login_key.secret("right") != login_key.secret("right")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/", ("/", False)),
        ("/pets/?token=guess", ("/pets/", True)),
        ("/?a=1&token=guess&b=%20", ("/?a=1&b=+", True)),
        ("/?tokens=1", ("/?tokens=1", False)),
        ("//[", ("/", False)),
    ],
)
def test_a_wrong_token_does_not_stay_in_the_address(url: str, expected: tuple[str, bool]) -> None:
    assert without_token(url) == expected


def test_nobody_sets_a_password_with_the_token() -> None:
    assert SlowTokens(token="right").allow_password_change is False  # noqa: S106


def test_no_token_in_the_link_comes_into_the_log() -> None:
    server = PageServer()
    server.initialize([str(notebook()), "--no-browser"])
    hidden = server.init_settings()["extra_log_scrub_param_keys"]
    # As `log_request` says from where a refused request came.
    assert "guess" not in _scrub_uri("http://host/login?next=%2F%3Ftoken%3Dguess", hidden)

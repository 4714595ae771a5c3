"""Whose page it is: the owner's, who opens it on this machine, or a visitor's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from petwidgets.common import arrivals
from petwidgets.server.address import Address
from petwidgets.session.store import multi_user

if TYPE_CHECKING:
    from pathlib import Path

BROWSER = ("Host", "Origin", "Upgrade", "Sec-WebSocket-Key", "Cookie")


@pytest.mark.parametrize(
    ("host", "token", "base_url", "owners"),
    [
        ("127.0.0.1", "", "/", True),
        ("127.0.0.2", "", "/", True),
        ("localhost", "", "/", True),
        ("::1", "", "/", True),
        ("127.0.0.1", "secret", "/", False),
        ("127.0.0.1", "", "/pets/", False),
        ("0.0.0.0", "", "/", False),  # noqa: S104 - all addresses
        ("::", "", "/", False),
        ("", "", "/", False),
        ("192.168.1.20", "", "/", False),
        ("gpu-box", "", "/", False),
        ("localhost.example.org", "", "/", False),
    ],
)
def test_a_server_is_its_owners_where_nobody_else_reaches_it(
    host: str,
    token: str,
    base_url: str,
    owners: bool,  # noqa: FBT001
) -> None:
    assert Address(host, token=token, base_url=base_url).is_owners is owners


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8866", "localhost:8866", "LOCALHOST", "[::1]:8866", "[::1]"]
)
def test_a_page_of_this_machine_comes_straight(host: str) -> None:
    assert arrivals.is_straight(host, BROWSER)


@pytest.mark.parametrize(
    ("host", "header"),
    [
        ("pets.example.org", "Host"),
        ("evil.example:8866", "Host"),  # a foreign page that has its own name lead here
        ("192.168.1.20:8866", "Host"),
        ("127.0.0.1.example.org", "Host"),
        ("127.0.0.1,evil.example", "Host"),
        ("", "Host"),
        ("127.0.0.1:8866", "X-Forwarded-For"),
        ("127.0.0.1:8866", "x-forwarded-host"),
        ("localhost:8866", "Forwarded"),
        ("localhost:8866", "Via"),
        ("localhost:8866", "X-Real-IP"),
        ("localhost:8866", "CF-Connecting-IP"),
    ],
)
def test_what_a_proxy_passes_on_does_not(host: str, header: str) -> None:
    assert not arrivals.is_straight(host, (*BROWSER, header))


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of this kernel, of a server that serves its owner."""
    monkeypatch.setenv(arrivals.VARIABLE, str(tmp_path))
    monkeypatch.delenv("PETWIDGETS_VISITORS", raising=False)
    monkeypatch.setenv("VOILA_PREHEAT", "True")
    monkeypatch.setattr("ipykernel.connect.get_connection_file", lambda: "/run/kernel-1a-2b.json")
    return "1a-2b"


def test_a_kernel_is_told_how_its_first_page_came(kernel: str) -> None:
    assert multi_user(), "nobody has come yet"
    arrivals.note("another", "127.0.0.1:8866", BROWSER)
    assert multi_user()
    arrivals.note(kernel, "127.0.0.1:8866", BROWSER)
    assert not multi_user()
    arrivals.note(kernel, "pets.example.org", BROWSER)  # whoever comes later changes nothing
    assert not multi_user()


def test_a_visitors_page_stays_one(kernel: str, monkeypatch: pytest.MonkeyPatch) -> None:
    arrivals.note(kernel, "127.0.0.1:8866", (*BROWSER, "X-Forwarded-For"))
    arrivals.note(kernel, "127.0.0.1:8866", BROWSER)
    assert multi_user()
    monkeypatch.setenv("PETWIDGETS_VISITORS", "0")
    assert not multi_user(), "who serves says so"
    monkeypatch.setenv("PETWIDGETS_VISITORS", "1")
    assert multi_user()


def test_nothing_is_noted_where_all_are_visitors(
    kernel: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(arrivals.VARIABLE, str(tmp_path / "gone"))
    arrivals.note(kernel, "127.0.0.1:8866", BROWSER)
    assert multi_user(), "it can't be written"
    monkeypatch.setenv(arrivals.VARIABLE, "")
    arrivals.note(kernel, "127.0.0.1:8866", BROWSER)
    assert multi_user()


def test_who_runs_no_kernel_is_nobodys_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(arrivals.VARIABLE, str(tmp_path))
    assert not arrivals.came_straight()

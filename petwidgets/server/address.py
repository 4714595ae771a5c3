"""The address of the dashboard, and the hosts that may call it."""

from __future__ import annotations

import errno
import os
import re
import socket
from dataclasses import dataclass
from urllib.parse import quote

from petwidgets.common import arrivals
from petwidgets.common.errors import Problem

LAST_PORT = 65_535

PATH = re.compile(r"/(?:(?!\.{1,2}/)(?:[\w.~@-]|%[0-9A-F]{2})+/)*", re.ASCII | re.IGNORECASE)
"""A base URL that browsers send as it is written, and that means itself in the server's patterns.
Browsers remove the folders `.` and `..`."""

NO_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)

EVERY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what is given to --host
"""Hosts that stand for every address of the machine, and its own address for each."""

ELSEWHERE = {"0.0.0.0": "192.0.2.1", "::": "2001:db8::1"}  # noqa: S104
"""Addresses that belong to nobody (RFC 5737 and 3849), for each of `EVERY`."""

TOKEN = "PETWIDGETS_TOKEN"  # noqa: S105 - the name of a variable
"""Environment variable with the token; `ps` does not show it."""


@dataclass(frozen=True)
class Address:
    """Where a server listens.

    Args:
        host: the address to listen on.
        port: 1 to 65535.
        token: what visitors must give; empty for none.
        base_url: the path under which a proxy shows the page, such as /pets/.
        names: host names by which browsers may call the server, besides its own.
        open_to_all: whether others may come without a token.
    """

    host: str = "127.0.0.1"
    port: int = 8866
    token: str = ""
    base_url: str = "/"
    names: tuple[str, ...] = ()
    open_to_all: bool = False

    @property
    def base(self) -> str:
        """The base URL with a slash at either end."""
        return f"/{self.base_url.strip('/')}/".replace("//", "/")

    @property
    def is_owners(self) -> bool:
        """Whether only its owner can reach the server's address.

        A token is meant for others, and a base URL is a proxy's: both mean visitors. If others have
        accounts on the machine, a token is needed, because they reach the loopback address, too.
        """
        return arrivals.is_loopback(self.host) and not self.token and self.base == "/"

    @property
    def hosts(self) -> list[str] | None:
        """Names by which browsers may call the server; None for any.

        A foreign page may resolve its own name to this server (DNS rebinding), and then has the
        same origin. Any name is accepted if there is a token, which such a page does not have. Any
        name is also accepted behind a base URL, because the proxy's name is not known here unless
        it is given.
        """
        if not self.names and (self.token or self.base != "/"):
            return None
        machine = socket.gethostname()
        return [name.lower() for name in (*self.names, self.host, machine, f"{machine}.local")]

    @property
    def own_host(self) -> str:
        """The host by which this machine reaches the server."""
        return EVERY.get(self.host, self.host)

    def urls(self, token: str = "") -> list[str]:
        """The addresses for a browser: on this machine first, then for others.

        Args:
            token: what the addresses show as the token; empty for none.
        """
        hosts = dict.fromkeys([self.own_host, network_host(self.host)])
        query = f"?token={quote(token, safe='.')}" if token else ""
        return [f"http://{_in_url(host)}:{self.port}{self.base}{query}" for host in hosts]

    def check(self) -> None:
        """Check that the server can and may listen there.

        Raises:
            Problem: the port is taken or none, the host is not an address of this machine, no
                address can have the base URL, or others could connect without a token, and no
                option allows it; or a token is set and an option lets everybody in.
        """
        if not 0 < self.port <= LAST_PORT:
            raise Problem(f"{self.port} is not a port: give --port a number from 1 to {LAST_PORT}.")
        if not self.host:
            raise Problem("--host is empty: give an address of this machine, such as 127.0.0.1.")
        if not PATH.fullmatch(self.base):
            raise Problem(
                f"{self.base_url!r} can't be the path of an address: give --base-url one of plain"
                " letters and digits, such as /pets/."
            )
        if self.token and self.open_to_all:
            raise Problem(
                "A token and --no-token contradict each other: leave out --no-token, or --token and"
                f" {TOKEN}."
            )
        self._check_free()
        if not (arrivals.is_loopback(self.host) or self.token or self.open_to_all):
            raise Problem(
                f"Others reach {self.host}: set {TOKEN} to a word that visitors must give, or say"
                " --no-token to let everybody in."
            )

    def _check_free(self) -> None:
        try:
            with socket.create_server((self.host, self.port)):
                pass
        except (OSError, ValueError) as error:  # ValueError: no host can have this name
            number = getattr(error, "errno", None) or 0
            if number <= 0 or number in NO_ADDRESS:
                raise Problem(
                    f"{self.host!r} is not an address of this machine: correct --host."
                ) from error
            raise Problem(
                f"{self.host}:{self.port} can't be listened on ({os.strerror(number)}): choose"
                " another with --port."
            ) from error


def network_host(host: str) -> str:
    """Return the host by which other machines of the network reach what listens on `host`.

    For every address that is the one from which this machine reaches others, or its name where it
    reaches none.
    """
    if host not in EVERY:
        return host
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as outward:
            outward.connect((ELSEWHERE[host], 9))  # it chooses a way, and sends nothing
            return str(outward.getsockname()[0])
    except OSError:
        return socket.gethostname()


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host

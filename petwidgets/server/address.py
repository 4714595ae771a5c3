"""The address of the dashboard, and the hosts that may call it."""

from __future__ import annotations

import errno
import os
import socket
from dataclasses import dataclass

from petwidgets.common import arrivals
from petwidgets.common.errors import Problem

LAST_PORT = 65_535
NO_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)

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

    def check(self) -> None:
        """Check that the server can and may listen there.

        Raises:
            Problem: the port is taken or none, the host is not an address of this machine, or
                others could connect without a token, and no option allows it.
        """
        if not 0 < self.port <= LAST_PORT:
            raise Problem(f"{self.port} is not a port: give --port a number from 1 to {LAST_PORT}.")
        if not self.host:
            raise Problem("--host is empty: give an address of this machine, such as 127.0.0.1.")
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

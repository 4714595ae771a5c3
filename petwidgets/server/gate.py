"""Refuse bad requests before any handler runs, and add security headers to every answer."""

from __future__ import annotations

import ipaddress
import logging
import re
from typing import TYPE_CHECKING, Any

from tornado.netutil import is_valid_ip
from tornado.web import Application, OutputTransform, RequestHandler

from petwidgets.common import arrivals

if TYPE_CHECKING:
    from collections.abc import Collection

    from tornado.httputil import HTTPHeaders, HTTPServerRequest

log = logging.getLogger(__name__)

MOST_BODY = 64_000
"""Bytes of a request's body; the largest is a token in a form. Files come over the websocket."""

MOST_HEADERS = 32_000
"""Bytes of a request's headers."""

SECONDS_WITHOUT_A_WORD = 60
"""Seconds after which a connection without a complete request is closed."""

LONGEST_NAME = 253
"""Most characters of a host name in DNS."""


class PageApplication(Application):
    """An application that refuses foreign host names, and limits requests before a handler runs.

    Args:
        hosts: names by which browsers may call the server; None for any.
        settings: as of `tornado.web.Application`.
    """

    def __init__(self, hosts: Collection[str] | None, **settings: Any) -> None:
        self.hosts = None if hosts is None else {host.lower() for host in hosts}
        self._behind_proxy = False
        super().__init__(transforms=[SafeHeaders], **settings)

    def find_handler(self, request: HTTPServerRequest, **more: Any) -> Any:
        """Refuse a request for a foreign host name, as browsers send it after DNS rebinding."""
        if self.hosts is not None and not is_known(request.host, self.hosts):
            return self.get_handler_delegate(request, Misnamed)
        if self._behind_proxy:
            believe_proxy(request)
        return super().find_handler(request, **more)

    def listen(self, port: int, address: str | None = None, **more: Any) -> Any:
        """Listen, with limits on the size and time of requests.

        On loopback a proxy's headers say from which address a request came, and whether over https;
        elsewhere anybody could write them.
        """
        self._behind_proxy = arrivals.is_loopback(address or "")
        return super().listen(
            port,
            address,
            max_body_size=MOST_BODY,
            max_header_size=MOST_HEADERS,
            idle_connection_timeout=SECONDS_WITHOUT_A_WORD,
            body_timeout=SECONDS_WITHOUT_A_WORD,
            **more,
        )


def believe_proxy(request: HTTPServerRequest) -> None:
    """Take the address and the protocol of a request from what the nearest proxy said of it.

    That is the last entry of `X-Forwarded-For` and `X-Forwarded-Proto`, which proxies append to.
    tornado's `xheaders` would prefer `X-Real-Ip` and `X-Scheme`: most proxies pass on what a
    visitor wrote there.
    """
    address, protocol = (
        request.headers.get(name, "").rpartition(",")[2].strip()
        for name in ("X-Forwarded-For", "X-Forwarded-Proto")
    )
    if is_valid_ip(address):
        request.remote_ip = address
    if protocol in ("http", "https"):
        request.protocol = protocol


def is_known(host: str, hosts: Collection[str]) -> bool:
    """Whether a host is an address or one of the server's names.

    Every address is accepted: DNS rebinding needs a name.

    Args:
        host: of the request, with or without a port.
        hosts: names in lower case.

    Example:
        >>> is_known("127.0.0.1:8866", []), is_known("evil.example", ["pets.example.org"])
        (True, False)
    """
    name = (host if host.endswith("]") else host.rpartition(":")[0] or host).lower().rstrip(".")
    if arrivals.is_loopback(name) or name in hosts:
        return True
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


class Misnamed(RequestHandler):
    """Answer that the server is not known by the host name of the request."""

    def prepare(self) -> None:
        """Refuse the request, whatever its method."""
        name = self.request.host[:LONGEST_NAME]
        log.warning("a request came for %r, which is no name of this server", name)
        self.set_status(403)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(
            f"This server is not known as {name}: open it by its address, or have whoever runs it"
            f" start it with --allow-host {name}.\n"
        )


POLICY = (
    "default-src 'self'",
    "script-src 'self' blob:",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'self'",
)
"""Content policy: what a page may load and do."""

HEADERS = {
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class SafeHeaders(OutputTransform):
    """Add security headers to every answer.

    Scripts of other origins and inline scripts do not run, so a script that a name or a theme
    smuggles into the HTML has no effect. anywidget loads the code of widgets from `blob:`.
    """

    def __init__(self, request: HTTPServerRequest) -> None:
        # Older browsers do not count a websocket of the same host as 'self'.
        sound = re.fullmatch(r"[\w.:\[\]-]+", request.host)
        sockets = f" ws://{request.host} wss://{request.host}" if sound else ""
        self._policy = "; ".join((*POLICY, f"connect-src 'self'{sockets}"))

    def transform_first_chunk(
        self,
        status_code: int,
        headers: HTTPHeaders,
        chunk: bytes,
        finishing: bool,  # noqa: ARG002, FBT001 - as tornado calls it
    ) -> tuple[int, HTTPHeaders, bytes]:
        """Set the headers; tornado calls this when an answer begins."""
        headers["Content-Security-Policy"] = self._policy
        headers.update(HEADERS)
        headers.pop("Server", None)
        return status_code, headers, chunk

"""Voila as `petwidgets serve` runs it: some handlers replaced, and a gate in front.

Run it as a module, with Voila's own options.
"""

from __future__ import annotations

import os
import signal
import tempfile
import threading
from typing import Any, ClassVar

from jinja2 import ChoiceLoader, DictLoader
from jupyter_server.log import log_request
from jupyter_server.services.kernels.handlers import KernelHandler
from jupyter_server.utils import url_path_join
from traitlets import List, Unicode, default
from voila.app import Voila
from voila.request_info_handler import RequestInfoSocketHandler
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.tornado.handler import TornadoVoilaHandler

from petwidgets.common import processes
from petwidgets.server import capacity
from petwidgets.server.gate import PageApplication
from petwidgets.server.login import LoginHandler
from petwidgets.server.own_kernel import LeaveHandler, OwnKernelHandler
from petwidgets.server.page import ERROR, PageHandler
from petwidgets.server.tokens import SlowTokens

Rule = tuple[Any, ...]
"""A URL pattern, its handler, and the handler's arguments."""

OURS: dict[type, type] = {
    TornadoVoilaHandler: PageHandler,
    KernelHandler: OwnKernelHandler,
    VoilaShutdownKernelHandler: LeaveHandler,
}
"""Voila's handlers, and our replacements."""

LEFT_OUT = (RequestInfoSocketHandler,)
"""Handlers of Voila that are left out: this websocket shows requests without checking a login."""


SECONDS_TO_END = 10


class PageServer(Voila):
    """Voila with our handlers."""

    name = "voila"
    aliases: ClassVar[dict[str, Any]] = Voila.aliases
    flags: ClassVar[dict[str, Any]] = Voila.flags

    hosts = List(
        Unicode(),
        allow_none=True,
        config=True,
        help="Names by which browsers may call the server; None for any.",
    )

    secret = Unicode(
        config=True, help="What signs cookies; kept, so that a login outlives a start."
    )

    @default("cookie_secret")
    def _kept_secret(self) -> bytes:
        return self.secret.encode() or os.urandom(32)

    @default("identity_provider_class")
    def _slow_tokens(self) -> type:
        return SlowTokens

    def init_settings(self) -> dict[str, Any]:
        """Settings of the application; the login's URL is below the base URL, as all others are."""
        settings: dict[str, Any] = super().init_settings()
        self.identity_provider.login_handler_class = LoginHandler
        templates = settings["jinja2_env"]
        templates.loader = ChoiceLoader([DictLoader({"error.html": ERROR}), templates.loader])
        own = {
            "login_url": url_path_join(self.base_url, "login"),
            "log_function": log_request,
            "extra_log_scrub_param_keys": ["next"],  # it may have a token in it
        }
        return {**settings, **own}

    def init_handlers(self) -> list[Rule]:
        """Voila's handlers, with our replacements and with the base URL, which its logins lack."""
        of_identity = [pattern for pattern, _ in self.identity_provider.get_handlers()]
        return [
            (
                url_path_join(self.base_url, pattern) if pattern in of_identity else pattern,
                OURS.get(handler, handler),
                *more,
            )
            for pattern, handler, *more in super().init_handlers()
            if handler not in LEFT_OUT
        ]

    def start(self) -> None:
        """Serve until a signal, as Voila does, but with a `PageApplication`."""
        self.connection_dir = tempfile.mkdtemp(prefix="voila_", dir=self.connection_dir_root)
        settings = {**self.init_settings(), **self.tornado_settings}
        self.app = PageApplication(self.hosts, **settings)
        self.app.add_handlers(".*$", self.init_handlers())
        self.listen()


def end() -> None:
    """End the kernels in order, and the process in any case after `SECONDS_TO_END`."""
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(SECONDS_TO_END)
    os._exit(1)


if __name__ == "__main__":
    if parent := os.environ.pop(processes.PARENT, ""):
        processes.go_with_parent(end, parent)
    capacity.allow_files()
    PageServer.launch_instance()

"""Voila as `petwidgets serve` runs it: its handlers, with ours in place of some of them.

Run it as a module, with Voila's own options.
"""

from __future__ import annotations

from typing import Any, ClassVar

from voila.app import Voila
from voila.tornado.handler import TornadoVoilaHandler

from petwidgets.server.page import PageHandler

Rule = tuple[Any, ...]
"""A pattern of addresses, its handler, and what the handler is made with."""

OURS: dict[type, type] = {TornadoVoilaHandler: PageHandler}
"""Handlers of Voila's, and what stands in their place."""


class PageServer(Voila):
    """Voila, with our handlers."""

    name = "voila"
    aliases: ClassVar[dict[str, Any]] = Voila.aliases
    flags: ClassVar[dict[str, Any]] = Voila.flags

    def init_handlers(self) -> list[Rule]:
        """Put our handlers in the place of Voila's."""
        return [
            (pattern, OURS.get(handler, handler), *more)
            for pattern, handler, *more in super().init_handlers()
        ]


if __name__ == "__main__":
    PageServer.launch_instance()

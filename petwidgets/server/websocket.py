"""The websocket between a page and its kernel, as `petwidgets serve` has Voila make it."""

from __future__ import annotations

from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from tornado.web import HTTPError

from petwidgets import arrivals

PROTOCOL = "v1.kernel.websocket.jupyter.org"
"""How pages of Voila write messages."""


class PageConnection(ZMQChannelsWebsocketConnection):
    """Refuses whoever does not write messages as pages do.

    Asked in the older form for a widget with a picture, Voila 0.5.13 reads its own answer for ever,
    and with it every visitor's page stands still.
    """

    async def prepare(self) -> None:
        """Called before the connection is made.

        Raises:
            HTTPError: 400, in the older form.
        """
        offered = self.websocket_handler.request.headers.get("Sec-WebSocket-Protocol", "")
        if PROTOCOL not in offered:
            raise HTTPError(400, f"This server speaks {PROTOCOL} only.")
        await super().prepare()

    def connect(self) -> Any:
        """Called once the connection stands: small messages are sent at once.

        Else the system holds them back until the page has confirmed the ones before, which it does
        40 ms later: an edit in a lesson took 64 ms, most of it waiting.
        """
        self.websocket_handler.set_nodelay(True)
        request = self.websocket_handler.request
        arrivals.note(self.kernel_id, request.host, request.headers)  # before any message is heard
        return super().connect()

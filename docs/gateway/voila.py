# ruff: noqa: INP001 - it is read by Voila, and imported by nobody
"""Voila here, its kernels behind a Jupyter kernel gateway on another machine.

Used with `voila app.ipynb --Voila.config_file_paths=docs/gateway`; see docs/gpu-machine.md.
"""

from __future__ import annotations

import json
from typing import Any

from jupyter_server.gateway.gateway_client import GatewayClient
from jupyter_server.gateway.managers import (
    GatewayKernelClient,
    GatewayKernelManager,
    GatewayKernelSpecManager,
    GatewayMappingKernelManager,
)
from jupyter_server.services.kernels.connection.base import (
    BaseKernelWebsocketConnection,
    deserialize_binary_message,
)
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect
from traitlets import Type, Unicode, default

from petwidgets.server.frames import FrameError, check_frame

c = get_config()  # noqa: F821 - Voila supplies it

PROTOCOL = "v1.kernel.websocket.jupyter.org"


class WidgetConnection(BaseKernelWebsocketConnection):
    """Carries messages between a page and its kernel: those of widgets, and no code.

    It stands in for `GatewayWebSocketConnection`, which passes on whatever a browser sends, code
    too, and breaks at the first message with a picture. No setting of the gateway's can refuse the
    code of browsers alone: Voila itself has the notebook's cells run by the same messages.
    """

    kernel_ws_protocol = Unicode(PROTOCOL)
    upstream: Any = None

    async def connect(self) -> None:
        """Connect to the kernel; Voila gives nothing to send before that is done."""
        # Voila takes messages in the older form for others, and may hang over them for ever.
        if self.websocket_handler.selected_subprotocol != PROTOCOL:
            self.websocket_handler.close(1002)
            return
        gateway = GatewayClient.instance()
        url = f"{gateway.ws_url}{gateway.kernels_endpoint}/{self.kernel_id}/channels"
        self.upstream = await websocket_connect(
            HTTPRequest(url, **gateway.load_connection_args()),
            on_message_callback=self.handle_outgoing_message,
            subprotocols=[PROTOCOL],
        )

    def disconnect(self) -> None:
        """The browser has gone."""
        if self.upstream is not None:
            self.upstream.close()

    def handle_incoming_message(self, message: bytes) -> None:
        """Pass on what a page may send; anything else ends the connection."""
        if self.websocket_handler.selected_subprotocol != PROTOCOL:  # it has been closed
            return
        try:
            check_frame(message)
        except FrameError as error:
            self.log.warning("A page is cut off: %s", error)
            self.websocket_handler.close(1003)
        else:
            self.upstream.write_message(message, binary=True)

    def handle_outgoing_message(self, message: bytes | None, *_: Any) -> None:
        """Pass on all; None when the gateway has gone: the browser will connect again."""
        if message is None:
            self.websocket_handler.close()
        elif self.websocket_handler.ws_connection is not None:
            self.websocket_handler.write_message(message, binary=True)


class Client(GatewayKernelClient):
    """Runs the notebook's cells; unlike its base it survives messages with pictures."""

    def _route_responses(self) -> None:
        receive = self.channel_socket.recv

        def as_text() -> str:
            message = receive()
            if isinstance(message, str):
                return message
            # The page asks the kernel for the pictures itself, later.
            return json.dumps({**deserialize_binary_message(message), "buffers": []}, default=str)

        self.channel_socket.recv = as_text
        super()._route_responses()


class Kernel(GatewayKernelManager):
    """A kernel behind the gateway."""

    client_factory = Type(Client)


class Kernels(GatewayMappingKernelManager):
    """All of them."""

    @default("kernel_manager_factory")
    def _kernel(self) -> type[Kernel]:
        return Kernel


c.VoilaConfiguration.multi_kernel_manager_class = Kernels
c.VoilaConfiguration.kernel_spec_manager_class = GatewayKernelSpecManager
c.Voila.kernel_websocket_connection_class = WidgetConnection

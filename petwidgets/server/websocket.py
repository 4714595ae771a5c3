"""The websocket between a page and its kernel, as `petwidgets serve` has Voila make it."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from tornado.web import HTTPError
from traitlets import Dict, Int

from petwidgets.common import arrivals
from petwidgets.server.frames import FrameError, check_frame
from petwidgets.server.replies import BoundedReplies

log = logging.getLogger(__name__)

PROTOCOL = "v1.kernel.websocket.jupyter.org"
"""How pages of Voila write messages."""

MOST_WAITING_BYTES = 32_000_000
MOST_WAITING = 5_000
"""Messages that a kernel has not dealt with. A page sends the next piece of a file when it is asked
for it, and a hand on a slider some hundred messages before the first is answered."""

MOST_CONNECTIONS = 8
"""Websockets of one kernel. A page has one; what was cut off may stand a while beside the next."""

NO_MESSAGE, TOO_MUCH = 1003, 1008
"""Codes of RFC 6455 with which a websocket is closed: unsupported data, and policy."""


class PageConnection(BoundedReplies):
    """Forward the messages that a page may send, and close the connection at any other.

    The older form of the protocol is refused: with it, Voila 0.5.13 reads its own answer for ever
    after a request for a widget with a picture, and all pages hang.
    """

    _waiting = Dict()
    """Bytes of messages that were handed on, by id, in the order in which they are dealt with."""
    _waiting_bytes = Int()
    _is_new = False
    """Whether its sockets were made for it, and are none of an earlier connection."""

    async def prepare(self) -> None:
        """Called before the connection is made.

        Raises:
            HTTPError: 400, in the older form; 429, the kernel has too many.
        """
        offered = self.websocket_handler.request.headers.get("Sec-WebSocket-Protocol", "")
        if PROTOCOL not in [one.strip() for one in offered.split(",")]:
            raise HTTPError(400, f"This server speaks {PROTOCOL} only.")
        kernel = self.multi_kernel_manager.kernel_model(self.kernel_id)
        if kernel["connections"] >= MOST_CONNECTIONS:
            raise HTTPError(429, f"A page has {MOST_CONNECTIONS} connections at most.")
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

    def create_stream(self) -> None:
        """Called where there are no sockets of an earlier connection to go on with."""
        self._is_new = True
        super().create_stream()

    def nudge(self) -> asyncio.Future[None]:
        """Called to wait until new sockets are connected to the kernel.

        Jupyter's own takes the first message that comes for a proof, and drops it. Sockets that
        kept what a cut connection would have missed need no proof, and must lose nothing.
        """
        if self._is_new:
            return super().nudge()
        connected: asyncio.Future[None] = asyncio.Future()
        connected.set_result(None)
        return connected

    def handle_incoming_message(self, incoming_msg: str | bytes) -> None:
        """Forward a sound message; close the connection at any other."""
        if self.subprotocol != PROTOCOL:  # it has been closed, and tornado has forgotten its form
            return
        try:
            message = check_frame(incoming_msg)
        except FrameError as error:
            self._cut_off(NO_MESSAGE, "That is no message of a page.", str(error))
            return
        if message.channel == "shell":
            self._waiting[message.id] = self._waiting.get(message.id, 0) + message.size
            self._waiting_bytes += message.size
        if len(self._waiting) > MOST_WAITING or self._waiting_bytes > MOST_WAITING_BYTES:
            self._cut_off(TOO_MUCH, "The page sends more than can be dealt with.", "too much")
            return
        super().handle_incoming_message(incoming_msg)

    def _cut_off(self, code: int, reason: str, why: str) -> None:
        log.warning("the page of kernel %s is cut off: %s", self.kernel_id, why)
        self.websocket_handler.close(code, reason)

    def _limit_rate(self, channel: str, msg: dict[str, Any], msg_list: list[Any]) -> bool:
        """Called with each message of the kernel's; an idle one says how far it has come."""
        limited = bool(super()._limit_rate(channel, msg, msg_list))
        content = msg.get("content")
        if content and content.get("execution_state") == "idle":
            parent = self.get_part("parent_header", msg["parent_header"], msg_list)
            self._dealt_with(parent.get("msg_id", ""))
        return limited

    def _dealt_with(self, identity: str) -> None:
        """Forget a message, and those before it: their own words may have been dropped."""
        while identity in self._waiting:
            first = next(iter(self._waiting))
            self._waiting_bytes -= self._waiting.pop(first)

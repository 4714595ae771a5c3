"""The websocket between a page and its kernel under `petwidgets serve`."""

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
"""Websocket protocol of Voila's pages."""

MOST_WAITING_BYTES = 32_000_000
MOST_WAITING = 5_000
"""Most messages that a kernel has not processed, in bytes and in number. A page sends the next
piece of a file only on request; a moving slider sends some hundred messages before the first
answer."""

MOST_CONNECTIONS = 8
"""Most websockets of one kernel. A page has one; a broken one may stay a while beside the next."""

NO_MESSAGE, TOO_MUCH = 1003, 1008
"""Close codes of RFC 6455: unsupported data, and policy violation."""


class PageConnection(BoundedReplies):
    """Forward the messages that a page may send, and close the connection at any other.

    The older form of the protocol is refused: with it, Voila 0.5.13 reads its own answer for ever
    after a request for a widget with a picture, and all pages hang.
    """

    _waiting = Dict()
    """Bytes of each forwarded message by its id, in the order of processing."""
    _waiting_bytes = Int()
    _is_new = False
    """Whether its sockets to the kernel are new, not those of an earlier connection."""

    async def prepare(self) -> None:
        """Check a connection before it is made.

        Raises:
            HTTPError: 400, it uses the older protocol; 429, the kernel has too many connections.
        """
        offered = self.websocket_handler.request.headers.get("Sec-WebSocket-Protocol", "")
        if PROTOCOL not in [one.strip() for one in offered.split(",")]:
            raise HTTPError(400, f"This server speaks {PROTOCOL} only.")
        kernel = self.multi_kernel_manager.kernel_model(self.kernel_id)
        if kernel["connections"] >= MOST_CONNECTIONS:
            raise HTTPError(429, f"A page has {MOST_CONNECTIONS} connections at most.")
        await super().prepare()

    def connect(self) -> Any:
        """Set up a new connection to send small messages at once (no Nagle's algorithm).

        Otherwise the system holds them back until the page has acknowledged the previous ones,
        40 ms later: an edit in a lesson took 64 ms, most of it waiting.
        """
        self.websocket_handler.set_nodelay(True)
        request = self.websocket_handler.request
        arrivals.note(self.kernel_id, request.host, request.headers)  # before any message is read
        return super().connect()

    def create_stream(self) -> None:
        """Create new sockets, if there are none of an earlier connection to reuse."""
        self._is_new = True
        super().create_stream()

    def nudge(self) -> asyncio.Future[None]:
        """Wait until new sockets are connected to the kernel.

        Jupyter takes the first message that arrives as proof of it, and drops this message. Reused
        sockets need no proof. They hold messages that the broken connection missed and must not
        lose any.
        """
        if self._is_new:
            return super().nudge()
        connected: asyncio.Future[None] = asyncio.Future()
        connected.set_result(None)
        return connected

    def handle_incoming_message(self, incoming_msg: str | bytes) -> None:
        """Forward a sound message; close the connection at any other."""
        if self.subprotocol != PROTOCOL:  # closed: tornado has forgotten the protocol
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
        """Apply Jupyter's rate limit to a kernel's message; an idle status ends a request."""
        limited = bool(super()._limit_rate(channel, msg, msg_list))
        content = msg.get("content")
        if content and content.get("execution_state") == "idle":
            parent = self.get_part("parent_header", msg["parent_header"], msg_list)
            self._dealt_with(parent.get("msg_id", ""))
        return limited

    def _dealt_with(self, identity: str) -> None:
        """Forget a message and those before it, as their own idle status may have been dropped."""
        while identity in self._waiting:
            first = next(iter(self._waiting))
            self._waiting_bytes -= self._waiting.pop(first)

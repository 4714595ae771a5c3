"""Bound the replies of a kernel that its page has not read."""

from __future__ import annotations

from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


class BoundedReplies(ZMQChannelsWebsocketConnection):
    """End the kernel of a page that requests more than it reads."""

    waiting = 0
    """Bytes sent, before compression, that the page's system has not accepted yet."""

    @property
    def write_message(self) -> Any:
        """Send a message to the page."""
        return self._send

    def _send(self, message: Any, *, binary: bool = False) -> None:
        kernels = self.multi_kernel_manager
        if self.waiting > kernels.unread:
            kernels.end_unread(self.kernel_id)
            return
        sent = self.websocket_handler.write_message(message, binary)
        if sent is None:  # Voila does not forward all messages
            return
        size = len(message)
        self.waiting += size

        def done(future: Any) -> None:
            self.waiting -= size
            future.exception()  # the page was closed, which is no error

        sent.add_done_callback(done)

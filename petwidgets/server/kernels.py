"""Kernels of pages, and when one ends.

A kernel ends when its page is gone, even if the kernel is busy: it may follow a training for hours.
The page's websocket decides, which answers pings or is closed.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from contextlib import suppress
from typing import Any

import psutil  # type: ignore[import-untyped]
import zmq
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from tornado.ioloop import IOLoop, PeriodicCallback
from traitlets import Bool, Float, Int
from voila.request_info_handler import RequestInfoSocketHandler

from petwidgets.common import arrivals
from petwidgets.server import provisioner
from petwidgets.server.kernel_pool import KernelPool
from petwidgets.server.message_buffer import MessageBuffer

ENDED = 4001
"""The code with which the connection of a page is closed whose kernel was ended."""

CLOSING_BYTES = 120
"""The longest reason that a websocket is closed with."""

REASONS = 1000
"""So many kernels are remembered that were ended for a reason their page has to tell."""

SECONDS_BETWEEN_LOOKS = 1.0
LOOKS_BETWEEN_ORPHANS = 10

MESSAGES_WAITING = 8
"""Messages that the library takes from a kernel before they are asked for; the rest waits in the
kernel, where it counts as the kernel's memory."""

STATUS = b"kernel."
"""How the topics begin under which a kernel tells whether it is busy; widgets have others."""

OUTGROWN = "This page held more than {limit} of the server's memory and was ended."
UNREAD = "More than {limit} waited for this page, and its connection was closed."


class PageKernels(KernelPool):
    """Watch the pages of kernels, and end the kernels that no page needs."""

    idle_seconds = Float(180, help="A kernel that no page is connected to ends then.", config=True)
    arrival_seconds = Float(30, help="Likewise while its page has never come.", config=True)
    memory = Int(1_000_000_000, help="Bytes of memory that end a kernel.", config=True)
    missed = Int(1_000_000, help="Bytes kept for a page whose connection was cut.", config=True)
    unread = Int(32_000_000, help="Bytes that may wait for a page.", config=True)
    forks = Bool(default_value=True, help="Whether kernels are forked.", config=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.reasons: OrderedDict[str, str] = OrderedDict()
        self.ending: set[str] = set()
        self._looks = 0
        self.context.setsockopt(zmq.RCVHWM, MESSAGES_WAITING)
        self.context.set(zmq.MAX_SOCKETS, self.context.get(zmq.SOCKET_LIMIT))
        if self.forks:
            provisioner.install()
        self._watch = PeriodicCallback(self.look, 1000 * SECONDS_BETWEEN_LOOKS)
        self._watch.start()

    # --- pages ---

    def notify_connect(self, kernel_id: str) -> None:
        """Note that a page has come."""
        super().notify_connect(kernel_id)
        if page := self.places.pages.get(kernel_id):
            page.met, page.left = True, float("inf")

    def notify_disconnect(self, kernel_id: str) -> None:
        """Note that a page has gone; it may come back."""
        super().notify_disconnect(kernel_id)
        if not self._kernel_connections.get(kernel_id):
            self.show_life(kernel_id)

    def show_life(self, kernel_id: str) -> None:
        """Note that a page asked for its kernel, though it is not connected."""
        page = self.places.pages.get(kernel_id)
        if page and not self._kernel_connections.get(kernel_id):
            page.left = time.monotonic()

    def start_buffering(self, kernel_id: str, session_key: str, channels: dict[str, Any]) -> None:
        """Keep what a kernel says while its page's connection is cut, up to a limit.

        A page that would miss more than that can't go on: its kernel is ended, and it begins anew
        from its session, which loses nothing.
        """
        if kernel_id in self.ending:  # its page has said that it leaves, and won't come back
            for stream in channels.values():
                stream.close()
            return
        super().start_buffering(kernel_id, session_key, channels)
        buffer = MessageBuffer(self.missed, lambda: self.end_soon(kernel_id))
        self._kernel_buffers[kernel_id]["buffer"] = buffer

    def start_watching_activity(self, kernel_id: str) -> None:
        """Hear whether a kernel is busy, and nothing else: what it shows goes to its page alone."""
        super().start_watching_activity(kernel_id)
        socket = self._kernels[kernel_id]._activity_stream.socket  # noqa: SLF001
        socket.unsubscribe(b"")
        socket.subscribe(STATUS)

    # --- ends ---

    async def look(self) -> None:
        """End the kernels whose page is gone, or that hold too much memory."""
        for kernel_id in list(self._kernels):
            page = self.places.pages.get(kernel_id)
            if page and page.alone() > (self.idle_seconds if page.met else self.arrival_seconds):
                self.log.info("No page is connected to the kernel %s.", kernel_id)
                self.end_soon(kernel_id)
            elif self.memory and self._weight(kernel_id) > self.memory:
                self.end_soon(kernel_id, OUTGROWN.format(limit=in_mb(self.memory)))
        for stray in self.strays():
            self.end_soon(stray)
        for gone in self.places.pages.keys() - self._kernels.keys() - self.on_their_way():
            self._forget(gone)
        self._looks += 1
        if self._looks % LOOKS_BETWEEN_ORPHANS == 0:
            known = {getattr(self._process(one), "pid", 0) for one in self._kernels}
            provisioner.reap_orphans(psutil.Process().children(), known)

    def _process(self, kernel_id: str) -> Any:
        """The process of a kernel; None where it has ended, or is not there yet."""
        kernel = self._kernels.get(kernel_id)
        return getattr(kernel and kernel.provisioner, "process", None)

    def _weight(self, kernel_id: str) -> int:
        with suppress(psutil.Error, AttributeError, TypeError):  # it has just ended
            return int(psutil.Process(self._process(kernel_id).pid).memory_info().rss)
        return 0

    def end_unread(self, kernel_id: str) -> None:
        """End the kernel of a page that does not read what it asked for."""
        self.end_soon(kernel_id, UNREAD.format(limit=in_mb(self.unread)))

    def end_soon(self, kernel_id: str, reason: str = "") -> None:
        """End a kernel.

        Args:
            kernel_id: which.
            reason: what its page tells; without one it comes back by itself.
        """
        if kernel_id not in self.ending and kernel_id in self:
            self.ending.add(kernel_id)
            if reason:
                self.log.warning("The kernel %s is ended: %s", kernel_id, reason)
                self.reasons[kernel_id] = reason
                while len(self.reasons) > REASONS:
                    self.reasons.popitem(last=False)
            IOLoop.current().add_callback(self._end, kernel_id, now=bool(reason))

    async def _end(self, kernel_id: str, *, now: bool) -> None:
        process = self._process(kernel_id)
        try:
            self.ahead()
            await self.shutdown_kernel(kernel_id, now=now)
        except Exception:
            if kernel_id in self:  # else it ended meanwhile
                self.log.exception("The kernel %s could not be asked to end.", kernel_id)
                self.remove_kernel(kernel_id)
        finally:
            self.ending.discard(kernel_id)
            if process is not None:
                process.kill()  # whatever happened: a kernel that nothing counts must not live on
                await asyncio.to_thread(process.wait)

    def remove_kernel(self, kernel_id: str) -> Any:
        """Called when a kernel has ended, however it came to that: no socket of it stays open.

        Nor is it started again, as one is that died by itself.
        """
        if kernel_id in self._kernels:
            self._kernels[kernel_id].stop_restarter()
            self.stop_watching_activity(kernel_id)
            self._kernels[kernel_id]._close_control_socket()  # noqa: SLF001 - as its own end does
        kernel = super().remove_kernel(kernel_id)
        self._forget(kernel_id)
        return kernel

    def _forget(self, kernel_id: str) -> None:
        for stream in self._kernel_buffers.pop(kernel_id, {}).get("channels", {}).values():
            stream.close()
        self.places.pages.pop(kernel_id, None)
        arrivals.forget(kernel_id)
        RequestInfoSocketHandler._cache.pop(kernel_id, None)  # noqa: SLF001 - nothing else empties it
        reason = self.reasons.get(kernel_id, "").encode()[:CLOSING_BYTES].decode("utf-8", "ignore")
        for connection in list(ZMQChannelsWebsocketConnection._open_sockets):  # noqa: SLF001
            if connection.kernel_id == kernel_id and connection.websocket_handler:
                connection.websocket_handler.close(ENDED, reason)
        self.fill_pool()

    async def shutdown_all(self, *args: Any, **kwargs: Any) -> None:
        """End all kernels, and make no more."""
        self._watch.stop()
        self.most = self.places.most = 0
        await super()._async_shutdown_all(*args, **kwargs)
        provisioner.end_zygotes()


def in_mb(size: int) -> str:
    """Write a number of bytes for a person."""
    return f"{size / 1e6:,.0f} MB"

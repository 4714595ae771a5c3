"""HTTP requests of a page about its own kernel: whether it exists, and to end it."""

from __future__ import annotations

from jupyter_server.services.kernels.handlers import KernelHandler
from tornado.web import HTTPError, authenticated
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler

from petwidgets.server.origin import is_same_origin

NOT_THEIRS = "A kernel is ended by its own page alone."


class OwnPage:
    """Accept changes from pages of this server only.

    A page that is left can't send a token against forged requests along. It needs none: its
    kernel's id is known to it alone, and browsers say which page a request comes from.
    """

    def check_xsrf_cookie(self) -> None:
        """Called before anything is changed.

        Raises:
            HTTPError: 403, another page asks, or no browser does.
        """
        request = self.request  # type: ignore[attr-defined]
        if not is_same_origin(request.headers, request.host):
            raise HTTPError(403, NOT_THEIRS)


class OwnKernelHandler(OwnPage, KernelHandler):
    """Describe a kernel, and end it."""

    async def get(self, kernel_id: str) -> None:
        """Return the state of a kernel, or why it has ended; the request counts as a sign of life.

        Args:
            kernel_id: which.
        """
        kernels = self.kernel_manager
        if kernel_id not in kernels and kernel_id in kernels.reasons and self.current_user:
            self.set_status(404)
            self.finish({"message": kernels.reasons[kernel_id], "ended": True})
            return
        kernels.show_life(kernel_id)
        await super().get(kernel_id)


class LeaveHandler(OwnPage, VoilaShutdownKernelHandler):
    """Ends the kernel of a page that is left."""

    @authenticated
    async def post(self, kernel_id: str) -> None:
        """End a kernel, which may have ended already.

        Args:
            kernel_id: which.
        """
        self.kernel_manager.end_soon(kernel_id)
        self.set_status(204)
        self.finish()

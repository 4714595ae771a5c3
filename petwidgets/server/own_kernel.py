"""HTTP requests of a page about its own kernel: whether it exists, and to end it."""

from __future__ import annotations

from jupyter_server.services.kernels.handlers import KernelHandler
from tornado.web import HTTPError, authenticated
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler

from petwidgets.server.origin import is_same_origin

NOT_THEIRS = "A kernel is ended by its own page alone."


class OwnPage:
    """Accept changes from pages of this server only.

    A page that is closing can't send an XSRF token. It needs none: it alone knows its kernel's id,
    and browsers send the origin of a request.
    """

    def check_xsrf_cookie(self) -> None:
        """Check the origin of a request before anything is changed.

        Raises:
            HTTPError: 403, the request comes from another page, or from no browser.
        """
        request = self.request  # type: ignore[attr-defined]
        if not is_same_origin(request.headers, request.host):
            raise HTTPError(403, NOT_THEIRS)


class OwnKernelHandler(OwnPage, KernelHandler):
    """Handler that describes a kernel, and ends it."""

    async def get(self, kernel_id: str) -> None:
        """Return the state of a kernel, or why it has ended; the request counts as a sign of life.

        Args:
            kernel_id: id of the kernel.
        """
        kernels = self.kernel_manager
        if kernel_id not in kernels and kernel_id in kernels.reasons and self.current_user:
            self.set_status(404)
            self.finish({"message": kernels.reasons[kernel_id], "ended": True})
            return
        kernels.show_life(kernel_id)
        await super().get(kernel_id)


class LeaveHandler(OwnPage, VoilaShutdownKernelHandler):
    """Handler that ends the kernel of a page that is closed."""

    @authenticated
    async def post(self, kernel_id: str) -> None:
        """End a kernel, which may have ended already.

        Args:
            kernel_id: id of the kernel.
        """
        self.kernel_manager.end_soon(kernel_id)
        self.set_status(204)
        self.finish()

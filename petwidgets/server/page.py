"""The request that opens a page: it takes a kernel."""

from __future__ import annotations

from voila.tornado.handler import TornadoVoilaHandler


class PageHandler(TornadoVoilaHandler):
    """Serves the notebook as a page with a kernel of its own."""

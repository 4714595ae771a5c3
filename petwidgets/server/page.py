"""Handle the request that opens a page and takes a kernel."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from tornado.web import authenticated
from voila.tornado.handler import TornadoVoilaHandler

from petwidgets.common.formatting import counted
from petwidgets.server.origin import is_document
from petwidgets.server.places import FullError, ShareError

if TYPE_CHECKING:
    from petwidgets.server.places import Place, Places

SECONDS_TO_TRY_AGAIN = 10
"""Seconds after which a page that found no place tries again."""

SECONDS_TO_LEAVE = 3.0
SECONDS_BETWEEN_TRIES = 0.05
"""Time for which a new page waits for kernels that are ending already, and between two tries."""

STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1.1rem/1.5 system-ui,sans-serif;margin:20vh auto;max-width:34rem;padding:0 1rem}"
)
"""Style of a page of one sentence, in which a per cent sign would have to be doubled."""

HEAD = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:;base64,=">
<style>{STYLE}</style>"""
"""Begins a page of one sentence, which asks for no file."""

ERROR = f"""{HEAD}
<title>{{{{ status_message }}}}</title>
</head>
<body><p>{{{{ status_message }}}} ({{{{ status_code }}}}). {{{{ message }}}}</p></body>
</html>
"""
"""Template of the page of an error. Jupyter's own asks for files that Voila does not have, and
ended in a traceback and in status 500."""

SCRIPT = "voila/templates/petwidgets/static/full.js"

FULL = f"""{HEAD}
<title>This page waits for a place</title>
<script src="%(base)s{SCRIPT}" data-seconds="{SECONDS_TO_TRY_AGAIN}"></script>
<noscript><meta http-equiv="refresh" content="{SECONDS_TO_TRY_AGAIN}"></noscript>
</head>
<body><p role="status">%(sentence)s</p></body>
</html>
"""

AGAIN = f"this page tries again in {SECONDS_TO_TRY_AGAIN} seconds."
NO_PAGE = "This address is a page: open it in a tab of its own."


def refusal(error: FullError, places: Places) -> str:
    """Why there is no place for a page.

    Example:
        >>> from petwidgets.server.places import Places
        >>> refusal(FullError(), Places(1, 0, lambda: 0))
        'This server is full, with 1 page open: this page tries again in 10 seconds.'
    """
    if isinstance(error, ShareError):
        share = f"no more than {counted(places.each, 'page')} may be open from your address"
        return f"Places are scarce, and {share}: {AGAIN}"
    return f"This server is full, with {counted(places.most, 'page')} open: {AGAIN}"


class PageHandler(TornadoVoilaHandler):
    """Serves the notebook as a page with a kernel of its own."""

    place: Place | None = None

    @property
    def kernel_manager(self) -> Any:
        """The page's place, which wraps the kernel manager; before it has one, the manager."""
        return self.place or super().kernel_manager

    @authenticated
    async def head(self, path: str | None = None) -> None:  # noqa: ARG002 - as get
        """Answer that there is a page, without making one."""
        self.set_header("Content-Type", "text/html")

    @authenticated
    async def get(self, path: str | None = None) -> None:
        """Make a page if there is a place for it.

        Args:
            path: below the notebook's address; no page is made there.
        """
        if path:
            await super().get(path)
            return
        if not is_document(self.request.headers):
            self._refuse(NO_PAGE)
            return
        kernels = self.kernel_manager
        try:
            self.place = await self._claim(kernels)
            await kernels.warm_up()
            kernels.size_pool()
            await super().get(path)
        except FullError as error:
            self._say_full(refusal(error, kernels.places))
        finally:
            if self.place:
                self.place.made()
                kernels.size_pool()

    async def _claim(self, kernels: Any) -> Place:
        """Claim a place; a reloaded page may take its own again, once its kernel has ended.

        Raises:
            FullError: no place is free.
        """
        late = time.monotonic() + SECONDS_TO_LEAVE
        while True:
            try:
                return kernels.places.claim(kernels, self.request.remote_ip)
            except FullError:
                if not kernels.ending or time.monotonic() > late:
                    raise
            await asyncio.sleep(SECONDS_BETWEEN_TRIES)

    def _refuse(self, sentence: str) -> None:
        self.set_status(403)
        self.set_header("Content-Type", "text/plain")
        self.finish(sentence)

    def _say_full(self, sentence: str) -> None:
        self.clear()
        self.set_status(503)
        self.set_header("Retry-After", str(SECONDS_TO_TRY_AGAIN))
        self.set_header("Cache-Control", "no-store")
        self.set_header("Content-Type", "text/html")
        self.finish(FULL % {"base": self.base_url, "sentence": sentence})

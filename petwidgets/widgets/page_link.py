"""Connect the page to its session, and detect a lost kernel."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from traitlets import Unicode

from petwidgets.widgets.base import Part

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.session.session import Session

log = logging.getLogger(__name__)


class PageLink(Part):
    """Shows nothing while the kernel answers. If it is gone, says so and reloads the page.

    The session's id stands in the address as `#session=...`, which no browser sends to a server.

    Args:
        session: told where the page comes from, and that it is still there.
        opened: called with a link to a lesson that a page was opened with.

    Example:
        >>> from petwidgets import PetLab
        >>> PageLink(PetLab().session).identity
        ''
    """

    file = "page_link"

    identity = Unicode().tag(sync=True)

    def __init__(self, session: Session, opened: Callable[[str], object] = str) -> None:
        super().__init__()
        self._session, self._opened = session, opened
        self.on_msg(lambda _widget, message, _buffers: self._hear(message))

    def _hear(self, message: Any) -> None:
        if not isinstance(message, dict):
            return
        try:
            if "arrive" in message:
                self.identity = self._session.arrive(str(message["arrive"]))
            elif isinstance(message.get("opened"), str):
                self._opened(message["opened"])
            elif "ping" in message:
                self.send({"pong": message["ping"]})
                self._session.seen()
        except Exception:
            # A page without a session works; only a reload begins anew.
            log.exception("the session can't be kept")

"""Tell why a step can't be done yet, with a button to the lesson that comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from traitlets import Unicode

from petwidgets.widgets.base import Shared

if TYPE_CHECKING:
    from petwidgets.session.session import Session


class Blocker(Shared):
    """A sentence, and a button to another lesson where there are several; empty, it is hidden.

    Args:
        session: whose lesson is changed.
        lesson: the key of the lesson that the button leads to.
        label: what the button says.

    Example:
        >>> lead = Blocker(session, lesson="browse", label="Choose photographs")  # doctest: +SKIP
    """

    file = "blocker"

    sentence = Unicode().tag(sync=True)
    label = Unicode().tag(sync=True)

    def __init__(self, session: Session, lesson: str, label: str) -> None:
        # A panel that stands alone has no lesson to go to.
        super().__init__(label=label if session.lesson else "")
        self._session, self._lesson = session, lesson
        self.on_msg(self._go)

    def _go(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if content == "go":
            self._session.lesson = self._lesson

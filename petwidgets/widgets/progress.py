"""Progress of long work, with the remaining time and a Stop button."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from petwidgets.common.formatting import duration
from petwidgets.widgets.base import HIDDEN, PLAIN, VBox, controls, note, plain, show

if TYPE_CHECKING:
    from collections.abc import Callable


class Progress(VBox):
    """A bar, a line that says how far and how long still, and a button that stops.

    Args:
        stop: called when Stop is pressed.
    """

    def __init__(self, stop: Callable[..., Any]) -> None:
        self.bar = plain(widgets.FloatProgress, max=1.0)
        self.text = note()
        self.button = plain(widgets.Button, description="Stop")
        self.button.on_click(stop)
        self._began = (0.0, 0.0)  # when this piece of work was first heard of, and its share then
        parts = [self.bar, controls(self.button, self.text)]
        super().__init__(parts, layout=PLAIN, _dom_classes=(HIDDEN,))

    def hide(self) -> None:
        """Nothing is under way."""
        show(self, visible=False)
        self.bar.value = 0.0

    def show(self, what: str, done: float, of: float, seconds_left: float | None = None) -> None:
        """Say how far it is; the time left is estimated from the pace when it isn't given."""
        share = done / of if of else 0.0
        if not self.bar.value or share < self.bar.value:  # another piece, with a pace of its own
            self._began = (time.monotonic(), share)
        if seconds_left is None:
            seconds_left = self._left(share)
        left = f", {duration(seconds_left)} left" if seconds_left else ""  # at the end none is
        self.bar.value, self.text.value = share, f"{what}{left}"
        show(self, visible=True)

    def _left(self, share: float) -> float | None:
        """Seconds at the pace so far, if there is one."""
        began, first = self._began
        if share <= first:
            return None
        return (time.monotonic() - began) * (1 - share) / (share - first)

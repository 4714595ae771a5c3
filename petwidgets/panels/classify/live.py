"""Show what the network takes each frame of a camera for, as it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets as widgets

from petwidgets.panels.classify.answer import bars, words
from petwidgets.widgets.bars import Bars
from petwidgets.widgets.base import PLAIN, VBox, note, plain, show
from petwidgets.widgets.camera_frames import CameraFrames

if TYPE_CHECKING:
    from concurrent.futures import Future

    from petwidgets.jobs.classify import Answer
    from petwidgets.panels.base import Panel
    from petwidgets.widgets.photo_upload import PhotoUpload

SOURCE = "Live: computed anew for each frame, up to five times a second; no frame is kept."


class LiveView(VBox):
    """The answer to the last frame, beside the camera's picture; hidden while that is closed.

    Args:
        panel: whose session's chosen run answers.
        upload: its camera is used.
    """

    def __init__(self, panel: Panel, upload: PhotoUpload) -> None:
        self._panel, self._open = panel, False
        self.answer, self.reason = plain(widgets.Label, css="petwidgets-answer"), note()
        self.bars = Bars(caption="The most probable, five at most", longest=1.0)
        self._parts = (self.answer, self.reason, self.bars, note(SOURCE))
        super().__init__(layout=PLAIN, _dom_classes=("petwidgets-live",))
        self.frames = CameraFrames(upload, panel.guarded(self._ask), panel.guarded(self._close))
        show(self, visible=False)

    def _ask(self, frame: bytes) -> None:
        self._open = True
        future = self._panel.session.classify(frame)
        future.add_done_callback(self._panel.guarded(self._answered))

    def _answered(self, done: Future[Answer]) -> None:
        if done.cancelled():  # the page is closed
            return
        problem = done.exception()
        with self._panel.session.drawing:  # answers come in threads
            if not self._open:
                return
            if problem:
                self.answer.value, self.reason.value = "", str(problem)
                self.bars.items = []
            else:
                self._draw(done.result())
            # A page is sent this with its first frame.
            self.children = self._parts
            show(self, visible=True)
        self.frames.next()

    def _draw(self, answer: Answer) -> None:
        decision = answer.decision
        self.answer.value, self.reason.value = words(decision)
        first = "first" if decision.recognised else "quiet"
        self.bars.items = bars(decision.top, [first, *["quiet"] * 4])

    def _close(self) -> None:
        with self._panel.session.drawing:
            self._open = False
            show(self, visible=False)
            self.answer.value = self.reason.value = ""
            self.bars.items = []

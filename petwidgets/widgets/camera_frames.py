"""Frames of the browser's camera, one at a time, for an answer as it looks."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.widgets.photo_upload import PhotoUpload

log = logging.getLogger(__name__)

LARGEST = 2**19
"""Bytes of a frame; one of 480 x 360 pixels takes some 30,000."""


class CameraFrames:
    """What the camera of a `PhotoUpload` sees while it is open.

    The page sends a frame (JPEG) when the answer to the last one has come, five times a second at
    most; nothing of a frame is kept.

    Args:
        upload: its camera is used.
        on_frame: called with the bytes of each frame; call `next` once it is answered.
        on_close: called when the camera is closed.
    """

    def __init__(
        self,
        upload: PhotoUpload,
        on_frame: Callable[[bytes], None],
        on_close: Callable[[], None],
    ) -> None:
        self._upload, self._on_frame, self._on_close = upload, on_frame, on_close
        upload.frames = True
        upload.on_msg(self._receive)

    def next(self) -> None:
        """Ask the page for another frame."""
        self._upload.send({"kind": "frame"})

    def _receive(self, _widget: object, content: object, buffers: object) -> None:
        kind = content.get("kind") if isinstance(content, dict) else None
        if kind == "closed":
            self._on_close()
        elif kind == "frame":
            frame = buffers[0] if isinstance(buffers, list | tuple) and len(buffers) == 1 else None
            if not isinstance(frame, bytes | memoryview) or len(frame) > LARGEST:
                log.warning("a frame of the camera was dropped: it is not one, or too large")
                return
            self._on_frame(bytes(frame))

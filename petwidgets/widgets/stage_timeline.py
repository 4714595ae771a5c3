"""The stages of a training as a row, each as long as it has epochs; its end can be dragged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from traitlets import Dict, List

from petwidgets.widgets.base import Shared

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_EPOCHS = 200
"""Of a stage."""


class DrawnStage(TypedDict):
    """A stage: what it does, in words, its epochs, and whether the body is frozen."""

    said: str
    epochs: int
    frozen: bool


class StageTimeline(Shared):
    """Stages from left to right.

    Args:
        dragged: called with the position of a stage and its new number of epochs.

    Example:
        >>> StageTimeline(print).stages
        []
    """

    file = "stage_timeline"

    stages = List(Dict()).tag(sync=True)

    def __init__(self, dragged: Callable[[int, int], Any]) -> None:
        super().__init__()
        self._dragged = dragged
        self.on_msg(self._hear)

    def _hear(self, _widget: Any, content: Any, _buffers: Any) -> None:
        match content:
            case [int(at), int(epochs)] if at in range(len(self.stages)):
                self._dragged(at, min(max(0, epochs), MOST_EPOCHS))

"""A photograph's way to the network as bars: bytes, size and time of each stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.common.formatting import file_size
from petwidgets.jobs.photograph_path import TOGETHER
from petwidgets.widgets.bars import Bars
from petwidgets.widgets.base import PLAIN, VBox, note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.jobs.photograph_path import Stage
    from petwidgets.widgets.bars import Bar

NAMES = {
    "file": "the file",
    "photograph": "the photograph, decoded",
    "square": "item_tfms: the large square",
    "batch": "batch_tfms: the small one, in floats",
}
CAPTION = "Live: bytes of one photograph at each stage, and the time that the stage took for it"


class PhotographPath(VBox):
    """Bars of the stages, and what they say.

    Example:
        >>> PhotographPath().children
        ()
    """

    def __init__(self) -> None:
        super().__init__(layout=PLAIN)

    def show(self, stages: Sequence[Stage]) -> None:
        """Show the stages; nothing of it is sent to a page before."""
        if not self.children:  # type: ignore[has-type]
            self.bars, self.said = Bars(caption=CAPTION), note()
            self.children = [self.bars, self.said]
        self.bars.items = [_bar(stage) for stage in stages]
        self.said.value = verdict(stages)


def verdict(stages: Sequence[Stage]) -> str:
    """Why the large square comes first, by the figures of these stages."""
    by_name = {stage.name: stage for stage in stages}
    square, batch, photograph = (by_name[name] for name in ("square", "batch", "photograph"))
    said = (
        f"Photographs differ in shape, so the CPU cuts each by itself; {TOGETHER} squares of"
        f" {square.width} pixels are one batch of {file_size(TOGETHER * square.bytes)}, where"
        f" photographs as large as this would take {file_size(TOGETHER * photograph.bytes)}."
    )
    if batch.seconds is None or batch.alone is None:
        return said
    here = "" if batch.device == "GPU" else " This machine has no GPU: there it gains far more."
    return (
        f"{said} The batch's transforms took {_ms(batch.seconds)} a photograph for {TOGETHER} at"
        f" once, and {_ms(batch.alone)} for one alone.{here}"
    )


def _bar(stage: Stage) -> Bar:
    took = "" if stage.seconds is None else f", {_ms(stage.seconds)} on the {stage.device}"
    shape = f"{stage.width} x {stage.height}"
    return {
        "label": NAMES[stage.name],
        "value": stage.bytes,
        "text": f"{shape}, {file_size(stage.bytes)}{took}",
        "tone": "quiet" if stage.name in ("file", "photograph") else "",
    }


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.1f} ms"

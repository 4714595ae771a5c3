"""A grid of photographs of a run, one of which is shown large with its figures."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from petwidgets.common.formatting import readable
from petwidgets.metrics.predictions import described
from petwidgets.panels.shared.large_photo import LargePhoto
from petwidgets.widgets.base import PLAIN, VBox
from petwidgets.widgets.thumbnail_grid import ThumbnailGrid

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from petwidgets.metrics.predictions import Interpretation
    from petwidgets.panels.base import Panel

    Shot = tuple[str, Path, str, list[tuple[str, str]]]
    """Name, file, label, and facts."""


class PhotoGrid(VBox):
    """A grid of validation photographs; one that is clicked is shown large, with its figures."""

    def __init__(self, panel: Panel, lines: int = 1) -> None:
        self._panel = panel
        self.scroller = ThumbnailGrid(panel.guarded(self._open), lines)
        self._shots: list[Shot] = []
        self._at = 0
        super().__init__([self.scroller], layout=PLAIN)

    @cached_property
    def viewer(self) -> LargePhoto:
        """The dialog for one large photograph, sent to the page at its first use."""
        made = LargePhoto(self._panel, lambda step: self._open(self._at + step))
        self.children = [self.scroller, made]
        return made

    def show(
        self,
        interpretation: Interpretation,
        positions: Collection[int],
        places: dict[str, Path],
        caption: str,
        label: Callable[[Interpretation, int], str] | None = None,
    ) -> None:
        """Show the photographs at these positions, of which those count that are here.

        `label` makes what stands under each; by default its breed, and what it was taken for.
        """
        found = [int(i) for i in positions if interpretation.files[i] in places]
        shots = [
            (
                interpretation.files[i],
                places[interpretation.files[i]],
                (label or titled)(interpretation, i),
                described(interpretation, i),
            )
            for i in found
        ]
        left = len(positions) - len(found)
        if left:
            are = "is" if left == 1 else "are"
            missing = f"{left:,} of them {are} not on this machine."
            caption = f"{caption.rstrip('.')}. {missing}" if caption else missing
        self.lay(shots, caption)

    def lay(self, shots: Sequence[Shot], caption: str) -> None:
        """Show any photographs."""
        self._shots = [*shots]
        self.scroller.show([(path, label) for _, path, label, _ in shots], caption)

    def _open(self, at: int) -> None:
        if not self._shots:  # the viewer may have been left open
            return
        self._at = min(max(0, at), len(self._shots) - 1)
        name, path, label, facts = self._shots[self._at]
        title = label.replace("\n", ", ")
        self.viewer.show(path, f"{title}: {name}", facts)


def titled(found: Interpretation, i: int) -> str:
    """A photograph's breed, and what it was taken for."""
    breed, taken = found.vocab[found.targets[i]], found.vocab[found.predictions[i]]
    if found.targets[i] == found.predictions[i]:
        return readable(breed)
    return f"{readable(breed)}, taken for {readable(taken)}"

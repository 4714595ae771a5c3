"""Pictures that come along: an answer at once for a visitor without a photograph at hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from petwidgets.common.formatting import readable
from petwidgets.runs.run import DRAWN_ID, SHIPPED_ID
from petwidgets.widgets.filmstrip import Filmstrip

FOLDER = Path(__file__).parent / "examples"


@dataclass(frozen=True)
class Example:
    """A picture, and the shipped run that its like was trained on.

    Args:
        file: its name in `examples`.
        label: what it shows.
        run: the id of the run that answers unless another one is chosen.
    """

    file: str
    label: str
    run: str

    @property
    def photo(self) -> bytes:
        """Its bytes."""
        return (FOLDER / self.file).read_bytes()


def _drawn(file: str) -> Example:
    return Example(file, f"{readable(file.rpartition('_')[0])}, drawn", DRAWN_ID)


EXAMPLES = (
    _drawn("Harlequin_16.jpg"),
    _drawn("willow_runner_27.jpg"),
    _drawn("Moonlit_Saffron_21.jpg"),
    Example("cat.jpg", "a cat of no breed", SHIPPED_ID),
    Example("astronaut.jpg", "an astronaut", SHIPPED_ID),
)


def row() -> Filmstrip:
    """The examples as a row to press; its `chosen` counts from 1."""
    made = Filmstrip("Examples")
    for key, one in enumerate(EXAMPLES, 1):
        small = (FOLDER / "small" / one.file).with_suffix(".webp").read_bytes()
        made.put({"key": key, "name": one.file, "label": one.label, "tone": "quiet"}, small)
    made.chosen = 0
    return made

"""Put a photograph under the presizing microscope: one interpolation against one an operation."""

from __future__ import annotations

from dataclasses import dataclass

from petwidgets.common.validate import require_choice, require_number, require_seed, require_sizes
from petwidgets.jobs.job import job
from petwidgets.recipes.recipe import PRESIZE

METHODS = {
    "crop": "The largest square that fits is cut out: at random to train on, the centre to"
    " validate on.",
    "pad": "The whole picture is kept, and its shorter side is filled up with made-up pixels.",
    "squish": "The whole picture is kept, and its longer side is squeezed.",
}
"""fastai's `ResizeMethod`s, and what each does to a picture that is not square."""

PAD_MODES = {
    "reflection": "The picture is mirrored at its edge.",
    "zeros": "It is black.",
    "border": "The pixels of the edge are drawn out.",
}
"""fastai's `PadMode`s, and what stands where there is no picture."""

Box = tuple[float, float, float, float]
"""Left, top, right and bottom as shares of a photograph's sides."""

MIDDLE = 0.5
"""Where `Zoom` zooms into, as a share of each side; fastai would draw it."""


@dataclass(frozen=True)
class Presizing:
    """One photograph's way to a network, with draws that stand still.

    Args:
        presize: the square of `Resize`, in pixels.
        size: the square that the network sees, in pixels.
        rotate: degrees, counted as fastai's `Rotate`.
        zoom: a factor; below one the picture shrinks and its surroundings come into view.
        warp: fastai's `Warp(draw_x=warp, draw_y=-warp)`, as a share of half a side.
        method: fastai's `ResizeMethod`, for `Resize`.
        pad_mode: fastai's `PadMode`, for what any of the transforms reveals.
        seed: of where `Resize` crops on the training side: Python's `random.seed(seed)`.

    Raises:
        Problem: a setting is out of range.
    """

    presize: int = PRESIZE
    size: int = 224
    rotate: float = 30.0
    zoom: float = 1.2
    warp: float = -0.2
    method: str = "crop"
    pad_mode: str = "reflection"
    seed: int = 42

    def __post_init__(self) -> None:
        require_sizes(self.presize, self.size)
        require_number("The rotation", self.rotate, -45, 45, " degrees")
        require_number("The zoom", self.zoom, 0.8, 2)
        require_number("The warp", self.warp, -0.5, 0.5)
        require_choice("The method", self.method, METHODS)
        require_choice("The pad mode", self.pad_mode, PAD_MODES)
        require_seed(self.seed)

    def draws(self) -> dict[str, dict[str, float]]:
        """The operations that do something, by fastai's class and its fixed draws.

        They come in the order in which fastai composes them. An image sampled at W(R(Z(u))) is
        one that is warped, rotated, then zoomed: whoever takes one operation after another has to
        begin with the last to see the same picture.
        """
        drawn = {
            "Rotate": ({"draw": float(self.rotate)}, self.rotate != 0),
            "Zoom": (
                {"draw": float(self.zoom), "draw_x": MIDDLE, "draw_y": MIDDLE},
                self.zoom != 1,
            ),
            "Warp": ({"draw_x": float(self.warp), "draw_y": -float(self.warp)}, self.warp != 0),
        }
        return {name: arguments for name, (arguments, does) in drawn.items() if does}

    def one_by_one(self) -> list[str]:
        """The same operations in the order in which a picture goes through them singly."""
        return [name for name in ("Warp", "Rotate", "Zoom") if name in self.draws()]


@dataclass(frozen=True)
class Figures:
    """What one way has done to the picture.

    Args:
        made_up: the share of its pixels that stem from no photograph.
        sharpness: the share of the detail that is kept; above 1: jagged, for want of averaging.
        interpolations: how often its pixels were made anew.
        averagings: how often they were averaged before that.
    """

    made_up: float
    sharpness: float
    interpolations: int
    averagings: int


@dataclass(frozen=True)
class Presized:
    """A photograph that went both ways.

    Args:
        original: the photograph as a JPEG file of 640 pixels at most.
        width: of the photograph's file, in pixels.
        height: of the photograph's file, in pixels.
        train_crop: what `Resize` shows of it on the training side.
        valid_crop: the same on the validation side.
        train: what `Resize` makes of it on the training side, as a PNG file.
        valid: the same on the validation side.
        composed: all operations as one, from the training side's square, as a PNG file.
        stepwise: one operation after another, from a small square, as a PNG file.
        steps: each operation's name and what it led to, as a PNG file.
        composed_figures: of `composed`.
        stepwise_figures: of `stepwise`.
    """

    original: bytes
    width: int
    height: int
    train_crop: Box
    valid_crop: Box
    train: bytes
    valid: bytes
    composed: bytes
    stepwise: bytes
    steps: tuple[tuple[str, bytes], ...]
    composed_figures: Figures
    stepwise_figures: Figures


@job("petwidgets.learning.show.presize")
def microscope(path: str, asked: Presizing) -> Presized:
    """Take one photograph both ways.

    Args:
        path: of the photograph.
        asked: what is done to it.

    Raises:
        Problem: the photograph can't be read, or is too long and narrow to be padded.
    """

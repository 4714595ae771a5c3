"""Compare presizing (all transforms in one interpolation) with one interpolation per transform."""

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
"""fastai's `ResizeMethod`s, and their effect on a picture that is not square."""

PAD_MODES = {
    "reflection": "The picture is mirrored at its edge.",
    "zeros": "It is black.",
    "border": "The pixels of the edge are drawn out.",
}
"""fastai's `PadMode`s, and how each fills the area outside the picture."""

Box = tuple[float, float, float, float]
"""Left, top, right and bottom as shares of a photograph's sides."""

MIDDLE = 0.5
"""The centre of `Zoom`, as a share of each side; fastai would draw it at random."""


@dataclass(frozen=True)
class Presizing:
    """The transforms between a photograph and the network, with fixed instead of random draws.

    Args:
        presize: the square of `Resize`, in pixels.
        size: the square that the network sees, in pixels.
        rotate: degrees, with the sign of fastai's `Rotate`.
        zoom: a factor; below one the picture shrinks and its surroundings come into view.
        warp: fastai's `Warp(draw_x=warp, draw_y=-warp)`, as a share of half a side.
        method: fastai's `ResizeMethod`, for `Resize`.
        pad_mode: fastai's `PadMode`, for areas outside the picture in any of the transforms.
        seed: Python's `random.seed(seed)`, which decides where `Resize` crops in training.

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
        """The operations that change the picture: name of fastai's class, and its fixed draws.

        They come in the order in which fastai composes them. An image sampled at W(R(Z(u))) is
        one that is warped, rotated, then zoomed. Applied one by one, the operations must therefore
        start with the last one to give the same picture.
        """
        operations = {
            "Rotate": ({"draw": float(self.rotate)}, self.rotate != 0),
            "Zoom": (
                {"draw": float(self.zoom), "draw_x": MIDDLE, "draw_y": MIDDLE},
                self.zoom != 1,
            ),
            "Warp": ({"draw_x": float(self.warp), "draw_y": -float(self.warp)}, self.warp != 0),
        }
        return {name: arguments for name, (arguments, changes) in operations.items() if changes}

    def one_by_one(self) -> list[str]:
        """Names of the same operations in the order for applying them one by one."""
        return [name for name in ("Warp", "Rotate", "Zoom") if name in self.draws()]


@dataclass(frozen=True)
class Figures:
    """Measures of the picture that one of the two ways made.

    Args:
        made_up: the share of its pixels that come from padding instead of the photograph.
        sharpness: the share of the detail that is kept; above 1, the picture is aliased.
        interpolations: how often the pixels were interpolated.
        averagings: how often they were averaged before an interpolation.
    """

    made_up: float
    sharpness: float
    interpolations: int
    averagings: int


@dataclass(frozen=True)
class Presized:
    """One photograph, transformed in both ways.

    Args:
        original: the photograph as a JPEG file of 640 pixels at most.
        width: of the photograph's file, in pixels.
        height: of the photograph's file, in pixels.
        train_crop: the part that `Resize` keeps for training.
        valid_crop: the part that `Resize` keeps for validation.
        train: the output of `Resize` for training, as a PNG file.
        valid: the output of `Resize` for validation, as a PNG file.
        composed: all operations in one interpolation, from the training square, as a PNG file.
        stepwise: one operation after another, from a small square, as a PNG file.
        steps: name of each operation, and its output as a PNG file.
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
def microscope(path: str, settings: Presizing) -> Presized:
    """Transform one photograph in both ways.

    Args:
        path: of the photograph.
        settings: the transforms.

    Raises:
        Problem: the photograph can't be read, or is too long and narrow to be padded.
    """

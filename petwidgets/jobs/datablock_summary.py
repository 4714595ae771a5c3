"""Step through a `DataBlock` as its `summary` does, one card per step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from petwidgets.common.validate import require_sizes, require_switch
from petwidgets.jobs.job import job
from petwidgets.recipes.recipe import PRESIZE

ITEMS = 4
"""Photographs that `DataBlock.summary` collates by default (its `bs`)."""

MIN_SCALE = 0.75
"""The chapter's `min_scale`."""

WHY = {
    "get_items": "Everything begins with a list: the files of the photographs.",
    "splitter": "Some are kept apart: what is validated on is never trained on.",
    "PILBase.create": "A file becomes a picture.",
    "partial": "The regular expression takes the label from the file's name.",
    "parent_label": "The folder's name is the label.",
    "Categorize": "A network counts: the label becomes its position in the vocab.",
    "Resize": "All pictures of a batch need one shape, so each becomes the same square.",
    "ToTensor": "Pixels become numbers, the channel first.",
    "collate": "The items become one tensor, which works only if their shapes are equal.",
    "IntToFloatTensor": "Whole numbers up to 255 become fractions up to one.",
    "Flip": "Flip, warp, rotation and zoom are composed and sampled at once, under one name.",
    "RandomResizedCropGPU": "A random part is cut out and shrunk to what the network sees.",
    "Brightness": "Brightness and contrast change together, under one name.",
    "Normalize": "The numbers are centred and scaled as the backbone saw them when it was trained.",
}
"""The reason for each step, by fastai's name of the step."""

UNEQUAL = (
    "These {n} photographs have different shapes, so they can't become one batch: give"
    " item_tfms a Resize."
)

CUT_SHORT = "This step failed, and nothing comes after it: {reason}"


@dataclass(frozen=True)
class Stepping:
    """Settings of the `DataBlock` that is stepped through.

    Args:
        resize: whether `item_tfms` has its `Resize`; without it the collation fails.
        presize: the square of `Resize`, in pixels.
        size: the square that the network sees, in pixels.

    Raises:
        Problem: a setting is out of range.
    """

    resize: bool = True
    presize: int = PRESIZE
    size: int = 224

    def __post_init__(self) -> None:
        require_switch("resize", self.resize)
        require_sizes(self.presize, self.size)


class Value(TypedDict):
    """An object between file and batch, as a card shows it; unknown facts are empty.

    `range` holds the minimum and maximum. `stretched` says that the values were not within 0 to 1
    (or 255), so that the picture shows them scaled from minimum to maximum.
    """

    type: str
    shape: str
    dtype: str
    range: str
    text: str
    jpeg: bytes | None
    stretched: bool


class Card(TypedDict):
    """A step as the page shows it.

    `stage` is `get_items`, `splitter`, `type_tfms`, `item_tfms`, `collate` or `batch_tfms`; `name`
    is fastai's. `came` is the input of the step and `went` its output: `None` if the step failed.
    `problem` is then fastai's message, and `shapes` are the shapes that don't collate.
    """

    stage: str
    name: str
    why: str
    came: Value
    went: Value | None
    failed: bool
    problem: str
    shapes: list[str]


@dataclass(frozen=True)
class Steps:
    """The steps in fastai's order, and a sentence about the step that failed (else empty)."""

    cards: tuple[Card, ...]
    problem: str


@job("petwidgets.learning.show.datablock_summary")
def steps(source: str, pattern: str, settings: Stepping) -> Steps:
    """Take the first training photographs through all steps of a `DataBlock`.

    Args:
        source: `sample`, `oxford-pets` or a folder.
        pattern: a regular expression whose first group is the breed, or `parent-folder`.
        settings: settings of the block.

    Raises:
        Problem: there are too few photographs.
    """

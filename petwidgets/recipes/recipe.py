"""The recipe of a training, as plain data that converts to JSON and back.

There are three recipes from the chapter: `baseline` ("train a simple model at once"), `fine_tune`
("Model Interpretation" and before) and `one_cycle` ("Discriminative Learning Rates"). A recipe may
also have any other stages.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import listed
from petwidgets.common.json_types import are_texts, is_number, is_text, is_whole
from petwidgets.recipes.faults import faults
from petwidgets.recipes.labelling import CHAPTER_PATTERN
from petwidgets.recipes.stage import Stage, is_limit, require_kinds, stage_from_json

if TYPE_CHECKING:
    from petwidgets.common.json_types import Kinds

PRESIZE = 460
"""The chapter's first resize, in pixels."""

MOST_BREEDS = 1000
"""Maximum of breeds in a training and in the interpretation panels: as many as ImageNet has.

Memory grows with their square: a confusion matrix of 10,000 breeds would take 800 MB per page.
"""

DEFAULT_ARCH = "tf_efficientnet_lite0"

INCOMPLETE = "This recipe is incomplete: start again from a preset."

RECIPE: Kinds = {
    **dict.fromkeys(("name", "data", "pattern", "arch", "split", "precision", "input"), is_text),
    **dict.fromkeys(("presize", "size", "batch_size", "seed"), is_whole),
    **dict.fromkeys(("min_scale", "valid", "weight_decay"), is_number),
    **dict.fromkeys(("hold_out", "leave_out"), are_texts),
    "limit_per_breed": is_limit,
    "relabel": lambda value: isinstance(value, tuple) and all(map(are_texts, value)),
    "stages": lambda value: isinstance(value, tuple) and all(isinstance(s, Stage) for s in value),
}
"""The type of each setting of a recipe, without its range."""


@dataclass(frozen=True)
class Recipe:
    """All settings that determine a training's result. Sizes are in pixels.

    Args:
        name: one of `NAMES`.
        data: `sample`, `oxford-pets` or a folder.
        pattern: a regular expression whose first group is the breed, or `parent-folder`, or a
            reference to a table of labels (`table_pattern`).
        arch: a timm or torchvision name.
        presize: side of the square that `Resize` makes of each photograph, on the CPU.
        size: side of the network's square input, made by `aug_transforms(size, min_scale)`.
        split: one of `SPLITS`.
        valid: the share of photographs in the validation set.
        hold_out: photographs that are always in the validation set, named as in the data. A name
            without folders, as in older runs, stands for every file of that name.
        weight_decay: fastai's `wd`; of a baseline it is L2, added to the gradient.
        precision: number format of the network's computations, one of `PRECISIONS`.
        input: `fastai` for its own transforms; or `fast`: photographs are presized once and cached,
            then cropped, rotated and warped in one interpolation, with the same probabilities.
        leave_out: photographs that are neither trained nor validated on, named as in the data.
        relabel: photographs and their corrected breeds.

    Raises:
        Problem: a setting has the wrong type or is out of range.
    """

    name: str
    stages: tuple[Stage, ...]
    data: str = "sample"
    pattern: str = CHAPTER_PATTERN
    arch: str = DEFAULT_ARCH
    presize: int = PRESIZE
    size: int = 224
    min_scale: float = 0.75
    batch_size: int = 64
    seed: int = 42
    split: str = "random"
    valid: float = 0.2
    hold_out: tuple[str, ...] = ()
    limit_per_breed: int | None = None
    weight_decay: float = 0.01
    precision: str = "fp32"
    input: str = "fastai"
    leave_out: tuple[str, ...] = ()
    relabel: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        require_kinds(self, RECIPE)
        for wrong, sentence in faults(self):
            if wrong:
                raise Problem(sentence)

    @property
    def epochs(self) -> int:
        """The total number of epochs."""
        return sum(stage.epochs for stage in self.stages)

    @property
    def frozen_only(self) -> bool:
        """Whether the body never trains, so that its features need computing only once."""
        return self.name == "baseline"

    def to_json(self) -> dict[str, Any]:
        """Plain values that `from_json` turns back into an equal recipe."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Recipe:
        """The recipe that `to_json` wrote.

        Raises:
            Problem: a setting is unknown, missing or out of range.
        """
        if not isinstance(value, dict):
            raise Problem(INCOMPLETE)
        if unknown := listed(sorted(set(value) - {field.name for field in fields(cls)})):
            raise Problem(f"This recipe has settings that petwidgets doesn't know: {unknown}.")
        try:
            stages = tuple(stage_from_json(stage) for stage in value["stages"])
            names = {key: tuple(value.get(key, ())) for key in ("hold_out", "leave_out")}
            relabel = tuple(_pair(pair) for pair in value.get("relabel", ()))
            return cls(**{**value, **names, "stages": stages, "relabel": relabel})
        except (KeyError, TypeError) as error:
            raise Problem(INCOMPLETE) from error


def _pair(value: Any) -> tuple[Any, Any]:
    if not isinstance(value, list | tuple) or len(value) != 2:  # noqa: PLR2004
        raise TypeError(value)
    return value[0], value[1]

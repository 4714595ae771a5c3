"""The recipe of a training, as plain data that converts to JSON and back.

There are three recipes from the chapter: `baseline` ("train a simple model at once"), `fine_tune`
("Model Interpretation" and before) and `one_cycle` ("Discriminative Learning Rates"). A recipe may
also have any other stages.
"""

from __future__ import annotations

import math
import re
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import listed, short
from petwidgets.common.json_types import are_texts, is_number, is_switch, is_text, is_whole, misfit

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.common.json_types import Kinds

CHAPTER_PATTERN = r"(.+)_\d+.jpg$"
"""The chapter's regular expression, with the underscore that it needs."""

PARENT_FOLDER = "parent-folder"
"""As a pattern: label each photograph by the name of its folder."""

TABLE = re.compile(r"labels:([0-9a-f]{32})")
"""As a pattern: label each photograph by the stored table with this digest."""

PRESIZE = 460
"""The chapter's first resize, in pixels."""

LARGEST = 4096
"""Maximum of `presize` in pixels, and of the batch size, because recipes may be imported."""

LONGEST = 100_000
"""Maximum of epochs in one stage."""

MOST_BREEDS = 1000
"""Maximum of breeds in a training and in the interpretation panels: as many as ImageNet has.

Memory grows with their square: a confusion matrix of 10,000 breeds would take 800 MB per page.
"""

MOST_STAGES = 8

LARGEST_SEED = 2**32 - 1
"""The largest seed that torch, numpy and Python all accept."""

DEFAULT_ARCH = "tf_efficientnet_lite0"

SPLITS = ("random", "by-breed", "folders")
"""Splits: fastai's `RandomSplitter`; stratified by breed; the set's folders train/ and valid/."""

PRECISIONS = ("fp32", "fp16", "bf16")
"""Full precision, half (`to_fp16`), and half with the range of fp32 (`to_bf16`)."""

INCOMPLETE = "This recipe is incomplete: start again from a preset."

Rate = float | tuple[float | None, float]
"""A learning rate as in fastai: a number, or the two ends of a `slice`.

`(None, high)` is fastai's `slice(high)`: the last group at `high`, the others at a tenth of it.
"""


def table_pattern(digest: str) -> str:
    """The pattern that refers to a stored table of labels."""
    return f"labels:{digest}"


def table_id(pattern: str) -> str:
    """The digest of the table that a pattern refers to; empty for any other pattern."""
    match = TABLE.fullmatch(pattern)
    return match.group(1) if match else ""


def written(pattern: str) -> str:
    """The pattern to show in a text field: the chapter's, if it refers to a table."""
    return CHAPTER_PATTERN if table_id(pattern) else pattern


def _is_rate(value: Any) -> bool:
    if not isinstance(value, tuple):
        return is_number(value)
    return len(value) == 2 and (value[0] is None or is_number(value[0])) and is_number(value[1])  # noqa: PLR2004


def _is_limit(value: Any) -> bool:
    return value is None or is_whole(value)


STAGE: Kinds = {
    "epochs": is_whole,
    "frozen": is_switch,
    "rate": _is_rate,
    "pct_start": is_number,
    "div": is_number,
    "size": _is_limit,
}
"""The type of each setting of a stage, without its range."""


@dataclass(frozen=True)
class Stage:
    """One call of fastai's `fit_one_cycle`.

    Args:
        epochs: number of epochs.
        frozen: whether the body is frozen, so that only the head trains.
        rate: the highest learning rate, or a slice for the layer groups.
        pct_start: share of the stage in which the rate rises.
        div: the highest rate divided by this is the rate at the start.
        size: side of the network's square input in this stage, in pixels; None: the recipe's.

    Raises:
        Problem: a setting has the wrong type.
    """

    epochs: int
    frozen: bool
    rate: Rate
    pct_start: float = 0.25
    div: float = 25.0
    size: int | None = None

    def __post_init__(self) -> None:
        _require_kinds(self, STAGE)


RECIPE: Kinds = {
    **dict.fromkeys(("name", "data", "pattern", "arch", "split", "precision", "input"), is_text),
    **dict.fromkeys(("presize", "size", "batch_size", "seed"), is_whole),
    **dict.fromkeys(("min_scale", "valid", "weight_decay"), is_number),
    **dict.fromkeys(("hold_out", "leave_out"), are_texts),
    "limit_per_breed": _is_limit,
    "relabel": lambda value: isinstance(value, tuple) and all(map(are_texts, value)),
    "stages": lambda value: isinstance(value, tuple) and all(isinstance(s, Stage) for s in value),
}
"""The type of each setting of a recipe, without its range."""


def _require_kinds(settings: Stage | Recipe, kinds: Kinds) -> None:
    if wrong := misfit(settings, kinds):
        raise Problem(f"This recipe's {wrong} is damaged: start again from a preset.")


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
        weight_decay: fastai's `wd`.
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
        _require_kinds(self, RECIPE)
        for wrong, sentence in _faults(self):
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


def stage_from_json(value: dict[str, Any]) -> Stage:
    """The stage that `asdict` converted to plain values.

    Raises:
        KeyError, TypeError: `value` is not a stage.
        Problem: a setting has the wrong type.
    """
    rate = value["rate"]
    return Stage(**{**value, "rate": tuple(rate) if isinstance(rate, list | tuple) else rate})


def _faults(recipe: Recipe) -> list[tuple[bool, str]]:
    rates = [rate for stage in recipe.stages for rate in _numbers(stage.rate)]
    return [
        (recipe.name not in NAMES, f"The recipes are {', '.join(NAMES)}: choose one of them."),
        (any(stage.epochs < 0 for stage in recipe.stages), "Epochs can't be negative."),
        (recipe.epochs < 1, "A training needs at least one epoch."),
        (
            not all(math.isfinite(rate) and rate > 0 for rate in rates),
            "A learning rate is a number above 0, such as 0.003.",
        ),
        (not 32 <= recipe.size <= 1024, "The size is between 32 and 1024 pixels."),  # noqa: PLR2004
        (recipe.presize < recipe.size, "The first resize must not be smaller than the size."),
        (recipe.presize > LARGEST, f"The first resize is {LARGEST} pixels at most."),
        (
            not 2 <= recipe.batch_size <= LARGEST,  # noqa: PLR2004
            f"A batch has at least two photographs, and {LARGEST} at most.",
        ),
        (len(recipe.stages) > MOST_STAGES, f"A training has at most {MOST_STAGES} stages."),
        (
            recipe.frozen_only and not all(s.frozen and s.size is None for s in recipe.stages),
            "A baseline's body is frozen throughout: choose another recipe to unfreeze it.",
        ),
        (
            not 0 <= recipe.seed <= LARGEST_SEED,
            f"A seed is a whole number from 0 to {LARGEST_SEED}.",
        ),
        (recipe.split not in SPLITS, "A split is random or by-breed, or folders."),
        (not 0 < recipe.valid < 1, "The share to validate on lies between 0 and 1."),
        (
            recipe.limit_per_breed is not None and recipe.limit_per_breed < 2,  # noqa: PLR2004
            "The limit is at least two photographs of each breed.",
        ),
        (not 0 < recipe.min_scale <= 1, "The smallest share to cut out lies between 0 and 1."),
        (not 0 <= recipe.weight_decay < math.inf, "The weight decay is 0 or more."),
        (recipe.precision not in PRECISIONS, f"The precisions are {', '.join(PRECISIONS)}."),
        (recipe.input not in ("fastai", "fast"), "The input is fastai's own or fast."),
        (
            not all(breed for _, breed in recipe.relabel),
            "A photograph is relabelled as some breed, not as none.",
        ),
        (
            len({*recipe.leave_out, *(name for name, _ in recipe.relabel)})
            < len(recipe.leave_out) + len(recipe.relabel),
            "A photograph is left out or relabelled once: it stands twice among the changes.",
        ),
        *(fault for stage in recipe.stages for fault in _stage_faults(recipe, stage)),
    ]


def _stage_faults(recipe: Recipe, stage: Stage) -> list[tuple[bool, str]]:
    return [
        (stage.epochs > LONGEST, f"A stage has at most {LONGEST:,} epochs."),
        (not 0 < stage.pct_start < 1, "pct_start, the share that warms up, lies between 0 and 1."),
        (not 1 <= stage.div < math.inf, "div, what the first rate is divided by, is 1 or more."),
        (
            stage.size is not None and not 32 <= stage.size <= recipe.size,  # noqa: PLR2004
            "A stage's size is between 32 pixels and the size of the whole training.",
        ),
    ]


def _numbers(rate: Rate) -> list[float]:
    return [r for r in rate if r is not None] if isinstance(rate, tuple) else [rate]


def baseline(epochs: int | None = None, base_lr: float | None = None, **settings: Any) -> Recipe:
    """A linear head on the features of the frozen body, which one forward pass computes.

    The weight decay is strong because the head alone overfits: on 2,960 Oxford photographs 0.01
    gave 11.6 % error and a validation loss of 0.67, 0.5 gave 8.8 % and 0.30.
    """
    rate = 1e-2 if base_lr is None else base_lr
    stage = Stage(12 if epochs is None else epochs, frozen=True, rate=rate)
    return Recipe("baseline", (stage,), **{"weight_decay": 0.5, **settings})


def fine_tune(
    epochs: int | None = None,
    freeze_epochs: int | None = None,
    base_lr: float | None = None,
    **settings: Any,
) -> Recipe:
    """The two stages of fastai's `Learner.fine_tune(epochs, base_lr, freeze_epochs)`."""
    high = 2e-3 if base_lr is None else base_lr
    first = Stage(
        1 if freeze_epochs is None else freeze_epochs,
        frozen=True,
        rate=(None, high),
        pct_start=0.99,
    )
    then = Stage(
        1 if epochs is None else epochs,
        frozen=False,
        rate=(high / 2 / 100, high / 2),
        pct_start=0.3,
        div=5.0,
    )
    return Recipe("fine-tune", (first, then), **settings)


def one_cycle(
    epochs: int | None = None,
    freeze_epochs: int | None = None,
    base_lr: float | None = None,
    **settings: Any,
) -> Recipe:
    """The chapter's own stages: 3 frozen epochs at 3e-3, then 12 at `slice(1e-6, 1e-4)`."""
    high = 3e-3 if base_lr is None else base_lr
    first = Stage(3 if freeze_epochs is None else freeze_epochs, frozen=True, rate=high)
    then = Stage(12 if epochs is None else epochs, frozen=False, rate=(high / 3000, high / 30))
    return Recipe("one-cycle", (first, then), **settings)


MAKERS: dict[str, Callable[..., Recipe]] = {
    "baseline": baseline,
    "fine-tune": fine_tune,
    "one-cycle": one_cycle,
}


NAMES = (*MAKERS, "stages")
"""Names of recipes; `stages` is a recipe with any other stages."""


def make(name: str, **settings: Any) -> Recipe:
    """The recipe called `name` with these settings; `None` stands for the default.

    Raises:
        Problem: no such recipe, or a setting is out of range.
    """
    if name not in MAKERS:
        raise Problem(f"There is no recipe {short(name)!r}: choose {', '.join(MAKERS)}.")
    given = {key: value for key, value in settings.items() if value is not None}
    if name == "baseline" and given.pop("freeze_epochs", None):
        raise Problem("The baseline is frozen throughout: give its length as epochs.")
    return MAKERS[name](**given)

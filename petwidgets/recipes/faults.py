"""What a recipe may not say, each with its sentence."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from petwidgets.recipes.stage import numbers

if TYPE_CHECKING:
    from petwidgets.recipes.recipe import Recipe
    from petwidgets.recipes.stage import Stage

NAMES = ("baseline", "fine-tune", "one-cycle", "stages")
"""Names of recipes: those that `presets.MAKERS` makes; `stages` is one with any other stages."""

LARGEST = 4096
"""Maximum of `presize` in pixels, and of the batch size, because recipes may be imported."""

LONGEST = 100_000
"""Maximum of epochs in one stage."""

MOST_STAGES = 8

LARGEST_SEED = 2**32 - 1
"""The largest seed that torch, numpy and Python all accept."""

SPLITS = ("random", "by-breed", "folders")
"""Splits: fastai's `RandomSplitter`; stratified by breed; the set's folders train/ and valid/."""

PRECISIONS = ("fp32", "fp16", "bf16")
"""Full precision, half (`to_fp16`), and half with the range of fp32 (`to_bf16`)."""


def faults(recipe: Recipe) -> list[tuple[bool, str]]:
    """Whether a recipe has each of the faults, and what to say of it."""
    rates = [rate for stage in recipe.stages for rate in numbers(stage.rate)]
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
            "The limit is at least two photographs of each class.",
        ),
        (not 0 < recipe.min_scale <= 1, "The smallest share to cut out lies between 0 and 1."),
        (not 0 <= recipe.weight_decay < math.inf, "The weight decay is 0 or more."),
        (recipe.precision not in PRECISIONS, f"The precisions are {', '.join(PRECISIONS)}."),
        (recipe.input not in ("fastai", "fast"), "The input is fastai's own or fast."),
        (
            not all(breed for _, breed in recipe.relabel),
            "A photograph is relabelled as some class, not as none.",
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

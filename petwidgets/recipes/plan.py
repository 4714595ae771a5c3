"""The plan of the next training: preset, stages, architecture and data."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from petwidgets.common.errors import Problem
from petwidgets.common.json_types import is_switch, is_text, is_whole, misfit
from petwidgets.common.validate import made, require_choice
from petwidgets.recipes.chapter import BOOK
from petwidgets.recipes.labelling import CHAPTER_PATTERN
from petwidgets.recipes.presets import baseline, make
from petwidgets.recipes.recipe import DEFAULT_ARCH, PRESIZE, Recipe
from petwidgets.recipes.stage import Rate, Stage, stage_from_json
from petwidgets.recipes.stage_notation import name_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from petwidgets.common.json_types import Kinds

OWN = {
    "baseline": "Baseline: a linear head on frozen features",
    "fine-tune": "fine_tune: frozen first, then the whole network",
}
BOOKS = {key: f"The book's: {printed.title}" for key, printed in BOOK.items()}
PRESETS = {**OWN, **BOOKS}
"""Titles of the presets."""


KINDS: Kinds = {
    "stages": lambda value: isinstance(value, tuple) and all(isinstance(s, Stage) for s in value),
    "limit": is_whole,
    "parent": is_text,
    "goes_on": is_switch,
    "cleaned": is_switch,
}
"""Type checks of the fields that are not settings of a recipe."""


@dataclass(frozen=True)
class Plan:
    """The settings of the Train panel.

    Args:
        preset: one of `PRESETS`; the stages may have been changed since.
        stages: the stages, in order.
        limit: maximum of photographs per breed, 0 for all.
        parent: the run whose weights it starts from; empty for ImageNet weights and a new head.
        goes_on: whether it continues when the page is closed.
        cleaned: whether the label edits of the panel "Clean the labels" are applied.

    The other fields are those of a `Recipe`.

    Raises:
        Problem: no such preset, or a value has the wrong type.
    """

    preset: str = "baseline"
    stages: tuple[Stage, ...] = baseline().stages
    arch: str = DEFAULT_ARCH
    size: int = 224
    batch_size: int = 64
    seed: int = 42
    limit: int = 0
    split: str = "random"
    precision: str = "fp32"
    input: str = "fastai"
    parent: str = ""
    goes_on: bool = True
    cleaned: bool = True

    def __post_init__(self) -> None:
        require_choice("The preset", self.preset, PRESETS)
        if wrong := misfit(self, KINDS):
            raise Problem(f"This plan's {wrong} is damaged: start again from a preset.")

    def recipe(self, data: str, pattern: str) -> Recipe:
        """The recipe for the engine.

        Raises:
            Problem: a setting is out of range.
        """
        alone = [stage.frozen and stage.size is None for stage in self.stages] == [True]
        name = "baseline" if self.preset == "baseline" and alone else name_of(self.stages)
        return Recipe(
            name,
            self.stages,
            data=data,
            pattern=pattern,
            arch=self.arch,
            size=self.size,
            presize=max(PRESIZE, self.size),
            batch_size=self.batch_size,
            seed=self.seed,
            limit_per_breed=self.limit or None,
            split=self.split,
            precision=self.precision,
            input=self.input,
        )

    def begun_from(self, preset: str) -> Plan:
        """A copy with a preset's stages and precision, and its architecture if it has one.

        Raises:
            Problem: no such preset.
        """
        if preset in BOOK:
            recipe = BOOK[preset].make(arch=self.arch)
        else:
            require_choice("The preset", preset, PRESETS)
            recipe = make(preset, arch=self.arch)
        return replace(
            self, preset=preset, stages=recipe.stages, arch=recipe.arch, precision=recipe.precision
        )

    def taking(self, rate: float, *, frozen: bool) -> Plan:
        """A copy with this rate in all frozen or all unfrozen stages; a slice keeps its ratio.

        A plan without such a stage begins anew from `fine-tune`, which has both.
        """
        has = any(stage.frozen == frozen for stage in self.stages)
        plan = self if has else self.begun_from("fine-tune")
        stages = [
            replace(stage, rate=_moved(stage.rate, rate)) if stage.frozen == frozen else stage
            for stage in plan.stages
        ]
        return replace(plan, stages=tuple(stages))

    def to_json(self) -> dict[str, Any]:
        """Plain values that `from_json` turns back into an equal plan."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Plan:
        """The plan that `to_json` wrote; missing settings get their default.

        Raises:
            Problem: a setting is unknown or out of range.
            TypeError: `value` is not a plan.
        """
        given = dict(value)
        if "stages" in given:
            given["stages"] = tuple(stage_from_json(stage) for stage in given["stages"])
        plan = made(cls, given)
        plan.recipe("sample", CHAPTER_PATTERN)  # checks the ranges
        return plan


def _moved(rate: Rate, to: float) -> Rate:
    if not isinstance(rate, tuple):
        return to
    low, high = rate
    return (None, to) if low is None else (to * low / high, to)

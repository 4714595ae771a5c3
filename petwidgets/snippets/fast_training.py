"""Code of a training faster than fastai's own: fast input, lower precision, smaller images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.data.own_split import FOLDERS
from petwidgets.recipes.stage_notation import write_rate

if TYPE_CHECKING:
    from petwidgets.recipes.recipe import Recipe
    from petwidgets.recipes.stage import Stage

USUAL = {"name", "stages", "hold_out"}
"""Settings that are no arguments in the code: its other lines set them, or they are empty."""


def asks_for_more(recipe: Recipe) -> bool:
    """Whether a recipe needs more than fastai's own functions."""
    sized = any(stage.size for stage in recipe.stages)
    return recipe.input == "fast" or recipe.precision != "fp32" or sized


def quick(recipe: Recipe, parent: str = "") -> str:
    """Code that trains a recipe with fastai and some functions of petwidgets."""
    stages = "\n".join(_stage(recipe, stage) for stage in recipe.stages if stage.epochs)
    return f"""{learner(recipe, parent)}
with quickened(learn, recipe):
{stages}"""


def learner(recipe: Recipe, parent: str = "") -> str:
    """Lines that create `learn`; with a parent run, from its weights and on its split."""
    settings = {k: v for k, v in recipe.to_json().items() if k not in USUAL and v != ()}
    arguments = "".join(f"    {name}={value!r},\n" for name, value in settings.items())
    making, norms = ("fast_loader", "fast_dataloaders"), ", train_bn=False"
    if recipe.input != "fast":
        making, norms = ("dataloaders", "dataloaders"), ""
    loaded, tools = "load(recipe.data, recipe.pattern)", ""
    if recipe.split == FOLDERS:
        tools = "from petwidgets.data.own_split import limited\n"
        loaded = f"limited({loaded}, recipe.split, recipe.limit_per_breed)"
    elif recipe.limit_per_breed:
        loaded += f".limited({recipe.limit_per_breed})"
    parts = "inherited(parent, dataset)" if parent else "split(recipe, dataset)"
    splitting, divided = "split", ""
    if recipe.leave_out or recipe.relabel:
        divided = "\ndataset = dataset.changed(recipe.leave_out, recipe.relabel)"
        if not parent:
            splitting, parts = "divided", "parts"
            divided = "\ndataset, parts = divided(recipe, dataset)"
    return f"""from fastai.vision.all import *
from petwidgets import Recipe, RunStore
from petwidgets.data.dataset import load
{tools}from petwidgets.learning.models.backbones import architecture, pretrained
from petwidgets.data.divide import {splitting}
from petwidgets.learning.input.{making[0]} import {making[1]}
from petwidgets.learning.models.weights import restore
from petwidgets.baseline.run_dataset import inherited
from petwidgets.learning.train.speedups import quickened, show
from petwidgets.recipes.stage import Stage

recipe = Recipe(
    "stages", (Stage({recipe.epochs}, frozen=False, rate=1e-3),),
{arguments})
dataset = {loaded}{divided}
weights = pretrained(recipe.arch){_found(parent)}
dls = {making[1]}(recipe, dataset, weights, {parts})
set_seed(recipe.seed)
learn = vision_learner(dls, architecture(recipe.arch), pretrained=False, normalize=False{norms},
                       metrics=error_rate, wd=recipe.weight_decay)
learn.model[0].load_state_dict(weights.body){_restored(parent)}"""


def _found(parent: str) -> str:
    return f"\nparent = RunStore().get({parent!r})" if parent else ""


def _restored(parent: str) -> str:
    return "\nrestore(parent, learn.model)" if parent else ""


def _stage(recipe: Recipe, stage: Stage) -> str:
    return f"""    learn.{"freeze" if stage.frozen else "unfreeze"}()
    show(learn, {stage.size or recipe.size})
    learn.fit_one_cycle({stage.epochs}, {write_rate(stage.rate)},
                        pct_start={stage.pct_start}, div={stage.div})"""

"""A search of a learning rate with 100 batches: the page's for a baseline, and fastai's."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from petwidgets.baseline.lr_find import search
from petwidgets.bench.home import own_home
from petwidgets.bench.row import Pair, Row
from petwidgets.bench.subset import linked, spread
from petwidgets.common.paths import home
from petwidgets.data.dataset import load
from petwidgets.recipes.presets import make
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from petwidgets.bench.row import Pairs, Settings
    from petwidgets.recipes.recipe import Recipe

SMALL = {"size": 128, "presize": 160, "batch_size": 8}
"""Of both sides: 100 batches of 64 photographs at 224 pixels take fastai ten minutes on 2 cores."""


def ours(recipe: Recipe) -> float:
    """Seconds of a search, the features of all photographs included."""
    with own_home():
        run = RunStore().create(recipe)
        began = time.monotonic()
        search(run, lambda _: None, lambda: False)
        return time.monotonic() - began


def theirs(recipe: Recipe) -> float:
    """Seconds of `Learner.lr_find` with a frozen body."""
    from fastai.vision.all import error_rate, vision_learner

    from petwidgets.learning.input.dataloaders import dataloaders
    from petwidgets.learning.models.backbones import pretrained

    stats = pretrained(recipe.arch)
    dls = dataloaders(recipe, load(recipe.data, recipe.pattern), stats)
    learn = vision_learner(dls, recipe.arch, pretrained=False, normalize=False, metrics=error_rate)
    learn.model[0].load_state_dict(stats.body)
    learn.path = home()  # the weights, which it keeps in a file and loads again
    learn.freeze()
    began = time.monotonic()
    with learn.no_bar():
        learn.lr_find(show_plot=False)
    return time.monotonic() - began


def pairs(settings: Settings, size: int) -> Pairs:
    """The same photographs and settings on both sides."""
    with linked(spread(settings.pictures, size)) as folder, own_home():
        recipe = make("baseline", data=str(folder), **SMALL)
        while True:
            yield Pair(ours(recipe), theirs(recipe))


ROW = Row(
    name="lr-find",
    what="a learning rate searched, body frozen, batches of 8 at 128 pixels",
    unit="s",
    ours="a linear head on the body's features, computed first",
    theirs="Learner.lr_find",
    measure=pairs,
    needs=("torch", "photographs"),
    rounds=2,
    grows_with="photographs",
    sizes=(100, 400),
    large=(100, 400, 1600, 7390),
)

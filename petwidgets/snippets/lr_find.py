"""Code of a learning-rate search with fastai."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.snippets.fast_training import learner
from petwidgets.snippets.training import prepared

if TYPE_CHECKING:
    from petwidgets.metrics.lr_suggest import Search
    from petwidgets.recipes.recipe import Recipe


def finding(recipe: Recipe, search: Search, parent: str = "") -> str:
    """Code that records the curve and prints the suggested rates."""
    body = "freeze" if search.frozen else "unfreeze"
    return f"""{learner(recipe, parent) if parent else prepared(recipe)}
learn.{body}()
suggested = learn.lr_find({search.start}, {search.end}, {search.num_it},
                          suggest_funcs=(valley, slide, minimum, steep))
print(suggested)"""


def finding_of_learner(search: Search) -> str:
    """The same code for the user's own learner, which exists already."""
    return f"""from fastai.callback.schedule import minimum, slide, steep, valley

suggested = learn.lr_find({search.start}, {search.end}, {search.num_it},
                          suggest_funcs=(valley, slide, minimum, steep))
print(suggested)  # `learn` is the one of this panel"""


def epochs_of(run_id: str) -> str:
    """Code that prints a run's epochs, read from its folder."""
    return f"""from petwidgets.metrics.epochs import best, figures
from petwidgets import RunStore

epochs = figures(RunStore().get({run_id!r}).events())
for epoch in epochs:
    print(epoch['epoch'], epoch['train_loss'], epoch['valid_loss'], epoch['error_rate'])
print('least error:', best(epochs)['epoch'])"""

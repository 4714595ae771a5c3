"""The code of a learning-rate search, in fastai's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.lessons.snippets import prepared
from petwidgets.lessons.snippets_quick import learner

if TYPE_CHECKING:
    from petwidgets.lessons.rates import Search
    from petwidgets.recipes import Recipe


def finding(recipe: Recipe, search: Search, parent: str = "") -> str:
    """What makes the curve and prints the hints."""
    body = "freeze" if search.frozen else "unfreeze"
    return f"""{learner(recipe, parent) if parent else prepared(recipe)}
learn.{body}()
suggested = learn.lr_find({search.start}, {search.end}, {search.num_it},
                          suggest_funcs=(valley, slide, minimum, steep))
print(suggested)"""


def epochs_of(run_id: str) -> str:
    """A run's epochs, read from its folder."""
    return f"""from petwidgets.lessons.epochs import best, figures
from petwidgets.runs import RunStore

epochs = figures(RunStore().get({run_id!r}).events())
for epoch in epochs:
    print(epoch['epoch'], epoch['train_loss'], epoch['valid_loss'], epoch['error_rate'])
print('least error:', best(epochs)['epoch'])"""

"""The code of the lesson that cleans labels: what is doubted, and by whom."""

from __future__ import annotations

SHOWN = 20
"""Photographs that are printed of each."""


def doubted(run: str, search: str, data: str, pattern: str) -> str:
    """The most suspicious labels of a run, and those of all photographs.

    Args:
        run: whose validation photographs.
        search: the run that judged all photographs out of fold; empty: the code has it done.
        data: the source of all photographs.
        pattern: what labels them.
    """
    searched = f"searched = store.get({search!r})" if search else _search(data, pattern)
    return f"""from petwidgets.metrics.label_issues import BY_FOLDS, BY_LOSS, suspicions
from petwidgets.metrics.predictions import read
from petwidgets import RunStore

store = RunStore()
{searched}
for known, why in ((searched, BY_FOLDS), (store.get({run!r}), BY_LOSS)):
    doubts = suspicions(read(known.fresh()), why)
    print(why, len(doubts), 'of', len(known.fresh().info['files']))
    for doubt in doubts[:{SHOWN}]:
        said = f'taken for {{doubt.predicted}} ({{doubt.taken:.4f}})'
        print(f'{{doubt.own:.4f}} {{doubt.file}} {{said}}')"""


def _search(data: str, pattern: str) -> str:
    return f"""from petwidgets.learning.train.cross_val import find
from petwidgets.recipes.recipe import baseline

searched = store.create(baseline(data={data!r}, pattern={pattern!r}), kind='folds')
find(searched, lambda event: None, lambda: False)"""

"""Code of the label-cleaning lesson: the suspicious labels, by each method that finds them."""

from __future__ import annotations

SHOWN = 20
"""Suspicious labels that the code prints for each method."""


def doubted(run: str, search: str, data: str, pattern: str) -> str:
    """Code that prints the most suspicious labels of a run and of all photographs.

    Args:
        run: id of the run whose validation photographs are searched.
        search: id of the run that judged all photographs out of fold; if empty, the code makes it.
        data: the source of all photographs.
        pattern: the pattern that labels them.
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
    return f"""from petwidgets.baseline.cross_val import find
from petwidgets.recipes.presets import baseline

searched = store.create(baseline(data={data!r}, pattern={pattern!r}), kind='folds')
find(searched, lambda event: None, lambda: False)"""

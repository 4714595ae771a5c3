"""Compare two models on the same photographs by paired tests: which one is better, how surely.

Error rates on the same photographs are not independent, because both models find the same ones
easy. The models differ on the photographs that only one of them gets right.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from petwidgets.common.formatting import counted
from petwidgets.data.label_store import said
from petwidgets.metrics.intervals import Z_95, wilson

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from petwidgets.recipes.recipe import Recipe

Judged = dict[str, tuple[str, bool]]
"""The breed of each photograph by name, and whether a model predicted it."""

CHANGES = ("leave_out", "relabel", "hold_out")
"""Settings of a recipe that list photographs, perhaps thousands."""

ELSEWHERE = (
    "They were read from different folders: that equal names are the same photographs is taken for"
    " granted."
)
"""The reserve of a comparison of runs whose photographs come from two sources."""

UNLIKELY = 0.05
"""Significance level of the p-value."""


@dataclass(frozen=True)
class Pairs:
    """Counts of photographs by which of two models was right.

    Args:
        both: photographs that both models got right.
        first: photographs that only the first got right.
        second: photographs that only the second got right.
        neither: photographs that neither got right.
        relabelled: photographs in both validation sets with another label in each; they are in no
            other count.

    Example:
        >>> pairs = Pairs(both=20, first=12, second=2, neither=16)
        >>> round(pairs.difference, 2), round(pairs.p, 4)
        (0.2, 0.0129)
    """

    both: int
    first: int
    second: int
    neither: int
    relabelled: int = 0

    @property
    def n(self) -> int:
        """The number of photographs that are compared."""
        return self.both + self.first + self.second + self.neither

    @property
    def errors(self) -> tuple[int, int]:
        """The number of errors of each model."""
        return self.second + self.neither, self.first + self.neither

    @property
    def difference(self) -> float:
        """The second model's error rate minus the first one's; 0 without photographs."""
        return (self.first - self.second) / self.n if self.n else 0.0

    @property
    def p(self) -> float:
        """The p-value of `mcnemar`."""
        return mcnemar(self.first, self.second)

    def interval(self, z: float = Z_95) -> tuple[float, float]:
        """The confidence interval of `difference`, 95 % by default.

        It combines Wilson's intervals of the two rates and corrects for their correlation.
        Source: R. G. Newcombe, "Improved confidence intervals for the difference between binomial
        proportions based on paired data", Statistics in Medicine 17 (1998), method 10.

        Returns:
            The lower and upper end, both in [-1, 1].
        """
        if not self.n:
            return -1.0, 1.0
        (l1, u1), (l2, u2) = (wilson(self.n - wrong, self.n, z) for wrong in self.errors)
        p1, p2 = (1 - wrong / self.n for wrong in self.errors)
        return (
            max(-1.0, self.difference - _apart(p1 - l1, u2 - p2, self._correlation)),
            min(1.0, self.difference + _apart(u1 - p1, p2 - l2, self._correlation)),
        )

    @property
    def _correlation(self) -> float:
        """The phi coefficient of the 2 x 2 table, with Newcombe's continuity correction."""
        margins = math.prod((*self.errors, *(self.n - wrong for wrong in self.errors)))
        cross = self.both * self.neither - self.first * self.second
        if not margins:
            return 0.0
        drawn: float = max(cross - self.n / 2, 0.0) if cross > 0 else cross
        return drawn / math.sqrt(margins)


def _apart(first: float, second: float, correlation: float) -> float:
    squared = first * first - 2 * correlation * first * second + second * second
    return math.sqrt(max(0.0, squared))


def mcnemar(first: int, second: int) -> float:
    """McNemar's exact test, two-sided.

    It uses the photographs that only one model got right. If both models are equally good, each of
    these belongs to either model with probability 1/2.

    Source: Q. McNemar, "Note on the sampling error of the difference between correlated proportions
    or percentages", Psychometrika 12 (1947); exact, by the binomial distribution.

    Args:
        first: photographs that only the first got right.
        second: photographs that only the second got right.

    Returns:
        The p-value: the probability of counts at least as uneven by chance; 1 if both are 0.
    """
    n, term, tail = first + second, 1, 0
    for k in range(min(first, second) + 1):
        tail += term
        term = term * (n - k) // (k + 1)
    return min(1.0, 2 * tail / (1 << n))  # only integers until here, so nothing is rounded


def judged(
    files: Sequence[str], vocab: Sequence[str], probabilities: np.ndarray, targets: np.ndarray
) -> Judged:
    """The breed of each validation photograph, and whether a model predicted it.

    Args:
        files: n names; those that occur twice are left out, because they are ambiguous.
        vocab: c breeds.
        probabilities: (n, c).
        targets: (n) positions in the vocab.
    """
    right = probabilities.argmax(1) == targets
    times = Counter(files)
    return {
        name: (vocab[target], bool(ok))
        for name, target, ok in zip(files, targets, right, strict=True)
        if times[name] == 1
    }


def paired(first: Judged, second: Judged) -> Pairs:
    """Count both models' results on the photographs in both validation sets with the same breed."""
    common = [name for name in first if name in second]
    same = [name for name in common if first[name][0] == second[name][0]]
    counts = Counter((first[name][1], second[name][1]) for name in same)
    ways = [(True, True), (True, False), (False, True), (False, False)]
    both, one, other, neither = (counts[way] for way in ways)
    return Pairs(both, one, other, neither, len(common) - len(same))


def verdict(pairs: Pairs, first: str, second: str) -> str:
    """The result of the comparison in a sentence or two; `first` and `second` name the models."""
    if not pairs.n:
        return _incomparable(pairs.relabelled, first, second)
    counts = (
        f"On {counted(pairs.n, 'photograph')} that both were validated on, {first} alone is right"
        f" on {pairs.first:,} and {second} alone on {pairs.second:,}."
    )
    if n := pairs.relabelled:
        counts += f" {n:,} more {'is' if n == 1 else 'are'} left out: their labels differ."
    if not pairs.first + pairs.second:
        return f"{counts} Nothing tells them apart."
    chance = f"{100 * pairs.p:.1f} %" if pairs.p >= 0.001 else "less than 0.1 %"  # noqa: PLR2004
    odds = f"Were both equally good, it would be so uneven or more in {chance} of such comparisons"
    if pairs.p >= UNLIKELY:
        return (
            f"{counts} {odds}: these photographs don't tell which is better (McNemar's exact test)."
        )
    better = first if pairs.first > pairs.second else second
    return f"{counts} {odds}: {better} is better, and hardly by chance (McNemar's exact test)."


def _incomparable(relabelled: int, first: str, second: str) -> str:
    """Why no photograph of two runs is compared."""
    shared = "no validation photograph in common"
    if relabelled:
        each = "its label differs" if relabelled == 1 else "the label of each differs"
        shared = f"{counted(relabelled, 'validation photograph')} in common, but {each}"
    return f"{first} and {second} have {shared}: their error rates can't be compared in pairs."


def differing(recipes: Sequence[Recipe]) -> dict[str, tuple[Any, ...]]:
    """The settings in which recipes differ, each with its value in every recipe.

    A stage's settings are called `stage 1: epochs`; a missing one has the value None. Settings that
    list photographs are replaced by their number.
    """
    flat = [_flat(recipe) for recipe in recipes]
    names = dict.fromkeys(name for settings in flat for name in settings)
    table = {name: tuple(settings.get(name) for settings in flat) for name in names}
    differ = {name: row for name, row in table.items() if any(value != row[0] for value in row)}
    counted = {n: tuple(len(names or ()) for names in differ[n]) for n in CHANGES if n in differ}
    if "pattern" in differ:
        differ["pattern"] = tuple(said(str(rate)) for rate in differ["pattern"])
    return {**differ, **counted}


def _flat(recipe: Recipe) -> dict[str, Any]:
    settings = asdict(recipe)
    stages = settings.pop("stages")
    numbered = {
        f"stage {i}: {name}": value
        for i, stage in enumerate(stages, 1)
        for name, value in stage.items()
    }
    return {**settings, **numbered}


@dataclass(frozen=True)
class Seeds:
    """Summary of the error rates of trainings that differ only in their seed.

    Args:
        n: number of trainings.
        mean: the mean error rate.
        least: the lowest.
        most: the highest.
        spread: the sample standard deviation, dividing by n - 1.
    """

    n: int
    mean: float
    least: float
    most: float
    spread: float


def seeds(errors: Sequence[float]) -> Seeds:
    """Summarise two or more error rates."""
    rates = np.array(errors)
    least, most = float(rates.min()), float(rates.max())
    return Seeds(len(rates), float(rates.mean()), least, most, float(rates.std(ddof=1)))


def alike(recipes: Mapping[str, Recipe]) -> list[list[str]]:
    """Group the names of recipes that differ only in their seed; groups have two or more seeds."""
    groups: dict[Recipe, list[str]] = {}
    for name, recipe in recipes.items():
        groups.setdefault(replace(recipe, seed=0), []).append(name)
    return [names for names in groups.values() if len({recipes[name].seed for name in names}) > 1]


def snippet(ids: Sequence[str]) -> str:
    """Code that reads these runs from the run store and prints the comparison."""
    return f"""from itertools import combinations
from petwidgets.metrics.comparison import differing, judged, paired
from petwidgets.metrics.intervals import wilson
from petwidgets.common.formatting import counted
from petwidgets import RunStore

runs = [RunStore().get(identity) for identity in {[*ids]!r}]
known = {{}}
for run in runs:
    kept = run.validation()
    low, high = wilson(kept.errors, len(kept.targets))
    n = len(kept.targets)
    print(f'{{run.id}}: wrong on {{kept.errors}} of {{n}}, {{low:.4f}} to {{high:.4f}}')
    known[run.id] = judged(kept.files, run.info['vocab'], kept.probabilities, kept.targets)
for name, values in differing([run.recipe for run in runs]).items():
    print(name, *values)
for one, other in combinations(known, 2):
    pairs = paired(known[one], known[other])
    low, high = pairs.interval()
    print(f'{{one}} alone {{pairs.first}}, {{other}} alone {{pairs.second}}, both {{pairs.both}}, '
          f'neither {{pairs.neither}}: p {{pairs.p:.4f}}, '
          f'difference {{pairs.difference:+.4f}} ({{low:+.4f}} to {{high:+.4f}})')"""

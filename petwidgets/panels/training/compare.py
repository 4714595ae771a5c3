"""Compare runs: pairs, settings and curves."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING

import ipywidgets as widgets

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted, percent
from petwidgets.metrics.comparison import (
    ELSEWHERE,
    UNLIKELY,
    alike,
    differing,
    judged,
    paired,
    seeds,
    verdict,
)
from petwidgets.metrics.epochs import figures
from petwidgets.metrics.settings import in_words
from petwidgets.panels.training.run_rows import kept, told_apart
from petwidgets.runs.store import parent_of
from petwidgets.widgets.base import PLAIN, VBox, note, plain
from petwidgets.widgets.line_chart import LineChart
from petwidgets.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.metrics.comparison import Pairs
    from petwidgets.runs.events import Event
    from petwidgets.runs.run import Run

TONES = ("blue", "orange", "green", "red", "grey")
MOST = len(TONES)
"""Runs that are compared at a time."""

PAIRS = ["pair", "photographs", "first alone", "second alone", "p", "difference", "95 % interval"]
PAIRED = (
    "In pairs, from recorded predictions on the photographs that both were validated on: how"
    " many the first alone got right, how many the second, and the second's error less the first's."
)
CURVES = ("valid_loss", "error_rate")
LEAST_P = 0.0001


class RunComparison(VBox):
    """Differences of runs. Empty for no run, only curves for one.

    Example:
        >>> RunComparison().pairs.rows
        []
    """

    def __init__(self) -> None:
        self.verdict, self.paired, self.seeds = note(), note(), note()
        self.pairs, self.settings = Table(header=PAIRS), Table()
        losses = LineChart(across="epoch", whole=True, up="valid_loss (nats)")
        errors = LineChart(across="epoch", whole=True, up="error rate", from_zero=True)
        self.charts = dict(zip(CURVES, (losses, errors), strict=True))
        self.epochs = Table(caption="The curves' figures, recorded")
        curves = plain(widgets.HBox, [losses, errors], css="petwidgets-columns")
        about = [self.verdict, self.paired, self.pairs, self.seeds, self.settings]
        parts = [*about, curves, self.epochs]
        super().__init__(parts, layout=PLAIN)

    def show(self, runs: Sequence[Run]) -> None:
        """Show these, none of them damaged."""
        several = [*runs] if len(runs) > 1 else []
        self._names = told_apart(runs)
        self._show_pairs(several)
        self.seeds.value = " ".join(map(self._about_seeds, _groups(several)))
        self._show_settings(several)
        self._show_curves(runs)

    def _show_pairs(self, runs: Sequence[Run]) -> None:
        said = {}
        for run in runs:
            if (found := kept(run)) is not None:
                vocab = run.info["vocab"]
                said[self._names[run.id]] = judged(
                    found.files, vocab, found.probabilities, found.targets
                )
        pairs = {(a, b): paired(said[a], said[b]) for a, b in combinations(said, 2)}
        self.paired.value = PAIRED if pairs else ""
        self.pairs.rows = [_pair_row(names, counts) for names, counts in pairs.items()]
        elsewhere = f" {ELSEWHERE}" * (len({run.recipe.data for run in runs}) > 1)
        self.verdict.value = _verdict(pairs) + elsewhere * any(one.n for one in pairs.values())

    def _show_settings(self, runs: Sequence[Run]) -> None:
        differ = differing([run.recipe for run in runs])
        if len({run.parent_id for run in runs}) > 1:  # titles may be alike
            differ = {"begins with": tuple(_begins(run) for run in runs), **differ}
        same = "" if differ else ": none, they were asked the same"
        self.settings.caption = f"Settings that differ{same}"
        self.settings.header = ["setting", *(self._names[run.id] for run in runs)] if runs else []
        self.settings.rows = [
            [name, *(in_words(name, value) for value in values)] for name, values in differ.items()
        ]
        if runs and not differ:  # without rows a table is hidden
            self.settings.rows = [["seed", *(str(run.recipe.seed) for run in runs)]]

    def _show_curves(self, runs: Sequence[Run]) -> None:
        found = {self._names[run.id]: _epochs(run) for run in runs}
        for name, chart in self.charts.items():
            chart.lines = [
                {"name": who, "tone": tone, "points": _points(epochs, name), "dots": True}
                for (who, epochs), tone in zip(found.items(), TONES, strict=False)
            ]
        self.epochs.header = ["epoch", *(f"{who}: {name}" for who in found for name in CURVES)]
        self.epochs.rows = [
            [str(n), *(cell for epochs in found.values() for cell in _cells(epochs.get(n)))]
            for n in sorted({n for epochs in found.values() for n in epochs})
        ]

    def _about_seeds(self, runs: Sequence[Run]) -> str:
        found = seeds([_rate(run) for run in runs])
        draws = " Each seed validates on other photographs, too, which is a part of that."
        names = ", ".join(self._names[run.id] for run in runs)
        return (
            f"{names} differ in nothing but the seed: error {percent(found.mean)}"
            f" on average, {percent(found.least)} to {percent(found.most)}, standard deviation"
            f" {100 * found.spread:.1f} percentage points.{draws * _draws_anew(runs)}"
        )


def _begins(run: Run) -> str:
    """Name what a run's weights began with; of a parent that was deleted only the id is known."""
    try:
        parent = parent_of(run)
    except Problem:
        return str(run.info["parent"])
    return parent.title if parent else "ImageNet's weights"


def _epochs(run: Run) -> dict[int, Event]:
    """Its epochs' events by their number."""
    return {event["epoch"]: event for event in figures(run.events())}


def _points(epochs: dict[int, Event], name: str) -> list[tuple[int, float]]:
    return [(n, event[name]) for n, event in epochs.items() if math.isfinite(event[name])]


def _cells(epoch: Event | None) -> list[str]:
    return [f"{epoch[name]:.6f}" if epoch else "" for name in CURVES]


def _pair_row(names: tuple[str, str], pairs: Pairs) -> list[str]:
    counts = [f"{count:,}" for count in (pairs.n, pairs.first, pairs.second)]
    if not pairs.n:
        return [", ".join(names), *counts, "", "", ""]
    difference, low, high = (f"{100 * x:+.1f} %" for x in (pairs.difference, *pairs.interval()))
    p = f"{pairs.p:.4f}" if pairs.p >= LEAST_P else f"<{LEAST_P}"
    return [", ".join(names), *counts, p, difference, f"{low} to {high}"]


def _verdict(found: dict[tuple[str, str], Pairs]) -> str:
    if len(found) < 2:  # noqa: PLR2004
        return "".join(verdict(pairs, *names) for names, pairs in found.items())
    level = UNLIKELY / len(found)
    sure = "; ".join(f"{a} and {b}" for (a, b), pairs in found.items() if pairs.p < level)
    told = f"These do: {sure}." if sure else "None does."
    return (
        f"Of {counted(len(found), 'pair')} one may seem to differ by chance alone, so each is held"
        f" to p < {level:.2g}, 0.05 shared among them (McNemar's exact test, after Bonferroni)."
        f" {told}"
    )


def _groups(runs: Sequence[Run]) -> list[list[Run]]:
    """Runs with predictions that differ in nothing but their seed."""
    begun: dict[str, dict[str, Run]] = {}
    for run in runs:
        if kept(run) is not None:
            begun.setdefault(run.parent_id, {})[run.id] = run
    return [
        [group[name] for name in names]
        for group in begun.values()
        for names in alike({name: run.recipe for name, run in group.items()})
    ]


def _draws_anew(runs: Sequence[Run]) -> bool:
    return len({tuple(sorted(run.info["files"])) for run in runs}) > 1


def _rate(run: Run) -> float:
    found = kept(run)
    return found.errors / len(found.targets) if found else math.nan

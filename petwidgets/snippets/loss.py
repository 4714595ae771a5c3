"""The code of the loss workbench: what a panel shows, made and printed by torch."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np

from petwidgets.metrics.log_numerics import COUNTS
from petwidgets.metrics.loss_batch import MOST_COLUMNS, MOST_ROWS, OWN, PRESETS, SEED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.metrics.loss_batch import Batch, Workbench
    from petwidgets.metrics.loss_steps import Group

HEADER = """from functools import reduce
from fastai.vision.all import *
torch.set_printoptions(precision=4, sci_mode=False)
"""


def snippet(bench: Workbench, batch: Batch, groups: Sequence[Group], more: str = "") -> str:
    """Every group of a sheet, by its own line of torch, and printed.

    Args:
        bench: what was chosen and edited.
        batch: the numbers of it.
        groups: as they are shown.
        more: lines to end with.
    """
    lines = [f"{g.name} = {g.code}" for g in _in_order(groups)]
    shown = [f"print({g.title!r}, {g.name}, sep='\\n')" for g in groups]
    return "\n".join([HEADER + _begun(bench, batch), *_edits(bench), "", *lines, "", *shown, more])


def _in_order(groups: Sequence[Group]) -> list[Group]:
    """Those that are computed, each after the ones that its code speaks of."""
    left = [group for group in groups if group.code]
    ordered: list[Group] = []
    while left:
        names = {group.name for group in left}
        ready = next(g for g in left if not (names - {g.name}) & set(re.findall(r"\w+", g.code)))
        ordered.append(ready)
        left.remove(ready)
    return ordered


def _begun(bench: Workbench, batch: Batch) -> str:
    if bench.preset == OWN:
        return batch.code
    preset = PRESETS[bench.preset]
    n, c = batch.activations.shape
    chapter = "torch.manual_seed(42)\nacts = torch.randn((6, 2)) * 2"
    acts = chapter if bench.preset == "chapter" else f"acts = tensor({_floats(preset)})"
    targ = f"targ = tensor({preset.targets.tolist()})"
    if (n, c) == preset.activations.shape:
        return f"{acts}\n{targ}"
    rows, columns = min(n, len(preset.rows)), min(c, len(preset.columns))
    return f"""{acts}
{targ}
small, right, numbers = acts, targ, np.random.RandomState({SEED})
acts = tensor(numbers.randn({MOST_ROWS}, {MOST_COLUMNS}) * 2).float()[:{n}, :{c}]
targ = tensor(numbers.randint({MOST_COLUMNS}, size={MOST_ROWS}))[:{n}]
acts[:{rows}, :{columns}] = small[:{rows}, :{columns}]
targ[:{rows}] = right[:{rows}]
targ = targ % {c}"""


def _floats(preset: Batch) -> list[list[float]]:
    return _shortest(preset.activations)


def _shortest(table: np.ndarray) -> list[list[float]]:
    """Each as the shortest number that float32 reads back the same."""
    return [[float(str(x)) for x in row] for row in table.astype(np.float32)]


def written(activations: np.ndarray, targets: np.ndarray) -> str:
    """Lines that set a batch to numbers that are written out.

    Args:
        activations: (n, c) float32.
        targets: (n,) positions of columns.
    """
    rows = ",\n               ".join(
        f"[{', '.join(map(_number, row))}]" for row in _shortest(activations)
    )
    return f"acts = tensor([{rows}])\ntarg = tensor({targets.tolist()})"


def _edits(bench: Workbench) -> list[str]:
    """A line for each edit; one outside of the batch as it is now has no line."""
    rows, columns = bench.rows or MOST_ROWS, bench.columns or MOST_COLUMNS
    inside = [
        (row, column, value)
        for place, value in bench.edits.items()
        for row, column in [map(int, place.split(","))]
        if row < rows and column < columns
    ]
    values = [f"acts[{r}, {c}] = {_number(value)}" for r, c, value in inside]
    aims = [
        f"targ[{row}] = {c} % acts.shape[1]" for row, c in bench.aims.items() if int(row) < rows
    ]
    return [*values, *aims]


def _number(value: float) -> str:
    return f"{value:.9g}" if math.isfinite(value) else f"float('{value}')"


def logarithms(p: float, a: float, b: float, more: float) -> str:
    """The numbers of the lesson on logarithms.

    Args:
        p: the probability of the point.
        a: of the slide rule, as `b`.
        b: see above.
        more: another number to take the logarithm of.
    """
    return f"""import torch

x = torch.tensor([{p!r}, 0.01, 0.001, 1, 0, -2, {_number(more)}])
print(x.log(), -x.log())

factors = torch.full(({max(COUNTS)},), {p!r})
for n in {COUNTS}:
    print(n, factors[:n].cumprod(0)[-1].item(), factors[:n].log().sum().item())

a, b = torch.tensor({a!r}), torch.tensor({b!r})
print((a * b).log(), a.log() + b.log())"""


def live(run_id: str, files: Sequence[str], targets: Sequence[int]) -> str:
    """Lines that have a run look at photographs again."""
    return f"""from petwidgets.data.image import read_photo
from petwidgets.inference.classify import classifier
from petwidgets import RunStore

known = classifier(RunStore().get({run_id!r}))
files = {[*files]!r}
acts = tensor(known.activations([read_photo(Path(file)) for file in files]))
targ = tensor({[*targets]!r})"""


def recorded(run_id: str, rows: Sequence[int]) -> str:
    """Lines that read a run's validation predictions."""
    return f"""from petwidgets import RunStore

recorded, rows = RunStore().get({run_id!r}).validation(), {[*rows]!r}
acts = tensor(recorded.probabilities[rows]).log()
targ = tensor(recorded.targets[rows])"""

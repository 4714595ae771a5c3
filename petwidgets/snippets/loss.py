"""Code of the loss workbench: torch computes and prints the numbers that a panel shows."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np

from petwidgets.metrics.log_numerics import COUNTS
from petwidgets.metrics.loss_batch import MOST_COLUMNS, MOST_ROWS, OWN, PRESETS, SEED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.metrics.column_group import Group
    from petwidgets.metrics.loss_batch import Batch, Workbench

HEADER = """from functools import reduce
from fastai.vision.all import *
torch.set_printoptions(precision=4, sci_mode=False)
"""


def snippet(bench: Workbench, batch: Batch, groups: Sequence[Group], more: str = "") -> str:
    """Code that computes every group of a sheet by one line of torch, and prints it.

    Args:
        bench: the user's choices and edits.
        batch: its activations and targets.
        groups: in the order in which the sheet shows them.
        more: lines to append.
    """
    lines = [f"{g.name} = {g.code}" for g in _in_order(groups)]
    shown = [f"print({g.title!r}, {g.name}, sep='\\n')" for g in groups]
    return "\n".join([HEADER + _begun(bench, batch), *_edits(bench), "", *lines, "", *shown, more])


def _in_order(groups: Sequence[Group]) -> list[Group]:
    """Order the computed groups, so that each follows the groups that its code uses."""
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
    """Replace each number by the shortest decimal that float32 reads back unchanged."""
    return [[float(str(x)) for x in row] for row in table.astype(np.float32)]


def written(activations: np.ndarray, targets: np.ndarray) -> str:
    """Lines that set a batch to literal numbers.

    Args:
        activations: (n, c) float32.
        targets: (n,) column indices.
    """
    rows = ",\n               ".join(
        f"[{', '.join(map(_number, row))}]" for row in _shortest(activations)
    )
    return f"acts = tensor([{rows}])\ntarg = tensor({targets.tolist()})"


def _edits(bench: Workbench) -> list[str]:
    """Write one line for each edit; edits outside the current batch are skipped."""
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


def logarithms(p: float, a: float, b: float, more: float, base: str = "e") -> str:
    """Code that prints the numbers of the lesson on logarithms.

    Args:
        p: the probability of the point.
        a: the first factor of the slide rule.
        b: the second factor.
        more: another number to take the logarithm of.
        base: of the curve's logarithm, `e`, `2` or `10`.
    """
    log = "log" if base == "e" else f"log{base}"
    return f"""import torch

x = torch.tensor([{p!r}, 0.01, 0.001, 1, 0, -2, {_number(more)}])
print(x.{log}(), -x.{log}())

factors = torch.full(({max(COUNTS)},), {p!r})
for n in {COUNTS}:
    print(n, factors[:n].cumprod(0)[-1].item(), factors[:n].log().sum().item())

a, b = torch.tensor({a!r}), torch.tensor({b!r})
print((a * b).log(), a.log() + b.log())"""


def live(run_id: str, files: Sequence[str], targets: Sequence[int]) -> str:
    """Lines that set a batch to a run's activations for photographs, computed anew."""
    return f"""from petwidgets.data.image import read_photo
from petwidgets.inference.classify import classifier
from petwidgets import RunStore

known = classifier(RunStore().get({run_id!r}))
files = {[*files]!r}
acts = tensor(known.activations([read_photo(Path(file)) for file in files]))
targ = tensor({[*targets]!r})"""


def recorded(run_id: str, rows: Sequence[int]) -> str:
    """Lines that set a batch to rows of a run's recorded validation predictions."""
    return f"""from petwidgets import RunStore

recorded, rows = RunStore().get({run_id!r}).validation(), {[*rows]!r}
acts = tensor(recorded.probabilities[rows]).log()
targ = tensor(recorded.targets[rows])"""

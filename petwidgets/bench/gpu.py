"""What needs a GPU: the chapter's `fine_tune(2)` beside plain fastai, in three precisions.

Photographs a second, the most memory, and what happens where a batch does not fit. The drawn sample
will do for it: neither time nor memory depends on what a picture shows. The same code runs on a
CPU, where there is no memory to report (`tests/learning/test_bench_gpu.py`).
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

from petwidgets.bench.fine_tunes import Took, fastais, little_memory, ours, random_weights
from petwidgets.bench.plan import Plan
from petwidgets.bench.row import Pair, summarised
from petwidgets.bench.subset import linked, spread
from petwidgets.bench.table import short
from petwidgets.common.errors import Problem
from petwidgets.data import sources

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    Tell = Callable[[dict[str, Any], str], None]

CRAMPED = 0.6
"""The share of a training's most memory that it gets when it is to run out of memory."""


def measure(data: str | None, tell: Tell) -> int:
    """Measure on this machine's GPU.

    Args:
        data: a source of photographs; the drawn sample for none.
        tell: called with each result, as values and as a line of text.

    Returns:
        The exit status.

    Raises:
        Problem: there is no GPU, or no photographs.
    """
    began = time.monotonic()
    import torch

    if not torch.cuda.is_available():
        raise Problem("torch finds no GPU on this machine: run this part where there is one.")
    pictures = sources.prepare(data or sources.SAMPLE)
    plan = Plan(photographs=min(Plan.photographs, len([*pictures.glob("*.jpg")])))
    with linked(spread(pictures, plan.photographs)) as folder:
        compare(plan, folder, tell, began + plan.seconds, little_memory)
    return 0


def compare(
    plan: Plan,
    folder: Path,
    tell: Tell,
    until: float,
    little_memory: Callable[[float], AbstractContextManager[object]],
) -> None:
    """Train each network in each precision by both sides; then let one run out of memory.

    Args:
        plan: what to train.
        folder: the photographs.
        tell: as of `measure`.
        until: on the monotonic clock, when it has to be over.
        little_memory: a context in which a process gets so many bytes of the device's memory.
    """
    most = 0.0
    with random_weights(plan.archs):
        for arch in plan.archs:
            for precision in plan.precisions:
                most = max(most, _one(plan, folder, (arch, precision), tell, until))
        _run_out(plan, folder, tell, until, partial(little_memory, CRAMPED * most * 1e6))


def _one(plan: Plan, folder: Path, which: tuple[str, str], tell: Tell, until: float) -> float:
    """One network in one precision; returns the MB that ours took."""
    arch, precision = which
    both = []
    for side in (ours, fastais):
        if time.monotonic() > until:
            return _late(arch, precision, tell)
        try:
            both.append(side(plan, folder, arch, precision, until))
        except Problem as problem:  # this machine has not the precision
            missing = {"arch": arch, "precision": precision, "missing": str(problem)}
            tell(missing, f"{arch}, {precision}: {problem}")
            return 0.0
    if not all(took.finished for took in both):
        return _late(arch, precision, tell)
    own, other = both
    figure = summarised([Pair(own.rate, other.rate)], more_is_better=True)
    facts: dict[str, Any] = {"arch": arch, "precision": precision, "ours_per_s": own.rate}
    facts |= {"theirs_per_s": other.rate, "ratio": figure.ratio, "ours_MB": own.megabytes}
    facts |= {"theirs_MB": other.megabytes, "ours_s": own.seconds, "theirs_s": other.seconds}
    tell(
        facts,
        f"{arch}, {precision}: {_told(own)}; fastai {_told(other)}: {figure.ratio:.1f}x",
    )
    return own.megabytes or 0.0


def _late(arch: str, precision: str, tell: Tell) -> float:
    sentence = "Not measured: the time for all of it is over."
    tell({"arch": arch, "precision": precision, "missing": sentence}, f"{arch}: {sentence}")
    return 0.0


def _told(took: Took) -> str:
    memory = "" if took.megabytes is None else f", {took.megabytes:,.0f} MB"
    return f"photographs a second: {short(took.rate)}{memory}, {short(took.seconds)} s in all"


def _run_out(
    plan: Plan,
    folder: Path,
    tell: Tell,
    until: float,
    little_memory: Callable[[], AbstractContextManager[object]],
) -> None:
    """Both sides where the batches do not fit."""
    arch = plan.archs[0]
    for name, side in (("petwidgets", ours), ("fastai", fastais)):
        if time.monotonic() > until:
            _late(arch, "fp32", tell)
            return
        try:
            with little_memory():
                took = side(plan, folder, arch, "fp32", until)
        except Problem as problem:  # not even the smallest batch fits
            took = Took(0.0, 0.0, None, finished=False, error=str(problem))
        if not took.finished and not took.error:
            _late(arch, "fp32", tell)
            return
        sizes = " and ".join(f"with batches of {size}" for size in took.smaller) or "as it was"
        end = f"went on {sizes}, and finished" if took.finished else f"ended by {took.error}"
        facts = {"arch": arch, "memory": "too little", "side": name, "finished": took.finished}
        told = f"{arch} with too little memory: {name} {end}."
        tell({**facts, "smaller": took.smaller, "error": took.error}, told)

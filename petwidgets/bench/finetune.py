"""An epoch of fine-tuning with the fast input and with fastai's own.

Same backbone, photographs, split and machine.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from petwidgets.bench.home import own_home
from petwidgets.bench.row import Pair, Row
from petwidgets.bench.subset import linked, spread
from petwidgets.recipes.presets import make
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.bench.row import Pairs, Settings
    from petwidgets.recipes.recipe import Recipe
    from petwidgets.runs.events import Event

BATCH = 16
"""Small enough that 100 photographs fill several batches."""


def timed(
    recipe: Recipe,
    heard: Callable[[Event], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Train in the home as it is; `heard` and `stop` are as in `jobs.train`.

    Returns:
        `epochs`, for each the seconds of the clock and of the processor without validation;
        `errors` of the last one among the `n` that it was validated on; `valid_loss`; how many
        photographs a `batch` had at last, and how many there were to `train` on.
    """
    from petwidgets.learning.train import train as training
    from petwidgets.learning.train.fit import Fit

    stages, epochs = Fit._stages, []  # noqa: SLF001 - no setting of a recipe is a stopwatch

    def with_clock(fit: Fit, learn: Any) -> None:
        watch = clock()
        learn.add_cb(watch)
        epochs.append(watch.epochs)
        stages(fit, learn)

    run = RunStore().create(recipe)
    Fit._stages = with_clock  # type: ignore[method-assign,assignment] # noqa: SLF001
    try:
        results = training.train_body(run, heard, stop)
    finally:
        Fit._stages = stages  # type: ignore[method-assign] # noqa: SLF001
    run = run.fresh()
    n = len(run.info["files"])
    return {
        "epochs": [[round(s, 2) for s in epoch] for part in epochs for epoch in part],
        "errors": round(results.get("error_rate", 1.0) * n),
        "n": n,
        "valid_loss": round(results.get("valid_loss", float("inf")), 4),
        "batch": run.info.get("batch_size", recipe.batch_size),
        "train": len(run.info["train_files"]),
    }


def clock() -> Any:
    """A callback that notes in `epochs` what each epoch's training takes, without validation."""
    import torch
    from fastai.callback.core import Callback

    def now() -> tuple[float, float]:
        if torch.cuda.is_available():
            torch.cuda.synchronize()  # what was asked of a GPU may not be done yet
        return time.monotonic(), time.process_time()

    class Clock(Callback):
        """Seconds of the clock and of the processor that each epoch's training takes."""

        def __init__(self) -> None:
            self.epochs: list[tuple[float, float]] = []

        def before_train(self) -> None:
            self.began = now()

        def after_train(self) -> None:
            (began, worked), (ended, then) = self.began, now()
            self.epochs.append((ended - began, then - worked))

    return Clock()


def pairs(settings: Settings, size: int) -> Pairs:
    """One unfrozen epoch of each; the fast input fills its cache in it."""
    with linked(spread(settings.pictures, size)) as folder:
        recipe = make("fine-tune", data=str(folder), batch_size=BATCH)
        recipe = replace(recipe, stages=recipe.stages[1:])
        while True:
            took = []
            for kind in ("fast", "fastai"):
                with own_home():
                    took.append(timed(replace(recipe, input=kind))["epochs"][0][0])
            yield Pair(*took)


ROW = Row(
    name="epoch",
    what="an unfrozen epoch of lite0 at 224 pixels on 4 of 5 of the photographs, caches empty",
    unit="s",
    ours='input="fast"',
    theirs="fastai's input",
    measure=pairs,
    needs=("torch", "photographs"),
    rounds=2,
    grows_with="photographs",
    sizes=(100, 200),
    large=(100, 400, 1600, 7390),
)

"""Do the work of a run: a training, a learning-rate search, or a cross-validation.

This takes minutes. Each worker does one at a time (`Engine.submit`), and reports in the run's
folder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from petwidgets.jobs.job import job

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.data.inventory import Inventory
    from petwidgets.runs.events import Event
    from petwidgets.runs.run import Run

    Report = Callable[[Event], None]
    Stop = Callable[[], bool]

Results = dict[str, Any]
"""Figures by name, as in run.json and in the last event of a run."""


@job("petwidgets.baseline.train")
def train(
    run: Run, report: Report, stop: Stop, confirm: Callable[[Inventory], bool] | None = None
) -> Results:
    """Train a run by its recipe, and write events and results into its folder.

    Args:
        run: the run to train. If its process was killed or it was stopped, it resumes after its
            last complete epoch, with the same result as without the interruption.
        report: called with each event after it is written.
        stop: called often. Once it returns true, the training ends within about a second, and keeps
            the results of its last complete epoch.
        confirm: called if much of the data set is left out, to decide whether to train on the rest;
            default: the run's `incomplete_ok`.

    Returns:
        `error_rate`, `valid_loss` (nats), `epochs`, `seconds`, `images_per_second`.

    Raises:
        Problem: the training failed. The run is `failed`, and its last event says why.
    """


@job("petwidgets.learning.train.train")
def train_body(
    run: Run, report: Report, stop: Stop, confirm: Callable[[Inventory], bool] | None = None
) -> Results:
    """As `train`, for a recipe that changes a body; `train` calls it."""


@job("petwidgets.baseline.lr_find")
def search(run: Run, report: Report, stop: Stop) -> Results:
    """Search a learning rate for a run's recipe; the arguments are those of `train`.

    No weights are written, and those of a parent are not changed.

    Returns:
        `hints`, a rate by the name of its suggester; `points`, their number; `diverged`, whether
        the loss reached four times its minimum; `seconds`.

    Raises:
        Problem: as `train`; or the loss was NaN or infinite from the first batch on.
    """


@job("petwidgets.learning.train.lr_find")
def search_body(run: Run, report: Report, stop: Stop) -> Results:
    """As `search`, for a recipe that changes a body; `search` calls it."""


@job("petwidgets.baseline.cross_val")
def find(run: Run, report: Report, stop: Stop) -> Results:
    """Predict every photograph by cross-validation; the arguments are those of `train`.

    The predictions are saved as the run's validation predictions, in the order of the data.

    Returns:
        `error_rate`, the share of photographs whose prediction is not their label; `seconds`.

    Raises:
        Problem: as `train`.
    """

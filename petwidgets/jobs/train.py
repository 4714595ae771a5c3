"""Do the work of a run: a training, a search for a rate, or predictions out of fold.

These take minutes. The engine gives them out one at a time (`Engine.submit`), and what happens is
told by the run's folder.
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
"""Figures by their names, as a run and the last event of it hold them."""


@job("petwidgets.learning.train.train")
def train(
    run: Run, report: Report, stop: Stop, confirm: Callable[[Inventory], bool] | None = None
) -> Results:
    """Do what the run's recipe asks, writing all that happens into its folder.

    Args:
        run: what is to be trained. One whose process was killed, or that was stopped, is gone on
            with from its last whole epoch, with the same result.
        report: called with each event after it is written.
        stop: asked often; once it is true the training ends within about a second and keeps what
            its last whole epoch left.
        confirm: asked whether to go on where much of the set is left out; default: what the run's
            `incomplete_ok` says.

    Returns:
        `error_rate`, `valid_loss` (nats), `epochs`, `seconds`, `images_per_second`.

    Raises:
        Problem: what was asked can't be done; the run is `failed`, and its last event says why.
    """


@job("petwidgets.learning.train.lr_find")
def search(run: Run, report: Report, stop: Stop) -> Results:
    """Find a learning rate for what the run's recipe trains; the arguments are those of `train`.

    No weights are written, and those of a parent stay as they are.

    Returns:
        `hints`, a rate by the name of its suggester; `points`, how many there are; `diverged`,
        whether the loss stood at four times its least; `seconds`.

    Raises:
        Problem: as `train`; or the loss was no number from the first batch on.
    """


@job("petwidgets.learning.train.cross_val")
def find(run: Run, report: Report, stop: Stop) -> Results:
    """Predict every photograph out of fold; the arguments are those of `train`.

    They are kept as the run's validation predictions, in the order of the data.

    Returns:
        `error_rate`, the share whose prediction is not its label; `seconds`.

    Raises:
        Problem: as `train`.
    """

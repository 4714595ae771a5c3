"""A fastai `Learner` of a user's own: the search of its rate, and its training.

It works in a thread of the process that holds it, the user's notebook, and in no engine.
"""

from __future__ import annotations

import itertools
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from traitlets import Any as Anything

from petwidgets.common.errors import Problem, sentence
from petwidgets.session.lr_finder import Curve, Curves, LearnerSearch
from petwidgets.session.training_progress import TrainingProgress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from petwidgets.jobs.train import Report, Stop
    from petwidgets.metrics.lr_suggest import Search
    from petwidgets.recipes.recipe import Recipe

    Work = Callable[[Report, Stop], None]

THREAD = "learner at work"

BUSY = "This learner is at work already, here or in another panel: stop that first, or wait."

_at_work: WeakKeyDictionary[Any, threading.Lock] = WeakKeyDictionary()


def check_learner(learn: Any) -> None:
    """Pass where something can do what fastai's `Learner` does.

    Raises:
        Problem: it can't.
    """
    if not all(hasattr(learn, name) for name in ("dls", "model", "fit_one_cycle", "lr_find")):
        raise Problem(
            f"A {type(learn).__name__} is not a fastai Learner that can be trained: give one, and"
            " import fastai.vision.all, which adds fit_one_cycle and lr_find to it."
        )


@contextmanager
def _alone_with(learn: Any) -> Iterator[None]:
    """Have a learner for oneself.

    Raises:
        Problem: another thread has it.
    """
    lock = _at_work.setdefault(learn, threading.Lock())
    if not lock.acquire(blocking=False):
        raise Problem(BUSY)
    try:
        yield
    finally:
        lock.release()


class LearnerThread:
    """Work on a learner in a thread of its own; a learner does one piece of work at a time.

    Args:
        learn: what works.
        work: is called with `report` and `stop`, and tells of its end by its last event.
        callback: called in the thread with each event.
    """

    def __init__(self, learn: Any, work: Work, callback: Report) -> None:
        self._learn, self._work, self._callback = learn, work, callback
        self._stop = threading.Event()
        threading.Thread(target=self._run, daemon=True, name=THREAD).start()

    def stop(self) -> None:
        """Ask it to end."""
        self._stop.set()

    def _run(self) -> None:
        try:
            with _alone_with(self._learn):
                self._work(self._callback, self._stop.is_set)
        except Exception as error:  # noqa: BLE001 - fastai may not be there
            self._callback({"event": "failed", "problem": sentence(error)})


class LearnerSearches(Curves):
    """Searches of a learner's rate. Traits change in its thread.

    Args:
        learn: a fastai `Learner`.

    Raises:
        Problem: it is none.
    """

    def __init__(self, learn: Any) -> None:
        super().__init__()
        check_learner(learn)
        self._learn, self._numbers = learn, itertools.count(1)

    def find(self, search: Search) -> None:
        """Search in the background; the weights are put back afterwards.

        Raises:
            Problem: a search is under way.
        """
        self.require_none()

        def work(report: Report, stop: Stop) -> None:
            from petwidgets.learning.train.own_learner import find_rate

            find_rate(self._learn, search, report, stop)

        self.add(Curve(LearnerSearch(f"search {next(self._numbers)}")))
        self.worker = LearnerThread(self._learn, work, lambda event: self.hear([event]))


class LearnerTraining(TrainingProgress):
    """A learner's training. Traits change in its thread.

    Args:
        learn: a fastai `Learner`.

    Raises:
        Problem: it is none.
    """

    recipe = Anything(allow_none=True, help="the `Recipe` whose stages it goes through")

    def __init__(self, learn: Any) -> None:
        super().__init__()
        check_learner(learn)
        self._learn = learn

    def train(self, recipe: Recipe, *, freezes: bool) -> None:
        """Train in the background; the learner's weights change.

        Args:
            recipe: whose stages; all else is the learner's.
            freezes: whether the body is frozen and unfrozen as they say.

        Raises:
            Problem: a training is under way.
        """
        self.require_none()

        def work(report: Report, stop: Stop) -> None:
            from petwidgets.learning.train.own_learner import fit

            fit(self._learn, recipe.stages, report, stop, freezes=freezes)

        self.begin()
        self.recipe = recipe
        self.worker = LearnerThread(self._learn, work, lambda event: self.hear([event]))

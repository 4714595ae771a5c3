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
from traitlets import Dict, HasTraits, List, Tuple, Unicode

from petwidgets.common.errors import Problem, sentence
from petwidgets.metrics.epochs import figures
from petwidgets.runs.info import ENDED
from petwidgets.session.lr_finder import KEPT_CURVES, Curve, LearnerSearch, LRFinderState
from petwidgets.session.training import thinned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from petwidgets.jobs.train import Report, Stop
    from petwidgets.metrics.lr_suggest import Search
    from petwidgets.recipes.recipe import Recipe
    from petwidgets.runs.events import Event

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
            f"A {type(learn).__name__} is no fastai Learner that can be trained: give one, and"
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


class LearnerTask:
    """Work on a learner in a thread of its own; a learner does one piece of work at a time.

    Args:
        learn: what works.
        work: is called with `report` and `stop`, and tells of its end by its last event.
        heard: called in the thread with each event.
    """

    def __init__(self, learn: Any, work: Work, heard: Report) -> None:
        self._learn, self._work, self._heard = learn, work, heard
        self._stop = threading.Event()
        threading.Thread(target=self._run, daemon=True, name=THREAD).start()

    def stop(self) -> None:
        """Ask it to end."""
        self._stop.set()

    def _run(self) -> None:
        try:
            with _alone_with(self._learn):
                self._work(self._heard, self._stop.is_set)
        except Exception as error:  # noqa: BLE001 - fastai may not be there
            self._heard({"event": "failed", "problem": sentence(error)})


class LearnerSearches(LRFinderState):
    """What is known of the searches of a learner's rate. Traits change in its thread.

    Args:
        learn: a fastai `Learner`.

    Raises:
        Problem: it is none.
    """

    def __init__(self, learn: Any) -> None:
        super().__init__()
        check_learner(learn)
        self._learn, self._numbers = learn, itertools.count(1)

    def find(self, asked: Search) -> None:
        """Search in the background; the weights are put back afterwards.

        Raises:
            Problem: a search is under way.
        """
        if self.searching:
            raise Problem("A search is under way already: stop it first, or wait for its end.")

        def work(report: Report, stop: Stop) -> None:
            from petwidgets.learning.train.own_learner import find_rate

            find_rate(self._learn, asked, report, stop)

        self.search_event, self.search_problem = {}, ""
        curve = Curve(LearnerSearch(f"search {next(self._numbers)}"))
        self.curves = (*self.curves, curve)[-KEPT_CURVES:]
        self.search = LearnerTask(self._learn, work, lambda event: self._hear_search([event]))


class LearnerTraining(HasTraits):
    """What is known of a learner's training. Traits change in its thread.

    Args:
        learn: a fastai `Learner`.

    Raises:
        Problem: it is none.
    """

    task = Anything(allow_none=True, help="the `LearnerTask` of the last training")
    recipe = Anything(allow_none=True, help="the `Recipe` whose stages it goes through")
    state = Unicode(help="as of `Run.state`, empty before the first")
    problem = Unicode(help="why the last one failed")
    event = Dict(help="the last event")
    epochs = List(Dict(), help="`epoch` events so far")
    batches = Tuple(help="`batch` events so far, thinned out")
    stages = Tuple(help="`stage` events of layer groups so far")

    def __init__(self, learn: Any) -> None:
        super().__init__()
        check_learner(learn)
        self._learn = learn

    @property
    def under_way(self) -> bool:
        """Whether it trains."""
        return bool(self.state) and self.state not in ENDED

    def train(self, recipe: Recipe, *, freezes: bool) -> None:
        """Train in the background; the learner's weights change.

        Args:
            recipe: whose stages; all else is the learner's.
            freezes: whether the body is frozen and unfrozen as they say.

        Raises:
            Problem: a training is under way.
        """
        if self.under_way:
            raise Problem("A training is under way already: stop it first, or wait for its end.")

        def work(report: Report, stop: Stop) -> None:
            from petwidgets.learning.train.own_learner import fit

            fit(self._learn, recipe.stages, report, stop, freezes=freezes)

        self.state, self.problem, self.event, self.recipe = "queued", "", {}, recipe
        self.epochs, self.batches, self.stages = [], (), ()
        self.task = LearnerTask(self._learn, work, self._hear)

    def stop(self) -> None:
        """Ask it to end; the weights stay as they are then."""
        if self.task is not None:
            self.task.stop()

    def _hear(self, event: Event) -> None:
        kind = event["event"]
        if kind == "epoch":
            self.epochs = figures((*self.epochs, event))
        elif kind == "batch":
            self.batches = thinned((*self.batches, event))
        elif "groups" in event:
            self.stages = (*self.stages, event)
        self.event, self.problem = event, str(event.get("problem", ""))
        self.state = kind if kind in ENDED else "running"

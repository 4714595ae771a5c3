"""What is chosen and what is known: the one source of truth of a page.

Panels show it and change it; they hold no copies. Traits may change in any thread: what is set from
a thread reaches the page.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

from traitlets import Bool, Dict, HasTraits, Instance, List, Tuple, Unicode, observe

from petwidgets.data import dataset as datasets
from petwidgets.data.archive import Stopped
from petwidgets.data.dataset import Dataset
from petwidgets.engine import Engine, Training
from petwidgets.problem import Problem
from petwidgets.recipes import CHAPTER_PATTERN
from petwidgets.runs import ENDED, SHIPPED_ID, Run, RunStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.recipes import Recipe

log = logging.getLogger(__name__)

UNEXPECTED = "Something went wrong here; the details are in the log."


def sentence(error: BaseException) -> str:
    """What a page says about an exception; a traceback goes to the log and never to the page."""
    if isinstance(error, Problem):
        return str(error)
    log.error("unexpected in a page", exc_info=error)
    return UNEXPECTED


class Session(HasTraits):
    """One visitor's choices and what they led to.

    Args:
        engine: where work runs.
        store: where runs are kept.
    """

    source = Unicode(datasets.SAMPLE, help="`sample`, `oxford-pets` or a folder")
    pattern = Unicode(CHAPTER_PATTERN, help="a regular expression, or `parent-folder`")
    dataset = Instance(Dataset, allow_none=True, help="the photographs of `source`, once read")
    dataset_problem = Unicode(help="why there is no dataset")
    reading = Bool(default_value=False, help="whether `source` is being drawn, fetched or read")
    progress = Tuple(default_value=(0, 0), help="bytes or pictures done and in all, while reading")

    run_id = Unicode(SHIPPED_ID, help="the run that classifies")
    runs = List(Instance(Run), help="those that can classify, the newest first")

    training = Instance(Training, allow_none=True, help="the one that was started last")
    training_state = Unicode(help="as of `Run.state`, empty before the first")
    training_problem = Unicode(help="why the last one failed, or could not start")
    event = Dict(help="the last event of the training")
    epochs = List(Dict(), help="the training's `epoch` events so far")

    def __init__(self, engine: Engine, store: RunStore) -> None:
        super().__init__()
        self.engine, self.store = engine, store
        self._stop_reading = threading.Event()
        self.refresh_runs()

    # --- photographs ---

    def read(self, source: str, pattern: str) -> None:
        """Bring the photographs of `source` here and label them, in the background."""
        if self.reading:
            raise Problem("Photographs are being fetched already: stop that first, or wait.")
        self._stop_reading.clear()
        self.reading, self.dataset_problem, self.progress = True, "", (0, 0)
        self.source, self.pattern = source, pattern
        threading.Thread(target=self._read, daemon=True, name="read photographs").start()

    def _read(self) -> None:
        try:
            datasets.prepare(self.source, self._report, self._stop_reading.is_set)
            self.dataset = datasets.load(self.source, self.pattern)
        except Stopped as stopped:
            self.dataset_problem = str(stopped)
        except Exception as error:  # noqa: BLE001 - a thread has nobody else to tell
            self.dataset, self.dataset_problem = None, sentence(error)
        finally:
            self.reading = False

    def _report(self, done: int, total: int) -> None:
        self.progress = (done, total)

    def stop_reading(self) -> None:
        """End a drawing or download; what has arrived is kept."""
        self._stop_reading.set()

    # --- runs ---

    def refresh_runs(self) -> None:
        """Look again which runs can classify."""
        self.runs = [run for run in self.store.list() if run.usable]

    @property
    def run(self) -> Run:
        """The run that classifies.

        Raises:
            Problem: it is gone.
        """
        return self.store.get(self.run_id)

    # --- training ---

    def train(self, recipe: Recipe) -> None:
        """Queue a training of the recipe in the engine.

        Raises:
            Problem: one is under way already, or the run can't be written.
        """
        if self.training is not None and self.training_state not in ENDED:
            raise Problem("A training is under way already: stop it first, or wait for its end.")
        if self.dataset is not None:
            self.dataset.demand_breeds()
        run = self.store.create(recipe)
        self.epochs, self.event, self.training_problem = [], {}, ""
        self.training_state = "queued"
        self.training = self.engine.train(run, self._hear)

    def _hear(self, event: dict[str, Any]) -> None:
        kind = event["event"]
        if kind == "epoch":
            self.epochs = [*self.epochs, event]
        self.event = event
        self.training_problem = event.get("problem", "")
        self.training_state = kind if kind in ENDED else "running"

    @observe("training_state")
    def _ended(self, _change: Any) -> None:
        if self.training_state in ENDED and self.training is not None:
            self.refresh_runs()
            if self.training.run.fresh().usable:
                self.run_id = self.training.run.id

    def stop_training(self) -> None:
        """Ask the training to end; what its last whole epoch left is kept."""
        if self.training is not None:
            self.training.stop()

    # --- classification ---

    def classify(self, photo: bytes, done: Callable[[dict[str, Any] | None, str], None]) -> None:
        """Have the chosen run look at a photograph; `done(answer, problem)` comes from a thread.

        Raises:
            Problem: the run is gone.
        """
        self.engine.quick("learning.predict:classify", self.run, photo, done=done)

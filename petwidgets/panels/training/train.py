"""Plan stages, start them, and watch what happens until it ends, pauses or is stopped."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from petwidgets.common.errors import Problem
from petwidgets.data.inventory import IncompleteError
from petwidgets.metrics.epochs import best
from petwidgets.panels.base import Panel
from petwidgets.panels.training import status
from petwidgets.panels.training.book_table import BookTable
from petwidgets.panels.training.buttons import TrainButtons
from petwidgets.panels.training.live import HEADER, Live
from petwidgets.panels.training.own_train import LearnerTrain
from petwidgets.panels.training.plan_form import Planning
from petwidgets.panels.training.recipe_choice import RecipeChoice
from petwidgets.recipes.stage_notation import again
from petwidgets.runs.replay import Replay
from petwidgets.snippets.training import training
from petwidgets.widgets.base import note, plain, show
from petwidgets.widgets.fields import button
from petwidgets.widgets.form import Form
from petwidgets.widgets.progress import Progress

if TYPE_CHECKING:
    from petwidgets.panels.link import Setting
    from petwidgets.recipes.recipe import Recipe
    from petwidgets.runs.run import Run

MORE, LESS = "More settings", "Fewer settings"
SOURCES = {"baseline": "fit_one_cycle", "fine-tune": "fine_tune"}


class TrainPanel(Panel):
    """Stages to plan; Start, Pause and Stop; the schedule, losses and layer groups as they go.

    Args:
        session: whose photographs are trained on, in its engine; a panel alone makes its own.
        learner: a fastai `Learner` of your own, with its model, data and loss, for one class an
            item: it is trained instead, in a thread of this process, and its weights change. Leave
            it alone meanwhile.

    Attributes:
        own: of a learner: `own.form` has `method`, `epochs`, `freeze_epochs` and `rate`;
            `own.form.press("start")` begins; `own.training.epochs` has an event for each epoch:
            `train_loss` and `valid_loss` in nats, `error_rate`, `t` in seconds.
        planning, buttons: of the session's photographs: the stages, and Start and Pause.

    Raises:
        Problem: the learner is none.

    Example:
        From your own learner:

        >>> panel = TrainPanel(learner=learn)  # doctest: +SKIP
        >>> panel.own.form.set(epochs=2, rate="1e-3")  # doctest: +SKIP

        From the session's photographs:

        >>> TrainPanel().recipe().name
        'baseline'
    """

    key = "train"
    title = "Train a model"
    lead = (
        "Start with the baseline for an honest first error rate, then see what longer training"
        " buys."
    )
    why = (
        "Pretrained layers know edges, fur and eyes already; only the last layer has to learn your"
        " classes. With the body frozen its features never change, so the baseline computes them"
        " once and trains the head on them in seconds. fine_tune then lets the whole network"
        " adapt, the early layers at a smaller rate, for what they know is worth keeping. One cycle"
        " warms up, goes fast, and comes down to a tiny rate, where the last improvements are"
        " found: a model from the middle of it was never meant to be kept, so after training too"
        " long, train again with fewer epochs."
    )

    def __init__(self, session: Any = None, *, learner: Any = None) -> None:
        super().__init__(session)
        self.own = None if learner is None else LearnerTrain(self, learner)
        if self.own is None:
            self._build()
        else:
            self.body.children = [self.own]

    def _build(self) -> None:
        """Have the session's photographs trained on."""
        self._planned: Recipe | None = None
        self._incomplete = False
        self._opened: bool | None = None
        self.training = self.session.training
        self.planning = Planning(self.session, self.guarded)
        self.cards = RecipeChoice(self.session, self.guarded)
        self.more = Form([button("more", MORE)])
        self.more.on_press("more", self.guarded(self._open))
        self.buttons = TrainButtons()
        for name in ("start", "anyway", "pause", "see", "use", "go_on", "on_from", "again"):
            self.buttons.on_press(name, self.guarded(getattr(self, f"_{name}")))
        self.progress = Progress(self.guarded(lambda _: self.training.stop()))
        self.status, self.remarks = note(), note()
        self.mark = plain(widgets.Label, css="petwidgets-mark")
        self.buttons.observe(self.guarded(lambda _: self._pace()), "values")
        self.live = Live()
        self.book = BookTable(header=HEADER[:4])
        self.body.children = [
            self.cards, self.buttons, self.mark, self.progress, self.status, self.remarks,
            self.more, self.planning, self.live, self.book,
        ]  # fmt: skip
        self.follow("runs.usable", self.planning.offer)
        self.follow(["data.source", "data.dataset"], self.planning.name_labels)
        self.follow(["settings", "data.source", "data.pattern", "cleaning.marks"], self._draw_plan)
        self.tell_of(self.training)
        self.follow(["event", "state", "worker"], self._draw_progress, of=self.training)
        known = ["data.pattern", "data.dataset", "data.findings", "cleaning.marks"]
        self.follow(["data.source", "settings", *known], self._draw_progress)
        self.follow(["data.dataset", "data.findings", "runs.usable"], self.cards.draw)
        self.follow("data.source", self.session.data.look, asks=True)
        self.follow("worker", self._draw_replay, of=self.training)
        self.follow("remarks", self._draw_remarks, of=self.training)
        self.follow(["batches", "stages", "worker"], self._draw_batches, of=self.training)
        self.follow("epochs", self._draw_epochs, of=self.training)
        self.follow("runs.chosen_id", self._draw_progress)

    def recipe(self) -> Recipe:
        """What the controls say now.

        Raises:
            Problem: a setting is out of range.
        """
        return self.session.recipe_of(self.planning.said())

    def shared(self) -> list[Setting]:
        """The plan, its stages one by one; a stage more or less comes before what it says."""
        planned = [] if self.own else self.planning.shared()
        return [*super().shared(), *planned]

    # --- the plan ---

    def _open(self) -> None:
        """Show or hide all that a card decides."""
        self._opened = not self._settings_shown
        self._draw_more()

    @property
    def _settings_shown(self) -> bool:
        """As a person chose; before that they are shown once they are not as a card has them."""
        return self._opened if self._opened is not None else not self.cards.usual

    def _draw_more(self) -> None:
        self.more.change("more", label=LESS if self._settings_shown else MORE)
        show(self.planning, visible=self._settings_shown)

    def _draw_plan(self) -> None:
        self.planning.draw()
        self.planning.tell_changes(self.session.cleaning.edits)
        plan = self.session.plan
        recipe = self.session.recipe_of(plan)
        if not self.training.under_way and recipe != self._planned:
            self.live.clear()
            self.live.draw_plan(recipe)
        self._planned = recipe
        self.cards.draw()
        self._draw_more()
        self.folds.code = training(recipe, plan.parent)
        self.folds.show_source(SOURCES.get(recipe.name, "fit_one_cycle"))
        self.book.show(plan.preset)

    # --- starting, pausing, going on ---

    def _start(self, *, incomplete_ok: bool = False) -> None:
        plan = self.planning.said()
        recipe, self._incomplete = self.session.recipe_of(plan), False
        try:
            train = self.training.train
            train(recipe, goes_on=plan.goes_on, parent=plan.parent, incomplete_ok=incomplete_ok)
        except IncompleteError:
            self._incomplete = True
            raise
        finally:
            self._draw_buttons()

    def _anyway(self) -> None:
        self._start(incomplete_ok=True)

    def _pause(self) -> None:
        self.training.pause(waits=self.training.event.get("event") != "paused")

    def _go_on(self) -> None:
        self.training.go_on()

    def _see(self) -> None:
        """Look into this run."""
        self._use()
        self.session.lesson = "confusion"

    def _use(self) -> None:
        self.session.runs.chosen_id = self.training.worker.run.id

    def _on_from(self) -> None:
        """Plan to begin with the weights of the run that has just ended."""
        run = self._sound_run()
        if run.info.get("keeps") != "all":
            raise Problem("A baseline keeps only its head: train another preset to go on from it.")
        self.session.plan = replace(self.session.plan, parent=run.id, arch=run.recipe.arch)
        self.status.value = (
            f"The next training begins with the weights of {run.title}: press Start."
        )

    def _pace(self) -> None:
        """A replay goes at the chosen speed from now on."""
        training = self.training.worker
        if isinstance(training, Replay):
            training.speed = float(self.buttons["speed"])
        self._draw_mark()

    def _again(self) -> None:
        """Train anew with as many epochs as the best one took."""
        top = best(self.training.epochs)
        if top is None:
            raise Problem("There is no whole epoch yet: let one end.")
        run = self._sound_run()
        self.training.again(run, again(run.recipe, top["epoch"]))

    def _sound_run(self) -> Run:
        """The run that has just ended.

        Raises:
            Problem: it is damaged, or was deleted.
        """
        run: Run = self.training.worker.run.fresh()
        run.require_sound()
        return run

    # --- as it goes on ---

    def _draw_progress(self) -> None:
        event, state, under_way = self.training.event, self.training.state, self.training.under_way
        self._draw_buttons()
        self._draw_remarks()
        self.status.value = status.trains_on(self.training) if under_way else self._at_rest(state)
        if not under_way:
            self.progress.hide()
        elif event.get("event") in ("batch", "progress"):
            left = event.get("seconds_left")
            self.progress.show(status.doing(event), event["done"], event["of"], left)
        elif event.get("event") == "queued":
            self.progress.show(status.waiting(event), 0, 0)
        elif event.get("event") != "epoch":
            self.progress.show(status.beginning(event, self.training.remarks), 0, 0)

    def _draw_replay(self) -> None:
        training = self.training.worker
        if isinstance(training, Replay):
            self.buttons.set(speed=f"{training.speed:g}")
        self._draw_mark()

    def _draw_mark(self) -> None:
        """Mark a replay, so that it is not mistaken for a training."""
        training = self.training.worker
        if isinstance(training, Replay):
            self.mark.value = (
                f"REPLAY of {training.run.title}, {training.speed:g} times as fast as it was: it is"
                " recorded, nothing is trained."
            )
        show(self.mark, visible=isinstance(training, Replay))
        self._draw_buttons()

    def _draw_buttons(self) -> None:
        chosen = self.training.run_id == self.session.runs.chosen_id
        self.buttons.draw(self.training, chosen=chosen, incomplete=self._incomplete)

    def _draw_remarks(self) -> None:
        """What stays on the page of a training; whose it is, if the photographs are others now."""
        remarks = self.training.remarks
        if not self.training.under_way and status.is_of_others(self.session):
            remarks = [status.last_time(self.session), *remarks] if self.training.epochs else []
        self.remarks.value = " ".join(remarks)

    def _draw_epochs(self) -> None:
        self.live.draw_epochs(self.training.epochs)

    def _draw_batches(self) -> None:
        training, stages = self.training.worker, self.training.stages
        if training is None:
            self.live.clear()
            if self._planned is not None:
                self.live.draw_plan(self._planned)
            return
        self.live.draw_batches(training.run.recipe, self.training.batches, stages)

    def _at_rest(self, state: str) -> str:
        """How a training of these photographs has ended; if none has, or failed, what there is."""
        known = state and not status.is_of_others(self.session)
        if known and (ended := status.ending(self.session)):
            return ended
        data = self.session.data
        return status.would_train_on(
            data.source, data.as_checked, lambda: self.session.recipe_of(self.session.plan)
        )

"""The learning-rate finder: a live curve, a guess, the hints, and a cursor to take along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from petwidgets.common.errors import Problem
from petwidgets.metrics.lr_suggest import LAST_FALL, Search, band, verdict
from petwidgets.panels.base import Panel
from petwidgets.panels.training.curve import line, loss_text, says
from petwidgets.panels.training.plan_form import beginnings, limit_label
from petwidgets.panels.training.race import RaceView
from petwidgets.panels.training.status import waiting
from petwidgets.recipes.plan import Plan
from petwidgets.recipes.stage import Stage
from petwidgets.recipes.stage_notation import read_rate
from petwidgets.runs.info import ENDED
from petwidgets.session.lr_finder import recorded_curves
from petwidgets.session.own_learner import LearnerSearches
from petwidgets.snippets.lr_find import finding, finding_of_learner
from petwidgets.widgets.base import note
from petwidgets.widgets.fields import button, choice, number, switch, text
from petwidgets.widgets.form import Form
from petwidgets.widgets.line_chart import LineChart
from petwidgets.widgets.progress import Progress
from petwidgets.widgets.table import Table

if TYPE_CHECKING:
    from petwidgets.recipes.recipe import Recipe
    from petwidgets.session.lr_finder import Curve
    from petwidgets.widgets.fields import Field

BODIES = [
    ("head", "The head alone, on kept features: seconds"),
    ("frozen", "Whole photographs, body frozen"),
    ("unfrozen", "Whole photographs, all layers"),
]
SAYS = {
    "valley": "the middle of the longest fall",
    "slide": "from the right, where the slope has become steady",
    "minimum": "a tenth of the rate with the least loss: the chapter's first rule",
    "steep": "where the loss falls fastest",
    LAST_FALL: "the last clear fall: the chapter's second rule",
}
BOOK = [
    ["minimum", "8.32e-03", "the book's: resnet34, body frozen"],
    ["steep", "3.63e-03", "the book's: resnet34, body frozen; it takes 3e-3"],
    ["valley", "2.51e-05", "the book's: resnet34 after three epochs, all layers; it takes 1e-5"],
]
WAITING = "Waiting for the engine: it is starting, or busy with other work."
ASKED: dict[str, Any] = {"size": 224, "batch_size": 32}
GIVEN: dict[str, Any] = {"num_it": 100, "guess": True}
"""What the forms begin with; a learner of one's own has its size and its batches."""

OF_LEARNER = ("num_it", "guess", "search", "at", "reveal", "forget")
"""Fields that a learner of one's own leaves to be chosen."""

LARGEST = 1000.0
"""Of rates: far above any that trains, and ten times it is still a float32."""

EXPECTED = "Drag the cursor to where you would put the rate, then press Reveal."


class RatePanel(Panel):
    """What a growing rate does to the loss, and where the hints lie.

    Args:
        session: whose photographs and runs are searched with; a panel alone makes its own.
        learner: a fastai `Learner` of your own, with its model, data and loss: it is searched
            instead, frozen or not as it is, in a thread of this process, and its weights are put
            back. Leave it alone meanwhile.

    Attributes:
        form: `num_it`, how many batches; `form.press("search")` begins.
        searches: `searches.curves` has a `Curve` for each search: `points`, pairs of a rate and a
            smoothed loss in nats, and `hints`, rates by the name of who suggests them.
        chosen: the rate at the cursor.

    Raises:
        Problem: the learner is none.

    Example:
        From your own learner:

        >>> panel = RatePanel(learner=learn)  # doctest: +SKIP
        >>> learn.fine_tune(3, panel.chosen)  # doctest: +SKIP

        From the session's photographs:

        >>> RatePanel().recipe().name
        'baseline'
    """

    key = "rate"
    title = "Find a learning rate"
    lead = "Let the rate grow batch by batch, say where you would put it, then see the hints."
    why = (
        "Below some rate nothing is learned, above another the loss explodes; between them a whole"
        " decade usually works. One short mock training with a growing rate shows where that"
        " decade lies, so look for a long steady fall and stay well before its end. Once layers"
        " have been trained the fall is gone and only the explosion is left to keep away from."
        " The functions that read the curve for you disagree by a factor of ten at times: they are"
        " hints, no answers. The weights are as before afterwards."
    )

    def __init__(self, session: Any = None, *, learner: Any = None) -> None:
        self._own = None if learner is None else LearnerSearches(learner)
        super().__init__(session)
        self.searches = self._own or self.session.lr_finder
        fields, asked = _fields(self.session.data.noun), ASKED
        if self._own:
            fields, asked = [field for field in fields if field["name"] in OF_LEARNER], {}
        self.form = Form(fields, **asked, **GIVEN)
        self.progress = Progress(self.guarded(lambda _: self.searches.stop()))
        self.status = note()
        self.chart = LineChart(
            across="learning rate", up="loss (nats), smoothed", log_x=True, step=0.05
        )
        self.hints = Table(header=["", "rate", "what it is"], rows=BOOK, caption="Hints")
        self.race = RaceView(self, self._take_winner)
        self.points = Table(header=["rate", "loss"], caption="Every fifth point of the curve")
        self.revealed = ""
        self.body.children = [
            self.form, self.progress, self.status, self.chart, self.race, self.hints, self.points
        ]  # fmt: skip
        for name in ("search", "reveal", "forget", *(() if self._own else ("run_race", "take"))):
            self.form.on_press(name, self.guarded(getattr(self, f"_{name}")))
        if not self._own:
            self.follow("runs.usable", self._offer)
        self.keep(self.form, private=("weights",))  # after what makes its options
        self.form.observe(self.guarded(lambda _: self._changed()), "values")
        self.chart.observe(self.guarded(lambda c: self.form.set(at=f"{c['new']:.3g}")), "at")
        self.tell_of(self.searches)
        self.follow(["curves", "state", "event"], self._draw, of=self.searches)
        self._draw_now(self._draw_code)  # what a session kept may be no sound recipe
        if not self._own:
            self.follow(["data.source", "data.pattern"], self._draw_code)
            self.follow(["data.source", "data.dataset"], self._name_labels)
        self.folds.show_source("lr_find")

    def recipe(self) -> Recipe:
        """What the searched training would be.

        Raises:
            Problem: a setting is out of range.
        """
        said = self.form.values
        plan = Plan(
            "baseline" if said["body"] == "head" else "fine-tune",
            (Stage(1, frozen=said["body"] != "unfrozen", rate=1e-3),),
            arch=self.session.plan.arch,
            size=said["size"],
            batch_size=said["batch_size"],
            limit=said["limit"],
        )
        return plan.recipe(self.session.data.source, self.session.data.pattern)

    def search_settings(self) -> Search:
        """The settings of the search, as the controls say.

        Raises:
            Problem: a setting is out of range.
        """
        frozen = bool(self._own) or self.form["body"] != "unfrozen"
        return Search(frozen=frozen, num_it=self.form["num_it"])

    @property
    def chosen(self) -> float:
        """The rate at the cursor.

        Raises:
            Problem: there is none yet, or it is not a number.
        """
        if not self.form["at"]:
            raise Problem("There is no rate to take yet: drag the cursor, or type one.")
        rate = read_rate(self.form["at"])
        if isinstance(rate, tuple) or not 0 < rate <= LARGEST:
            raise Problem(
                f"A learning rate is a number above 0 and at most {LARGEST:g}: write one such as"
                " 3e-3."
            )
        return rate

    def _search(self) -> None:
        if self._own:
            self._own.find(self.search_settings())
            self.revealed = ""
            return
        parent = self.form["weights"]
        if parent and self.form["body"] == "head":
            raise Problem("A head alone begins anew: choose whole photographs for a run's weights.")
        self.revealed = ""
        self.session.lr_finder.find(self.recipe(), self.search_settings(), parent=parent)

    def _reveal(self) -> None:
        if not self._curve or not self._curve.hints:
            raise Problem("There is nothing to reveal yet: press Search, and let it end.")
        self.revealed = self._curve.run.id
        self._draw()

    def _run_race(self) -> None:
        self.race.run(self._curve, self.chosen)

    def _take_winner(self, rate: float) -> None:
        """Put the cursor where the winner of a race is; what was guessed has been judged."""
        self.form.set(at=f"{rate:.3g}")
        self._draw_hints()

    def _take(self) -> None:
        """Have the next training use the rate at the cursor."""
        rate = self.chosen
        frozen = self._curve.frozen if self._curve else self.search_settings().frozen
        self.session.plan = self.session.plan.taking(rate, frozen=frozen)
        if self.session.lesson:
            self.session.lesson = "train"

    def _forget(self) -> None:
        self.searches.forget()
        self.race.clear()

    @property
    def _curve(self) -> Curve | None:
        return self._curves[-1] if self._curves else None

    @property
    def _curves(self) -> tuple[Curve, ...]:
        """Those of this session that have begun; before the first, those that come along."""
        begun = tuple(curve for curve in self.searches.curves if curve.points)
        return begun or (() if self._own else recorded_curves())

    def _offer(self) -> None:
        self.form.change("weights", options=[*map(list, beginnings(self.session.runs.usable))])

    def _name_labels(self) -> None:
        self.form.change("limit", label=limit_label(self.session.data.noun))

    def _changed(self) -> None:
        self._draw_code()
        self._draw_hints()
        if self.form["at"]:
            self.chart.at = self.chosen

    def _draw_code(self) -> None:
        if self._own:
            self.folds.code = finding_of_learner(self.search_settings())
        else:
            self.folds.code = finding(self.recipe(), self.search_settings(), self.form["weights"])

    def _draw(self) -> None:
        searches = self.searches
        curves, event = self._curves, searches.event
        self.form.change("search", disabled=searches.under_way)
        if not self._own:
            self.form.change("run_race", disabled=searches.under_way)
        if not searches.under_way:
            self.progress.hide()
        elif "done" in event:
            what = "Batch" if event["event"] == "rate" else "Photograph"
            share = f"{what} {event['done']:,} of {event['of']:,}"
            self.progress.show(share, event["done"], event["of"])
        elif event.get("event") == "queued":
            self.progress.show(waiting(event), 0, 0)
        else:
            first = "The learner begins." if self._own else WAITING
            self.progress.show(event.get("sentence") or first, 0, 0)
        self.chart.lines = [line(curve, i - len(curves)) for i, curve in enumerate(curves)]
        points = curves[-1].points if curves else ()
        self.chart.most = 1.5 * points[0][1] if points and points[0][1] else None
        self.points.rows = [[f"{r:.2e}", loss_text(loss)] for r, loss in points[::5]]
        self.status.value = says(curves[-1]) if curves else ""
        self._draw_hints()

    def _draw_hints(self) -> None:
        """The marks, once one has guessed."""
        curve = self._curve
        hints = dict(curve.hints) if curve else {}
        hidden = bool(hints) and self.form["guess"] and curve.run.id != self.revealed  # type: ignore[union-attr]
        self.form.change("reveal", disabled=not hidden)
        self.chart.moves = bool(curve and curve.state in ENDED and curve.points)
        if self.chart.moves and not self.form["at"]:
            middle = curve.points[len(curve.points) // 2][0]  # type: ignore[union-attr]
            self.chart.at = middle
        if hidden:
            self.status.value = f"{says(curve)} {EXPECTED}"  # type: ignore[arg-type]
        shown = {} if hidden else hints
        self.chart.marks = [{"x": rate, "label": name} for name, rate in shown.items()]
        low, high = band(shown) if shown else (0.0, 0.0)
        label = "here they disagree"
        self.chart.bands = [{"from": low, "to": high, "label": label}] if shown else []
        said = "recorded" if curve and curve.recorded else "live"
        rows = [[name, f"{rate:.2e}", f"{said}: {SAYS[name]}"] for name, rate in shown.items()]
        guessed = shown or self.race.lanes or not self.form["guess"]
        self.hints.rows = [*rows, *(BOOK if guessed else [])]
        if shown and self.revealed:
            self.status.value = f"{says(curve)} {verdict(self.chart.at, shown)}"  # type: ignore[arg-type]


def _fields(noun: str) -> list[Field]:
    return [
        choice("body", "What trains", BODIES),
        choice("weights", "Weights to begin with", beginnings()),
        number("size", "Size (pixels)", 32, 1024),
        number("batch_size", "Batch size", 2, 1024),
        number("num_it", "Batches", 30, 500),
        number("limit", limit_label(noun), 0, 10_000),
        switch("guess", "Say before you see"),
        button("search", "Search", primary=True),
        text("at", "Your rate (drag the cursor)"),
        button("reveal", "Reveal", disabled=True),
        button("run_race", "Race it"),
        button("take", "Take it to the training"),
        button("forget", "Forget these curves"),
    ]

"""What the lessons that look into a run have in common: which run, its error, its photographs."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from petwidgets.data import dataset as datasets
from petwidgets.data.photo import encode, read_photo
from petwidgets.formatting import counted
from petwidgets.lessons.interpretation import described
from petwidgets.problem import Problem
from petwidgets.ui.form import Form, choice
from petwidgets.ui.lead import Lead
from petwidgets.ui.panel import Panel
from petwidgets.ui.part import PLAIN, VBox, note
from petwidgets.ui.scroller import Scroller
from petwidgets.ui.viewer import Viewer
from petwidgets.ui.wording import interval, percent, readable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from petwidgets.lessons.interpretation import Interpretation
    from petwidgets.runs import Run

    Shot = tuple[str, Path, str, list[tuple[str, str]]]
    """Name, file, label, and facts."""

LARGE = 1000
"""The longer side of a photograph that is opened, in pixels."""

NOT_HERE = "The photographs of this run are not on this machine, or not read yet: figures only."


class Shots(VBox):
    """A grid of validation photographs; one that is clicked is shown large, with its figures."""

    def __init__(self, panel: Panel, lines: int = 1) -> None:
        self._guarded = panel.guarded
        self.scroller = Scroller(panel.guarded(self._open), lines)
        self._shots: list[Shot] = []
        self._at = 0
        super().__init__([self.scroller], layout=PLAIN)

    @cached_property
    def viewer(self) -> Viewer:
        """What shows one large; a page is sent it when the first one is opened."""
        made = Viewer(self._guarded(lambda step: self._open(self._at + step)))
        self.children = [self.scroller, made]
        return made

    def show(
        self,
        interpretation: Interpretation,
        positions: Collection[int],
        places: dict[str, Path],
        caption: str,
        label: Callable[[Interpretation, int], str] | None = None,
    ) -> None:
        """Show the photographs at these positions, of which those count that are here.

        `label` makes what stands under each; by default its breed, and what it was taken for.
        """
        found = [int(i) for i in positions if interpretation.files[i] in places]
        shots = [
            (
                interpretation.files[i],
                places[interpretation.files[i]],
                (label or titled)(interpretation, i),
                described(interpretation, i),
            )
            for i in found
        ]
        left = len(positions) - len(found)
        if left:
            are = "is" if left == 1 else "are"
            missing = f"{left:,} of them {are} not on this machine."
            caption = f"{caption.rstrip('.')}. {missing}" if caption else missing
        self.lay(shots, caption)

    def lay(self, shots: Sequence[Shot], caption: str) -> None:
        """Show any photographs."""
        self._shots = [*shots]
        self.scroller.show([(path, label) for _, path, label, _ in shots], caption)

    def _open(self, at: int) -> None:
        if not self._shots:  # the viewer may have been left open
            return
        self._at = min(max(0, at), len(self._shots) - 1)
        name, path, label, facts = self._shots[self._at]
        jpeg, problem = b"", ""
        try:
            jpeg = encode(read_photo(path), LARGE)
        except Problem as said:
            problem = str(said)
        with self.viewer.hold_sync():
            title = label.replace("\n", ", ")
            self.viewer.title, self.viewer.facts = f"{title}: {name}", [*map(list, facts)]
            self.viewer.jpeg, self.viewer.problem = jpeg, problem
            self.viewer.opened = True


class InterpretingPanel(Panel):
    """A panel on the run that the session interprets.

    Subclasses fill `body` (with `self.run_form`, `self.lead_there` and `self.status` first) and
    `draw`; then they call `begin`.
    """

    group = "Interpretation"
    compares = False
    """Whether a second run can be chosen."""

    def __init__(self, session: Any = None) -> None:
        super().__init__(session)
        fields = [choice("run", "Run", [])]
        if self.compares:
            fields.append(choice("versus", "Compare with", [("", "nothing")]))
        self.run_form = Form(fields)
        self.lead_there = Lead(self.session, "browse", "Choose photographs")
        self.status = note()
        self.places: dict[str, Path] = {}

    def begin(self, *more: str) -> None:
        """Listen, and draw; `more` are other traits of the session to draw on."""
        self.follow(["runs", "interpreted_id", "versus_id"], self._offer)
        self.run_form.observe(self.guarded(lambda _: self._choose()), "values")
        compared = ["versus_id"] if self.compares else []
        self.follow(["interpreted_id", "paths", "runs", *compared, *more], self._draw)
        self.session.look()

    @property
    def interpretation(self) -> Interpretation:
        """What the chosen run predicted.

        Raises:
            Problem: it is gone or damaged.
        """
        return self.session.interpretation

    @property
    def run(self) -> Run:
        """The chosen run.

        Raises:
            Problem: it is gone.
        """
        return self.session.known(self.session.interpreted_id)

    @property
    def shown(self) -> bool:
        """Whether somebody sees it: one that works for what it shows waits until then."""
        return self.session.lesson in ("", self.key)

    def draw(self) -> None:
        """Show what the chosen run predicted, of whose photographs `places` says where they are."""
        raise NotImplementedError

    def _draw(self) -> None:
        found = self.interpretation
        self.heading.problem = ""
        self.places = self.session.places(self.run)
        self.lead_there.sentence = "" if self.places else NOT_HERE
        n = len(found.files)
        pictures = counted(n, datasets.kind(self.run.recipe.data, many=False))
        self.status.value = (
            f"Recorded: {found.run}, wrong on {found.errors:,} of {pictures} that it was not"
            f" trained on: {percent(found.errors / n)} error (95 % interval"
            f" {interval(found.errors, n)})."
        )
        self.draw()

    def _offer(self) -> None:
        with self.run_form.hold_sync():
            self._offer_runs()

    def _offer_runs(self) -> None:
        options = [[run.id, _titled(run)] for run in self.session.with_epochs()]
        known = {field["name"]: field.get("options") for field in self.run_form.fields}
        if options != known["run"]:
            self.run_form.change("run", options=options)
            if self.compares:
                self.run_form.change("versus", options=[["", "nothing"], *options])
        self.run_form.set(run=self.session.interpreted_id)
        if self.compares:
            self.run_form.set(versus=self.session.versus_id)

    def _choose(self) -> None:
        self.session.interpreted_id = self.run_form["run"]
        if self.compares:
            self.session.versus_id = self.run_form["versus"]


def titled(found: Interpretation, i: int) -> str:
    """A photograph's breed, and what it was taken for."""
    breed, taken = found.vocab[found.targets[i]], found.vocab[found.predictions[i]]
    if found.targets[i] == found.predictions[i]:
        return readable(breed)
    return f"{readable(breed)}, taken for {readable(taken)}"


def _titled(run: Run) -> str:
    recipe = run.recipe
    return f"{run.id}: {recipe.name}, {recipe.arch}"

"""From activations to the loss, one operation at a time."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from petwidgets.common.errors import Problem
from petwidgets.metrics import loss_steps
from petwidgets.panels.loss import guessing
from petwidgets.panels.loss.base import LossTablePanel
from petwidgets.widgets.base import note, plain, show
from petwidgets.widgets.fields import button, choice, number, switch, text
from petwidgets.widgets.form import Form
from petwidgets.widgets.number_table import number_of
from petwidgets.widgets.stepper import Stepper

if TYPE_CHECKING:
    from petwidgets.metrics.column_group import Group
    from petwidgets.metrics.loss_batch import Batch

MOST_STEPS = 12
SAY_FIRST = "Say first what the number at the ? is, or have it shown."


class LossPanel(LossTablePanel):
    """A table that grows by one operation a step; each number says where it came from.

    Args:
        session: whose batch is shown; a panel alone makes its own.
        activations: (n, c) numbers, a row an item, n 64 at most: an array, tensor or list.
        targets: (n,) whole numbers, positions of columns.
        vocab: c names of the columns; by default their numbers.
        names: n names of the rows; by default their numbers.

    Attributes:
        batch: what is shown, with all edits: `activations` (n, c) float32, `targets` (n).
        strip: the steps; `strip.at`, which of them is the last that is shown.
        form: `way`, how the loss is computed; `say`, whether a number waits for a guess.

    Raises:
        Problem: what is given has another shape or other values.

    Example:
        From your own numbers:

        >>> acts, targ = [[2.0, 1.0, 0.0], [0.0, 3.0, 1.0]], [0, 2]
        >>> panel = LossPanel(activations=acts, targets=targ, vocab=["cat", "dog", "hen"])
        >>> panel.sheet.source, panel.sheet.columns
        ('From your arrays: 2 rows of 3 activations.', ['cat', 'dog', 'hen'])

        From the chapter's batch:

        >>> panel = LossPanel()
        >>> panel.strip.at = 3
        >>> panel.strip.titles[3]
        'softmax'
    """

    key = "loss"
    title = "Cross-entropy, step by step"
    lead = "Step from activations to one loss, and change any number to see what follows from it."
    why = (
        "A network's last layer may give any numbers. exp makes them positive, sharing makes them"
        " probabilities, and of these only the right class's counts: the others can't be small"
        " unless it is large. Its logarithm tells 0.01 from 0.001, and the mean over the batch is"
        " the one number of which training takes the gradient. Large activations leave float32:"
        " with each row's largest taken away first they don't, and log_softmax needs no logarithm"
        " of zero either, which is why torch does it in one."
    )

    def build(self) -> None:
        """Controls above, the table below."""
        self.strip = Stepper()
        self.guess = Form([text("guess", "Your guess"), button("say", "Say", primary=True),
                           button("reveal", "Show me")])  # fmt: skip
        self.ask, self.verdict = plain(widgets.VBox, [self.guess]), note()
        self._rng, self._at = random.Random(), 0  # noqa: S311 - a game
        self._hidden: tuple[str, int, int] | None = None
        self._right = self._asked = 0
        form = Form([choice("way", "Way", [*loss_steps.WAYS.items()]),
                     switch("say", "Say before you see"),
                     number("step", "Step", 0, MOST_STEPS, hidden=True)])  # fmt: skip
        self.result.children = [self.strip, self.ask, self.verdict, self.sheet]
        self.body.children = [self.choice, form, self.lead_there, self.result]
        self.guess.on_press("say", self.guarded(self._say))
        self.guess.on_press("reveal", self.guarded(self._reveal))
        self.strip.observe(self.guarded(self._step), "at")
        self.begin(form)

    more_code = "print('torch', F.cross_entropy(acts, targ))"

    def sheets(self, batch: Batch) -> list[Group]:
        """The way that is chosen."""
        return loss_steps.steps(batch, self.form["way"])

    def draw(self) -> None:
        """Show the first steps, as many as were taken."""
        batch = self.batch
        groups = self.sheets(batch)
        operations = groups[1:]  # the targets are there from the beginning
        at = min(self.form["step"], len(operations) - 1)
        with self.strip.hold_sync():
            self.strip.titles = [group.title for group in operations]
            self.strip.at, self._at = at, at
            self.strip.says, self.strip.code = operations[at].says, operations[at].code
        if not self.form["say"]:
            self._hidden, self._right, self._asked = None, 0, 0
        self._show_guess(groups)
        self.show_sheet(batch, at + 2)

    def _undo(self) -> None:
        self._hidden = None  # nothing is left to be guessed
        self.guess.set(guess="")
        super()._undo()

    # --- say before you see ---

    def _step(self, change: Any) -> None:
        to = change["new"]
        if to == self._at:
            return
        if to > self._at and self._hidden is not None:
            self.strip.at = self._at
            raise Problem(SAY_FIRST)
        further, self._at = to > self._at, to
        self._hidden = self._hide(to) if further and self.form["say"] else None
        self.form.set(step=to)

    def _hide(self, at: int) -> tuple[str, int, int] | None:
        group = self.sheets(self.batch)[at + 1]
        place = guessing.hide(group, self._rng)
        return (group.name, *place) if place else None

    def _show_guess(self, groups: list[Group]) -> None:
        hidden = self._hidden
        if hidden and hidden[0] not in [group.name for group in groups]:
            hidden = self._hidden = None  # another way was chosen
        self.sheet.hidden = [*hidden] if hidden else []
        show(self.ask, visible=hidden is not None)
        show(self.verdict, visible=self.form["say"])
        if hidden:
            what = next(group for group in groups if group.name == hidden[0])
            where = self.batch.rows[hidden[1]] if what.kind != "one" else "the batch"
            self.verdict.value = (
                f"What is the number at the ? ({what.title} of {where})? {guessing.RULE}"
            )
        elif not self.form["say"]:
            self.verdict.value = ""
        elif not self._asked:
            self.verdict.value = "Press Next: at each step one number waits for your guess."

    def _truth(self) -> float:
        if self._hidden is None:
            raise Problem("Nothing is hidden just now: press Next.")
        name, *place = self._hidden
        group = next(g for g in self.sheets(self.batch) if g.name == name)
        return guessing.value(group, (place[0], place[1]))

    def _say(self) -> None:
        truth, guess = self._truth(), number_of(self.guess["guess"])
        if guess != guess:  # noqa: PLR0124 - nan
            raise Problem("Your guess is not a number: type one such as 0.5.")
        right = guessing.right(guess, truth)
        self._right += right
        self._tell(f"{'Right' if right else 'Not quite'}: it is {truth:.4g}, you said {guess:g}.")

    def _reveal(self) -> None:
        self._tell(f"It is {self._truth():.4g}.")

    def _tell(self, words: str) -> None:
        self._asked += 1
        self._hidden = None
        self.guess.set(guess="")
        self.verdict.value = f"{words} {self._right} of {self._asked} right so far."
        self._show_guess(self.sheets(self.batch))

"""The gradient of cross-entropy, which is a difference, and what a step along it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.common.formatting import figure
from petwidgets.metrics import loss_gradients, losses
from petwidgets.panels.loss.base import LossTablePanel
from petwidgets.widgets.fields import button, slider
from petwidgets.widgets.form import Form
from petwidgets.widgets.line_chart import LineChart
from petwidgets.widgets.table import Table

if TYPE_CHECKING:
    from petwidgets.metrics.column_group import Group
    from petwidgets.metrics.loss_batch import Batch

MOST_STEPS = 100


class GradientPanel(LossTablePanel):
    """Softmax minus one-hot as bars, steps of gradient descent, and squared error's beside it.

    Args:
        session: whose batch is shown; a panel alone makes its own.
        activations: (n, c) numbers, a row an item, n 64 at most: an array, tensor or list.
        targets: (n,) whole numbers, positions of columns.
        vocab: c names of the columns; by default their numbers.
        names: n names of the rows; by default their numbers.

    Attributes:
        batch: what is shown, with all edits: `activations` (n, c) float32, `targets` (n).
        form: `rate`, the learning rate; `steps`, how many are taken.
        losses: mean cross-entropy in nats before and after these steps.

    Raises:
        Problem: what is given has another shape or other values.

    Example:
        From your own numbers:

        >>> panel = GradientPanel(activations=[[2.0, 1.0, 0.0]], targets=[0])
        >>> panel.losses.rows[0][:2]
        ['along the gradient of cross-entropy', '0.4076']

        From the chapter's batch:

        >>> GradientPanel().losses.rows[0][1]
        '1.8045'
    """

    key = "gradient"
    title = "The gradient"
    lead = "Take a step of gradient descent on the activations, and see which loss gets moving."
    why = (
        "The gradient of cross-entropy with respect to the activations is softmax minus one-hot:"
        " how far the"
        " answer is from the right one, no more and no less. It never explodes, and an answer that"
        " is sure and wrong gets the strongest pull. Squared error of the same probabilities has"
        " the slope of softmax in its gradient, which is nearly flat there: try the overconfident"
        " mistake. In regression, with no softmax before it, squared error has a gradient of the"
        " same form as cross-entropy's: twice the difference."
    )

    def build(self) -> None:
        """Controls above, the table below."""
        self.curve = LineChart(across="step", whole=True, up="mean cross-entropy")
        self.losses = Table(header=["mean cross-entropy", "before", "after these steps"])
        form = Form(
            [slider("rate", "Learning rate", 0.05, 10, 0.05),
             slider("steps", "Steps", 0, MOST_STEPS),
             button("step", "One step", primary=True), button("again", "Start again")],
            rate=1.0, steps=10,
        )  # fmt: skip
        form.on_press("step", self.guarded(lambda: form.set(steps=form["steps"] + 1)))
        form.on_press("again", self.guarded(lambda: form.set(steps=0)))
        self.result.children = [self.sheet, self.curve, self.losses]
        self.body.children = [self.choice, form, self.lead_there, self.result]
        self.begin(form)

    def sheets(self, batch: Batch) -> list[Group]:
        """Both gradients, and where the steps lead."""
        return loss_gradients.gradients(batch, self.form["rate"], self.form["steps"])

    def draw(self) -> None:
        """The table, and the losses of both descents."""
        super().draw()
        batch, rate, steps = self.batch, self.form["rate"], self.form["steps"]
        lines, rows = [], []
        for name, tone, slope in (
            ("cross-entropy", "blue", losses.gradient),
            ("squared error", "red", losses.squared_gradient),
        ):
            tables = losses.descent(batch.activations, batch.targets, rate, max(steps, 1), slope)
            means = [float(losses.cross_entropy(t, batch.targets).mean()) for t in tables]
            points = [(at, mean) for at, mean in enumerate(means)]
            lines.append({"name": name, "tone": tone, "points": points})
            rows.append([f"along the gradient of {name}", figure(means[0]), figure(means[steps])])
        self.curve.lines, self.losses.rows = lines, rows

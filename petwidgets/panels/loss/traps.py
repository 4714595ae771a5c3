"""The traps: losses without a log, or with a softmax too many, which give a number all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.common.formatting import figure
from petwidgets.metrics import loss_comparison, losses
from petwidgets.panels.loss.base import LossTablePanel
from petwidgets.widgets.table import Table

if TYPE_CHECKING:
    from petwidgets.metrics.column_group import Group
    from petwidgets.metrics.loss_batch import Batch

FORMS = (
    ("nn.CrossEntropyLoss()(acts, targ)", "the class: made, then called"),
    ("F.cross_entropy(acts, targ)", "the function: the same"),
    ("F.nll_loss(F.log_softmax(acts, dim=1), targ)", "its two parts"),
    ("nn.CrossEntropyLoss(reduction='sum')(acts, targ)", "grows with the batch"),
    ("nn.CrossEntropyLoss(reduction='none')(acts, targ)", "one a row"),
    ("F.nll_loss(acts.softmax(1), targ)", "wrong: no log was taken"),
    ("F.cross_entropy(acts.softmax(1), targ)", "wrong: softmax twice"),
)

SHOWN = 6
"""Losses that a line of `reduction='none'` writes out."""


class TrapsPanel(LossTablePanel):
    """What `nll_loss` and `cross_entropy` give for the right input and the wrong one.

    Args:
        session: whose batch is shown; a panel alone makes its own.
        activations: (n, c) numbers, a row an item, n 64 at most: an array, tensor or list.
        targets: (n,) whole numbers, positions of columns.
        vocab: c names of the columns; by default their numbers.
        names: n names of the rows; by default their numbers.

    Attributes:
        batch: what is shown, with all edits: `activations` (n, c) float32, `targets` (n).
        forms: the same loss in every way: code, value in nats, remark.

    Raises:
        Problem: what is given has another shape or other values.

    Example:
        From your own numbers:

        >>> TrapsPanel(activations=[[2.0, 1.0, 0.0]], targets=[0]).forms.rows[0][:2]
        ['nn.CrossEntropyLoss()(acts, targ)', '0.4076']

        From the chapter's batch:

        >>> TrapsPanel().forms.rows[0][1]
        '1.8045'
    """

    key = "traps"
    title = "Traps of the loss functions"
    lead = "See what each function gives for the input that it expects, and for another."
    why = (
        "torch splits cross-entropy into log_softmax and nll_loss. nll_loss only picks and"
        " negates: given probabilities it is off by the log, and says nothing. CrossEntropyLoss"
        " does both parts: given probabilities it squeezes them once more, and no loss can reach"
        " 0. Neither raises an error, so look at the numbers: a negative loss, or one that stays"
        " near log(c) for c classes."
    )

    def build(self) -> None:
        """Controls above, the table below."""
        self.forms = Table(caption="The same loss, written and reduced in every way",
                           header=["in torch", "gives", ""])  # fmt: skip
        self.result.children = [self.sheet, self.forms]
        self.body.children = [self.choice, self.lead_there, self.result]
        self.begin()

    more_code = "\n".join(f"print({code!r}, {code}, sep='\\n')" for code, _ in FORMS)

    def sheets(self, batch: Batch) -> list[Group]:
        """Right and wrong, side by side."""
        return loss_comparison.traps(batch)

    def draw(self) -> None:
        """The table, and the forms of the right loss."""
        super().draw()
        batch = self.batch
        loss = losses.cross_entropy(batch.activations, batch.targets)
        softmax = losses.softmax(batch.activations)
        unlogged = losses.nll(softmax, batch.targets)
        twice = losses.cross_entropy(softmax, batch.targets)
        each = ", ".join(figure(float(x)) for x in loss[:SHOWN]) + ", ..." * (len(loss) > SHOWN)
        mean = figure(loss.mean())
        gives = [mean, mean, mean, figure(loss.sum()), each, figure(unlogged.mean()),
                 figure(twice.mean())]  # fmt: skip
        self.forms.rows = [
            [code, value, remark] for (code, remark), value in zip(FORMS, gives, strict=True)
        ]

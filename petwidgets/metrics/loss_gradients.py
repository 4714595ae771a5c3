"""Gradients of a loss, and gradient descent, as column groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.common.formatting import counted
from petwidgets.metrics import losses
from petwidgets.metrics.column_group import Group, begun, mean

if TYPE_CHECKING:
    from petwidgets.metrics.loss_batch import Batch


def gradients(batch: Batch, rate: float = 1.0, steps: int = 0) -> list[Group]:
    """Gradients of cross-entropy and of squared error for each row, and gradient descent.

    Args:
        batch: activations and targets.
        rate: the learning rate; each step subtracts rate times the gradient of cross-entropy.
        steps: number of steps.
    """
    hot = losses.one_hot(batch.targets, len(batch.columns))
    slope = losses.gradient(batch.activations, batch.targets)
    squared = losses.squared_gradient(batch.activations, batch.targets)
    return [
        *begun(batch, under="slope"),
        Group("softmax", "softmax", losses.softmax(batch.activations),
              "exp({acts}) / (exp of {acts@row|, exp of })",
              "What was predicted.", "acts.softmax(1)"),
        Group("hot", "one-hot", hot, "{targ} = its column",
              "What was right: 1 in the target's column, 0 elsewhere.",
              "F.one_hot(targ, acts.shape[1]).float()"),
        Group("slope", "gradient of cross-entropy", slope, "{softmax} - {hot}", bars=True,
              says="The difference of the two, never beyond -1 and 1: where the answer is right"
                   " it vanishes, where it is wrong and sure it is largest.",
              code="torch.func.grad(lambda a: F.cross_entropy(a, targ, reduction='sum'))(acts)"),
        Group("squared", "gradient of squared error", squared,
              "2 x {softmax} x ({softmax} - {hot} - the row's mean of that, weighted by softmax)",
              bars=True,
              says= (
                  "The gradient of the squares of these differences. It is nearly flat where"
                  " softmax is sure, even of a wrong class: nothing is learned there."
              ),
              code="torch.func.grad(lambda a: (a.softmax(1) - hot).square().sum())(acts)"),
        *_descended(batch, rate, steps),
    ]  # fmt: skip


def _descended(batch: Batch, rate: float, steps: int) -> list[Group]:
    table = losses.descent(batch.activations, batch.targets, rate, steps)[-1]
    loss = losses.cross_entropy(table, batch.targets)
    formula = "{acts} - RATE x {slope}".replace("RATE", f"{rate:g}") if steps == 1 else ""
    return [
        Group("after", f"activations after {counted(steps, 'step')}", table, formula,
              "Gradient descent: each step subtracts the rate times the gradient.",
              f"reduce(lambda a, _: a - {rate:g} * (a.softmax(1) - hot), range({steps}), acts)"),
        Group("loss", "loss then", loss, "-({after@target} - logsumexp({after@row|, }))",
              "The row's cross-entropy after these steps.",
              "F.cross_entropy(after, targ, reduction='none')"),
        mean("loss", "mean", loss, "The batch's."),
    ]  # fmt: skip

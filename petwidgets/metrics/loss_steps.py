"""Tables of the loss workbench: groups of numbers, each with its formula.

A group's `formula` refers to the numbers from which each of its own is computed:

| reference | meaning |
|---|---|
| `{exp}` | the number of group `exp` in the same row and column |
| `{exp@row}` | all numbers of the row |
| `{exp@others}` | all numbers of the row, except the same column |
| `{softmax@second}` | the row's number in the second column |
| `{softmax@target}` | the row's number in the column of its target |
| `{loss@all}` | the numbers of all rows |

Several numbers are joined by a plus, or by the text after a bar: `{exp@row|, }`. With this the page
highlights the sources of a number and writes its formula with numbers, without computing anything
itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from petwidgets.common.formatting import counted
from petwidgets.metrics import losses

if TYPE_CHECKING:
    from petwidgets.metrics.loss_batch import Batch

WAYS = {
    "formula": "as the formula says",
    "shift": "less each row's largest, first",
    "log_softmax": "by log_softmax, as torch does",
}
"""Ways of computing the loss in the step table. They agree unless float32 over- or underflows."""


AWAY = (
    "torch.stack([moved[:, i] - torch.cat([moved[:, :i], moved[:, i + 1:]], 1).logsumexp(1)"
    " for i in range(moved.shape[1])], 1)"
)


@dataclass(frozen=True)
class Group:
    """The result of one operation.

    Args:
        name: its name in formulas.
        title: its heading.
        values: (n, c), one number per row (n,), or a single number ().
        formula: how each number is computed, in the notation above.
        says: a sentence that explains the operation.
        code: the same in torch, from earlier groups by their names.
        editable: whether the user may edit it.
        bars: whether each number is also drawn as a bar.
        under: the group whose bars are drawn under these numbers.
    """

    name: str
    title: str
    values: Any
    formula: str = ""
    says: str = ""
    code: str = ""
    editable: bool = False
    bars: bool = False
    under: str = ""

    @property
    def kind(self) -> str:
        """`table`, `column` or `one`, by the shape of the values."""
        return ("one", "column", "table")[np.ndim(self.values)]


def begun(batch: Batch, under: str = "") -> list[Group]:
    """The targets and the activations, the first groups of every table."""
    return [
        Group("targ", "target", batch.targets, editable=True,
              says="The column that should have been the largest: what the photograph shows."),
        Group("acts", "activations", batch.activations, editable=True, under=under,
              says="What the last layer gives: any numbers, one a class.",
              ),
    ]  # fmt: skip


def steps(batch: Batch, way: str = "formula") -> list[Group]:
    """The chapter's steps from activations to a loss, one operation after another.

    Args:
        batch: activations and targets.
        way: one of `WAYS`.
    """
    groups = begun(batch)
    source = "acts"
    if way != "formula":
        groups += _shift(batch)
        source = "moved"
    with np.errstate(all="ignore"):  # the table shows overflow and log(0) on purpose
        groups += _exponentials(groups[-1].values, source)
        groups += (
            _of_log_softmax(batch, groups) if way == "log_softmax" else _of_softmax(batch, groups)
        )
    return groups


def _shift(batch: Batch) -> list[Group]:
    largest = batch.activations.max(axis=1)
    return [
        Group("largest", "largest", largest, "max({acts@row|, })",
              "The row's largest activation.", "acts.amax(1)"),
        Group("moved", "less the largest", losses.shifted(batch.activations),
              "{acts} - {largest}",
              "The same number taken from all of a row changes no softmax, and exp can't overflow.",
              "acts - largest[:, None]"),
    ]  # fmt: skip


def _exponentials(table: losses.Floats, source: str) -> list[Group]:
    exp = np.exp(table)
    return [
        Group("exp", "exp", exp, f"exp({{{source}}})",
              "exp makes every number positive, and sets apart those that are only a bit larger.",
              f"{source}.exp()"),
        Group("total", "sum", exp.sum(axis=1), "{exp@row}",
              "The row's exponentials added up: what they are to be shared by.",
              "exp.sum(1)"),
    ]  # fmt: skip


def _of_softmax(batch: Batch, groups: list[Group]) -> list[Group]:
    by_name = {group.name: group.values for group in groups}
    softmax = by_name["exp"] / by_name["total"][:, None]
    chosen = losses.picked(softmax, batch.targets)
    log = np.log(chosen)
    return [
        Group("softmax", "softmax", softmax, "{exp} / {total}",
              "Each one's share of its row's sum: between 0 and 1, and a row adds up to 1.",
              "exp / total[:, None]"),
        Group("picked", "picked", chosen, "{softmax@target}",
              "Only the target's column counts. The others are in it, for all add up to 1.",
              "softmax[range(len(targ)), targ]"),
        Group("log", "log", log, "log({picked})",
              "0 for a sure right answer; far below it for a small probability.",
              "picked.log()"),
        *_end(-log, "log", "Negated, so that worse is larger: the row's loss."),
    ]  # fmt: skip


def _of_log_softmax(batch: Batch, groups: list[Group]) -> list[Group]:
    by_name = {group.name: group.values for group in groups}
    log_total = np.log(by_name["total"])
    log_softmax = by_name["moved"] - log_total[:, None]
    chosen = losses.picked(log_softmax, batch.targets)
    return [
        Group("log_total", "log of the sum", log_total, "log({total})",
              "The sum is at least 1, for the largest gives exp(0): its log is no infinity.",
              "total.log()"),
        Group("log_softmax", "log_softmax", log_softmax, "{moved} - {log_total}",
              "log(a / b) = log(a) - log(b), and log(exp(a)) = a: no quotient, no log of zero.",
              "moved - log_total[:, None]"),
        Group("picked", "picked", chosen, "{log_softmax@target}",
              "Only the target's column counts.", "log_softmax[range(len(targ)), targ]"),
        *_end(-chosen, "picked", "Negated, so that worse is larger: the row's loss."),
    ]  # fmt: skip


def _end(loss: losses.Floats, of: str, says: str) -> list[Group]:
    return [
        Group("loss", "loss", loss, f"-({{{of}}})", says, f"-{of}"),
        mean("loss", "mean", loss, "The batch's loss: the one number that training makes smaller."),
    ]


def mean(of: str, title: str, values: losses.Floats, says: str) -> Group:
    """The mean of a column."""
    formula = f"({{{of}@all}}) / {len(values)}"
    return Group(f"mean_{of}", title, np.float32(values.mean()), formula, says, f"{of}.mean()")


def sigmoids(batch: Batch, shift: float = 0.0, temperature: float = 1.0) -> list[Group]:
    """The chapter's comparison: sigmoid of each activation, sigmoid of the difference, softmax.

    The difference is an activation minus the logsumexp of the others in its row; for two columns
    that is the other activation. Softmax is the sigmoid of it, for any number of columns.

    Args:
        batch: activations and targets.
        shift: is added to every activation.
        temperature: divides the shifted activations.
    """
    moved = (batch.activations + np.float32(shift)) / np.float32(temperature)
    two = moved.shape[1] == 2  # noqa: PLR2004
    away = _away(moved)
    with np.errstate(all="ignore"):
        sigmoid, softmax = losses.sigmoid(moved), losses.softmax(moved)
        groups = [
            begun(batch)[1],
            Group("moved", "moved", moved, f"({{acts}} + {shift:g}) / {temperature:g}",
                  "The shift added, the temperature divided by.",
                  f"(acts + {shift:g}) / {temperature:g}"),
            Group("sigmoid", "sigmoid of each", sigmoid, "1 / (1 + exp(-({moved})))",
                  "One by one: each between 0 and 1, and none knows of the others.",
                  "moved.sigmoid()"),
            Group("sum_sigmoid", "their sum", sigmoid.sum(axis=1), "{sigmoid@row}",
                  "Not 1, so that they are no probabilities of which exactly one comes true.",
                  "sigmoid.sum(1)"),
            Group("away", "difference", away,
                  "{moved} - ({moved@others})" if two else "{moved} - logsumexp({moved@others|, })",
                  "How much more it is than the other one; of several, than their logsumexp.",
                  "moved - moved.flip(1)" if two else AWAY),
            Group("sigmoid_away", "sigmoid of the difference", losses.sigmoid(away),
                  "1 / (1 + exp(-({away})))",
                  "Now they add up to 1: it is softmax, written for two.",
                  "away.sigmoid()"),
            Group("softmax", "softmax", softmax, "exp({moved}) / (exp of {moved@row|, exp of })",
                  "The same two columns at once, and it works for any number of them.",
                  "torch.softmax(moved, dim=1)"),
            Group("sum_softmax", "its sum", softmax.sum(axis=1), "{softmax@row}",
                  "Always 1.", "softmax.sum(1)"),
        ]  # fmt: skip
    return groups if shift or temperature != 1 else _without_moved(groups)


def _away(table: losses.Floats) -> losses.Floats:
    """(n, c): each number minus the logsumexp of the others in its row."""
    others = np.repeat(table[:, None, :], table.shape[1], axis=1)
    others[:, np.eye(table.shape[1], dtype=bool)] = -np.inf
    with np.errstate(all="ignore"):
        return np.asarray(table - np.logaddexp.reduce(others, axis=2))


def _without_moved(groups: list[Group]) -> list[Group]:
    """The groups without shift and temperature: formulas and code use the activations instead."""
    return [
        replace(g, formula=g.formula.replace("{moved", "{acts"),
                code=g.code.replace("moved", "acts"))
        for g in groups
        if g.name != "moved"
    ]  # fmt: skip


def many(batch: Batch) -> list[Group]:
    """Compare the two-case loss by `where` with indexing, which works for any number of columns."""
    softmax = losses.softmax(batch.activations)
    where = losses.binary_loss(softmax[:, 1], batch.targets)
    chosen = losses.picked(softmax, batch.targets)
    return [
        *begun(batch),
        Group("softmax", "softmax", softmax, "exp({acts}) / (exp of {acts@row|, exp of })",
              "A probability a column.", "acts.softmax(1)"),
        Group("p", "p", softmax[:, 1], "{softmax@second}",
              "The chapter before had one number a photograph: how sure it is of the second class.",
              "softmax[:, 1]"),
        Group("where", "where", where, "where({targ} = 1, 1 - {p}, {p})",
              "The two-case loss: 1 - p where the second class is right, else p.",
              "torch.where(targ == 1, 1 - p, p)"),
        mean("where", "its mean", where, "The loss of the chapter before."),
        Group("picked", "indexed", chosen, "{softmax@target}",
              "The target as an index: from each row the column that was right.",
              "softmax[range(len(targ)), targ]"),
        Group("wrong", "1 - indexed", 1 - chosen, "1 - {picked}",
              "For two columns it is what where gives; for more only this is right.",
              "1 - picked"),
    ]  # fmt: skip


def traps(batch: Batch) -> list[Group]:
    """Compare losses of the wrong input with the right ones."""
    softmax = losses.softmax(batch.activations)
    log_softmax = losses.log_softmax(batch.activations)
    unlogged = losses.nll(softmax, batch.targets)
    right = losses.nll(log_softmax, batch.targets)
    twice = losses.cross_entropy(softmax, batch.targets)
    return [
        *begun(batch),
        Group("softmax", "softmax", softmax, "exp({acts}) / (exp of {acts@row|, exp of })",
              "Probabilities.", "acts.softmax(1)"),
        Group("unlogged", "nll_loss of softmax", unlogged, "-({softmax@target})",
              "A trap: nll_loss takes no log, whatever its name says. It is never above zero.",
              "F.nll_loss(softmax, targ, reduction='none')"),
        Group("log_softmax", "log_softmax", log_softmax,
              "{acts} - logsumexp({acts@row|, })",
              "Their logarithm, taken without the probabilities in between.",
              "acts.log_softmax(1)"),
        Group("right", "nll_loss of log_softmax", right, "-({log_softmax@target})",
              "Right: this is cross-entropy.",
              "F.nll_loss(log_softmax, targ, reduction='none')"),
        Group("twice", "cross_entropy of softmax", twice,
              "-({softmax@target} - logsumexp({softmax@row|, }))",
              "A trap: cross_entropy takes activations. Given probabilities it takes softmax of"
              " them once more; all losses come close to each other, and training is slow.",
              "F.cross_entropy(softmax, targ, reduction='none')"),
        Group("loss", "cross_entropy", losses.cross_entropy(batch.activations, batch.targets),
              "{right}",
              "Right: CrossEntropyLoss is log_softmax, then nll_loss.",
              "F.cross_entropy(acts, targ, reduction='none')"),
        mean("loss", "mean", right, "What is minimised."),
    ]  # fmt: skip


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
              says="Of the squares of the same differences. Where softmax is sure it is flat, also"
                   " where it is sure of what is wrong: nothing is learned there.",
              code="torch.func.grad(lambda a: (a.softmax(1) - hot).square().sum())(acts)"),
        *_descended(batch, rate, steps),
    ]  # fmt: skip


def _descended(batch: Batch, rate: float, steps: int) -> list[Group]:
    table = losses.descent(batch.activations, batch.targets, rate, steps)[-1]
    loss = losses.cross_entropy(table, batch.targets)
    formula = "{acts} - RATE x {slope}".replace("RATE", f"{rate:g}") if steps == 1 else ""
    return [
        Group("after", f"activations after {counted(steps, 'step')}", table, formula,
              "Gradient descent: each step takes the rate times the gradient away.",
              f"reduce(lambda a, _: a - {rate:g} * (a.softmax(1) - hot), range({steps}), acts)"),
        Group("loss", "loss then", loss, "-({after@target} - logsumexp({after@row|, }))",
              "The row's cross-entropy after these steps.",
              "F.cross_entropy(after, targ, reduction='none')"),
        mean("loss", "mean", loss, "The batch's."),
    ]  # fmt: skip


def own(batch: Batch) -> list[Group]:
    """The loss of a model's activations for photographs, followed by the columns behind it."""
    softmax = losses.softmax(batch.activations)
    loss = losses.cross_entropy(batch.activations, batch.targets)
    with np.errstate(all="ignore"):  # the shares of a total loss of 0 are nan
        share = loss / loss.sum()
    targets, activations = begun(batch)
    return [
        targets,
        Group("picked", "picked", losses.picked(softmax, batch.targets), "{softmax@target}",
              "The right breed's probability.", "softmax[range(len(targ)), targ]"),
        Group("loss", "loss", loss, "-log({picked})",
              "Minus its logarithm.", "F.cross_entropy(acts, targ, reduction='none')"),
        Group("share", "share of all", share, "{loss} / ({loss@all})",
              "How much of the batch's loss is this photograph's: few often make most of it.",
              "loss / loss.sum()"),
        mean("loss", "mean", loss, "The batch's loss."),
        Group("total", "sum of softmax", softmax.sum(axis=1), "{softmax@row}",
              "They add up to 1.", "softmax.sum(1)"),
        activations,
        Group("softmax", "softmax", softmax, "exp({acts}) / (exp of {acts@row|, exp of })",
              "A probability a breed, of which one is the right one's.", "acts.softmax(1)"),
    ]  # fmt: skip

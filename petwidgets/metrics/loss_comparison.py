"""Losses and probabilities side by side, as column groups: right ones, wrong ones, equal ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from petwidgets.metrics import losses
from petwidgets.metrics.column_group import Group, begun, mean

if TYPE_CHECKING:
    from petwidgets.metrics.loss_batch import Batch

AWAY = (
    "torch.stack([moved[:, i] - torch.cat([moved[:, :i], moved[:, i + 1:]], 1).logsumexp(1)"
    " for i in range(moved.shape[1])], 1)"
)


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
                  "One by one: each is between 0 and 1, whatever the others are.",
                  "moved.sigmoid()"),
            Group("sum_sigmoid", "their sum", sigmoid.sum(axis=1), "{sigmoid@row}",
                  "Not 1: they are not shares of one decision.",
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
              "One probability for each column.", "acts.softmax(1)"),
        Group("p", "p", softmax[:, 1], "{softmax@second}",
              "The chapter before had one number for each photograph: how sure it is of the second"
              " class.",
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

"""The steps from activations to a loss, as column groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from petwidgets.metrics import losses
from petwidgets.metrics.column_group import Group, begun, mean

if TYPE_CHECKING:
    from petwidgets.metrics.loss_batch import Batch

WAYS = {
    "formula": "as the formula says",
    "shift": "less each row's largest, first",
    "log_softmax": "by log_softmax, as torch does",
}
"""Ways of computing the loss in the step table. They agree unless float32 over- or underflows."""


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
              "Subtracting one number from a whole row does not change its softmax, and exp can't"
              " overflow.",
              "acts - largest[:, None]"),
    ]  # fmt: skip


def _exponentials(table: losses.Floats, source: str) -> list[Group]:
    exp = np.exp(table)
    return [
        Group("exp", "exp", exp, f"exp({{{source}}})",
              "exp makes every number positive, and sets apart those that are only a bit larger.",
              f"{source}.exp()"),
        Group("total", "sum", exp.sum(axis=1), "{exp@row}",
              "The sum of the row's exponentials: each is divided by it.",
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
              "Only the target's column counts. The others count through it, because all add up to"
              " 1.",
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
              "The sum is at least 1, because the largest gives exp(0): its log is never infinite.",
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
              "The right class's probability.", "softmax[range(len(targ)), targ]"),
        Group("loss", "loss", loss, "-log({picked})",
              "Minus its logarithm.", "F.cross_entropy(acts, targ, reduction='none')"),
        Group("share", "share of all", share, "{loss} / ({loss@all})",
              "This photograph's share of the batch's loss: a few often make most of it.",
              "loss / loss.sum()"),
        mean("loss", "mean", loss, "The batch's loss."),
        Group("total", "sum of softmax", softmax.sum(axis=1), "{softmax@row}",
              "They add up to 1.", "softmax.sum(1)"),
        activations,
        Group("softmax", "softmax", softmax, "exp({acts}) / (exp of {acts@row|, exp of })",
              "One probability for each class, one of them the right class's.", "acts.softmax(1)"),
    ]  # fmt: skip

"""The head of a baseline: logistic regression on standardised features, trained by fastai."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from fastai.vision.all import Adam, BnFreeze, CrossEntropyLossFlat, Learner, error_rate, nn

from petwidgets.learning.train.features import feature_dls

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastai.vision.all import Tensor

    from petwidgets.recipes.recipe import Recipe


def standardise(head: nn.Sequential, rows: Tensor) -> nn.Sequential:
    """Have a head of batch norm, dropout and a linear layer begin as a logistic regression does.

    The norm is given mean and deviation of all rows, and is trained no more: batches of 64 don't
    know them as well. The weights begin at 0, so that the result does not depend on a draw.

    Args:
        head: as of `features.halves`; it is changed.
        rows: (n, features) to train on.
    """
    norm, dropout, linear = head
    norm.running_mean.copy_(rows.mean(0))
    norm.running_var.copy_(rows.var(0, unbiased=False))
    nn.init.ones_(norm.weight)
    nn.init.zeros_(norm.bias)
    norm.requires_grad_(requires_grad=False)
    dropout.p = 0.0
    nn.init.zeros_(linear.weight)
    return head


def head_learner(
    recipe: Recipe,
    head: nn.Sequential,
    rows: Tensor,
    targets: Tensor,
    parts: tuple[Sequence[int], Sequence[int]],
) -> Learner:
    """A learner of a baseline's head alone.

    The weight decay is added to the gradient, so that what the one-cycle policy ends at is the
    minimum of cross-entropy plus L2. As AdamW takes it, apart from the gradient, it is not.
    `benchmarks/heads.py` compares both, and the exact minimum by L-BFGS.

    Args:
        recipe: gives batch size and weight decay.
        head: as of `features.halves`; it is changed.
        rows: (n, features).
        targets: (n).
        parts: positions to train on, and to validate on.
    """
    train, valid = ((rows[part], targets[part]) for part in parts)
    return Learner(
        feature_dls(train, valid, min(recipe.batch_size, len(train[0]))),
        standardise(head, train[0]),
        loss_func=CrossEntropyLossFlat(),
        opt_func=partial(Adam, decouple_wd=False),
        metrics=error_rate,
        wd=recipe.weight_decay,
        cbs=BnFreeze,
    )

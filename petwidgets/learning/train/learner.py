"""The fastai `Learner` of a recipe, before training and after."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from fastai.vision.all import (
    CrossEntropyLossFlat,
    Learner,
    Tensor,
    error_rate,
    nn,
    set_seed,
    tensor,
    vision_learner,
)

from petwidgets.learning.input.dataloaders import Preparation, dataloaders, empty_dataloaders
from petwidgets.learning.input.fast_loader import fast_dataloaders
from petwidgets.learning.models.backbones import HEADS, architecture, network, pretrained
from petwidgets.learning.models.weights import head_kind, restore
from petwidgets.learning.train.callbacks import interruptible
from petwidgets.learning.train.feature_cache import with_kept
from petwidgets.learning.train.features import compute, feature_dls, halves
from petwidgets.learning.train.run_dataset import Away, parts_of, photographs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fastai.vision.all import DataLoaders

    from petwidgets.data.dataset import Dataset
    from petwidgets.learning.models.backbones import Pretrained
    from petwidgets.learning.train.event_log import EventLog
    from petwidgets.recipes.recipe import Recipe
    from petwidgets.runs.run import Run


@dataclass(frozen=True)
class Prepared:
    """A learner, and the whole network that it trains all or a part of."""

    learn: Learner
    network: nn.Sequential


def batch_size(run: Run) -> int:
    """Photographs a batch: as the recipe has it, or fewer where the memory did not suffice."""
    return int(run.info.get("batch_size", run.recipe.batch_size))


def prepare(
    run: Run,
    recipe: Recipe,
    dataset: Dataset,
    journal: EventLog,
    stop: Callable[[], bool],
    *,
    parent: Run | None = None,
) -> Prepared:
    """The learner that a described run trains, with the weights that it begins with.

    A baseline's learner is the head alone, over features that are computed here, once; `journal`
    tells of it.

    Args:
        run: described already, by its `files`, `train_files` and `vocab`.
        recipe: the run's, perhaps with smaller batches.
        dataset: its photographs.
        journal: what is told of the work.
        stop: asked often.
        parent: with whose weights it begins, if not with ImageNet's.

    Raises:
        Problem: too few photographs, or one that can't be read.
        CancelFitException: `stop()` was true while features were computed.
    """
    stats, parts = pretrained(recipe.arch), parts_of(run, dataset)
    if not recipe.frozen_only:
        making = fast_dataloaders if recipe.input == "fast" else dataloaders
        dls = making(recipe, dataset, stats, parts)
        set_seed(recipe.seed)  # for the weights of a new head
        learn = _vision_learner(recipe, dls, head_kind(run))
        learn.model[0].load_state_dict(stats.body)
        if parent is not None:
            restore(parent, learn.model)
        return Prepared(learn, learn.model)
    set_seed(recipe.seed)  # as above
    whole = network(recipe.arch, len(dataset.vocab), "linear")
    whole[0].load_state_dict(stats.body)
    fixed, trained = halves(whole)
    rows, targets = frozen_rows(recipe, stats, fixed, dataset, journal, stop)
    return Prepared(head_learner(recipe, trained, rows, targets, parts), whole)


def frozen_rows(  # noqa: PLR0917 - as many as `prepare` has
    recipe: Recipe,
    stats: Pretrained,
    fixed: nn.Module,
    dataset: Dataset,
    journal: EventLog,
    stop: Callable[[], bool],
) -> tuple[Tensor, Tensor]:
    """(n, features) float32 and (n) targets of a data set; what is kept is not computed again.

    Args:
        recipe: whose architecture and sizes make the features.
        stats: of the body.
        fixed: the body and its pooling, as of `halves`.
        dataset: n photographs.
        journal: what is told how far it is.
        stop: asked often.

    Raises:
        Problem: a photograph can't be read.
        CancelFitException: `stop()` was true.
    """
    preparation = Preparation(recipe, stats)
    with interruptible(fixed, stop):
        rows = with_kept(
            recipe,
            stats,
            dataset.paths,
            lambda paths: compute(fixed, preparation, paths, journal, recipe.batch_size),
        )
    position = {breed: i for i, breed in enumerate(dataset.vocab)}
    return rows, tensor([position[breed] for breed in dataset.breeds])


def head_learner(
    recipe: Recipe,
    head: nn.Module,
    rows: Tensor,
    targets: Tensor,
    parts: tuple[Sequence[int], Sequence[int]],
) -> Learner:
    """A learner of a baseline's head alone.

    Args:
        recipe: whose batch size and weight decay it takes.
        head: as of `halves`.
        rows: (n, features).
        targets: (n).
        parts: positions to train on, and to validate on.
    """
    train, valid = ((rows[part], targets[part]) for part in parts)
    dls = feature_dls(train, valid, min(recipe.batch_size, len(train[0])))
    return Learner(dls, head, **_common(recipe))


def _common(recipe: Recipe) -> dict[str, Any]:
    return {
        "loss_func": CrossEntropyLossFlat(),
        "metrics": error_rate,
        "wd": recipe.weight_decay,
    }


def _vision_learner(recipe: Recipe, dls: Any, head: str) -> Learner:
    # Weights are put in afterwards and `Normalize` is in `dls` already, the same for all sources.
    return vision_learner(
        dls,
        architecture(recipe.arch),
        pretrained=False,
        normalize=False,
        # fastai trains the batch norms of a frozen body, whose backward pass goes through all of
        # it for them; without, lite0 takes 16 ms a photograph of one processor instead of 65.
        train_bn=recipe.input != "fast",
        **HEADS[head],
        **_common(recipe),
    )


def learner(run: Run) -> Learner:
    """A fastai `Learner` with a run's weights and its `DataLoaders`: what a next cell works with.

    Training and validation set are the run's own, file by file. Where they are not on this machine,
    its `DataLoaders` are empty, of which a warning is given: it predicts, and trains on nothing.

    Raises:
        Problem: the run has no weights.
    """
    run.require_sound()
    learn = _vision_learner(run.recipe, _dls_of(run), head_kind(run))
    restore(run, learn.model)
    learn.freeze()
    return learn


def _dls_of(run: Run) -> DataLoaders:
    stats = pretrained(run.recipe.arch)
    try:
        dataset = photographs(run)
    except Away as away:
        warnings.warn(
            f"{away} Until then this learner predicts, but its dls is empty.", stacklevel=4
        )
        return empty_dataloaders(run.recipe, run.info["vocab"], stats)
    train, valid = parts_of(run, dataset)
    # A baseline may have been trained on less than a batch.
    recipe = replace(run.recipe, batch_size=min(batch_size(run), len(train)))
    return dataloaders(recipe, dataset, stats, (train, valid))

"""Make the fastai `Learner` of a recipe, for training or with a run's weights."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from fastai.vision.all import (
    CancelFitException,
    CrossEntropyLossFlat,
    Learner,
    Tensor,
    default_device,
    error_rate,
    nn,
    set_seed,
    tensor,
    vision_learner,
)

from petwidgets.inference.body import STEP, body
from petwidgets.inference.features import features
from petwidgets.inference.preparation import Preparation as Squares
from petwidgets.learning import CORES
from petwidgets.learning.input.dataloaders import Preparation, dataloaders, empty_dataloaders
from petwidgets.learning.input.fast_loader import fast_dataloaders
from petwidgets.learning.models.backbones import HEADS, architecture, network, pretrained
from petwidgets.learning.models.weights import head_kind, restore
from petwidgets.learning.train.callbacks import interruptible
from petwidgets.learning.train.feature_cache import with_kept
from petwidgets.learning.train.features import compute, halves
from petwidgets.learning.train.linear_head import head_learner
from petwidgets.learning.train.run_dataset import Away, parts_of, photographs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fastai.vision.all import DataLoaders

    from petwidgets.data.dataset import Dataset
    from petwidgets.inference.body import Body
    from petwidgets.learning.models.backbones import Pretrained
    from petwidgets.learning.train.event_log import EventLog
    from petwidgets.recipes.recipe import Recipe
    from petwidgets.runs.run import Run


@dataclass(frozen=True)
class Prepared:
    """A learner, and the complete network of which it trains all or a part."""

    learn: Learner
    network: nn.Sequential


def batch_size(run: Run) -> int:
    """Photographs per batch: the recipe's number, or fewer if the memory did not suffice."""
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
    """The learner of a run, with its initial weights.

    A baseline's learner is the head alone, trained on features. These are computed here, once, with
    progress reported to `journal`.

    Args:
        run: a run that has its `files`, `train_files` and `vocab` already.
        recipe: the run's, perhaps with smaller batches.
        dataset: its photographs.
        journal: reports the progress.
        stop: called often.
        parent: the run that gives the initial weights; default: ImageNet's weights.

    Raises:
        Problem: too few photographs, or one that can't be read.
        CancelFitException: `stop()` was true while features were computed.
    """
    stats, parts = pretrained(recipe.arch), parts_of(run, dataset)
    if not recipe.frozen_only:
        make = fast_dataloaders if recipe.input == "fast" else dataloaders
        dls = make(recipe, dataset, stats, parts)
        set_seed(recipe.seed)  # for the weights of a new head
        learn = _vision_learner(recipe, dls, head_kind(run))
        learn.model[0].load_state_dict(stats.body)
        if parent is not None:
            restore(parent, learn.model)
        return Prepared(learn, learn.model)
    set_seed(recipe.seed)  # as above
    full_network = network(recipe.arch, len(dataset.vocab), "linear")
    full_network[0].load_state_dict(stats.body)
    fixed, trained = halves(full_network)
    rows, targets = frozen_rows(recipe, stats, fixed, dataset, journal, stop)
    return Prepared(head_learner(recipe, trained, rows, targets, parts), full_network)


def frozen_rows(  # noqa: PLR0917 - as many as `prepare` has
    recipe: Recipe,
    stats: Pretrained,
    fixed: nn.Module,
    dataset: Dataset,
    journal: EventLog,
    stop: Callable[[], bool],
) -> tuple[Tensor, Tensor]:
    """(n, features) float32 and (n) targets of a data set; cached features are not recomputed.

    Args:
        recipe: gives architecture and sizes.
        stats: of the body.
        fixed: the body and its pooling, as of `halves`.
        dataset: n photographs.
        journal: reports the progress.
        stop: called often.

    Raises:
        Problem: a photograph can't be read.
        CancelFitException: `stop()` was true.
    """
    preparation = Preparation(recipe, stats)

    def computed(paths: list[Path]) -> Tensor:
        frozen = _frozen_body(recipe, stats)
        if frozen is None:
            with interruptible(fixed, stop):
                return compute(fixed, preparation, paths, journal, recipe.batch_size)
        squares = Squares(recipe.presize, recipe.size, stats.mean, stats.std)
        progress = journal.progress("features")
        rows = features(frozen, squares, paths, progress, stop, workers=CORES)
        if rows is None:
            raise CancelFitException
        return tensor(rows)

    rows = with_kept(recipe, stats, dataset.paths, computed)
    position = {breed: i for i, breed in enumerate(dataset.vocab)}
    return rows, tensor([position[breed] for breed in dataset.breeds])


def _frozen_body(recipe: Recipe, stats: Pretrained) -> Body | None:
    """The body for onnxruntime, which is three times as fast as torch on a CPU; None on a GPU."""
    on_cpu = default_device().type == "cpu" and recipe.precision == "fp32"
    found = body(recipe.arch) if on_cpu and not recipe.size % STEP else None
    return found if found and found.source == stats.source else None


def _common(recipe: Recipe) -> dict[str, Any]:
    return {
        "loss_func": CrossEntropyLossFlat(),
        "metrics": error_rate,
        "wd": recipe.weight_decay,
    }


def _vision_learner(recipe: Recipe, dls: Any, head: str) -> Learner:
    # Weights are loaded afterwards, and `dls` has `Normalize` already: alike for all sources.
    return vision_learner(
        dls,
        architecture(recipe.arch),
        pretrained=False,
        normalize=False,
        # fastai trains the batch norms of a frozen body, which takes a backward pass through all
        # of it. Without, lite0 takes 16 ms per photograph and core instead of 65.
        train_bn=recipe.input != "fast",
        **HEADS[head],
        **_common(recipe),
    )


def learner(run: Run) -> Learner:
    """A fastai `Learner` with a run's weights and `DataLoaders`, for use in a notebook cell.

    Training and validation set are the run's own, file by file. If they are not on this machine,
    the `DataLoaders` are empty and a warning says so: the learner then predicts only.

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

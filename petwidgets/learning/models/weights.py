"""Load a run's network with its weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safetensors import SafetensorError
from safetensors.torch import load_file

from petwidgets.common.errors import Problem
from petwidgets.common.os_errors import check_readable
from petwidgets.learning.models.backbones import Undrawn, network, pretrained

if TYPE_CHECKING:
    from fastai.vision.all import nn

    from petwidgets.runs.run import Run


def restore(run: Run, model: nn.Sequential) -> None:
    """Load a run's weights into a network of its architecture.

    Raises:
        Problem: the run has no weights yet, or they are damaged, or the file can't be read.
    """
    path = run.folder / "model.safetensors"
    run.require_sound()
    if not path.is_file():
        raise Problem(f"The run {run.id} has no weights yet: let its first epoch end.")
    check_readable(path)
    try:
        weights = load_file(path)
        if run.info["keeps"] == "head":
            body = pretrained(run.recipe.arch).body
            weights |= {f"0.{key}": value for key, value in body.items()}
        model.load_state_dict(weights)
    except (OSError, RuntimeError, KeyError, SafetensorError) as error:
        raise Problem(f"The weights of run {run.id} are damaged: train it again.") from error


@dataclass(frozen=True)
class TrainedNetwork:
    """A run's network with its weights, in `eval` mode, and the normalisation of its input."""

    network: nn.Sequential
    mean: tuple[float, ...]
    std: tuple[float, ...]


def whole(run: Run) -> TrainedNetwork:
    """A run's complete network, body and head.

    Raises:
        Problem: the run has no weights, or they are damaged.
    """
    run.require_sound()
    with Undrawn():
        model = network(run.recipe.arch, len(run.info["vocab"]), run.head_kind)
        restore(run, model)
        stats = run.info.get("preprocessing") or vars(pretrained(run.recipe.arch))
    return TrainedNetwork(model.eval(), tuple(stats["mean"]), tuple(stats["std"]))

"""The checkpoint from which a training resumes after its process was killed.

`checkpoint.safetensors` is written atomically at the end of each epoch, after the run's other
files. Tensors are stored as tensors, everything else as JSON in the file's metadata. Reading it
can't run code, unlike unpickling.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastai.vision.all import Callback, Recorder, torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from petwidgets.common.errors import Problem
from petwidgets.common.paths import complaints, replacing
from petwidgets.runs.predictions import Validation, require_shapes

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from fastai.vision.all import Learner

    from petwidgets.learning.train.rng_state import Randomness
    from petwidgets.runs.run import Run

    Tensors = dict[str, torch.Tensor]

NAME = "checkpoint.safetensors"

COLUMNS = ("probabilities", "targets", "losses")


class Damaged(Problem):
    """A checkpoint from which a training can't resume."""

    def __init__(self) -> None:
        super().__init__("What the last epoch left is damaged: starting over with the first epoch.")


@dataclass(frozen=True)
class Epoch:
    """The results of a complete epoch.

    Args:
        number: of complete epochs, over all stages.
        figures: `train_loss`, `valid_loss` (nats) and `error_rate`.
        weights: the content of `model.safetensors`.
        validation: the predictions at the end of the epoch.
        features: (n, f) float16, inputs of the last linear layer for these predictions.
    """

    number: int
    figures: dict[str, float]
    weights: Tensors
    validation: Validation
    features: np.ndarray


@dataclass(frozen=True)
class Checkpoint:
    """An epoch, and the complete state that the next one depends on.

    Args:
        epoch: the last complete one.
        optimiser: the tensors of fastai's `opt.state_dict()`, named `<parameter>.<name>`.
        random: states of torch's generators.
        smooth_loss: fastai's smoothed training loss, a scalar.
        plain: all other state, as JSON values.
    """

    epoch: Epoch
    optimiser: Tensors
    random: Tensors
    smooth_loss: torch.Tensor
    plain: dict[str, Any]

    def restore_optimiser(self, learn: Learner) -> None:
        """Restore moments and steps. Call it after `freeze` or `unfreeze`, which reset them.

        The learner's hyper-parameters are left alone: `fit_one_cycle` sets all that change.
        """
        states = [dict(state) for state in self.plain["optimiser"]]
        for name, tensor in self.optimiser.items():
            position, key = name.split(".")
            states[int(position)][key] = tensor.to(learn.dls.device or "cpu")
        learn.opt.load_state_dict({"state": states, "hypers": learn.opt.hypers})

    def restore_random(self, randomness: Randomness) -> None:
        """Restore the random generators to their state at the end of the epoch."""
        randomness.restore(self.random, self.plain["random"])


class SmoothLoss(Callback):
    """Restores the smoothed training loss, which fastai's `Recorder` resets before a fit."""

    order = Recorder.order + 1

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.val, self.count = checkpoint.smooth_loss, checkpoint.plain["smooth_loss_count"]

    def before_fit(self) -> None:
        """Restore the smoothed loss."""
        smooth = self.learn.recorder.smooth_loss
        smooth.val, smooth.count = self.val, self.count


def write(run: Run, epoch: Epoch, learn: Learner, randomness: Randomness) -> None:
    """Write the checkpoint of an epoch.

    Raises:
        Problem: the disk is full.
    """
    states = learn.opt.state_dict()["state"]
    smooth = learn.recorder.smooth_loss
    columns = {name: torch.from_numpy(getattr(epoch.validation, name)) for name in COLUMNS}
    tensors = {
        **_named("weights", epoch.weights),
        **_named("validation", columns),
        "features": torch.from_numpy(epoch.features),
        **_named("optimiser", _tensors_of(states)),
        **_named("random", randomness.tensors()),
        "smooth_loss": smooth.val,
    }
    plain = {
        "number": epoch.number,
        "figures": epoch.figures,
        "optimiser": [_plain_of(state) for state in states],
        "random": randomness.plain(),
        "smooth_loss_count": smooth.count,
    }
    tensors = {name: _stored(tensor) for name, tensor in tensors.items()}
    text = json.dumps(plain)
    metadata = {"plain": text, "sha256": _digest(tensors, text)}
    write_tensors(run.folder / NAME, tensors, metadata)


def write_tensors(path: Path, tensors: Tensors, metadata: dict[str, str] | None = None) -> None:
    """Write a safetensors file atomically.

    Raises:
        MemoryError: the memory does not suffice for the file's bytes.
        Problem: the disk is full.
    """
    try:
        content = save(tensors, metadata)  # save_file does not report a full disk
    except BaseException as error:
        # safetensors is written in Rust, which panics where Python would raise a MemoryError.
        if type(error).__name__ == "PanicException":
            raise MemoryError(path.name) from error
        raise
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def read(run: Run) -> Checkpoint | None:
    """Read the checkpoint of a run's last complete epoch; None if there is none.

    Raises:
        Damaged: it is truncated, changed, or belongs to another run.
    """
    path = run.folder / NAME
    if not path.is_file():
        return None
    try:
        tensors, text, digest = _content(path)
        if _digest(tensors, text) != digest:
            raise Damaged
        return _checkpoint(run, tensors, json.loads(text))
    except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
        raise Damaged from error


def remove(run: Run) -> None:
    """Remove the checkpoint.

    Raises:
        Problem: the run's folder can't be written.
    """
    with complaints(run.folder / NAME):
        (run.folder / NAME).unlink(missing_ok=True)


def _content(path: Path) -> tuple[Tensors, str, str]:
    # Not load_file or safe_open: they map the file into memory. Windows does not replace mapped
    # files, and after a lack of memory there may be no free range of addresses as long as it.
    content = path.read_bytes()
    tensors = load(content)
    start = 8  # bytes that hold the header's length
    header = json.loads(content[start : start + int.from_bytes(content[:start], "little")])
    return tensors, header["__metadata__"]["plain"], header["__metadata__"]["sha256"]


def _checkpoint(run: Run, tensors: Tensors, plain: dict[str, Any]) -> Checkpoint:
    columns = [tensors[f"validation.{name}"].numpy() for name in COLUMNS]
    require_shapes([column.shape for column in columns], run.info)
    validation = Validation(tuple(run.info["files"]), *columns)
    weights = _part("weights", tensors)
    features = tensors["features"].numpy()
    epoch = Epoch(plain["number"], plain["figures"], weights, validation, features)
    optimiser, random = _part("optimiser", tensors), _part("random", tensors)
    return Checkpoint(epoch, optimiser, random, tensors["smooth_loss"], plain)


def _named(prefix: str, tensors: Tensors) -> Tensors:
    return {f"{prefix}.{name}": tensor for name, tensor in tensors.items()}


def _part(prefix: str, tensors: Tensors) -> Tensors:
    start = f"{prefix}."
    return {k.removeprefix(start): v for k, v in tensors.items() if k.startswith(start)}


def _tensors_of(states: list[dict[str, Any]]) -> Tensors:
    return {
        f"{i}.{key}": value
        for i, state in enumerate(states)
        for key, value in state.items()
        if isinstance(value, torch.Tensor)
    }


def _plain_of(state: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in state.items() if not isinstance(value, torch.Tensor)}


def _stored(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().cpu().contiguous().as_subclass(torch.Tensor)


def _digest(tensors: Tensors, text: str) -> str:
    """A digest of all content: safetensors itself only detects truncated files."""
    digest = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        digest.update(f"{name} {tuple(tensors[name].shape)}".encode())
        digest.update(tensors[name].reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()

"""Store a run's predictions and features of its validation set, as safetensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from petwidgets.common.errors import Problem
from petwidgets.common.os_errors import check_readable
from petwidgets.common.paths import replacing

if TYPE_CHECKING:
    from pathlib import Path

VALIDATION, FEATURES = "validation.safetensors", "features.safetensors"


@dataclass(frozen=True)
class Validation:
    """Predictions on the validation set at the end of an epoch.

    Args:
        files: n names.
        probabilities: (n, c) float32, rows adding to one.
        targets: (n) positions in the vocab.
        losses: (n) float32 cross-entropy of each photograph, in nats.
    """

    files: tuple[str, ...]
    probabilities: np.ndarray
    targets: np.ndarray
    losses: np.ndarray

    @property
    def errors(self) -> int:
        """The number of wrong predictions."""
        return int((self.probabilities.argmax(1) != self.targets).sum())


def save_validation(folder: Path, validation: Validation) -> None:
    """Write the predictions into a run's folder.

    Raises:
        Problem: the disk is full.
    """
    arrays = {
        "probabilities": validation.probabilities.astype(np.float32),
        "targets": validation.targets.astype(np.int64),
        "losses": validation.losses.astype(np.float32),
    }
    with replacing(folder / VALIDATION) as temporary:
        temporary.write_bytes(save(arrays))  # save_file hides the error of a full disk


def read_validation(folder: Path, info: dict[str, Any]) -> Validation:
    """Read the predictions from a run's folder; `info` is its run.json.

    Raises:
        Problem: there are none yet, or the file is damaged or not readable.
    """
    path = folder / VALIDATION
    if not path.is_file():
        raise Problem(f"The run {folder.name} has no validation predictions: let an epoch end.")
    check_readable(path)
    try:
        arrays = load_file(path)
        columns = [arrays[key] for key in ("probabilities", "targets", "losses")]
        require_shapes([column.shape for column in columns], info)
    except (OSError, KeyError, ValueError, SafetensorError) as error:
        raise Problem(
            f"The predictions of run {folder.name} are damaged: train it again."
        ) from error
    probabilities, targets, losses = columns
    return Validation(tuple(info["files"]), probabilities, targets, losses + 0.0)  # -0 becomes 0


def save_features(folder: Path, features: np.ndarray) -> None:
    """Write the features of the validation photographs: (n, f), as float16.

    Raises:
        Problem: the disk is full.
    """
    with replacing(folder / FEATURES) as temporary:
        temporary.write_bytes(save({"features": features.astype(np.float16)}))


def read_features(folder: Path, n: int) -> np.ndarray:
    """Read the features of the n validation photographs: (n, f) float16.

    Raises:
        Problem: none are stored, or the file is damaged or not readable.
    """
    path = folder / FEATURES
    if not path.is_file():
        raise Problem(f"The run {folder.name} keeps no features: have them computed.")
    check_readable(path)
    try:
        features: np.ndarray = load_file(path)["features"]
        _require_features(features, n)
    except (OSError, KeyError, ValueError, SafetensorError) as error:
        raise Problem(f"The features of run {folder.name} are damaged: train it again.") from error
    return features


def require_shapes(shapes: list[tuple[int, ...]], info: dict[str, Any]) -> None:
    """Check the shapes of a run's probabilities, targets and losses.

    Raises:
        ValueError: they do not match the vocab and the files in `info`.
    """
    n = len(info["files"])
    if shapes != [(n, len(info["vocab"])), (n,), (n,)]:
        raise ValueError(shapes)


def _require_features(features: np.ndarray, n: int) -> None:
    rows, *columns = features.shape
    if (
        features.dtype != np.float16
        or (rows, len(columns)) != (n, 1)
        or not np.isfinite(features).all()
    ):
        raise ValueError(features.shape)

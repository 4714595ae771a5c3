"""Export a run's model as one ONNX file, tested with onnxruntime.

Input: `pixels` (n, 3, size, size) float32 in [0, 1], red, green, blue: the resized centre square of
each photograph. The normalisation is part of the model. Output: `probabilities` (n, c) float32, the
softmax of the logits divided by the temperature. The file's metadata holds the names of the breeds
and everything else that is needed.
"""

from __future__ import annotations

import logging
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from petwidgets.common.errors import Problem
from petwidgets.common.leftovers import workplace
from petwidgets.data.image import read_photo
from petwidgets.export.run_summary import account
from petwidgets.jobs import export as jobs
from petwidgets.jobs.export import Made
from petwidgets.jobs.job import implements
from petwidgets.learning.export.model_folder import require_weights, squares, write
from petwidgets.learning.export.separate_process import run_apart
from petwidgets.learning.input.dataloaders import Preparation
from petwidgets.learning.models.backbones import Pretrained
from petwidgets.learning.models.weights import TrainedNetwork, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.runs.run import Run

log = logging.getLogger(__name__)

CLOSE = 1e-4
"""Largest accepted difference between probabilities of onnxruntime and torch."""

TRIED = 8
"""Photographs (or synthetic squares) that both are compared on."""

PACKAGES = ("onnx", "onnxscript", "onnxruntime")


@implements(jobs.onnx)
def packed(run: Run, photographs: Sequence[str] = ()) -> Made:
    """Export and test the file (implements the job)."""
    require_weights(run)
    summary, model = account(run), whole(run)
    if any(find_spec(package) is None for package in PACKAGES):
        raise Problem(
            f"ONNX takes the packages {', '.join(PACKAGES)}: pip install {' '.join(PACKAGES)}."
        )
    with workplace() as place:
        write(summary, model, place)
        content = exported(run, place)
    batch, images = _batch(run, photographs)
    difference = differs(model, summary.calibration.temperature, content, batch)
    if not difference <= CLOSE:  # nor NaN
        raise Problem(
            f"onnxruntime's probabilities differ from torch's by {difference:.1e}, which is more"
            f" than {CLOSE:g}: {run.recipe.arch} is not handed over as ONNX."
        )
    images = f"onnxruntime held against torch on {images}"
    return Made(f"{run.id}.onnx", content, images, difference)


def exported(run: Run, folder: Path) -> bytes:
    """The bytes of the ONNX file of a model folder, made in a separate process.

    Raises:
        Problem: the architecture can't be exported, or not within `LONGEST` seconds.
    """
    file = folder / "model.onnx"
    try:
        run_apart("petwidgets.learning.export.onnx_subprocess", str(folder), str(file))
        return file.read_bytes()
    except (Problem, OSError) as error:
        raise Problem(
            f"{run.recipe.arch} can't be exported as ONNX (the details are in the log): take the"
            " model folder."
        ) from error


def differs(
    model: TrainedNetwork, temperature: float, content: bytes, batch: torch.Tensor
) -> float:
    """The largest difference of a probability, for a batch of one picture and for all of them.

    Args:
        model: the run's.
        temperature: the logits are divided by it.
        content: bytes of the ONNX file.
        batch: (n, 3, size, size) in [0, 1].
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    mean, std = (torch.tensor(v).view(3, 1, 1) for v in (model.mean, model.std))
    differences = []
    for part in (batch[:1], batch):
        with torch.inference_mode():
            expected = (model.network((part - mean) / std) / temperature).softmax(1)
        (computed,) = session.run(None, {"pixels": part.numpy()})
        differences.append((torch.from_numpy(computed) - expected).abs().max())
    return float(torch.stack(differences).max())


def _batch(run: Run, photographs: Sequence[str]) -> tuple[torch.Tensor, str]:
    """(n, 3, size, size) in [0, 1], and its description."""
    photos = []
    for path in photographs[:TRIED]:
        try:
            photos.append(read_photo(Path(path)))
        except Problem:  # noqa: PERF203 - another machine may have no such file
            log.info("%s is not tried", path, exc_info=True)
    if not photos:
        return squares(TRIED, run.recipe.size), f"{TRIED} random squares"
    unnormalised = Pretrained({}, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), "")
    pixels = Preparation(run.recipe, unnormalised).batch(photos)
    return pixels, f"{len(photos)} of its validation photographs"

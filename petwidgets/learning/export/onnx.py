"""A run's model as one ONNX file, tried with onnxruntime before it is handed over.

In: `pixels` (n, 3, size, size) float32 in [0, 1], red, green, blue: the square in the middle of
each photograph, shrunk. What the body wants its input normalised with is inside. Out:
`probabilities` (n, c) float32, the softmax of the logits divided by the temperature. The names of
the breeds and all else that one needs stand in the file's metadata.
"""

from __future__ import annotations

import logging
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from petwidgets.common import processes
from petwidgets.common.errors import Problem
from petwidgets.common.leftovers import workplace
from petwidgets.data.image import read_photo
from petwidgets.export.run_summary import account
from petwidgets.jobs import export as jobs
from petwidgets.jobs.export import Made
from petwidgets.jobs.job import implements
from petwidgets.learning.export.model_folder import require_weights, squares, write
from petwidgets.learning.input.dataloaders import Preparation
from petwidgets.learning.models.backbones import Pretrained
from petwidgets.learning.models.weights import TrainedNetwork, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.runs.run import Run

log = logging.getLogger(__name__)

CLOSE = 1e-4
"""Probabilities of onnxruntime may differ by so much from torch's."""

TRIED = 8
"""Photographs, or else made-up squares, that both are tried on."""

LONGEST = 900
"""Seconds that the export may take."""

PACKAGES = ("onnx", "onnxscript", "onnxruntime")


@implements(jobs.onnx)
def packed(run: Run, photographs: Sequence[str] = ()) -> Made:
    """The file, tried before it is handed over."""
    require_weights(run)
    told, model = account(run), whole(run)
    if any(find_spec(package) is None for package in PACKAGES):
        raise Problem(
            f"ONNX takes the packages {', '.join(PACKAGES)}: pip install {' '.join(PACKAGES)}."
        )
    with workplace() as place:
        write(told, model, place)
        content = exported(run, place)
    batch, said = _batch(run, photographs)
    difference = differs(model, told.calibration.temperature, content, batch)
    if not difference <= CLOSE:  # nor NaN
        raise Problem(
            f"onnxruntime's probabilities differ from torch's by {difference:.1e}, which is more"
            f" than {CLOSE:g}: {run.recipe.arch} is not handed over as ONNX."
        )
    said = f"onnxruntime held against torch on {said}"
    return Made(f"{run.id}.onnx", content, said, difference)


def exported(run: Run, folder: Path) -> bytes:
    """The file of a model's folder, made in a process of its own.

    Raises:
        Problem: the architecture can't be exported, or not in time.
    """
    file = folder / "model.onnx"
    command = processes.command(
        "petwidgets.learning.export.onnx_subprocess", str(folder), str(file)
    )
    try:
        subprocess.run(  # noqa: S603 - our own interpreter and module
            command,
            check=True,
            capture_output=True,
            timeout=LONGEST,
            env=processes.environment(),
        )
        return file.read_bytes()
    except (subprocess.SubprocessError, OSError) as error:
        said = getattr(error, "stderr", None) or b""
        log.warning("no ONNX of %s: %s\n%s", run.recipe.arch, error, said.decode(errors="replace"))
        raise Problem(
            f"{run.recipe.arch} can't be exported as ONNX (the details are in the log): take the"
            " model folder."
        ) from error


def differs(
    model: TrainedNetwork, temperature: float, content: bytes, batch: torch.Tensor
) -> float:
    """The largest difference of a probability, on one picture and on all: any number may come.

    Args:
        model: the run's.
        temperature: what its logits are divided by.
        content: the file.
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
        (found,) = session.run(None, {"pixels": part.numpy()})
        differences.append((torch.from_numpy(found) - expected).abs().max())
    return float(torch.stack(differences).max())


def _batch(run: Run, photographs: Sequence[str]) -> tuple[torch.Tensor, str]:
    """(n, 3, size, size) in [0, 1], and what it is."""
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

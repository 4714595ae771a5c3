"""A run's model as one ONNX file, tried with onnxruntime before it is handed over.

In: `pixels` (n, 3, size, size) float32 in [0, 1], red, green, blue: the square in the middle of
each photograph, shrunk. What the body wants its input normalised with is inside. Out:
`probabilities` (n, c) float32, the softmax of the logits divided by the temperature. The names of
the breeds and all else that one needs stand in the file's metadata.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from fastai.vision.all import nn

from petwidgets.data.photo import read_photo
from petwidgets.learning.backbones import Pretrained
from petwidgets.learning.dls import Preparation
from petwidgets.learning.portable import Whole, squares, whole
from petwidgets.lessons.account import Account, account
from petwidgets.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.runs import Run

log = logging.getLogger(__name__)

CLOSE = 1e-4
"""Probabilities of onnxruntime may differ by so much from torch's."""

TRIED = 8
"""Photographs, or else made-up squares, that both are tried on."""

MISSING = (
    "ONNX takes the packages onnx, onnxscript and onnxruntime: pip install onnx onnxscript"
    " onnxruntime."
)
PREPARATION = (
    "Cut out the square in the middle of the photograph, upright; resize it to {presize} pixels a"
    " side (bilinear), then to {size}; divide by 255."
)


class Honest(nn.Module):
    """A network with what comes before and after it: normalisation, temperature, softmax."""

    def __init__(self, model: Whole, temperature: float) -> None:
        super().__init__()
        self.network, self.temperature = model.network, temperature
        for name in ("mean", "std"):
            self.register_buffer(name, torch.tensor(getattr(model, name)).view(3, 1, 1))

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """(n, c) probabilities of (n, 3, size, size) in [0, 1]."""
        logits = self.network((pixels - self.mean) / self.std)
        return (logits / self.temperature).softmax(1)


def packed(run: Run, photographs: Sequence[str] = ()) -> dict[str, Any]:
    """The file, tried before it is handed over.

    Args:
        run: whose model.
        photographs: paths of some to try it on; what can't be read is passed over, and where
            nothing can, made-up squares are taken.

    Returns:
        `content`, the bytes; `name`; `said`, what it was held against; `difference`, the largest of
        a probability.

    Raises:
        Problem: as `whole` and `account`; a package is missing, the architecture can't be exported,
            or what comes out is not what torch says.
    """
    told, model = account(run), whole(run)
    honest = Honest(model, told.calibration.temperature).eval()
    batch, said = _batch(run, photographs)
    content = exported(honest, told)
    difference = differs(honest, content, batch)
    if not difference <= CLOSE:  # nor NaN
        raise Problem(
            f"onnxruntime's probabilities differ from torch's by {difference:.1e}, which is more"
            f" than {CLOSE:g}: {run.recipe.arch} is not handed over as ONNX."
        )
    return {
        "content": content,
        "name": f"{run.id}.onnx",
        "said": f"onnxruntime held against torch on {said}",
        "difference": difference,
    }


def exported(honest: Honest, told: Account) -> bytes:
    """The file's bytes, weights and all.

    Raises:
        Problem: a package is missing, or the architecture can't be exported.
    """
    try:
        import onnx
        import onnxscript  # noqa: F401 - what torch needs
    except ImportError as error:
        raise Problem(MISSING) from error
    size = told.run.recipe.size
    try:
        program = torch.onnx.export(
            honest,
            (torch.zeros(2, 3, size, size),),
            dynamo=True,
            input_names=["pixels"],
            output_names=["probabilities"],
            dynamic_shapes={"pixels": {0: torch.export.Dim("batch")}},
            verbose=False,
        )
        model = program.model_proto
        _forget(model)
        onnx.helper.set_model_props(model, _metadata(told))
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString())
    except Exception as error:
        log.warning("no ONNX of %s", told.run.recipe.arch, exc_info=True)
        raise Problem(
            f"{told.run.recipe.arch} can't be exported as ONNX ({type(error).__name__}): take the"
            " model folder."
        ) from error


def _forget(model: Any) -> None:
    """Remove what torch writes of where it was called: names of this machine's folders."""
    graph = model.graph
    for part in (graph, *graph.node, *graph.value_info, *graph.input, *graph.output):
        del part.metadata_props[:]


def _metadata(told: Account) -> dict[str, str]:
    run, recipe = told.run, told.run.recipe
    said = {
        "run": run.id,
        "vocab": run.info["vocab"],
        "input": PREPARATION.format(presize=recipe.presize, size=recipe.size),
        "output": "softmax of the logits divided by the temperature",
        "temperature": told.calibration.temperature,
        "least_probability": told.least_probability,
        "error_rate": told.error,
        "validated_on": told.n,
        "licence": told.terms,
    }
    return {k: v if isinstance(v, str) else json.dumps(v) for k, v in said.items()}


def differs(honest: Honest, content: bytes, batch: torch.Tensor) -> float:
    """The largest difference of a probability, on one picture and on all: the batch is dynamic.

    Raises:
        Problem: onnxruntime is missing, or can't run the file.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise Problem(MISSING) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    differences = []
    for part in (batch[:1], batch):
        with torch.inference_mode():
            expected = honest(part)
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

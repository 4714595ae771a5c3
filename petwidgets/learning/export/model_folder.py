"""Export a run's model as a folder that loads without petwidgets.

<run>/model.safetensors   the complete network, including a frozen body
config.json         architecture, vocab, preparation, temperature, thresholds, versions
load.py             `standalone.py`, unchanged, and the code of `data` that reads photographs
README.md           the model card
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from fastai.vision.all import nn
from safetensors.torch import save

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted
from petwidgets.common.leftovers import workplace
from petwidgets.data import decoding, levels
from petwidgets.export.model_card import card
from petwidgets.export.run_summary import RunSummary, account
from petwidgets.jobs import export as jobs
from petwidgets.jobs.export import Made
from petwidgets.jobs.job import implements
from petwidgets.learning.export import odd_images, standalone
from petwidgets.learning.models.backbones import Undrawn
from petwidgets.learning.models.weights import TrainedNetwork, whole

if TYPE_CHECKING:
    from types import ModuleType

    from petwidgets.runs.run import Run

FORMAT = "petwidgets model 1"

CLOSE = 1e-5
"""Largest accepted difference between probabilities of the folder's model and the run's."""

SQUARES = 4
"""Synthetic pictures that both are compared on."""

FUTURE = "from __future__ import annotations\n"

KINDS = {"AdaptiveConcatPool2d": "ConcatPool", "AdaptiveAvgPool2d": "AvgPool"}
KINDS |= {"BatchNorm1d": "BatchNorm"}
KINDS |= {kind: kind for kind in ("Flatten", "Dropout", "Linear", "ReLU")}


def require_weights(run: Run) -> None:
    """Check that a run has weights.

    Raises:
        Problem: the run is damaged or was saved without weights.
    """
    run.require_sound()
    if not run.usable:
        raise Problem(f"The run {run.id} has no weights: its report is all that can be taken.")


@implements(jobs.model)
def packed(run: Run) -> Made:
    """Export and test the folder as one zip (implements the job)."""
    require_weights(run)
    summary, model = account(run), whole(run)
    with workplace() as place:
        folder = place / run.id
        folder.mkdir()
        write(summary, model, folder)
        odd_images.check_reading(folder / "load.py")
        difference = differs(model, folder, run.recipe.size)
        if not difference <= CLOSE:  # nor NaN
            raise Problem(
                f"The folder's model differs from the run's by {difference:.1e} in a probability:"
                f" {run.recipe.arch} can't be taken along like this."
            )
        content = zipped(folder)
    pictures = counted(len(odd_images.made()), "odd picture is", "odd pictures are")
    checks = f"loaded and held against the run on {SQUARES} random squares; {pictures} read alike"
    name = f"{run.id}-model.zip"
    return Made(name, content, checks, difference)


def write(summary: RunSummary, model: TrainedNetwork, folder: Path) -> None:
    """Write the folder's files.

    Raises:
        Problem: the head has a layer of an unknown kind.
    """
    tensors = {k: v.contiguous() for k, v in model.network.state_dict().items()}
    weights = save(tensors)
    files = {
        "model.safetensors": weights,
        "config.json": json.dumps(config(summary, model), indent=1).encode(),
        "load.py": loader().encode(),
        "README.md": card(summary, len(weights)).encode(),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)


def loader() -> str:
    """The text of load.py: `standalone` with the petwidgets modules that it imports inlined."""
    head, _, standalone_code = _source(standalone)
    shared = [_source(module)[2] for module in (levels, decoding)]
    lines = "".join([*shared, standalone_code]).splitlines(keepends=True)
    return head + FUTURE + "".join(x for x in lines if not x.startswith("from petwidgets"))


def _source(module: ModuleType) -> tuple[str, str, str]:
    """The source of a module: the part before its first import, that import, and the rest."""
    return Path(str(module.__file__)).read_text("utf-8").partition(FUTURE)


def config(summary: RunSummary, model: TrainedNetwork) -> dict[str, Any]:
    """The content of config.json: everything that `standalone.Model` needs, and its origin.

    Raises:
        Problem: the head has a layer of an unknown kind.
    """
    run, recipe = summary.run, summary.run.recipe
    return {
        "format": FORMAT,
        "run": run.id,
        "architecture": _architecture(recipe.arch, model.network[0]),
        "head": [_layer(layer) for layer in model.network[1]],
        "vocab": run.info["vocab"],
        "presize": recipe.presize,
        "size": recipe.size,
        "mean": model.mean,
        "std": model.std,
        "temperature": summary.calibration.temperature,
        "thresholds": {"least_probability": summary.least_probability},
        "error_rate": summary.error,
        "validated_on": summary.n,
        "licence": summary.terms,
        "versions": summary.versions,
    }


def _architecture(name: str, body: nn.Module) -> dict[str, Any]:
    if hasattr(body, "needs_pool"):  # fastai's TimmBody
        return {"library": "timm", "name": name, "pools": body.needs_pool}
    return {"library": "torchvision", "name": name, "children": len(body)}


def _layer(layer: nn.Module) -> list[Any]:
    kind = type(layer).__name__
    if kind not in KINDS:
        raise Problem(f"The head's {kind} can't be taken along: train with another architecture.")
    arguments = {
        "AdaptiveAvgPool2d": lambda: [1],
        "BatchNorm1d": lambda: [layer.num_features],
        "Dropout": lambda: [layer.p],
        "Linear": lambda: [layer.in_features, layer.out_features, layer.bias is not None],
    }
    return [KINDS[kind], *arguments.get(kind, list)()]


def squares(n: int, size: int) -> torch.Tensor:
    """(n, 3, size, size) in [0, 1]: blots of colour with noise, the same each time.

    They use a generator of their own, so that they don't disturb a training in another thread.
    """
    draw = torch.Generator().manual_seed(0)
    blots = torch.rand(n, 3, 6, 6, generator=draw)
    smooth = nn.functional.interpolate(blots, (size, size), mode="bicubic")
    return (smooth + torch.rand(n, 3, size, size, generator=draw) / 5).clamp(0, 1)


@torch.inference_mode()
def differs(model: TrainedNetwork, folder: Path, size: int) -> float:
    """The largest difference of a probability between a run's network and its folder's."""
    with Undrawn():
        loaded = standalone.load(folder)
    mean, std = (torch.tensor(v).view(3, 1, 1) for v in (model.mean, model.std))
    batch = (squares(SQUARES, size) - mean) / std
    expected, computed = (net(batch).softmax(1) for net in (model.network, loaded.network))
    return float((expected - computed).abs().max())


def zipped(folder: Path) -> bytes:
    """The folder as a zip file. Weights are stored uncompressed, since they hardly compress."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(folder.iterdir()):
            method = zipfile.ZIP_STORED if path.suffix == ".safetensors" else zipfile.ZIP_DEFLATED
            archive.write(path, f"{folder.name}/{path.name}", method)
    return buffer.getvalue()

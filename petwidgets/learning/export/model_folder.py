"""A run's model as a folder that needs no petwidgets: weights, config, card, and what loads it.

<run>/model.safetensors   the whole network, the frozen body too
config.json         architecture, vocab, preparation, temperature, thresholds, versions
load.py             `standalone.py`, to the letter, and the code of `data` that reads photographs
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
"""Probabilities of the folder's model may differ by so much from the run's."""

SQUARES = 4
"""Made-up pictures that both are tried on."""

FUTURE = "from __future__ import annotations\n"

KINDS = {"AdaptiveConcatPool2d": "ConcatPool", "AdaptiveAvgPool2d": "AvgPool"}
KINDS |= {"BatchNorm1d": "BatchNorm"}
KINDS |= {kind: kind for kind in ("Flatten", "Dropout", "Linear", "ReLU")}


def require_weights(run: Run) -> None:
    """Raise the sentence of a run that was recorded without weights; others pass.

    Raises:
        Problem: it has none.
    """
    run.require_sound()
    if not run.usable:
        raise Problem(f"The run {run.id} has no weights: its report is all that can be taken.")


@implements(jobs.model)
def packed(run: Run) -> Made:
    """The folder as one zip, tried before it is handed over."""
    require_weights(run)
    told, model = account(run), whole(run)
    with workplace() as place:
        folder = place / run.id
        folder.mkdir()
        write(told, model, folder)
        odd_images.check_reading(folder / "load.py")
        difference = differs(model, folder, run.recipe.size)
        if not difference <= CLOSE:  # nor NaN
            raise Problem(
                f"The folder's model differs from the run's by {difference:.1e} in a probability:"
                f" {run.recipe.arch} can't be taken along like this."
            )
        content = zipped(folder)
    odd = counted(len(odd_images.made()), "odd picture is", "odd pictures are")
    said = f"loaded and held against the run on {SQUARES} random squares; {odd} read alike"
    name = f"{run.id}-model.zip"
    return Made(name, content, said, difference)


def write(told: RunSummary, model: TrainedNetwork, folder: Path) -> None:
    """Write the folder's files.

    Raises:
        Problem: a layer of the head is of no known kind.
    """
    tensors = {k: v.contiguous() for k, v in model.network.state_dict().items()}
    weights = save(tensors)
    files = {
        "model.safetensors": weights,
        "config.json": json.dumps(config(told, model), indent=1).encode(),
        "load.py": loader().encode(),
        "README.md": card(told, len(weights)).encode(),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)


def loader() -> str:
    """The text of load.py: what `standalone` imports of petwidgets stands in it."""
    head, _, own = _source(standalone)
    shared = [_source(module)[2] for module in (levels, decoding)]
    lines = "".join([*shared, own]).splitlines(keepends=True)
    return head + FUTURE + "".join(x for x in lines if not x.startswith("from petwidgets"))


def _source(module: ModuleType) -> tuple[str, str, str]:
    """What stands before its first import, that, and the rest."""
    return Path(str(module.__file__)).read_text("utf-8").partition(FUTURE)


def config(told: RunSummary, model: TrainedNetwork) -> dict[str, Any]:
    """What `standalone.Model` needs to know, and where it comes from.

    Raises:
        Problem: a layer of the head is of no known kind.
    """
    run, recipe = told.run, told.run.recipe
    return {
        "format": FORMAT,
        "run": run.id,
        "architecture": _architecture(recipe.arch, model.network[0]),
        "head": [_layer(one) for one in model.network[1]],
        "vocab": run.info["vocab"],
        "presize": recipe.presize,
        "size": recipe.size,
        "mean": model.mean,
        "std": model.std,
        "temperature": told.calibration.temperature,
        "thresholds": {"least_probability": told.least_probability},
        "error_rate": told.error,
        "validated_on": told.n,
        "licence": told.terms,
        "versions": told.versions,
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

    They are drawn without the process's random numbers, which a training beside it would miss.
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
    own, others = (net(batch).softmax(1) for net in (model.network, loaded.network))
    return float((own - others).abs().max())


def zipped(folder: Path) -> bytes:
    """The folder and its files. Weights are as good as random, and don't get smaller."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        for path in sorted(folder.iterdir()):
            how = zipfile.ZIP_STORED if path.suffix == ".safetensors" else zipfile.ZIP_DEFLATED
            archive.write(path, f"{folder.name}/{path.name}", how)
    return into.getvalue()

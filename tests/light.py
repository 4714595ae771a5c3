"""A network small enough for trainings of which a test needs what happens, not what they learn.

The default, `tf_efficientnet_lite0`, has 13 times its parameters and takes 14 times as long. Its
random weights lie where timm keeps what it has downloaded, so that all code is the real code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from petwidgets.recipes.presets import make

if TYPE_CHECKING:
    from pathlib import Path

    from petwidgets.recipes.recipe import Recipe

ARCH = "test_efficientnet"


def small(name: str, few: Path, **settings: Any) -> Recipe:
    """A recipe of a size and a network that take seconds, of `few` unless `data` says otherwise."""
    given = {"data": str(few), "size": 64, "presize": 128, "batch_size": 8, **settings}
    if name != "baseline":  # which runs its network once
        given.setdefault("arch", ARCH)
    return make(name, **given)


def keep_weights(cache: Path) -> None:
    """Write them into a folder that takes the place of Hugging Face's cache."""
    import timm
    import torch
    from safetensors.torch import save_file

    name = timm.get_pretrained_cfg(ARCH).hf_hub_id.removeprefix("timm/")
    model = cache / f"models--timm--{name}"
    snapshot = model / "snapshots" / "random"
    snapshot.mkdir(parents=True)
    (model / "refs").mkdir()
    (model / "refs" / "main").write_text(snapshot.name)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        save_file(timm.create_model(ARCH).state_dict(), snapshot / "model.safetensors")

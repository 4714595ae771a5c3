"""Export a model folder to one ONNX file, in a separate process.

python -m petwidgets.learning.export.onnx_subprocess FOLDER FILE
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch
from torch import nn

from petwidgets.learning.export import standalone

PREPARATION = (
    "Cut out the square in the middle of the photograph, upright; resize it to {presize} pixels a"
    " side (bilinear), then to {size}; divide by 255."
)
TOLD = ("run", "vocab", "temperature", "thresholds", "error_rate", "validated_on", "licence")
"""Keys of the folder's config that are copied into the file's metadata."""


class Honest(nn.Module):
    """A network with normalisation before it, and temperature and softmax after it."""

    def __init__(self, model: standalone.Model) -> None:
        super().__init__()
        self.network, self.temperature = model.network, model.config["temperature"]
        for name in ("mean", "std"):
            self.register_buffer(name, torch.tensor(model.config[name]).view(3, 1, 1))

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """(n, c) probabilities of (n, 3, size, size) in [0, 1]."""
        logits = self.network((pixels - self.mean) / self.std)
        return (logits / self.temperature).softmax(1)


def export(folder: Path) -> Any:
    """The `onnx.ModelProto` of a model folder, with its weights, for batches of any size.

    Raises:
        Exception: torch can't export this architecture.
    """
    import onnx

    model = standalone.load(folder)
    size = model.config["size"]
    program = torch.onnx.export(
        Honest(model).eval(),
        (torch.zeros(2, 3, size, size),),
        dynamo=True,
        input_names=["pixels"],
        output_names=["probabilities"],
        dynamic_shapes={"pixels": {0: torch.export.Dim("batch")}},
        verbose=False,
    )
    proto = program.model_proto
    forget(proto)
    onnx.helper.set_model_props(proto, _metadata(model.config))
    onnx.checker.check_model(proto)
    return proto


def forget(proto: Any) -> None:
    """Remove torch's call-site metadata, which contains paths of this machine."""
    graph = proto.graph
    for part in (graph, *graph.node, *graph.value_info, *graph.input, *graph.output):
        del part.metadata_props[:]


def _metadata(config: dict[str, Any]) -> dict[str, str]:
    values = {
        "input": PREPARATION.format(presize=config["presize"], size=config["size"]),
        "output": "softmax of the logits divided by the temperature",
        **{key: config[key] for key in TOLD},
    }
    return {key: v if isinstance(v, str) else json.dumps(v) for key, v in values.items()}


if __name__ == "__main__":
    Path(sys.argv[2]).write_bytes(export(Path(sys.argv[1])).SerializeToString())

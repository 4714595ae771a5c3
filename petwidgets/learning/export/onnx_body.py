"""Export a frozen body as the ONNX file that comes with the package.

    python -m petwidgets.learning.export.onnx_body tf_efficientnet_lite0 SIZE

Batch norms are folded into convolutions. The outputs are the last feature maps, and their means.
"""

from __future__ import annotations

import sys
from typing import Any

import torch
from torch import nn

from petwidgets.common.errors import Problem
from petwidgets.inference.body import FOLDER, SOURCE, STEP
from petwidgets.learning.export.onnx_subprocess import forget
from petwidgets.learning.models.backbones import Pretrained, network, pretrained
from petwidgets.learning.models.inference import ready


class _Outputs(nn.Module):
    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Maps and features of normalised squares."""
        maps = self.body(pixels)
        return maps, maps.mean((2, 3))


def export(arch: str, size: int) -> Any:
    """The `onnx.ModelProto` of a body, for any number of squares of any `STEP` pixels a side.

    The padding of a layer is that of TensorFlow's "same", which depends on the remainder of the
    side alone: it is the same for all multiples of `STEP`.

    Raises:
        Problem: no such architecture, or its weights are not available; or another size.
    """
    import onnx

    if size % STEP:
        raise Problem(f"The size is a multiple of {STEP}.")
    stats = pretrained(arch)
    proto = exported(_body(arch, stats, size), size, stats.source)
    _free_sides(proto.graph)
    onnx.checker.check_model(proto)
    return proto


def exported(body: nn.Module, size: int, source: str) -> Any:
    """The `onnx.ModelProto` of a body, for any number of squares of `size` pixels.

    Args:
        body: as `models.inference.ready` returns it.
        size: side of the squares.
        source: where its weights are from.
    """
    import onnx

    program = torch.onnx.export(
        _Outputs(body.to(memory_format=torch.contiguous_format)).eval(),
        (torch.zeros(2, 3, size, size),),
        dynamo=True,
        input_names=["pixels"],
        output_names=["maps", "features"],
        dynamic_shapes={"pixels": {0: torch.export.Dim("batch")}},
        verbose=False,
    )
    proto = program.model_proto
    forget(proto)
    onnx.helper.set_model_props(proto, {SOURCE: source, "size": str(size)})
    return proto


def _free_sides(graph: Any) -> None:
    """Have the file take squares of other sides than it was exported with."""
    del graph.value_info[:]
    for one in (*graph.input, graph.output[0]):
        for dim, name in zip(one.type.tensor_type.shape.dim[2:], ("height", "width"), strict=True):
            dim.dim_param = f"{one.name}_{name}"


def _body(arch: str, stats: Pretrained, size: int) -> nn.Module:
    model = network(arch, 2, "linear")
    model[0].load_state_dict(stats.body)
    return ready(model[0], size)


if __name__ == "__main__":
    arch = sys.argv[1]
    content = export(arch, int(sys.argv[2])).SerializeToString()
    (FOLDER / f"{arch}.onnx").write_bytes(content)

"""Convert the body of a fine-tuned run to ONNX, in a separate process.

python -m petwidgets.learning.export.convert_subprocess RUN_FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from petwidgets.common.errors import Problem
from petwidgets.common.leftovers import workplace
from petwidgets.inference.body import Body
from petwidgets.inference.converted import KEPT, name_of, source_of
from petwidgets.inference.network import MAPS, OnnxNetwork
from petwidgets.learning.export.onnx_body import exported
from petwidgets.learning.predict.classify import classifier
from petwidgets.learning.predict.network import TorchNetwork
from petwidgets.metrics.losses import softmax
from petwidgets.runs.run import Run

CLOSE = 1e-4
"""Largest accepted difference between probabilities of onnxruntime and torch."""

TRIED = 4
"""Random squares that both are compared on."""


def convert(run: Run) -> None:
    """Convert a run's body, compare it with torch's, and keep it.

    Raises:
        Problem: it has no feature maps, or its head is another one, or their answers differ.
    """
    known = classifier(run)
    model = TorchNetwork(known)
    size, source = run.recipe.size, source_of(run)
    squares = np.random.default_rng(0).standard_normal((TRIED, 3, size, size), np.float32)
    if model.maps(squares[:1]).ndim != MAPS:
        raise Problem(f"The body of {run.recipe.arch} does not end in feature maps.")
    content = exported(known.body, size, source).SerializeToString()
    with workplace() as place:
        file = place / "body.onnx"
        file.write_bytes(content)
        found = OnnxNetwork(run, Body(file))
        expected, computed = (softmax(one.head(one.maps(squares))[1]) for one in (model, found))
    difference = float(np.abs(expected - computed).max())
    if not difference <= CLOSE:  # nor NaN
        raise Problem(f"onnxruntime's probabilities differ from torch's by {difference:.1e}.")
    KEPT.put(name_of(run), content)


if __name__ == "__main__":
    convert(Run(Path(sys.argv[1])))

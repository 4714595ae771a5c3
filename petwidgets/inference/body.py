"""Bodies as ONNX files, and their onnxruntime sessions; frozen ones come with the package."""

from __future__ import annotations

import os
import threading
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from petwidgets.common.errors import Problem
from petwidgets.jobs.network import Stats

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

FOLDER = Path(__file__).parent / "bodies"

STEP = 32
"""The side of a square is a multiple of so many pixels: five layers halve it."""

SOURCE = "source"
"""The key of a file's metadata that says which weights it holds, as `run.json` does."""


THREADS = min(2, os.cpu_count() or 1)

HALF = (0.5, 0.5, 0.5)
"""Mean and standard deviation of the pixels that timm's `tf_efficientnet_lite` networks want."""


class Body:
    """A convolutional network without its head.

    A session has two threads, which sleep while they wait for each other. One photograph takes 20
    ms instead of 27 with one thread (lite2 at 320 pixels), and 34 instead of 55 beside a training;
    with threads that spin it is 15 and 52. Sessions are thread-safe, so many photographs are
    computed side by side; that is 6 % slower than with one thread.

    Args:
        file: an ONNX file with the input `pixels` (n, 3, h, w) and the outputs `maps` (n, c, h, w)
            and `features` (n, c), their means.
        mean, std: what the pixels of each channel are normalised with.

    Raises:
        Problem: onnxruntime is not installed.
        Exception: the file is damaged.
    """

    def __init__(
        self, file: Path, mean: Sequence[float] = HALF, std: Sequence[float] = HALF
    ) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise Problem("This takes the package onnxruntime: pip install onnxruntime.") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = THREADS, 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(
            str(file), options, providers=["CPUExecutionProvider"]
        )
        self.file = file
        source = self._session.get_modelmeta().custom_metadata_map.get(SOURCE, "")
        self.stats = Stats(tuple(mean), tuple(std), source)

    def maps(self, batch: np.ndarray) -> np.ndarray:
        """(n, c, h, w) float32: the last feature maps of n squares, (n, 3, size, size)."""
        return self._run("maps", batch)

    def features(self, batch: np.ndarray) -> np.ndarray:
        """(n, c) float32: the means of these maps."""
        return self._run("features", batch)

    def _run(self, name: str, batch: np.ndarray) -> np.ndarray:
        output: np.ndarray = self._session.run([name], {"pixels": batch})[0]
        return output


_loading = threading.Lock()


def body(arch: str) -> Body | None:
    """The body of an architecture, loaded once a process; None for one that does not come along.

    Raises:
        Problem: onnxruntime is not installed.
    """
    file = FOLDER / f"{Path(arch).name}.onnx"
    if not file.is_file():
        return None
    with _loading:  # two visitors at a time would load it twice
        return _body(file)


@lru_cache(maxsize=4)
def _body(file: Path) -> Body:
    return Body(file)

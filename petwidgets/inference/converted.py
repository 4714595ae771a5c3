"""Bodies of fine-tuned runs, converted to ONNX when their training ended, and kept in the cache."""

from __future__ import annotations

import hashlib
import logging
from functools import lru_cache
from typing import TYPE_CHECKING

from petwidgets.common.errors import Problem
from petwidgets.common.folder_cache import FolderCache
from petwidgets.inference.body import Body

if TYPE_CHECKING:
    from pathlib import Path

    from petwidgets.runs.run import Run

log = logging.getLogger(__name__)

KEPT = FolderCache("bodies", 2 * 10**9)
"""Holds the bodies of 150 runs of lite0, or of 23 of resnet34."""


def source_of(run: Run) -> str:
    """Names the weights that a run has now."""
    return f"{run.id} {run.weights_ns}"


def name_of(run: Run) -> str:
    """The name of the file in the cache; other weights have another."""
    text = f"{run.folder.resolve()} {run.weights_ns}"
    return f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.onnx"


def is_converted(run: Run) -> bool:
    """Whether the run's weights of now are there as ONNX."""
    return (KEPT.folder / name_of(run)).is_file()


def weights_of(run: Run) -> tuple[int, bool]:
    """What a network in memory was made of: when the weights were written, and if converted."""
    return run.weights_ns, is_converted(run)


def converted_body(run: Run) -> Body | None:
    """The body that a run has trained, loaded once a process; None where torch is needed.

    Raises:
        Problem: onnxruntime is not installed.
    """
    if not is_converted(run):
        return None
    stats = run.info["preprocessing"]
    try:
        return _body(KEPT.folder / name_of(run), tuple(stats["mean"]), tuple(stats["std"]))
    except Problem:
        raise
    except Exception:
        log.warning("the ONNX body of run %s can't be read: torch takes it", run.id, exc_info=True)
        return None


@lru_cache(maxsize=4)
def _body(file: Path, mean: tuple[float, ...], std: tuple[float, ...]) -> Body:
    return Body(file, mean, std)

"""Make a file of a run to take along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from petwidgets.jobs.job import job

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.runs.run import Run


@dataclass(frozen=True)
class Made:
    """A file that was made of a run.

    Args:
        name: of the file.
        content: its bytes.
        said: what is in it, or what it was held against.
        difference: the largest difference of a probability from the run's; none of a report.
    """

    name: str
    content: bytes
    said: str
    difference: float | None = None


@job("petwidgets.learning.export.model_folder", "packed")
def model(run: Run) -> Made:
    """Make the folder as one zip, tried before it is handed over.

    Raises:
        Problem: the run has no weights or has not ended; the folder's model is not the run's; or
            its `load.py` reads a picture in another way.
    """


@job("petwidgets.learning.export.onnx", "packed")
def onnx(run: Run, photographs: Sequence[str] = ()) -> Made:
    """Make one ONNX file, tried on some photographs before it is handed over.

    Args:
        run: whose model.
        photographs: paths of some to try it on; what can't be read is passed over, and where
            nothing can, made-up squares are taken.

    Raises:
        Problem: the run has no weights or has not ended; a package is missing, the architecture
            can't be exported, or what comes out is not what torch says.
    """


@job("petwidgets.export.report", "packed")
def report(run: Run) -> Made:
    """Make the report as one HTML file.

    Raises:
        Problem: the run has not ended, or has no sound predictions.
    """

"""Export a run as a file: model folder, ONNX, web page or report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from petwidgets.jobs.job import job

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.runs.run import Run


@dataclass(frozen=True)
class Made:
    """An exported file.

    Args:
        name: of the file.
        content: its bytes.
        said: a text about its content, or about the images it was checked with.
        difference: the largest difference between one of its probabilities and the run's; None
            where none was computed.
    """

    name: str
    content: bytes
    said: str
    difference: float | None = None


@job("petwidgets.learning.export.model_folder", "packed")
def model(run: Run) -> Made:
    """Export the model folder as one zip, after testing it.

    Raises:
        Problem: the run has no weights or has not ended; the folder's model predicts something
            other than the run's; or its `load.py` reads an image differently.
    """


@job("petwidgets.learning.export.onnx", "packed")
def onnx(run: Run, photographs: Sequence[str] = ()) -> Made:
    """Export the model as one ONNX file, after testing it on some photographs.

    Args:
        run: the run whose model is exported.
        photographs: paths of photographs for the test. Unreadable ones are skipped; if none can be
            read, synthetic squares are used.

    Raises:
        Problem: the run has no weights or has not ended; a package is missing; the architecture
            can't be exported; or the file's predictions differ from torch's.
    """


@job("petwidgets.inference.web_page", "packed")
def web_page(run: Run) -> Made:
    """Export the folder of a web page that classifies in the browser, as one zip.

    Raises:
        Problem: the run has no weights or has not ended; its predictions are missing or damaged; or
            its network can't be computed without torch.
    """


@job("petwidgets.export.report", "packed")
def report(run: Run) -> Made:
    """Export the report as one HTML file.

    Raises:
        Problem: the run has not ended, or its predictions are missing or damaged.
    """

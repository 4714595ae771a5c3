"""A run's model and report to take along: files that need no petwidgets."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import duration, percent, readable, span
from petwidgets.export.run_summary import account, snippet
from petwidgets.jobs import export as jobs
from petwidgets.metrics.calibration import NOT_FITTED
from petwidgets.panels.interpretation.base import InterpretingPanel
from petwidgets.runs.safe_zip import MB
from petwidgets.widgets.base import note, show
from petwidgets.widgets.file_transfer import FileTransfer
from petwidgets.widgets.table import Table

if TYPE_CHECKING:
    from concurrent.futures import Future

    from petwidgets.export.run_summary import RunSummary
    from petwidgets.jobs.export import Made
    from petwidgets.runs.run import Run

MOST = 256 * MB
"""Bytes of a file that goes through a page; the command line writes larger ones."""

TRIED = 8
"""Photographs that the ONNX form is tried on."""

NAMES = {
    "model": "Model folder (.zip)",
    "onnx": "ONNX (.onnx)",
    "web": "Web page (.zip)",
    "report": "Report (.html)",
}
"""Kinds of files, and what they are called on the page."""

HOLDS = {
    "model": (
        "Weights as safetensors, config.json, a model card, and load.py, which needs torch, timm"
        " and safetensors alone. It is loaded and tried before you get it."
    ),
    "onnx": (
        "One file for onnxruntime, in any language: pixels from 0 to 1 in, probabilities out, with"
        " normalisation and temperature inside. It is compared with torch before you get it."
    ),
    "web": (
        "A page that says what is on a photograph, from the camera too, and computes in the"
        " browser: any server of static files will do, and no photograph is sent. It answers and"
        " doubts as the lesson Classify a photograph does."
    ),
    "report": (
        "One page with what was asked, curves, mistakes, calibration and versions, to read, print"
        " or hand in. No script, no network, no photographs."
    ),
}

JOBS = {"model": jobs.model, "web": jobs.web_page, "report": jobs.report}
"""What makes each of a run alone; for ONNX there are photographs to try it on."""

NO_WEIGHTS = "This run came without weights: its report is all that can be taken."
TOO_LARGE = (
    f"This file has more than {MOST // MB} MB, too many for a page: use petwidgets runs export."
)
BUSY = "Another file is being made: wait for it."


class ExportPanel(InterpretingPanel):
    """Four files of the chosen run, made in the engine and saved by the browser.

    Example:
        >>> sorted(ExportPanel().transfers)
        ['model', 'onnx', 'report', 'web']
    """

    key = "export"
    title = "Take the model with you"
    lead = "Choose a run, and save its model or its report as a file that needs no petwidgets."
    why = (
        "A model is worth little without what it was trained on, how often it is wrong and what it"
        " is not for: somebody who finds the file in a year has nothing else. So the figures travel"
        " with the weights, computed from the run and not typed in. Weights travel as safetensors,"
        " which are numbers and names alone; unpickling a checkpoint can run any code that somebody"
        " put into it. An exported form is another program that should compute the same: it is"
        " compared with the first before you get it."
    )

    def __init__(self, session: Any = None) -> None:
        super().__init__(session)
        self.transfers = {
            way: FileTransfer(partial(self._make, way), save=name, making="Making the file")
            for way, name in NAMES.items()
        }
        self.hint = note()
        self.files = Table(header=["file", "size", "made in", "tried", "largest difference"])
        self.figures = Table(header=["what", "value"], caption="What they say, recorded")
        ways = [part for way in NAMES for part in (self.transfers[way], note(HOLDS[way]))]
        self.body.children = [
            self.run_form, self.status, self.hint, *ways, self.files, self.figures
        ]  # fmt: skip
        self._making = ""
        self.begin()

    def draw(self) -> None:
        """What can be taken of the run, and what the files are going to say."""
        run = self.run
        self.folds.code = snippet(run.id, weights=run.usable)
        self.hint.value = NO_WEIGHTS
        show(self.hint, visible=not run.usable)
        for way in ("model", "onnx", "web"):
            self.transfers[way].saves = run.usable
        self.figures.rows = [[*row] for row in _figures(account(run))]

    def _make(self, way: str) -> None:
        """Have the engine make a file; the transfer hands it over when it is there."""
        if self._making:
            raise Problem(BUSY)
        run, began = self.run, time.monotonic()
        future = self._sent(way, run)
        self._making = way

        def done(future: Future[Made]) -> None:
            self._making = ""
            if not future.cancelled():
                self._hand(way, future, time.monotonic() - began)

        future.add_done_callback(self.guarded(done))

    def _sent(self, way: str, run: Run) -> Future[Made]:
        quick = self.session.engine.quick
        if way == "onnx":
            return quick(jobs.onnx, run, [str(path) for path in self.places.values()][:TRIED])
        return quick(JOBS[way], run)

    def _hand(self, way: str, future: Future[Made], seconds: float) -> None:
        if problem := future.exception():
            self.transfers[way].refuse(str(problem))
            return
        made = future.result()
        if len(made.content) > MOST:
            self.transfers[way].refuse(TOO_LARGE)
            return
        self.files.rows = [*self.files.rows, _row(made, seconds)]
        self.files.caption = "Live: files made on this page"
        self.transfers[way].hand(made.name, made.content)


def _row(made: Made, seconds: float) -> list[str]:
    apart = "" if made.difference is None else f"{made.difference:.1g}"
    size = len(made.content)
    said = f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"  # noqa: PLR2004
    return [made.name, said, duration(seconds), made.said, apart]


def _figures(told: RunSummary) -> list[tuple[str, str]]:
    found, n = told.calibration, told.counted(told.n)
    wrong = f"wrong on {told.found.errors:,} of {n}: {percent(told.error)}"
    cooled, scaled = f", with T {found.cooled:.4f}", ", with T"
    temperature = f"T = {found.temperature:.3f}, fitted on these {told.pictures}"
    if not found.fitted:
        cooled, scaled, temperature = "", "", f"1, as trained: {NOT_FITTED}"
    below = f"below a probability of {told.least_probability:.3f}{scaled}"
    return [
        ("error", f"{wrong} (95 % interval {span(told.interval)})"),
        ("data", f"trained on {told.counted(told.trained_on)}, from {told.source}"),
        ("calibration error", f"as trained {found.raw:.4f}{cooled}"),
        ("temperature", temperature),
        ("not recognised (web page)", "as in Classify a photograph"),
        ("not recognised (the others)", below),
        (f"weakest {told.noun}", _weakest(told)),
        ("licence and terms", told.terms),
    ]


def _weakest(told: RunSummary) -> str:
    worst = told.breeds[0]
    wrong = f"wrong on {worst.errors} of {worst.photographs}"
    return f"{readable(worst.name)}: {wrong}, {span(worst.interval)}"

"""Summarise a run from its files, for the model card and the report.

Nothing is inferred or made up: facts that the run does not record are given as unknown.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING, Any

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted, plural
from petwidgets.data.label_store import said
from petwidgets.data.sources import OXFORD, SAMPLE, kind, title
from petwidgets.metrics import calibration
from petwidgets.metrics.comparison import CHANGES
from petwidgets.metrics.epochs import figures
from petwidgets.metrics.intervals import least_probability, wilson
from petwidgets.metrics.predictions import Interpretation, read
from petwidgets.recipes.stage_notation import write_rate

if TYPE_CHECKING:
    import numpy as np

    from petwidgets.runs.events import Event
    from petwidgets.runs.run import Run

TERMS = {
    SAMPLE: "The pictures were drawn by petwidgets itself: no photograph of anybody's is in them.",
    OXFORD: (
        "The photographs are the Oxford-IIIT Pet set's (O. M. Parkhi, A. Vedaldi, A. Zisserman,"
        " C. V. Jawahar, Cats and Dogs, CVPR 2012; CC BY-SA 4.0). The copyright of each stays with"
        " its owner."
    ),
}
UNKNOWN = "Not recorded. Ask those whom the photographs belong to before you pass this model on."
LEFT_OUT = ("name", "stages", *CHANGES, "data")
"""Settings that the summary gives in another form."""


@dataclass(frozen=True)
class Breed:
    """How a run did on the validation photographs of one breed.

    Args:
        name: as the vocab has it.
        photographs: how many.
        errors: how many of them were classified as another breed.
    """

    name: str
    photographs: int
    errors: int

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the error rate, by Wilson."""
        return wilson(self.errors, self.photographs)


@dataclass(frozen=True)
class Calibration:
    """Calibration of a run's probabilities, before and after temperature scaling.

    Args:
        confidence: the mean top probability, as trained.
        temperature: fitted on the validation photographs; 1 where none can be.
        raw, cooled: calibration errors as trained, and with that temperature on the same
            photographs.
        others: calibration error with temperatures fitted on other photographs (cross-fitting).
        parts: number of parts for that.
        chance: calibration error that a perfectly calibrated model would show by chance.
        bins: reliability bins as trained.
        cooled_bins: reliability bins with the temperature.
    """

    confidence: float
    temperature: float
    raw: float
    cooled: float
    others: float
    parts: int
    chance: float
    bins: list[calibration.Bin]
    cooled_bins: list[calibration.Bin]

    @property
    def fitted(self) -> bool:
        """Whether a temperature could be fitted."""
        return self.temperature != calibration.UNFITTED


@dataclass(frozen=True)
class RunSummary:
    """A run that has ended, with its predictions for the validation photographs."""

    run: Run
    found: Interpretation

    @property
    def n(self) -> int:
        """The number of validation photographs; it was trained on none of them."""
        return len(self.found.files)

    @property
    def error(self) -> float:
        """The error rate on the validation photographs, from 0 to 1."""
        return self.found.errors / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of `error`, by Wilson."""
        return wilson(self.found.errors, self.n)

    @property
    def loss(self) -> float:
        """The mean cross-entropy, in nats."""
        return float(self.found.losses.mean())

    @property
    def trained_on(self) -> int:
        """The number of photographs it was trained on."""
        return len(self.run.info.get("train_files", ()))

    @property
    def noun(self) -> str:
        """What its labels are called, a breed or a class."""
        return self.found.noun

    @property
    def nouns(self) -> str:
        """The plural of `noun`."""
        return plural(self.noun)

    @property
    def counted_labels(self) -> str:
        """How many classes it knows, in words."""
        return counted(len(self.found.vocab), self.noun)

    @property
    def pictures(self) -> str:
        """The plural noun for its pictures, such as photographs."""
        return kind(self.run.recipe.data)

    def counted(self, n: int) -> str:
        """Write a number of pictures with that noun."""
        return counted(n, kind(self.run.recipe.data, many=False))

    @property
    def source(self) -> str:
        """The source of the photographs, without parent folders, which are private."""
        data = self.run.recipe.data
        if data in (SAMPLE, OXFORD):
            return title(data)
        return f"a folder called {PureWindowsPath(data).name}"  # splits at both slashes

    @property
    def terms(self) -> str:
        """The licence and terms of the photographs it was trained on."""
        terms = self.run.info.get("licence") or TERMS.get(self.run.recipe.data)
        return str(terms or UNKNOWN)

    @property
    def terms_known(self) -> bool:
        """Whether the terms are known."""
        return self.terms != UNKNOWN

    @cached_property
    def breeds(self) -> list[Breed]:
        """The breeds of the validation photographs, the highest error rate first."""
        interp = self.found
        shown = Counter(interp.targets.tolist())
        wrong = Counter(interp.targets[~interp.right].tolist())
        each = [Breed(interp.vocab[i], n, wrong[i]) for i, n in shown.items()]
        return sorted(each, key=lambda b: (-b.errors / b.photographs, b.name))

    @cached_property
    def confused(self) -> list[tuple[str, str, int]]:
        """Mistakes as (breed, predicted breed, count), the most frequent first."""
        interp = self.found
        pairs = zip(interp.targets[~interp.right], interp.predictions[~interp.right], strict=True)
        counts = Counter((int(a), int(b)) for a, b in pairs)
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return [(interp.vocab[a], interp.vocab[b], n) for (a, b), n in ordered]

    @cached_property
    def calibration(self) -> Calibration:
        """The calibration on the validation photographs."""
        p, targets = self.found.probabilities, self.found.targets
        bins = calibration.reliability(p, targets)
        fitted = calibration.temperature(p, targets)
        cool = calibration.cooled(p, fitted)
        others = calibration.cross_fitted(p, targets)
        cooled_bins = calibration.reliability(cool, targets)
        return Calibration(
            float(self.found.confidence.mean()),
            fitted,
            calibration.calibration_error(bins),
            calibration.calibration_error(cooled_bins),
            calibration.calibration_error(calibration.reliability(others.probabilities, targets)),
            len(others.temperatures),
            calibration.by_chance(cool),
            bins,
            cooled_bins,
        )

    @property
    def cooled(self) -> np.ndarray:
        """(n, c) probabilities after temperature scaling."""
        return calibration.cooled(self.found.probabilities, self.calibration.temperature)

    @property
    def least_probability(self) -> float:
        """The probability, after temperature scaling, below which an answer is better withheld."""
        return least_probability(self.cooled, self.found.targets)

    @property
    def settings(self) -> list[tuple[str, str]]:
        """The recipe's settings as (name, value)."""
        values = self.run.recipe.to_json()
        values["pattern"] = said(values["pattern"])
        rows = [(k, _told(v)) for k, v in values.items() if k not in LEFT_OUT]
        counts = {name: len(getattr(self.run.recipe, name)) for name in CHANGES}
        return [*rows, *((name, counted(n, "name")) for name, n in counts.items() if n)]

    @property
    def stages(self) -> list[tuple[str, ...]]:
        """The stages, each as (epochs, body, rate, warm-up share, pixels)."""
        size = self.run.recipe.size
        return [
            (
                str(s.epochs),
                "frozen" if s.frozen else "unfrozen",
                write_rate(s.rate),
                f"{s.pct_start:g}",
                str(s.size or size),
            )
            for s in self.run.recipe.stages
        ]

    @cached_property
    def epochs(self) -> list[Event]:
        """The events of completed epochs."""
        return figures(self.run.events())

    @property
    def versions(self) -> dict[str, str]:
        """Versions of the software it was trained with, by name."""
        return dict(self.run.info.get("versions", {}))

    @property
    def seconds(self) -> float | None:
        """The duration of the training in seconds; None if it is not recorded."""
        seconds: float | None = self.run.info.get("results", {}).get("seconds")
        return seconds


def account(run: Run) -> RunSummary:
    """Summarise a run from its files.

    Raises:
        Problem: it has not ended, has no predictions, they are damaged, or its training diverged.
    """
    run.require_ended()
    interp = read(run)
    if not len(interp.files) or not bool((interp.probabilities >= 0).all()):  # NaN fails, too
        raise Problem(
            f"The predictions of run {run.id} are not probabilities, for its training diverged:"
            " choose another run."
        )
    return RunSummary(run, interp)


def snippet(run: str, *, weights: bool) -> str:
    """Write code that exports a run; with `weights` it then classifies without petwidgets.

    Args:
        run: its id.
        weights: whether the run has weights to export.
    """
    makers = "model_folder, onnx, web_page, report" if weights else "report"
    models = "\nfrom petwidgets.inference import web_page" if weights else ""
    models += "\nfrom petwidgets.learning.export import model_folder, onnx" if weights else ""
    code = f"""from pathlib import Path
from petwidgets.export import report{models}
from petwidgets import RunStore

run = RunStore().get({run!r})
for maker in ({makers},):
    made = maker.packed(run)
    Path(made.name).write_bytes(made.content)
    print(made.name, len(made.content), made.said, made.difference)"""
    if not weights:
        return code
    return f"""{code}

# From here on without petwidgets: an unpacked folder, torch and timm.
import sys
from zipfile import ZipFile
from PIL import Image

ZipFile('{run}-model.zip').extractall()
sys.path.insert(0, {run!r})
from load import load

for name, probability in load().classify(Image.open('photo.jpg'))[:5]:
    print(name, f'{{probability:.1%}}')"""


def _told(value: Any) -> str:
    if value is None:
        return "none"
    return f"{value:g}" if isinstance(value, float) else str(value)

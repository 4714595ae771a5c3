"""A run's report as one HTML file: no script, no network, every name escaped."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from petwidgets.common.formatting import counted, percent, plain, printed, span
from petwidgets.export.plots import plots
from petwidgets.export.run_summary import RunSummary, account
from petwidgets.jobs import export as jobs
from petwidgets.jobs.export import Made
from petwidgets.jobs.job import implements

if TYPE_CHECKING:
    from petwidgets.metrics.calibration import Bin
    from petwidgets.runs.events import Event
    from petwidgets.runs.run import Run

ROWS = 12
"""Of a table that names the worst."""


@implements(jobs.report)
def packed(run: Run) -> Made:
    """The report as one file."""
    told = account(run)
    said = f"from {counted(told.n, 'recorded prediction')}"
    return Made(f"{run.id}-report.html", html(told).encode(), said)


def html(told: RunSummary) -> str:
    """The report's text."""
    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # What is no text, half of a surrogate pair, was made a space of.
    return environment.get_template("report.html").render(
        told=told,
        plots={"confusion": "", **plots(told)},
        percent=percent,
        span=span,
        vocab=told.run.info["vocab"],
        source=plain(told.source),
        terms=plain(told.terms),
        settings=[(name, plain(value)) for name, value in told.settings],
        epochs=[_epoch(event) for event in told.epochs],
        confused=[(printed(a), printed(b), n) for a, b, n in told.confused[:ROWS]],
        breeds=_breeds(told),
        worst=_worst(told),
        calibration=_calibration(told),
        bins=[_bin(b) for b in told.calibration.cooled_bins],
        provenance=_provenance(told),
    )


def _epoch(event: Event) -> list[str]:
    names = ("train_loss", "valid_loss", "error_rate")
    return [str(event["epoch"]), *(f"{event[name]:.6f}" for name in names)]


def _breeds(told: RunSummary) -> list[list[str]]:
    return [
        [
            printed(b.name),
            str(b.photographs),
            str(b.errors),
            percent(b.errors / b.photographs),
            span(b.interval),
        ]
        for b in told.breeds[:ROWS]
    ]


def _worst(told: RunSummary) -> list[list[str]]:
    found = told.found
    return [
        [
            plain(found.files[i]),
            printed(found.vocab[found.targets[i]]),
            printed(found.vocab[found.predictions[i]]),
            f"{found.probabilities[i, found.targets[i]]:.4f}",
            f"{found.losses[i]:.4f}",
        ]
        for i in found.losses.argsort()[::-1][:ROWS]
    ]


def _calibration(told: RunSummary) -> list[list[str]]:
    found = told.calibration
    return [
        ["as trained", "1", f"{found.raw:.4f}"],
        ["fitted on these", f"{found.temperature:.3f}", f"{found.cooled:.4f}"],
        ["fitted on others of them", "", f"{found.others:.4f}"],
    ]


def _bin(one: Bin) -> list[str]:
    where = f"{one.at / 10:.1f} to {(one.at + 1) / 10:.1f}"
    shares = [percent(one.confidence), percent(one.accuracy)]
    return [where, f"{one.count:,}", *shares, span(one.interval)]


def _provenance(told: RunSummary) -> list[tuple[str, str]]:
    info = told.run.info
    said = {
        "run": told.run.id,
        "state": told.run.state,
        "created": _moment(info.get("created")),
        "time of the training": "" if told.seconds is None else f"{told.seconds:,.1f} s",
        "goes on from": info.get("parent", ""),
        "imported": _moment(info.get("imported")),
        "the body's first weights": info.get("weights", ""),
        **{f"version of {name}": version for name, version in told.versions.items()},
        "this report": _moment(time.time()),
    }
    return [(plain(name), plain(str(value))) for name, value in said.items() if value]


def _moment(seconds: float | None) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds)) if seconds else ""

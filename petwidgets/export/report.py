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
from petwidgets.metrics.calibration import NOT_FITTED

if TYPE_CHECKING:
    from petwidgets.metrics.calibration import Bin
    from petwidgets.runs.events import Event
    from petwidgets.runs.run import Run

ROWS = 12
"""Rows of each table that lists the worst cases."""


@implements(jobs.report)
def packed(run: Run) -> Made:
    """Write the report as one HTML file.

    Raises:
        Problem: as `account`.
    """
    summary = account(run)
    source = f"from {counted(summary.n, 'recorded prediction')}"
    return Made(f"{run.id}-report.html", html(summary).encode(), source)


def html(summary: RunSummary) -> str:
    """Render the report as HTML."""
    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # `plain` and `printed` replace unpaired surrogates, which can't be encoded, by spaces.
    return environment.get_template("report.html").render(
        told=summary,
        plots={"confusion": "", **plots(summary)},
        percent=percent,
        span=span,
        source=plain(summary.source),
        terms=plain(summary.terms),
        settings=[(name, plain(value)) for name, value in summary.settings],
        epochs=[_epoch(event) for event in summary.epochs],
        confused=[(printed(a), printed(b), n) for a, b, n in summary.confused[:ROWS]],
        breeds=_breeds(summary),
        worst=_worst(summary),
        calibration=_calibration(summary),
        not_fitted=NOT_FITTED,
        bins=[_bin(b) for b in summary.calibration.cooled_bins],
        provenance=_provenance(summary),
    )


def _epoch(event: Event) -> list[str]:
    names = ("train_loss", "valid_loss", "error_rate")
    return [str(event["epoch"]), *(f"{event[name]:.6f}" for name in names)]


def _breeds(summary: RunSummary) -> list[list[str]]:
    return [
        [
            printed(b.name),
            str(b.photographs),
            str(b.errors),
            percent(b.errors / b.photographs),
            span(b.interval),
        ]
        for b in summary.breeds[:ROWS]
    ]


def _worst(summary: RunSummary) -> list[list[str]]:
    interp = summary.found
    return [
        [
            plain(interp.files[i]),
            printed(interp.vocab[interp.targets[i]]),
            printed(interp.vocab[interp.predictions[i]]),
            f"{interp.probabilities[i, interp.targets[i]]:.4f}",
            f"{interp.losses[i]:.4f}",
        ]
        for i in interp.losses.argsort()[::-1][:ROWS]
    ]


def _calibration(summary: RunSummary) -> list[list[str]]:
    fitted = summary.calibration
    raw = ["as trained", "1", f"{fitted.raw:.4f}"]
    if not fitted.fitted:
        return [raw]
    return [
        raw,
        ["fitted on these", f"{fitted.temperature:.3f}", f"{fitted.cooled:.4f}"],
        ["fitted on others of them", "", f"{fitted.others:.4f}"],
    ]


def _bin(row: Bin) -> list[str]:
    where = f"{row.at / 10:.1f} to {(row.at + 1) / 10:.1f}"
    shares = [percent(row.confidence), percent(row.accuracy)]
    return [where, f"{row.count:,}", *shares, span(row.interval)]


def _provenance(summary: RunSummary) -> list[tuple[str, str]]:
    info = summary.run.info
    entries = {
        "run": summary.run.id,
        "state": summary.run.state,
        "created": _moment(info.get("created")),
        "time of the training": "" if summary.seconds is None else f"{summary.seconds:,.1f} s",
        "goes on from": info.get("parent", ""),
        "imported": _moment(info.get("imported")),
        "the body's first weights": info.get("weights", ""),
        **{f"version of {name}": version for name, version in summary.versions.items()},
        "this report": _moment(time.time()),
    }
    return [(plain(name), plain(str(value))) for name, value in entries.items() if value]


def _moment(seconds: float | None) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds)) if seconds else ""

"""`petwidgets bench`: a table of petwidgets beside what a person would use instead."""

from __future__ import annotations

import logging
import os
import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

from petwidgets.bench import gpu, needs, plot, row, rows, table
from petwidgets.cli.output import say
from petwidgets.common.errors import Problem, sentence
from petwidgets.common.leftovers import workplace
from petwidgets.common.torch_warnings import without_script_warnings
from petwidgets.data import sources

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

log = logging.getLogger(__name__)

PATIENCE_LARGE = 1800.0
"""Seconds after which `--large` ends a training that has not reached its error rate."""


def bench(options: argparse.Namespace) -> int:
    """Measure petwidgets beside what one would use instead, in turn on this machine."""
    _check(options)
    # Before torch is imported: on a busy machine its threads else wait for each other by going in
    # circles, and an epoch takes ten times as long, on both sides.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    with without_script_warnings():  # stderr holds what is measured now
        return _bench(options)


def _bench(options: argparse.Namespace) -> int:
    if options.gpu:
        return gpu.measure(options.data, lambda value, text: say(options, value, text))
    some = rows.chosen(options.names)
    with workplace() as folder:
        settings = row.Settings(_photographs(options.data), folder)
        if options.large:
            settings = row.Settings(settings.photographs, folder, PATIENCE_LARGE)
        return _measure(some, settings, options)


def _check(options: argparse.Namespace) -> None:
    if options.rounds is not None and options.rounds < 1:
        raise Problem("--rounds is the number of rounds: give 1 or more.")
    if options.plot:
        plot.check_plot(options.plot)
        sizes = [one.large if options.large else one.sizes for one in rows.chosen(options.names)]
        if not any(len(some) > 1 for some in sizes):
            raise Problem("There is nothing to plot: none of these rows has more than one size.")
    if options.gpu and (options.names or options.plot or options.large or options.rounds):
        raise Problem("--gpu is a table of its own: give it --data and --json alone.")


def _photographs(data: str | None) -> Path | None:
    """The folder that was named, else one that is on this machine already."""
    if data is not None:
        folder = sources.prepare(data)
        if not any(folder.glob("*.jpg")):
            raise Problem(f"{data} has no *.jpg of its own: name a folder of JPEG photographs.")
        return folder
    here = [os.environ.get("PETWIDGETS_DATA", ""), sources.OXFORD]
    return next((sources.prepare(one) for one in here if one and sources.prepared(one)), None)


def _measure(some: list[row.Row], settings: row.Settings, options: argparse.Namespace) -> int:
    done: list[tuple[row.Row, int, row.Figure]] = []
    failed = 0
    if not options.json:
        print(table.header())
    for one in some:
        if lacking := needs.missing(one, settings):
            say(options, {"name": one.name, "missing": lacking},
                table.missing_line(one.name, lacking))  # fmt: skip
            continue
        for size in one.large if options.large else one.sizes:
            at = f" at {size} {one.grows_with}" if one.grows_with else ""
            print(f"{one.name}{at}: {one.ours}, and {one.theirs} ...", file=sys.stderr)
            try:
                with redirect_stdout(sys.stderr):  # fastai prints, and stdout holds the results
                    figure = row.measured(one, settings, size, options.rounds or one.rounds)
            except Problem as problem:
                say(options, {"name": one.name, "size": size, "missing": str(problem)},
                    table.missing_line(one.name, str(problem)))  # fmt: skip
            except Exception as error:  # the other rows are worth having
                failed += 1
                log.warning("%s can't be measured", one.name, exc_info=True)
                why = f"Failed ({type(error).__name__}): {sentence(error)}"
                say(options, {"name": one.name, "size": size, "problem": why},
                    table.missing_line(one.name, why))  # fmt: skip
            else:
                done.append((one, size, figure))
                say(options, row.as_json(one, size, figure), table.line(one, size, figure))
    if options.plot:
        plot.plot(done, options.plot)
    return 1 if failed else 0

"""`petwidgets runs`: list, show, compare, export, import and delete runs."""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import combinations
from typing import TYPE_CHECKING, Any

from petwidgets.cli.output import say
from petwidgets.common.errors import Problem
from petwidgets.common.formatting import percent, span
from petwidgets.data import sources
from petwidgets.metrics import comparison
from petwidgets.metrics.intervals import wilson
from petwidgets.metrics.settings import in_words
from petwidgets.runs import import_export
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from pathlib import Path

    from petwidgets.jobs.export import Made
    from petwidgets.runs.run import Run


def summary(run: Run) -> str:
    if run.state == "damaged":
        return str(run.info["problem"])
    results = run.info.get("results", {})
    error = f", error {percent(results['error_rate'])}" if "error_rate" in results else ""
    return f"{run.state}, {run.recipe.name} on {run.recipe.data}{error}"


def list_runs(options: argparse.Namespace) -> None:
    """All runs, the newest first."""
    for run in RunStore().list():
        known = {key: run.info.get(key) for key in ("name", "results", "problem")}
        name = "" if run.title == run.id else f" ({run.title})"
        line = f"{run.id}{name}: {summary(run)}"
        say(options, {"run": run.id, "state": run.state, **known}, line)


def show(options: argparse.Namespace) -> None:
    """Print one run: recipe, state and results."""
    run = RunStore().get(options.id)
    run.require_sound()
    value = {"run": run.id, **run.info, "events": sum(1 for _ in run.events())}
    print(json.dumps(value, ensure_ascii=False, indent=None if options.json else 1))


def delete(options: argparse.Namespace) -> None:
    """Remove a run of one's own."""
    RunStore().delete(options.id)
    say(options, {"deleted": options.id}, f"{options.id} is deleted.")


def compare(options: argparse.Namespace) -> None:
    """Error rates with intervals, settings that differ, and McNemar's test of each pair."""
    runs = [RunStore().get(identity) for identity in dict.fromkeys(options.ids)]
    if len(runs) < 2:  # noqa: PLR2004
        raise Problem("One run is nothing to compare: give the ids of two or more.")
    known = {run.id: run.validation() for run in runs}
    judgements = {}
    for run in runs:
        validation = known[run.id]
        judgements[run.id] = comparison.judged(
            validation.files, run.info["vocab"], validation.probabilities, validation.targets
        )
        say(options, *_error_of(run.id, validation.errors, len(validation.targets)))
    differ = comparison.differing([run.recipe for run in runs])
    for name, values in differ.items():
        value: Mapping[str, Any] = {
            "setting": name,
            "values": dict(zip(known, values, strict=True)),
        }
        say(options, value, f"{name}: {', '.join(in_words(name, first) for first in values)}")
    for first, second in combinations(known, 2):
        pairs = comparison.paired(judgements[first], judgements[second])
        low, high = pairs.interval()
        figures = {"p": pairs.p, "difference": pairs.difference, "interval": [low, high]}
        value = {"pair": [first, second], **asdict(pairs), **figures}
        gap, least, most = (f"{100 * share:+.2f} %" for share in (pairs.difference, low, high))
        sentence = f" Difference {gap}, 95 % interval {least} to {most}."
        say(options, value, comparison.verdict(pairs, first, second) + sentence * bool(pairs.n))
    for names in comparison.alike({run.id: run.recipe for run in runs}):
        seeds = comparison.seeds([known[name].errors / len(known[name].targets) for name in names])
        say(options, {"seeds": names, **asdict(seeds)}, _about_seeds(names, seeds))


def _error_of(run: str, errors: int, n: int) -> tuple[Mapping[str, Any], str]:
    low, high = wilson(errors, n)
    share = errors / max(1, n)
    figures = {"errors": errors, "photographs": n, "error_rate": share}
    sentence = f"{run}: error {percent(share)} on {n:,}, 95 % interval {span((low, high))}"
    return {"run": run, **figures, "interval": [low, high]}, sentence


def _about_seeds(names: list[str], seeds: comparison.Seeds) -> str:
    return (
        f"{', '.join(names)} differ in nothing but the seed: error {percent(seeds.mean)} on"
        f" average, {span((seeds.least, seeds.most))}, standard deviation {percent(seeds.spread)}."
    )


def export(options: argparse.Namespace) -> None:
    """One run as one file: the run itself, its model, a web page, or a report.

    What is written goes by the name: `.onnx` the model as ONNX, `.html` a report, all else the run,
    to be imported elsewhere; or by --as. A model folder is a zip, and needs no petwidgets. A web
    page is a zip if FILE ends in .zip, else a new folder called FILE.
    """
    run = RunStore().get(options.id)
    form = options.form or FORMS.get(options.file.suffix.lower(), "run")
    facts = _written(run, form, options.file)
    value = {"run": run.id, "file": str(options.file), "bytes": _size(options.file), "as": form}
    say(options, {**value, **facts}, _exported(run, options.file, facts))


def _size(path: Path) -> int:
    """Bytes of a file, or of all files of a folder."""
    return sum(file.stat().st_size for file in (path.iterdir() if path.is_dir() else [path]))


FORMS = {".onnx": "onnx", ".html": "report", ".htm": "report"}
"""The form of an export by the suffix of its file."""


def _written(run: Run, form: str, path: Path) -> dict[str, float | str]:
    """Write a run in one of its forms; return the facts to print about it."""
    if form == "run":
        import_export.export(run, path)
        return {}
    if form == "web" and path.suffix.lower() != ".zip":
        from petwidgets.inference import web_page

        return {"said": web_page.write(run, path).said}
    # The file is opened first, so that nothing is computed if it can't be written.
    with import_export.writing(path, f"{run.id}.{'onnx' if form == 'onnx' else 'zip'}") as file:
        exported = _made(run, form)
        file.write(exported.content)
    apart = {} if exported.difference is None else {"difference": exported.difference}
    return {**apart, "said": exported.said}


def _made(run: Run, form: str) -> Made:
    if form == "report":
        from petwidgets.export import report

        return report.packed(run)
    if form == "web":
        from petwidgets.inference import web_page

        return web_page.packed(run)
    if form == "model":
        from petwidgets.learning.export import model_folder

        return model_folder.packed(run)
    from petwidgets.learning.export import onnx

    files = sources.located(run.recipe.data, run.info["files"][: onnx.TRIED])
    return onnx.packed(run, [*map(str, files.values())])


def _exported(run: Run, path: Path, facts: Mapping[str, float | str]) -> str:
    apart = f", {facts['difference']:.1g} apart at most" if "difference" in facts else ""
    remark = f": {facts['said']}{apart}" if facts else ""
    return f"{run.id} is in {path}{remark}."


def import_run(options: argparse.Namespace) -> None:
    """Take in a file that was exported, once it is found sound."""
    run = import_export.take(import_export.read(options.file), RunStore())
    say(options, {"run": run.id, "file": str(options.file)}, f"{run.id} is imported.")

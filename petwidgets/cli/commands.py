"""The commands. Each takes the parsed options, prints results and returns its exit status.

Results go to stdout, one JSON object a line with `--json`; progress goes to stderr.
"""

from __future__ import annotations

import glob
import json
import os
import signal
import sys
import threading
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from petwidgets.common import limits, processes
from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted
from petwidgets.common.leftovers import workplace
from petwidgets.common.text import on_one_line
from petwidgets.data import dataset, holdout, label_edits_csv, label_store, own_split, oxford
from petwidgets.data.checks import check
from petwidgets.data.inventory import IncompleteError, Inventory, plan_inventory
from petwidgets.data.label_edits import LabelEdits
from petwidgets.data.listing import list_folder
from petwidgets.data.synthetic import sample as drawn
from petwidgets.metrics import comparison
from petwidgets.metrics.intervals import wilson
from petwidgets.recipes import recipe as recipes
from petwidgets.runs import import_export
from petwidgets.runs.store import Run, RunStore

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from petwidgets.jobs.classify import Answer
    from petwidgets.jobs.export import Made
    from petwidgets.runs.events import Event


def _say(options: argparse.Namespace, value: Mapping[str, Any], text: str) -> None:
    said = json.dumps(value, ensure_ascii=False) if options.json else on_one_line(text)
    print(said, flush=True)


@contextmanager
def _progress(unit: str, *, scale: bool = False) -> Iterator[Callable[[int, int], None]]:
    from tqdm import tqdm

    # Its own lock is one between processes, which may start one that imports what lies here.
    tqdm.set_lock(threading.RLock())
    with tqdm(unit=unit, unit_scale=scale, file=sys.stderr, disable=None) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total or None
            bar.update(done - bar.n)

        yield progress


@contextmanager
def _interrupted() -> Iterator[threading.Event]:
    """An event that Ctrl-C or a termination sets once; the second time ends the process."""
    event = threading.Event()

    def ask(number: int, _frame: Any) -> None:
        event.set()
        signal.signal(number, signal.SIG_DFL)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield event
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run_server(options: argparse.Namespace) -> int:
    """Serve the dashboard until Ctrl-C."""
    from petwidgets.server.address import TOKEN, Address
    from petwidgets.server.capacity import Limits
    from petwidgets.server.serve import serve

    if options.token:
        processes.hide_option("--token", options.token, TOKEN)
    # Whatever is started here has its environment from this process.
    said = ((limit, getattr(options, limit.key)) for limit in limits.LIMITS)
    os.environ.update(limits.variables(said))
    place = Address(
        options.host,
        options.port,
        options.token or os.environ.get(TOKEN, ""),
        options.base_url,
        tuple(options.allow_host),
        options.no_token,
    )
    room = Limits(options.max_kernels, options.max_per_address, options.kernel_mb)
    return serve(place, engine=options.engine, days=options.keep_days, limits=room)


def data_list(options: argparse.Namespace) -> None:
    """List the data sets that can be trained on."""
    for source in dataset.sources():
        here = dataset.prepared(source)
        value = {"source": source, "title": dataset.title(source), "here": here}
        _say(options, value, f"{source:12} {'here' if here else 'to get':8} {value['title']}")


def data_get(options: argparse.Namespace) -> None:
    """Draw or download a set of photographs."""
    sample = options.source == dataset.SAMPLE
    with _interrupted() as event, _progress("picture" if sample else "B", scale=True) as progress:
        if options.to is None:
            folder = dataset.prepare(options.source, progress, event.is_set)
        elif sample:
            folder = drawn.draw_sample(options.to, progress=progress, stop=event.is_set)
        else:
            folder = oxford.get(options.to, progress=progress, stop=event.is_set) / "images"
    photographs = len(dataset.photographs(folder))
    _say(options, {"folder": str(folder), "photographs": photographs}, str(folder))


def data_check(options: argparse.Namespace) -> None:
    """Find files that are not sound."""
    with _interrupted() as event, _progress("photograph") as progress:
        findings = check.check(options.folder, progress, event.is_set)
    for finding in findings:
        _say(options, asdict(finding), f"{finding.file}: {finding.sentence}")
    for sentence in list_folder(options.folder).sentences():
        print(sentence, file=sys.stderr)
    if not options.json:
        print(f"{counted(len(findings), 'finding')} in {options.folder}.")


def _recipe(options: argparse.Namespace) -> recipes.Recipe:
    names = ("arch", "epochs", "freeze_epochs", "base_lr", "size", "batch_size", "seed")
    more = ("pattern", "limit_per_breed", "split")
    settings = {name: getattr(options, name) for name in (*names, *more)}
    if options.size and options.size > recipes.PRESIZE:
        settings["presize"] = options.size
    if options.labels or options.file_column or options.label_column:
        settings["pattern"] = _labels(options)
    if options.changes:
        choices = _choices(options.changes)
        settings |= {"leave_out": choices.leave_out, "relabel": choices.relabel}
    special = (dataset.SAMPLE, dataset.OXFORD)
    data = options.data if options.data in special else str(Path(options.data).absolute())
    return recipes.make(options.recipe, data=data, **settings)


def _labels(options: argparse.Namespace) -> str:
    """Return the pattern that stands for the labels of a CSV file.

    Raises:
        Problem: it can't be read, or a pattern is given, too.
    """
    if not options.labels:
        raise Problem("Columns are those of a CSV file: give it as --labels.")
    if options.pattern:
        raise Problem("The breeds come from --labels or by --pattern: give one of them.")
    return label_store.keep_file(options.labels, options.file_column, options.label_column)


def _choices(file: Path) -> LabelEdits:
    """The decisions of a CSV file.

    Raises:
        Problem: it can't be read, or one of its rows.
    """
    if not file.is_file():
        raise Problem(f"There is no file {file}: check its name.")
    marks, bad = label_edits_csv.read(file.read_bytes())
    if bad:
        raise Problem(f"{file.name}: {label_edits_csv.told(bad)}")
    return LabelEdits().with_step(marks)


def train(options: argparse.Namespace) -> int:
    """Train a model; its results are the last line."""
    recipe, inventory, notes = _sound(_recipe(options), options.hold_out)
    confirm = _confirmation(options)
    _check_complete(inventory, confirm)
    if several() and recipe.frozen_only:
        raise Problem(
            "A baseline computes its features once and then trains in seconds: start it in one"
            " process, without accelerate."
        )
    from petwidgets.learning.train.train import train

    if follows():
        return _train_along(recipe, partial(train, confirm=confirm))
    run = RunStore().create(recipe, notes=notes)
    # The lock tells others on this home that somebody trains it.
    with run.lock(), _interrupted() as event, _progress("step") as progress, _telling_of_yes():
        results = train(run, lambda heard: _tell(heard, progress), event.is_set, confirm)
    figures = {key: value for key, value in results.items() if key != "train_loss"}
    said = f"{run.id}: {_summary(run.fresh())}"
    _say(options, {"run": run.id, **figures}, said)
    return 130 if event.is_set() else 0


def _sound(
    recipe: recipes.Recipe, hold_out: Path | None
) -> tuple[recipes.Recipe, Inventory, list[str]]:
    """The recipe with what it holds out, what it makes of its photographs, and notes on both.

    Raises:
        Problem: it does not fit its photographs; said before torch is imported and a run is made.
    """
    known = dataset.load(recipe.data, recipe.pattern)
    known.require_known(dict(recipe.relabel))
    used = own_split.kept(known, recipe.split)
    used.changed(recipe.leave_out, recipe.relabel).require_breeds()
    notes: list[str] = []
    if hold_out is not None:
        names, notes = holdout.named_by(hold_out, known, recipe.split)
        recipe = replace(recipe, hold_out=names)
    return recipe, plan_inventory(known, recipe, notes), notes


def _confirmation(options: argparse.Namespace) -> Callable[[Inventory], bool]:
    """Whether to go on though much of a set is left out: asked once, and only of a person."""
    answers: list[bool] = [True] if options.yes else [] if sys.stdin.isatty() else [False]

    def confirm(inventory: Inventory) -> bool:
        if not answers:
            print(f"{inventory.account}\nGo on without the rest? [y/N] ", end="", file=sys.stderr)
            answers.append(input().strip().lower() in ("y", "yes"))
        return answers[0]

    return confirm


def _check_complete(inventory: Inventory, confirm: Callable[[Inventory], bool]) -> None:
    if not inventory.enough and not confirm(inventory):
        with _telling_of_yes():
            inventory.require_enough()


@contextmanager
def _telling_of_yes() -> Iterator[None]:
    try:
        yield
    except IncompleteError as error:
        raise Problem(f"{error} Correct that, or go on without the rest by --yes.") from error


def several() -> bool:
    """Whether this is one of several processes that `accelerate launch` started."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1


def follows() -> bool:
    """Whether another of these processes writes and tells what all of them do."""
    return several() and os.environ.get("RANK", "0") != "0"


def _train_along(recipe: recipes.Recipe, train: Callable[..., Any]) -> int:
    with workplace() as folder, _interrupted() as event:
        train(RunStore(folder).create(recipe), lambda _event: None, event.is_set)
    return 130 if event.is_set() else 0


def _tell(event: Event, progress: Callable[[int, int], None]) -> None:
    if "done" in event:
        progress(event["done"], event["of"])
    elif event["event"] == "epoch":
        losses = f"train {event['train_loss']:.4f}, valid {event['valid_loss']:.4f}"
        share = f"error {event['error_rate']:.2%}"
        print(f"\nepoch {event['epoch']}/{event['of']}: {losses}, {share}", file=sys.stderr)
    elif "sentence" in event:
        print(f"\n{event['sentence']}", file=sys.stderr)


def classify(options: argparse.Namespace) -> int:
    """Classify photographs; one bad file does not stop the rest."""
    run = RunStore().get(options.run)
    from petwidgets.learning.predict.classify import classifier, classify

    classifier(run)  # else each photograph would say anew that the run has no weights
    problems, files = 0, [*_photographs(options.files)]
    with _progress("photograph") as progress:
        for done, (file, problem) in enumerate(files, 1):
            said, text = _refused(problem) if problem else _classified(classify, run, file)
            problems += "problem" in said
            _say(options, {"file": str(file), **said}, f"{file}: {text}")
            progress(done, len(files))
    return 1 if problems else 0


def _photographs(given: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Files, those in folders, and those of patterns, which not every shell expands.

    A folder or a pattern without any comes with a sentence.
    """
    for path in given:
        pattern = not path.exists() and glob.has_magic(str(path))
        found = [*map(Path, sorted(glob.glob(str(path), recursive=True)))] if pattern else [path]  # noqa: PTH207 - of any folder
        if not found:
            yield path, "No file has such a name: check the pattern."
        for one in found:
            yield from _inside(one) if one.is_dir() else [(one, "")]


def _inside(folder: Path) -> Iterator[tuple[Path, str]]:
    try:
        yield from ((path, "") for path in dataset.photographs(folder))
    except Problem as problem:
        yield folder, str(problem)


def _classified(
    classify: Callable[[Run, Path], Answer], run: Run, file: Path
) -> tuple[Mapping[str, Any], str]:
    """What to say of a photograph, as JSON and in words."""
    try:
        answer = classify(run, file)
    except Problem as problem:
        return _refused(str(problem))
    decision = answer.decision
    known = f"{decision.breed} {decision.probability:.1%}"
    text = known if decision.recognised else f"not recognised (perhaps {known}). {decision.reason}"
    return {**asdict(decision), "run": answer.run}, text


def _refused(problem: str) -> tuple[Mapping[str, Any], str]:
    return {"problem": problem}, problem


def _summary(run: Run) -> str:
    if run.state == "damaged":
        return str(run.info["problem"])
    results = run.info.get("results", {})
    error = f", error {results['error_rate']:.2%}" if "error_rate" in results else ""
    return f"{run.state}, {run.recipe.name} on {run.recipe.data}{error}"


def runs_list(options: argparse.Namespace) -> None:
    """All runs, the newest first."""
    for run in RunStore().list():
        known = {key: run.info.get(key) for key in ("results", "problem")}
        _say(options, {"run": run.id, "state": run.state, **known}, f"{run.id}: {_summary(run)}")


def runs_show(options: argparse.Namespace) -> None:
    """Print one run: recipe, state and results."""
    run = RunStore().get(options.id)
    run.require_sound()
    value = {"run": run.id, **run.info, "events": sum(1 for _ in run.events())}
    print(json.dumps(value, ensure_ascii=False, indent=None if options.json else 1))


def runs_delete(options: argparse.Namespace) -> None:
    """Remove a run of one's own."""
    RunStore().delete(options.id)
    _say(options, {"deleted": options.id}, f"{options.id} is deleted.")


def runs_compare(options: argparse.Namespace) -> None:
    """Error rates with intervals, settings that differ, and McNemar's test of each pair."""
    runs = [RunStore().get(identity) for identity in dict.fromkeys(options.ids)]
    if len(runs) < 2:  # noqa: PLR2004
        raise Problem("One run is nothing to compare: give the ids of two or more.")
    known = {run.id: run.validation() for run in runs}
    told = {}
    for run in runs:
        kept = known[run.id]
        told[run.id] = comparison.judged(
            kept.files, run.info["vocab"], kept.probabilities, kept.targets
        )
        _say(options, *_error_of(run.id, kept.errors, len(kept.targets)))
    differ = comparison.differing([run.recipe for run in runs])
    for name, values in differ.items():
        value: Mapping[str, Any] = {
            "setting": name,
            "values": dict(zip(known, values, strict=True)),
        }
        _say(options, value, f"{name}: {', '.join(_setting(name, one) for one in values)}")
    for one, other in combinations(known, 2):
        pairs = comparison.paired(told[one], told[other])
        low, high = pairs.interval()
        figures = {"p": pairs.p, "difference": pairs.difference, "interval": [low, high]}
        value = {"pair": [one, other], **asdict(pairs), **figures}
        said = f" Difference {pairs.difference:+.2%}, 95 % interval {low:+.2%} to {high:+.2%}."
        _say(options, value, comparison.verdict(pairs, one, other) + said * bool(pairs.n))
    for names in comparison.alike({run.id: run.recipe for run in runs}):
        found = comparison.seeds([known[name].errors / len(known[name].targets) for name in names])
        _say(options, {"seeds": names, **asdict(found)}, _about_seeds(names, found))


def _error_of(run: str, errors: int, n: int) -> tuple[Mapping[str, Any], str]:
    low, high = wilson(errors, n)
    share = errors / max(1, n)
    figures = {"errors": errors, "photographs": n, "error_rate": share}
    said = f"{run}: error {share:.2%} on {n:,}, 95 % interval {low:.2%} to {high:.2%}"
    return {"run": run, **figures, "interval": [low, high]}, said


def _setting(name: str, value: Any) -> str:
    if name in comparison.CHANGES:
        return f"{value:,} photograph{'s' * (value != 1)}"
    return str(value)


def _about_seeds(names: list[str], found: comparison.Seeds) -> str:
    return (
        f"{', '.join(names)} differ in nothing but the seed: error {found.mean:.2%} on average,"
        f" {found.least:.2%} to {found.most:.2%}, standard deviation {found.spread:.2%}."
    )


def runs_export(options: argparse.Namespace) -> None:
    """One run as one file: the run itself, its model, or a report.

    What is written goes by the name: `.onnx` the model as ONNX, `.html` a report, all else the run,
    to be imported elsewhere; or by --as. A model folder is a zip, and needs no petwidgets.
    """
    run = RunStore().get(options.id)
    form = options.form or FORMS.get(options.file.suffix.lower(), "run")
    facts = {} if form == "run" else {"as": form}
    if form == "run":
        import_export.export(run, options.file)
    else:
        facts |= _taken_along(run, form, options.file)
    value = {"run": run.id, "file": str(options.file), "bytes": options.file.stat().st_size}
    _say(options, {**value, **facts}, _exported(run, options.file, facts))


FORMS = {".onnx": "onnx", ".html": "report", ".htm": "report"}
"""The form of an export by the suffix of its file."""


def _taken_along(run: Run, form: str, path: Path) -> dict[str, float | str]:
    """Write a run's model or report; returns what there is to say of it."""
    # The file is begun first: what can't be written is not computed.
    with import_export.writing(path, f"{run.id}.{'onnx' if form == 'onnx' else 'zip'}") as file:
        made = _made(run, form)
        file.write(made.content)
    apart = {} if made.difference is None else {"difference": made.difference}
    return {**apart, "said": made.said}


def _made(run: Run, form: str) -> Made:
    if form == "report":
        from petwidgets.export import report

        return report.packed(run)
    if form == "model":
        from petwidgets.learning.export import model_folder

        return model_folder.packed(run)
    from petwidgets.learning.export import onnx

    files = dataset.located(run.recipe.data, run.info["files"][: onnx.TRIED])
    return onnx.packed(run, [*map(str, files.values())])


def _exported(run: Run, path: Path, facts: Mapping[str, float | str]) -> str:
    apart = f", {facts['difference']:.1g} apart at most" if "difference" in facts else ""
    said = f": {facts['said']}{apart}" if facts else ""
    return f"{run.id} is in {path}{said}."


def runs_import(options: argparse.Namespace) -> None:
    """Take in a file that was exported, once it is found sound."""
    run = import_export.take(import_export.read(options.file), RunStore())
    _say(options, {"run": run.id, "file": str(options.file)}, f"{run.id} is imported.")


def doctor(options: argparse.Namespace) -> int:
    """Whether all that is needed is here."""
    from petwidgets.cli.doctor import examine

    findings = examine()
    for finding in findings:
        mark = "ok " if finding.ok else "BAD"
        _say(options, asdict(finding), f"{mark} {finding.what}: {finding.sentence}")
    return 0 if all(finding.ok for finding in findings) else 1

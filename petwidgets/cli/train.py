"""`petwidgets train`: one recipe on one set of photographs."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from petwidgets.cli.output import interrupted, progress_bar, say
from petwidgets.cli.runs import summary
from petwidgets.common.errors import Problem
from petwidgets.common.formatting import percent
from petwidgets.common.leftovers import workplace
from petwidgets.common.os_errors import require_named_file
from petwidgets.data import dataset, holdout, label_edits_csv, label_store, own_split, sources
from petwidgets.data.divide import divided
from petwidgets.data.inventory import IncompleteError, Inventory, plan_inventory
from petwidgets.data.label_edits import LabelEdits
from petwidgets.jobs.network import convert, require_architecture
from petwidgets.jobs.train import train_body
from petwidgets.recipes.presets import make
from petwidgets.recipes.recipe import PRESIZE, Recipe
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from petwidgets.runs.events import Event


def _recipe(options: argparse.Namespace) -> Recipe:
    names = ("arch", "epochs", "freeze_epochs", "base_lr", "size", "batch_size", "seed")
    more = ("pattern", "limit_per_breed", "split")
    settings = {name: getattr(options, name) for name in (*names, *more)}
    if options.size and options.size > PRESIZE:
        settings["presize"] = options.size
    if options.labels or options.file_column or options.label_column:
        settings["pattern"] = _labels(options)
    if options.changes:
        choices = _choices(options.changes)
        settings |= {"leave_out": choices.leave_out, "relabel": choices.relabel}
    special = (sources.SAMPLE, sources.OXFORD)
    data = options.data if options.data in special else str(Path(options.data).absolute())
    return make(options.recipe, data=data, **settings)


def _labels(options: argparse.Namespace) -> str:
    """Return the pattern that stands for the labels of a CSV file.

    Raises:
        Problem: the file can't be read, columns are given without a file, or a pattern is given,
            too.
    """
    if not options.labels:
        raise Problem("Columns are those of a CSV file: give it as --labels.")
    if options.pattern:
        raise Problem("The labels come from --labels or by --pattern: give one of them.")
    return label_store.keep_file(options.labels, options.file_column, options.label_column)


def _choices(file: Path) -> LabelEdits:
    """Read the label edits of a CSV file.

    Raises:
        Problem: there is no such file, or one of its rows can't be read.
    """
    require_named_file(file, "give the CSV file with the changes")
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
    from petwidgets.baseline.train import train

    _require_network(recipe)
    if follows():
        return _train_along(recipe, partial(train, confirm=confirm))
    run = RunStore().create(recipe, notes=notes)
    # The lock tells other processes with this home that the run is being trained.
    lock = run.control.lock()
    with lock, interrupted() as event, progress_bar("step") as progress, _telling_of_yes():
        results = train(run, lambda e: _tell(e, progress), event.is_set, confirm)
    if not recipe.frozen_only:
        convert.load()(run.fresh())
    figures = {key: value for key, value in results.items() if key != "train_loss"}
    sentence = f"{run.id}: {summary(run.fresh())}"
    say(options, {"run": run.id, **figures}, sentence)
    return 130 if event.is_set() else 0


def _sound(recipe: Recipe, hold_out: Path | None) -> tuple[Recipe, Inventory, list[str]]:
    """Check that a recipe fits its photographs, before torch is imported and a run is made.

    Returns:
        The recipe with the photographs that it holds out, their inventory, and notes on both.

    Raises:
        Problem: it does not fit them.
    """
    known = dataset.load(recipe.data, recipe.pattern)
    known.require_known(dict(recipe.relabel))
    used = own_split.kept(known, recipe.split)
    used.changed(recipe.leave_out, recipe.relabel).require_breeds()
    notes: list[str] = []
    if hold_out is not None:
        names, notes = holdout.named_by(hold_out, known, recipe.split)
        recipe = replace(recipe, hold_out=names)
    divided(recipe, own_split.limited(known, recipe.split, recipe.limit_per_breed))
    return recipe, plan_inventory(known, recipe, notes), notes


def _require_network(recipe: Recipe) -> None:
    """Check that there is what the network takes, before a run is made.

    Raises:
        ModuleNotFoundError: torch is needed, and not installed.
        Problem: there is no such architecture.
    """
    from petwidgets.baseline.frozen_features import frozen_body

    if not recipe.frozen_only:
        train_body.load()
    elif frozen_body(recipe):  # without torch
        return
    require_architecture.load()(recipe.arch)


def _confirmation(options: argparse.Namespace) -> Callable[[Inventory], bool]:
    """Return a function that asks whether to go on although much of a set is left out.

    It asks once, and only at a terminal; otherwise the answer is yes with `--yes`, else no.
    """
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
    """Whether another of these processes writes the run and the output."""
    return several() and os.environ.get("RANK", "0") != "0"


def _train_along(recipe: Recipe, train: Callable[..., Any]) -> int:
    with workplace() as folder, interrupted() as event:
        train(RunStore(folder).create(recipe), lambda _event: None, event.is_set)
    return 130 if event.is_set() else 0


def _tell(event: Event, progress: Callable[[int, int], None]) -> None:
    if "done" in event:
        progress(event["done"], event["of"])
    elif event["event"] == "epoch":
        losses = f"train {event['train_loss']:.4f}, valid {event['valid_loss']:.4f}"
        share = f"error {percent(event['error_rate'])}"
        print(f"\nepoch {event['epoch']}/{event['of']}: {losses}, {share}", file=sys.stderr)
    elif "sentence" in event:
        print(f"\n{event['sentence']}", file=sys.stderr)

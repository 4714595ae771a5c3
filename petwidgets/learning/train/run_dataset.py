"""The photographs of a run: where they are, and which side of its split each is on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.common.errors import Problem
from petwidgets.data.dataset import load, prepared, sources

if TYPE_CHECKING:
    from petwidgets.data.dataset import Dataset
    from petwidgets.runs.run import Run


class Away(Problem):
    """The photographs of a run are not on this machine.

    Where they were on the machine of somebody else who made the run is of no use here.
    """

    def __init__(self, run: Run) -> None:
        place = f"put them at {run.recipe.data}, or " if run.made_here else ""
        super().__init__(
            f"The photographs of run {run.id} are not on this machine: {place}name their folder in"
            " PETWIDGETS_DATA."
        )


def photographs(run: Run) -> Dataset:
    """The very photographs that a run trains and validates on, with the labels that it took.

    They are looked for where the run had them, then in the known sources.

    Raises:
        Away: they are not on this machine.
    """
    wanted = {*run.info["train_files"], *run.info["files"]}
    for source in (run.recipe.data, *sources()):
        if prepared(source):
            dataset = load(source, run.recipe.pattern)
            found = [i for i, p in enumerate(dataset.paths) if dataset.name(p) in wanted]
            if len(found) == len(wanted):
                return dataset.keep(found).changed(relabel=run.recipe.relabel)
    raise Away(run)


def parts_of(run: Run, dataset: Dataset) -> tuple[list[int], list[int]]:
    """Positions of the photographs that a described run trains and validates on."""
    position = {dataset.name(path): i for i, path in enumerate(dataset.paths)}
    train, valid = ([position[n] for n in run.info[k]] for k in ("train_files", "files"))
    return train, valid


def inherited(parent: Run, dataset: Dataset) -> tuple[list[int], list[int]]:
    """Positions on the sides that a parent had them: what it has learned must not be validated on.

    Raises:
        Problem: other breeds, or too few of its photographs.
    """
    if list(dataset.vocab) != parent.info["vocab"]:
        raise Problem(
            f"The run {parent.id} knows other breeds than these photographs show: choose those that"
            " it was trained on, or begin anew."
        )
    position = {dataset.name(path): i for i, path in enumerate(dataset.paths)}
    train, valid = (
        [position[n] for n in parent.info[k] if n in position] for k in ("train_files", "files")
    )
    if not train or not valid:
        raise Problem(
            f"The photographs that run {parent.id} was trained on are not among these: choose"
            " them, or begin anew."
        )
    return train, valid

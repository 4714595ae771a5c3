"""Find the photographs of a run, and the side of the split that each is on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petwidgets.common.errors import Problem
from petwidgets.data.dataset import load
from petwidgets.data.sources import prepared, sources

if TYPE_CHECKING:
    from petwidgets.data.dataset import Dataset
    from petwidgets.runs.run import Run


class Away(Problem):
    """The photographs of a run are not on this machine.

    For an imported run, the sentence does not name the path on the machine it was trained on.
    """

    def __init__(self, run: Run) -> None:
        place = f"put them at {run.recipe.data}, or " if run.made_here else ""
        super().__init__(
            f"The photographs of run {run.id} are not on this machine: {place}name their folder in"
            " PETWIDGETS_DATA."
        )


def photographs(run: Run) -> Dataset:
    """The photographs that a run trains and validates on, with its changed labels.

    They are searched at the run's own source first, then in all known sources.

    Raises:
        Away: they are not on this machine.
    """
    names = {*run.info["train_files"], *run.info["files"]}
    for source in (run.recipe.data, *sources()):
        if prepared(source):
            dataset = load(source, run.recipe.pattern)
            positions = [i for i, p in enumerate(dataset.paths) if dataset.name(p) in names]
            if len(positions) == len(names):
                return dataset.keep(positions).changed(relabel=run.recipe.relabel)
    raise Away(run)


def parts_of(run: Run, dataset: Dataset) -> tuple[list[int], list[int]]:
    """Positions of the training and the validation photographs of a run."""
    position = {dataset.name(path): i for i, path in enumerate(dataset.paths)}
    train, valid = ([position[n] for n in run.info[k]] for k in ("train_files", "files"))
    return train, valid


def inherited(parent: Run, dataset: Dataset) -> tuple[list[int], list[int]]:
    """Positions of a parent's training and validation photographs.

    A run that continues another one reuses its split, so that no training photograph of the parent
    ends up in the validation set.

    Raises:
        Problem: other breeds, or too few of its photographs.
    """
    if list(dataset.vocab) != parent.info["vocab"]:
        raise Problem(
            f"The run {parent.id} knows other classes than these photographs show: choose those"
            " that it was trained on, or begin anew."
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

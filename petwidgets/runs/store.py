"""The run store: everything that a training produces, as a folder of plain files.

    runs/<id>/run.json                 recipe, files of the split, versions, state and results
              owner.json               the visitor that it belongs to
              events.jsonl             event log, one JSON object per line, in order of time
              model.safetensors        weights
              validation.safetensors   probabilities (n, c), targets (n), losses (n)
              features.safetensors     inputs of the last layer for each photograph, (n, f)
              labels.json              breeds by name, if labelled by a table
              checkpoint.safetensors   what a training resumes from, until it has finished
              lock                     locked by the process that trains
              stop, pause              exist while it is asked to stop or pause; `stop` may say why

Readers check every file; a folder that can't be read is listed as damaged. A training is followed,
stopped and resumed only through these files: by the page that started it, by that page after a
reload, or by another process.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from typing import TYPE_CHECKING, Any

from petwidgets.common import owner as ownership
from petwidgets.common.errors import Problem
from petwidgets.common.formatting import short
from petwidgets.common.paths import LABELS_FILE, complaints, home, replacing, write_json
from petwidgets.data.label_store import kept_labels
from petwidgets.recipes.labelling import table_id
from petwidgets.runs.info import owner_of
from petwidgets.runs.run import SHIPPED, WITH_WEIGHTS, Run, shipped

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from petwidgets.recipes.recipe import Recipe


class RunStore:
    """The runs of one home, and the shipped ones."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = (folder or home()) / "runs"

    def create(self, recipe: Recipe, **info: Any) -> Run:
        """Create a run in state `queued`.

        Args:
            recipe: the recipe of the training.
            **info: further keys of run.json.

        Raises:
            Problem: the home can't be written, or the disk is full.
        """
        identity = new_id()
        folder, draft = self.folder / identity, self.folder / f".new.{identity}"
        defaults = {"id": identity, "state": "queued", "created": time.time()}
        info = {**defaults, "recipe": recipe.to_json(), **info}
        write_json(draft / "run.json", info)
        ownership.write(draft, owner_of(info))
        if digest := table_id(recipe.pattern):
            _keep_labels(digest, draft / LABELS_FILE)
        with complaints(folder):
            draft.rename(folder)  # atomic: a run without its run.json would count as damaged
        return Run(folder)

    def list(self) -> list[Run]:
        """All runs of the home, the newest first, then those shipped with weights."""
        own = sorted((f for f in folders(self.folder) if is_id(f.name)), reverse=True)
        return [*map(Run, own), *map(shipped, WITH_WEIGHTS)]

    def recorded(self) -> Sequence[Run]:
        """Trainings that are shipped without weights, to inspect, compare and replay."""
        return [run for run in _records() if run.kind == "training"]

    def get(self, identity: str) -> Run:
        """The run with this id.

        Raises:
            Problem: there is none.
        """
        return find(self.folder, identity)

    def delete(self, identity: str) -> None:
        """Delete a run of the home.

        Raises:
            Problem: there is no such run, it is a shipped one, or it is being trained.
        """
        run = self.get(identity)
        if run.folder.parent != self.folder:
            raise Problem(f"The run {identity} comes with petwidgets and stays.")
        with run.control.lock() as ours:
            if not ours:
                raise Problem(f"The run {identity} is being trained: stop it first.")
        with complaints(run.folder):
            doomed = run.folder.with_name(f".{identity}.{os.getpid()}")
            run.folder.rename(doomed)
            shutil.rmtree(doomed)


def recorded_searches() -> Sequence[Run]:
    """Searches of a learning rate that are shipped."""
    return [run for run in _records() if run.kind == "rates"]


def _records() -> Sequence[Run]:
    return [shipped(f.name) for f in sorted(folders(SHIPPED)) if f.name not in WITH_WEIGHTS]


def _keep_labels(digest: str, path: Path) -> None:
    """Copy a run's table of labels into its folder, so that the run does not depend on the home."""
    content = kept_labels(digest)
    if content is not None:
        with replacing(path) as temporary:
            temporary.write_bytes(content)


def new_id() -> str:
    """A new id that starts with the current time, so that ids sort by age."""
    return f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(3)}"


def find(folder: Path, identity: str) -> Run:
    """Find a run by id, in a folder of runs or among the shipped ones.

    Raises:
        Problem: there is none.
    """
    if is_id(identity):
        if (folder / identity).is_dir():
            return Run(folder / identity)
        if (SHIPPED / identity).is_dir():
            return shipped(identity)
    raise Problem(
        f"There is no run {short(identity)!r}: petwidgets runs list shows those there are."
    )


def parent_of(run: Run) -> Run | None:
    """The run whose weights a run starts from; None for ImageNet weights.

    Raises:
        Problem: that run no longer exists.
    """
    identity = run.parent_id
    return find(run.folder.parent, identity) if identity else None


def folders(within: Path) -> list[Path]:
    """The subfolders of a folder; none if it does not exist."""
    return [path for path in within.iterdir() if path.is_dir()] if within.is_dir() else []


def is_id(name: str) -> bool:
    """Whether a name is a valid run id."""
    # Ids come from command lines and pages: separators and leading dots are refused.
    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,80}", name) is not None

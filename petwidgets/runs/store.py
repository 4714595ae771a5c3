"""The run store: everything that a training produces, as a folder of plain files.

    runs/<id>/run.json                 recipe, files of the split, versions, state and results
              owner.json               the visitor that it belongs to
              events.jsonl             what happened, one JSON object a line, as it happened
              model.safetensors        weights
              validation.safetensors   probabilities (n, c), targets (n), losses (n)
              features.safetensors     inputs of the last layer for each photograph, (n, f)
              labels.json              breeds by name, where a table gave them
              checkpoint.safetensors   what a training resumes from, until it has finished
              lock                     locked by the process that trains
              stop, pause              exist while it is to stop or to wait; a stop may say why

Readers check every file: a folder that can't be read is listed as damaged. A training is followed,
stopped and resumed through these files alone, by the page that started it, by the same page after a
reload, or by another process.
"""

from __future__ import annotations

import os
import secrets
import shutil
import time
from typing import TYPE_CHECKING, Any

from petwidgets.common import owner as ownership
from petwidgets.common.errors import Problem
from petwidgets.common.paths import LABELS_FILE, complaints, home, replacing, write_json
from petwidgets.data.label_store import kept_labels
from petwidgets.recipes.recipe import table_id
from petwidgets.runs.info import owner_of
from petwidgets.runs.run import Run, find, folders, is_id, recorded, shipped

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from petwidgets.recipes.recipe import Recipe


class RunStore:
    """The runs of one home, and the shipped run."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = (folder or home()) / "runs"

    def create(self, recipe: Recipe, **info: Any) -> Run:
        """A new run in state `queued`.

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
            draft.rename(folder)  # in one step: a run without its run.json would be a damaged one
        return Run(folder)

    def list(self) -> list[Run]:
        """All runs, the newest first, the shipped one last."""
        own = sorted((f for f in folders(self.folder) if is_id(f.name)), reverse=True)
        return [*map(Run, own), shipped()]

    def recorded(self) -> Sequence[Run]:
        """Runs that come with the package without weights, to look at, compare and replay."""
        return recorded()

    def get(self, identity: str) -> Run:
        """The run with this id.

        Raises:
            Problem: there is none.
        """
        return find(self.folder, identity)

    def delete(self, identity: str) -> None:
        """Remove a run of one's own.

        Raises:
            Problem: there is none, it is the shipped one, or it is being trained.
        """
        run = self.get(identity)
        if run.folder.parent != self.folder:
            raise Problem(f"The run {identity} comes with petwidgets and stays.")
        with run.lock() as ours:
            if not ours:
                raise Problem(f"The run {identity} is being trained: stop it first.")
        with complaints(run.folder):
            doomed = run.folder.with_name(f".{identity}.{os.getpid()}")
            run.folder.rename(doomed)
            shutil.rmtree(doomed)


def _keep_labels(digest: str, path: Path) -> None:
    """Have a run keep its labels: it means the same where their file is gone."""
    content = kept_labels(digest)
    if content is not None:
        with replacing(path) as temporary:
            temporary.write_bytes(content)


def new_id() -> str:
    """An id of now, which sorts after those before."""
    return f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(3)}"

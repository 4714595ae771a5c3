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

import json
import os
import re
import secrets
import shutil
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from filelock import FileLock, Timeout
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from petwidgets.common import owner as ownership
from petwidgets.common.errors import Problem
from petwidgets.common.formatting import short
from petwidgets.common.json_types import is_amount, is_count, is_number, is_text
from petwidgets.common.os_errors import check_readable, refusal
from petwidgets.common.owner import Owner
from petwidgets.common.paths import (
    LABELS_FILE,
    bounded_int,
    complaints,
    home,
    replacing,
    write_json,
)
from petwidgets.data.label_store import kept_labels
from petwidgets.recipes.recipe import Recipe, table_id
from petwidgets.runs import events

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from petwidgets.runs.events import Event

SHIPPED = Path(__file__).parent / "shipped"
SHIPPED_ID = "pets37"
"""The run that comes with the package: 37 real breeds, so that a first photograph is classified."""

UNSOUND = (
    *(ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError),
    Problem,
)
"""Exceptions of reading a run.json of another shape."""

STATES = ("queued", "running", "finished", "stopped", "failed")
ENDED = ("finished", "stopped", "failed", "damaged")


@dataclass(frozen=True)
class Validation:
    """Predictions on the validation set, made once, at the end of an epoch.

    Args:
        files: n names.
        probabilities: (n, c) float32, rows adding to one.
        targets: (n) positions in the vocab.
        losses: (n) float32 cross-entropy of each photograph, in nats.
    """

    files: tuple[str, ...]
    probabilities: np.ndarray
    targets: np.ndarray
    losses: np.ndarray

    @property
    def errors(self) -> int:
        """How many photographs were given another breed than their own."""
        return int((self.probabilities.argmax(1) != self.targets).sum())


@dataclass(frozen=True)
class Run:
    """One training's folder. `Run(folder).info` is its run.json."""

    folder: Path

    def __reduce__(self) -> tuple[Any, ...]:
        # The shipped run goes to an engine by its name: another machine has it elsewhere.
        return (_shipped, (self.id,)) if self.folder.parent == SHIPPED else (Run, (self.folder,))

    @property
    def id(self) -> str:
        """The folder's name."""
        return self.folder.name

    @cached_property
    def info(self) -> dict[str, Any]:
        """The content of run.json; a damaged one is `{"state": "damaged", "problem": sentence}`."""
        try:
            info = json.loads((self.folder / "run.json").read_text("utf-8"), parse_int=bounded_int)
            return _sound({"vocab": [], "files": [], **info})
        except PermissionError as error:
            refused = refusal(error, self.folder / "run.json")
            return {"state": "damaged", "problem": f"The run.json of {self.id}: {refused}"}
        except (OSError, *UNSOUND):
            sentence = f"The run {self.id} is damaged: delete it with petwidgets runs delete."
            return {"state": "damaged", "problem": sentence}

    @cached_property
    def owner(self) -> Owner:
        """The owner, without reading run.json if possible."""
        if self.folder.parent == SHIPPED:
            return Owner()
        known = ownership.read(self.folder)
        if known is None:
            known = owner_of(self.info)
            if self.state != "damaged":
                with suppress(Problem):  # a home that can only be read
                    ownership.write(self.folder, known)
        return known

    @property
    def state(self) -> str:
        """`queued`, `running`, `finished`, `stopped`, `failed` or `damaged`."""
        return str(self.info["state"])

    @property
    def kind(self) -> str:
        """`training`, or `rates` for a search of a learning rate, which leaves no weights."""
        return str(self.info.get("kind", "training"))

    @property
    def parent(self) -> Run | None:
        """The run with whose weights this one begins, if not with those of ImageNet.

        Raises:
            Problem: it is gone.
        """
        identity = self.info.get("parent", "")
        return RunStore(self.folder.parent.parent).get(identity) if identity else None

    @property
    def made_here(self) -> bool:
        """Whether it neither came with the package nor was imported."""
        return self.folder.parent != SHIPPED and not self.owner.imported

    @property
    def usable(self) -> bool:
        """Whether there are weights to classify with."""
        return self.state != "damaged" and (self.folder / "model.safetensors").is_file()

    @property
    def recipe(self) -> Recipe:
        """The recipe of the training.

        Raises:
            Problem: the run is damaged.
        """
        self.require_sound()
        return Recipe.from_json(self.info["recipe"])

    @property
    def validated(self) -> bool:
        """Whether there are predictions on a validation set."""
        return self.state != "damaged" and (self.folder / "validation.safetensors").is_file()

    def require_sound(self) -> None:
        """Raise the sentence of a damaged run; a sound one passes."""
        if self.state == "damaged":
            raise Problem(self.info["problem"])

    def require_ended(self) -> None:
        """Raise unless the run is sound and has ended.

        Raises:
            Problem: it is damaged, or has not ended.
        """
        self.require_sound()
        if self.state not in ENDED:
            raise Problem(f"The run {self.id} has not ended: stop it, or wait, then export it.")

    def fresh(self) -> Run:
        """The same run, read anew."""
        return Run(self.folder)

    def update(self, **changes: Any) -> Run:
        """Write `changes` into run.json.

        Raises:
            Problem: the run is damaged, or the disk full.
        """
        now = self.fresh()
        now.require_sound()
        info = {**now.info, **changes}
        write_json(self.folder / "run.json", info)
        if owner_of(info) != now.owner:
            ownership.write(self.folder, owner_of(info))
        return self.fresh()

    def append(self, event: Mapping[str, Any]) -> None:
        """Add one event.

        Raises:
            Problem: the disk is full.
        """
        events.append(self.folder / "events.jsonl", event)

    def end(self, state: str, **details: Any) -> None:
        """Write how it ended, into run.json and as its last event.

        Raises:
            Problem: the run is damaged, or the disk full.
        """
        details = {**details, **(self.why_stopped if state == "stopped" else {})}
        self.update(state=state, **details)
        self.append({"event": state, **details})

    def events(self) -> list[Event]:
        """The events so far."""
        return self.events_since(0)[0]

    def events_since(self, position: int) -> tuple[list[Event], int]:
        """The events written after a position in bytes, and the position after them."""
        return events.read(self.folder / "events.jsonl", position)

    @contextmanager
    def lock(self, patience: float = 0.0) -> Iterator[bool]:
        """Lock the run for this process until the block ends; yields whether that succeeded.

        Only the process with the lock may train the run or write its end. The system releases the
        lock of a process that dies. `patience` is the time to wait for it, in seconds.

        Raises:
            Problem: the run's folder can't be written.
        """
        before = self.folder / "charge"  # its name in 0.1: a process of that may hold it
        path = before if before.exists() else self.folder / "lock"
        lock = FileLock(path)
        with complaints(path):
            try:
                lock.acquire(timeout=patience)
            except Timeout:  # an OSError, but no complaint
                ours = False
            else:
                ours = True
        try:
            yield ours
        finally:
            if ours:
                lock.release()

    def ask_to_stop(self, why: str = "") -> None:
        """Ask the process that trains this run to end it within a second.

        Args:
            why: a sentence for its page, where no person asked.

        Raises:
            Problem: the run's folder can't be written.
        """
        with complaints(self.folder / "stop"):
            (self.folder / "stop").write_text(why, "utf-8")

    @property
    def why_stopped(self) -> dict[str, str]:
        """`sentence`, where it was asked to stop with one."""
        try:
            why = (self.folder / "stop").read_text("utf-8")
        except (OSError, ValueError):
            why = ""
        return {"sentence": why} if why else {}

    @property
    def seconds(self) -> float:
        """Seconds that it was trained so far, by its events."""
        told = (event.get("t") for event in self.events())
        return max((float(t) for t in told if isinstance(t, int | float)), default=0.0)

    def withdraw_stop(self) -> None:
        """Take back what `ask_to_stop` asked.

        Raises:
            Problem: the run's folder can't be written.
        """
        with complaints(self.folder / "stop"):
            (self.folder / "stop").unlink(missing_ok=True)

    @property
    def asked_to_stop(self) -> bool:
        """Whether it is to stop."""
        return (self.folder / "stop").exists()

    def ask_to_pause(self, *, waits: bool) -> None:
        """Ask the process that trains this run to pause after the present batch, or to continue.

        Raises:
            Problem: the run's folder can't be written.
        """
        path = self.folder / "pause"
        with complaints(path):
            path.touch() if waits else path.unlink(missing_ok=True)

    @property
    def asked_to_pause(self) -> bool:
        """Whether it is to wait."""
        return (self.folder / "pause").exists()

    def save_validation(self, validation: Validation) -> None:
        """Write the predictions on the validation set.

        Raises:
            Problem: the disk is full, or the run damaged.
        """
        arrays = {
            "probabilities": validation.probabilities.astype(np.float32),
            "targets": validation.targets.astype(np.int64),
            "losses": validation.losses.astype(np.float32),
        }
        with replacing(self.folder / "validation.safetensors") as temporary:
            temporary.write_bytes(save(arrays))  # save_file hides that a disk is full

    def validation(self) -> Validation:
        """The predictions on the validation set.

        Raises:
            Problem: there are none yet, or the file is damaged or may not be read.
        """
        self.require_sound()
        path = self.folder / "validation.safetensors"
        if not path.is_file():
            raise Problem(f"The run {self.id} has no validation predictions: let an epoch end.")
        check_readable(path)
        try:
            arrays = load_file(path)
            columns = [arrays[key] for key in ("probabilities", "targets", "losses")]
            require_shapes([column.shape for column in columns], self.info)
        except (OSError, KeyError, ValueError, SafetensorError) as error:
            raise Problem(
                f"The predictions of run {self.id} are damaged: train it again."
            ) from error
        return Validation(tuple(self.info["files"]), *columns)

    def save_features(self, features: np.ndarray) -> None:
        """Write what the last linear layer saw of each validation photograph: (n, f), as float16.

        Raises:
            Problem: the disk is full.
        """
        with replacing(self.folder / "features.safetensors") as temporary:
            temporary.write_bytes(save({"features": features.astype(np.float16)}))

    @property
    def featured(self) -> bool:
        """Whether features are kept; earlier runs, recorded and imported ones have none."""
        return self.state != "damaged" and (self.folder / "features.safetensors").is_file()

    def features(self) -> np.ndarray:
        """(n, f) float16: what the last linear layer saw of each validation photograph.

        Raises:
            Problem: none are kept, or the file is damaged or may not be read.
        """
        self.require_sound()
        if not self.featured:
            raise Problem(f"The run {self.id} keeps no features: have them computed.")
        path = self.folder / "features.safetensors"
        check_readable(path)
        try:
            found: np.ndarray = load_file(path)["features"]
            _require_features(found, len(self.info["files"]))
        except (OSError, KeyError, ValueError, SafetensorError) as error:
            raise Problem(f"The features of run {self.id} are damaged: train it again.") from error
        return found


def _require_features(found: np.ndarray, n: int) -> None:
    rows, *columns = found.shape
    if found.dtype != np.float16 or (rows, len(columns)) != (n, 1) or not np.isfinite(found).all():
        raise ValueError(found.shape)


def _shipped(identity: str) -> Run:
    return _unchanging(SHIPPED / identity)


@lru_cache(maxsize=32)
def _unchanging(folder: Path) -> Run:
    """The run of a folder of the package: read once, however many lessons look into it."""
    return Run(folder)


def owner_of(info: dict[str, Any]) -> Owner:
    """Read the owner from a run.json."""
    recipe = info.get("recipe", {})
    pattern = recipe.get("pattern", "") if isinstance(recipe, dict) else ""
    visitor = info.get("visitor", "")
    known = visitor if isinstance(visitor, str) else ""
    return Owner(known, "imported" in info, table_id(str(pattern)))


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
        asked = {"id": identity, "state": "queued", "created": time.time()}
        info = {**asked, "recipe": recipe.to_json(), **info}
        write_json(draft / "run.json", info)
        ownership.write(draft, owner_of(info))
        if digest := table_id(recipe.pattern):
            _keep_labels(digest, draft / LABELS_FILE)
        with complaints(folder):
            draft.rename(folder)  # in one step: a run without its run.json would be a damaged one
        return Run(folder)

    def list(self) -> list[Run]:
        """All runs, the newest first, the shipped one last."""
        own = sorted((f for f in _folders(self.folder) if _is_id(f.name)), reverse=True)
        return [*map(Run, own), _shipped(SHIPPED_ID)]

    def recorded(self) -> Sequence[Run]:
        """Runs that come with the package without weights, to look at, compare and replay."""
        return [_unchanging(f) for f in sorted(_folders(SHIPPED)) if f.name != SHIPPED_ID]

    def get(self, identity: str) -> Run:
        """The run with this id.

        Raises:
            Problem: there is none.
        """
        if _is_id(identity):
            if (self.folder / identity).is_dir():
                return Run(self.folder / identity)
            if (SHIPPED / identity).is_dir():
                return _shipped(identity)
        raise Problem(
            f"There is no run {short(identity)!r}: petwidgets runs list shows those there are."
        )

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


def require_shapes(shapes: list[tuple[int, ...]], info: dict[str, Any]) -> None:
    """Raise `ValueError` unless these are the shapes of a run's `Validation`, column by column."""
    n = len(info["files"])
    if shapes != [(n, len(info["vocab"])), (n,), (n,)]:
        raise ValueError(shapes)


def _are_words(value: Any) -> bool:
    return isinstance(value, list) and all(map(is_text, value))


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


KINDS: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("vocab", "files", "train_files"), _are_words),
    **dict.fromkeys(("results", "versions", "search", "inventory"), _is_object),
    **dict.fromkeys(("kind", "parent", "visitor", "problem", "licence"), is_text),
    **dict.fromkeys(("created", "imported"), is_amount),
    **dict.fromkeys(("attempt", "deaths", "died_at", "batch_size"), is_count),
}
"""What readers of a run.json rely on, where it is there."""

FIGURES = {"seconds": is_amount, "epochs": is_count, "error_rate": is_number}
"""The same of its results."""


def _sound(info: dict[str, Any]) -> dict[str, Any]:
    Recipe.from_json(info["recipe"])
    if info["state"] not in STATES:
        raise ValueError(info["state"])
    results = info.get("results", {})
    for found, kinds in ((info, KINDS), (results, FIGURES)):
        if wrong := [key for key, fits in kinds.items() if key in found and not fits(found[key])]:
            raise ValueError(wrong)
    for train, valid in info.get("inventory", {}).get("breeds", {}).values():
        if not (is_count(train) and is_count(valid)):
            raise TypeError("inventory")
    return info


def _folders(within: Path) -> list[Path]:
    return [path for path in within.iterdir() if path.is_dir()] if within.is_dir() else []


def new_id() -> str:
    """An id of now, which sorts after those before."""
    return f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(3)}"


def _is_id(name: str) -> bool:
    # Ids come from command lines and pages: nothing with a separator or a leading dot passes.
    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,80}", name) is not None

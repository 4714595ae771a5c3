"""One run: read and write the files of its folder."""

from __future__ import annotations

import re
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from petwidgets.common import owner as ownership
from petwidgets.common.errors import Problem
from petwidgets.common.formatting import short
from petwidgets.common.owner import Owner
from petwidgets.common.paths import complaints, write_json
from petwidgets.recipes.recipe import Recipe
from petwidgets.runs import events, predictions
from petwidgets.runs.info import ENDED, owner_of, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np

    from petwidgets.runs.events import Event
    from petwidgets.runs.predictions import Validation

SHIPPED = Path(__file__).parent / "shipped"
SHIPPED_ID = "pets37"
DRAWN_ID = "drawn37"
"""The run shipped with weights: 37 real breeds, to classify photographs before any training."""


@dataclass(frozen=True)
class Run:
    """One training's folder. `Run(folder).info` is its run.json."""

    folder: Path

    def __reduce__(self) -> tuple[Any, ...]:
        # The shipped run is pickled by its id: its folder differs on another machine.
        return (_shipped, (self.id,)) if self.folder.parent == SHIPPED else (Run, (self.folder,))

    @property
    def id(self) -> str:
        """The folder's name."""
        return self.folder.name

    @cached_property
    def info(self) -> dict[str, Any]:
        """The content of run.json; a damaged one is `{"state": "damaged", "problem": sentence}`."""
        return read(self.folder)

    @cached_property
    def owner(self) -> Owner:
        """The owner, from owner.json if possible, else from run.json."""
        if self.folder.parent == SHIPPED:
            return Owner()
        known = ownership.read(self.folder)
        if known is None:
            known = owner_of(self.info)
            if self.state != "damaged":
                with suppress(Problem):  # the home may be read-only
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
        """The run whose weights this one starts from; None for ImageNet weights.

        Raises:
            Problem: that run no longer exists.
        """
        identity = self.info.get("parent", "")
        return find(self.folder.parent, identity) if identity else None

    @property
    def made_here(self) -> bool:
        """Whether the run was trained here, not shipped with the package or imported."""
        return self.folder.parent != SHIPPED and not self.owner.imported

    @property
    def usable(self) -> bool:
        """Whether there are weights to classify with."""
        return self.state != "damaged" and (self.folder / "model.safetensors").is_file()

    @property
    def weights_ns(self) -> int:
        """When the weights were written, in nanoseconds; 0 if there are none."""
        weights = self.folder / "model.safetensors"
        return weights.stat().st_mtime_ns if weights.is_file() else 0

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
        return self.state != "damaged" and (self.folder / predictions.VALIDATION).is_file()

    def require_sound(self) -> None:
        """Check that the run is not damaged.

        Raises:
            Problem: it is damaged.
        """
        if self.state == "damaged":
            raise Problem(self.info["problem"])

    def require_ended(self) -> None:
        """Check that the run is not damaged and has ended.

        Raises:
            Problem: it is damaged, or has not ended.
        """
        self.require_sound()
        if self.state not in ENDED:
            raise Problem(f"The run {self.id} has not ended: stop it, or wait, then export it.")

    def fresh(self) -> Run:
        """The same run with an empty cache, so that run.json is read again."""
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
        """Append one event to the event log.

        Raises:
            Problem: the disk is full.
        """
        events.append(self.folder / "events.jsonl", event)

    def end(self, state: str, **details: Any) -> None:
        """Write the final state into run.json and as the last event.

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
        """Lock the run for this process until the block ends; yield whether that succeeded.

        Only the process with the lock may train the run or write its end. The system releases the
        lock of a process that dies. `patience` is the timeout in seconds.

        Raises:
            Problem: the run's folder can't be written.
        """
        before = self.folder / "charge"  # the lock's name in 0.1: such a process may hold it
        path = before if before.exists() else self.folder / "lock"
        lock = FileLock(path)
        with complaints(path):
            try:
                lock.acquire(timeout=patience)
            except Timeout:  # an OSError that `complaints` is not to report
                ours = False
            else:
                ours = True
        try:
            yield ours
        finally:
            if ours:
                lock.release()

    def ask_to_stop(self, why: str = "") -> None:
        """Ask the process that trains this run to stop within a second.

        Args:
            why: a sentence for the page, if the program and not the user stops it.

        Raises:
            Problem: the run's folder can't be written.
        """
        with complaints(self.folder / "stop"):
            (self.folder / "stop").write_text(why, "utf-8")

    @property
    def why_stopped(self) -> dict[str, str]:
        """`{"sentence": why}` of `ask_to_stop`; empty without a reason."""
        try:
            why = (self.folder / "stop").read_text("utf-8")
        except (OSError, ValueError):
            why = ""
        return {"sentence": why} if why else {}

    @property
    def seconds(self) -> float:
        """Training time so far in seconds, from the events."""
        times = (event.get("t") for event in self.events())
        return max((float(t) for t in times if isinstance(t, int | float)), default=0.0)

    def withdraw_stop(self) -> None:
        """Withdraw the request of `ask_to_stop`.

        Raises:
            Problem: the run's folder can't be written.
        """
        with complaints(self.folder / "stop"):
            (self.folder / "stop").unlink(missing_ok=True)

    @property
    def asked_to_stop(self) -> bool:
        """Whether the training was asked to stop."""
        return (self.folder / "stop").exists()

    def ask_to_pause(self, *, waits: bool) -> None:
        """Ask the process that trains this run to pause after the current batch, or to continue.

        Raises:
            Problem: the run's folder can't be written.
        """
        path = self.folder / "pause"
        with complaints(path):
            path.touch() if waits else path.unlink(missing_ok=True)

    @property
    def asked_to_pause(self) -> bool:
        """Whether the training was asked to pause."""
        return (self.folder / "pause").exists()

    def save_validation(self, validation: Validation) -> None:
        """Write the predictions on the validation set.

        Raises:
            Problem: the disk is full.
        """
        predictions.save_validation(self.folder, validation)

    def validation(self) -> Validation:
        """The predictions on the validation set.

        Raises:
            Problem: there are none yet, or the run or the file is damaged or not readable.
        """
        self.require_sound()
        return predictions.read_validation(self.folder, self.info)

    def save_features(self, features: np.ndarray) -> None:
        """Write the inputs of the last linear layer for each validation photograph, (n, f) float16.

        Raises:
            Problem: the disk is full.
        """
        predictions.save_features(self.folder, features)

    @property
    def featured(self) -> bool:
        """Whether features are stored; older, recorded and imported runs have none."""
        return self.state != "damaged" and (self.folder / predictions.FEATURES).is_file()

    def features(self) -> np.ndarray:
        """(n, f) float16 inputs of the last linear layer for each validation photograph.

        Raises:
            Problem: none are stored, or the run or the file is damaged or not readable.
        """
        self.require_sound()
        return predictions.read_features(self.folder, len(self.info["files"]))


def _shipped(identity: str) -> Run:
    return _unchanging(SHIPPED / identity)


@lru_cache(maxsize=32)
def _unchanging(folder: Path) -> Run:
    """A run of the package; cached, because its files never change."""
    return Run(folder)


def shipped() -> Sequence[Run]:
    """Runs that are shipped with weights: of photographs, and of the drawn sample."""
    return [_shipped(SHIPPED_ID), _shipped(DRAWN_ID)]


def recorded() -> Sequence[Run]:
    """Runs that are shipped without weights, to inspect, compare and replay."""
    others = (f for f in sorted(folders(SHIPPED)) if f.name not in (SHIPPED_ID, DRAWN_ID))
    return [_unchanging(f) for f in others]


def find(folder: Path, identity: str) -> Run:
    """Find a run by id, in a folder of runs or among the shipped ones.

    Raises:
        Problem: there is none.
    """
    if is_id(identity):
        if (folder / identity).is_dir():
            return Run(folder / identity)
        if (SHIPPED / identity).is_dir():
            return _shipped(identity)
    raise Problem(
        f"There is no run {short(identity)!r}: petwidgets runs list shows those there are."
    )


def folders(within: Path) -> list[Path]:
    """The subfolders of a folder; none if it does not exist."""
    return [path for path in within.iterdir() if path.is_dir()] if within.is_dir() else []


def is_id(name: str) -> bool:
    """Whether a name is a valid run id."""
    # Ids come from command lines and pages: separators and leading dots are refused.
    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,80}", name) is not None

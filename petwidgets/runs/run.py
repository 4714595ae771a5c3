"""One run: read and write the files of its folder."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from petwidgets.common import owner as ownership
from petwidgets.common.errors import Problem
from petwidgets.common.formatting import short
from petwidgets.common.owner import Owner
from petwidgets.common.paths import write_json
from petwidgets.data.species import noun
from petwidgets.recipes.recipe import Recipe
from petwidgets.runs import events, predictions
from petwidgets.runs.control import Control
from petwidgets.runs.info import ENDED, owner_of, read

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from petwidgets.runs.events import Event
    from petwidgets.runs.predictions import Validation

SHIPPED = Path(__file__).parent / "shipped"
SHIPPED_ID = "pets37"
"""37 real breeds, to classify photographs before any training."""
DRAWN_ID = "drawn37"
"""37 drawn breeds, to look into without photographs of real pets."""
WITH_WEIGHTS = (SHIPPED_ID, DRAWN_ID)
"""Shipped runs that can classify; the others are records."""


@dataclass(frozen=True)
class Run:
    """One training's folder. `Run(folder).info` is its run.json."""

    folder: Path

    def __reduce__(self) -> tuple[Any, ...]:
        # The shipped run is pickled by its id: its folder differs on another machine.
        return (shipped, (self.id,)) if self.folder.parent == SHIPPED else (Run, (self.folder,))

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
    def title(self) -> str:
        """What a page calls it: the name that it was given, else its id."""
        return short(str(self.info.get("name") or self.id))

    @property
    def parent_id(self) -> str:
        """The id of the run with whose weights it began; empty for ImageNet's."""
        return str(self.info.get("parent") or "")

    @property
    def control(self) -> Control:
        """The lock of the run, and the requests to stop or to pause it."""
        return Control(self.folder)

    @property
    def state(self) -> str:
        """`queued`, `running`, `finished`, `stopped`, `failed` or `damaged`."""
        return str(self.info["state"])

    @property
    def kind(self) -> str:
        """`training`, or `rates` for a search of a learning rate, which leaves no weights."""
        return str(self.info.get("kind", "training"))

    @property
    def noun(self) -> str:
        """What its labels are called, a breed or a class; a class before they are known."""
        return noun(self.info.get("vocab", ()))

    @property
    def made_here(self) -> bool:
        """Whether the run was trained here, not shipped with the package or imported."""
        return self.folder.parent != SHIPPED and not self.owner.imported

    @property
    def usable(self) -> bool:
        """Whether there are weights to classify with."""
        return self.state != "damaged" and (self.folder / "model.safetensors").is_file()

    @property
    def head_kind(self) -> str:
        """`linear`, or `fastai` for the head of `vision_learner`; of a parent's kind, if any."""
        return str(self.info.get("head") or ("linear" if self.recipe.frozen_only else "fastai"))

    @property
    def error_rate(self) -> float:
        """Share of the validation set that it is wrong on, as recorded; not a number for none."""
        return float(self.info.get("results", {}).get("error_rate", math.nan))

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
        details = {**details, **(self.control.why_stopped if state == "stopped" else {})}
        self.update(state=state, **details)
        self.append({"event": state, **details})

    def events(self) -> list[Event]:
        """The events so far."""
        return self.events_since(0)[0]

    def events_since(self, position: int) -> tuple[list[Event], int]:
        """The events written after a position in bytes, and the position after them."""
        return events.read(self.folder / "events.jsonl", position)

    @property
    def seconds(self) -> float:
        """Training time so far in seconds, from the events."""
        times = (event.get("t") for event in self.events())
        return max((float(t) for t in times if isinstance(t, int | float)), default=0.0)

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


def shipped(identity: str = SHIPPED_ID) -> Run:
    """The run of the package with this id, by default the one with weights."""
    return _unchanging(SHIPPED / identity)


@lru_cache(maxsize=32)
def _unchanging(folder: Path) -> Run:
    """A run of the package; cached, because its files never change."""
    return Run(folder)

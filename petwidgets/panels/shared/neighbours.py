"""The training photographs nearest to one photograph, as a run's network sees them."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from petwidgets.common.errors import Problem
from petwidgets.common.formatting import counted, readable
from petwidgets.metrics.inspection import labelled
from petwidgets.panels.shared.gather import Gather
from petwidgets.panels.shared.photo_grid import Shots
from petwidgets.widgets.base import PLAIN, VBox, note
from petwidgets.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.panels.base import Panel
    from petwidgets.runs.store import Run

    Places = list[tuple[str, str, str]]
    Nearest = list[tuple[str, str, float]]
    Asked = tuple[Run, Path | str | bytes, Sequence[str]]

WANTED = 8

HEADER = ["nearest", "breed", "cosine similarity", "photograph"]
NONE_HERE = "The photographs that this run was trained on are not on this machine: no neighbours."
TO_COMPUTE = "Its neighbours among the training photographs want their features computed, once."


class Neighbours(VBox):
    """Asks for them, and first for the features of the training photographs if any are missing.

    Args:
        panel: whose session and engine are asked, and on which problems are said.

    Example:
        >>> Neighbours(panel).table.rows  # doctest: +SKIP
        []
    """

    def __init__(self, panel: Panel) -> None:
        self._session, self._guarded = panel.session, panel.guarded
        self._asked: Asked | None = None
        self._ready: tuple[str, int] | None = None
        self.said, self.gather = note(), Gather(panel, self._ask)
        self.shots, self.table = Shots(panel), Table(header=HEADER)
        super().__init__([self.said, self.gather, self.shots, self.table], layout=PLAIN)

    def forget(self) -> None:
        """Show none; features that are being computed go on."""
        self._asked, self.said.value, self.table.rows = None, "", []
        self.shots.lay([], "")

    def ask(self, run: Run, photo: Path | str | bytes, breeds: Sequence[str]) -> None:
        """Show those of a photograph.

        Args:
            run: whose features.
            photo: a file, or a file's bytes.
            breeds: how many of the neighbours are of these, is said.

        Raises:
            Problem: the run's pattern is unsound.
        """
        self._asked = (run, photo, breeds)
        self._ask()

    def _ask(self) -> None:
        if self._asked is None:
            return
        run, photo, _ = self._asked
        places = labelled(run, self._session.places(run, run.info.get("train_files", [])))
        if not places:
            self.said.value = NONE_HERE
        elif self.gather.offers(run):
            self.said.value = TO_COMPUTE
        elif self._ready == (run.id, len(places)):
            self._quick(
                "learning.explain.nearest:nearest",
                self._receive,
                places,
                run,
                photo,
                places,
                WANTED,
            )
        else:
            self.said.value = (
                f"Looking for features of {counted(len(places), 'training photograph')} ..."
            )
            files = [path for _, path, _ in places]
            self._quick(
                "learning.explain.embeddings:missing", self._receive_missing, places, run, files
            )

    def _quick(self, name: str, receive: Any, places: Places, *args: Any) -> None:
        done = functools.partial(self._guarded(receive), self._asked, places)
        self._session.engine.quick(name, *args, done=done)

    def _receive_missing(
        self, asked: Asked, places: Places, answer: dict[str, Any] | None, problem: str
    ) -> None:
        if self._asked is None or self._asked[0].id != asked[0].id:
            return  # another run is looked into
        self.said.value = ""
        if answer is None:
            raise Problem(problem)
        if answer["missing"]:
            self.said.value = TO_COMPUTE
            if not self.gather.offers(asked[0]):  # asked twice, they may be under way already
                left = [places[i][1] for i in answer["missing"]]
                self.gather.offer(asked[0], left, answer["seconds"], "training photographs")
        else:
            self._ready = (asked[0].id, len(places))
            self._ask()

    def _receive(self, asked: Asked, places: Places, answer: Nearest | None, problem: str) -> None:
        if asked is not self._asked:
            return  # a newer question is under way
        self.said.value = ""
        if answer is None:
            raise Problem(problem)
        self.said.value = _agreement(answer, len(places), asked[2])
        paths = {name: Path(path) for name, path, _ in places}
        self.shots.lay([
            (name, paths[name], f"{readable(breed)} {similar:.3f}",
             [("Breed", readable(breed)), ("Cosine similarity", f"{similar:.4f}")])
            for name, breed, similar in answer
        ], "")  # fmt: skip
        self.table.rows = [
            [str(n), readable(breed), f"{similar:.4f}", name]
            for n, (name, breed, similar) in enumerate(answer, 1)
        ]


def _agreement(answer: Nearest, n: int, breeds: Sequence[str]) -> str:
    counts = " and ".join(
        f"{sum(own == breed for _, own, _ in answer)} of {readable(breed)}" for breed in breeds
    )
    return (
        f"Live: the {len(answer):,} nearest of {counted(n, 'training photograph')}, by the cosine"
        f" similarity of what the last layer sees; {counts} are among them."
    )

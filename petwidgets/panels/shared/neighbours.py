"""The training photographs nearest to one photograph, as a run's network sees them."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from petwidgets.common.formatting import counted, readable
from petwidgets.jobs import features as jobs
from petwidgets.metrics.inspection import labelled
from petwidgets.panels.shared.gather import FeatureJob
from petwidgets.panels.shared.photo_grid import PhotoGrid
from petwidgets.widgets.base import PLAIN, VBox, note
from petwidgets.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petwidgets.jobs.features import Missing, Neighbour
    from petwidgets.panels.base import Panel
    from petwidgets.runs.run import Run

    Places = list[tuple[str, str, str]]
    Request = tuple[Run, Path | str | bytes, Sequence[str]]

NONE_HERE = "The photographs that this run was trained on are not on this machine: no neighbours."
TO_COMPUTE = (
    "Its neighbours are found by the features of the training photographs: compute these once."
)


class Neighbours(VBox):
    """Asks for them, and first for the features of the training photographs if any are missing.

    Args:
        panel: whose session and engine are asked, and on which problems are said.

    Example:
        >>> Neighbours(panel).table.rows  # doctest: +SKIP
        []
    """

    def __init__(self, panel: Panel) -> None:
        self._panel, self._session = panel, panel.session
        self._request: Request | None = None
        self._ready: tuple[str, int] | None = None
        self.said, self.gather = note(), FeatureJob(panel, self._ask)
        self.shots, self.table = PhotoGrid(panel), Table()
        super().__init__([self.said, self.gather, self.shots, self.table], layout=PLAIN)

    def forget(self) -> None:
        """Show none; features that are being computed go on."""
        self._request, self.said.value, self.table.rows = None, "", []
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
        self._request = (run, photo, breeds)
        self._ask()

    def _ask(self) -> None:
        if self._request is None:
            return
        run = self._request[0]
        places = labelled(
            run, self._session.interpretation.places(run, run.info.get("train_files", []))
        )
        if not places:
            self.said.value = NONE_HERE
        elif self.gather.offers(run):
            self.said.value = TO_COMPUTE
        elif self._ready == (run.id, len(places)):
            self._ask_nearest(self._request, places)
        else:
            self._ask_missing(self._request, places)

    def _ask_nearest(self, request: Request, places: Places) -> None:
        self._panel.when(
            self._session.engine.quick(jobs.nearest, *request[:2], places),
            functools.partial(self._receive, request, places),
            failed=self._say_nothing,
            wanted=lambda: self._request is request,  # else a newer question is under way
        )

    def _ask_missing(self, request: Request, places: Places) -> None:
        run = request[0]
        many = counted(len(places), "training photograph")
        self.said.value = f"Looking for features of {many} ..."
        self._panel.when(
            self._session.engine.quick(jobs.missing, run, [path for _, path, _ in places]),
            functools.partial(self._receive_missing, run, places),
            failed=self._say_nothing,
            wanted=lambda: self._request is not None and self._request[0].id == run.id,
        )

    def _say_nothing(self) -> None:
        self.said.value = ""

    def _receive_missing(self, run: Run, places: Places, answer: Missing) -> None:
        self._say_nothing()
        if answer.positions:
            self.said.value = TO_COMPUTE
            if not self.gather.offers(run):  # asked twice, they may be under way already
                left = [places[i][1] for i in answer.positions]
                self.gather.offer(run, left, answer.seconds, "training photographs")
        else:
            self._ready = (run.id, len(places))
            self._ask()

    def _receive(self, request: Request, places: Places, answer: Sequence[Neighbour]) -> None:
        noun = request[0].noun
        self.said.value = _agreement(answer, len(places), request[2])
        paths = {name: Path(path) for name, path, _ in places}
        self.shots.lay([
            (name, paths[name], f"{readable(breed)} {similar:.3f}",
             [(noun.capitalize(), readable(breed)), ("Cosine similarity", f"{similar:.4f}")])
            for name, breed, similar in answer
        ], "")  # fmt: skip
        self.table.header = ["nearest", noun, "cosine similarity", "photograph"]
        self.table.rows = [
            [str(n), readable(breed), f"{similar:.4f}", name]
            for n, (name, breed, similar) in enumerate(answer, 1)
        ]


def _agreement(answer: Sequence[Neighbour], n: int, breeds: Sequence[str]) -> str:
    counts = " and ".join(
        f"{sum(own == breed for _, own, _ in answer)} of {readable(breed)}" for breed in breeds
    )
    return (
        f"Live: the {len(answer):,} nearest of {counted(n, 'training photograph')}, by the cosine"
        f" similarity of what the last layer sees; {counts} are among them."
    )

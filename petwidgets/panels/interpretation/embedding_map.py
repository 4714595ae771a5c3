"""A run's validation photographs as points of a plane, alike ones near each other."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from petwidgets.common.formatting import counted, percent, plural, readable
from petwidgets.data import sources
from petwidgets.data.species import CAT, species_of
from petwidgets.engine.latest import Latest
from petwidgets.jobs import explain as jobs
from petwidgets.jobs.features import Missing
from petwidgets.metrics.inspection import around, cell_of, tops, worst_first
from petwidgets.panels.interpretation.base import InterpretingPanel
from petwidgets.panels.interpretation.cell import worded
from petwidgets.panels.interpretation.scatter import Cloud, Points
from petwidgets.panels.shared.gather import FeatureJob
from petwidgets.panels.shared.photo_grid import PhotoGrid
from petwidgets.snippets.explain import mapped
from petwidgets.widgets.base import note
from petwidgets.widgets.fields import button, choice
from petwidgets.widgets.folded_table import FoldedTable
from petwidgets.widgets.form import Form
from petwidgets.widgets.table import Table

if TYPE_CHECKING:
    from petwidgets.jobs.explain import Embedded

SHEET = 12
"""Photographs of the contact sheet: the one that is looked at, and those around it."""

METHODS = (("tsne", "t-SNE: keeps who is near whom"), ("pca", "PCA: keeps large distances"))
COLOURS = (("right", "right or wrong"), ("species", "cat or dog"))

SAID = {
    "tsne": "Live: t-SNE of {of}{dropped}. Near points are alike; how far apart islands lie,"
    " and how wide they are, means nothing.",
    "pca": "Live: PCA of {of}{dropped}. Its two axes keep {share} of the variance; the rest"
    " is not seen.",
}
NO_FEATURES = (
    "This run keeps no features of its validation photographs, and these are not on this machine:"
    " there is no map."
)


class MapPanel(InterpretingPanel):
    """A map to hover, click and zoom, and the photographs around the chosen point.

    Example:
        >>> MapPanel().form["method"]
        'tsne'
    """

    key = "map"
    asks = True
    title = "Map of the validation set"
    lead = "Click a point, and see which photographs the network finds like it."
    why = (
        "What the last layer sees of a photograph is a point in a space of a thousand dimensions,"
        " which that layer cuts into classes. A map lays these points into a plane and keeps"
        " neighbours together. Classes that the network tells apart are islands; a cross in the"
        " midst of another class's island looks like that class to the network, or is labelled"
        " wrongly, while one between two islands was a close call."
    )

    def __init__(self, session: Any = None) -> None:
        super().__init__(session)
        self._request: tuple[Any, ...] | None = None
        self._map: Embedded | None = None
        self._drawn: tuple[Any, ...] | None = None
        self.form = Form([
            choice("method", "Map by", METHODS), choice("colour", "Colour", COLOURS),
            button("all", "", hidden=True),
        ])  # fmt: skip
        if find_spec("sklearn") is None:  # a light install has no t-SNE
            self.form.set(method="pca")
        self.said, self.gather = note(), FeatureJob(self, self._draw)
        self.points, self.shots = Points(self.guarded(self._click)), PhotoGrid(self)
        self.table, self.every = Table(), FoldedTable()
        self.body.children = [
            self.run_form, self.lead_there, self.status, self.form, self.said, self.gather,
            self.points, self.shots, self.table, self.every,
        ]  # fmt: skip
        self.form.on_press("all", self.guarded(self._take_all))
        self.latest = Latest(self.session.engine, jobs.embed)
        self.keep(self.form)
        self.form.observe(self.in_sight(self.guarded(self._draw)), "values")
        self.begin("interpretation.cell", "interpretation.looked_at")

    def draw(self) -> None:
        """Ask for the map that the controls speak of, unless it is the one that is shown."""
        self._offer_colours()
        run, method = self.run, self.form["method"]
        found, chosen = self.interpretation, any(self.session.interpretation.cell)
        self.form.change("all", label=f"All {plural(found.noun)}", hidden=not chosen)
        self.table.header = [*_columns(found), "distance on the map"]
        self.folds.code = mapped(run.id, method, self.session.data.source, kept=run.featured)
        places = [(name, str(path)) for name, path in self.places.items()]
        request = (run.id, method, run.featured or tuple(places))
        offered = self.gather.offers(run)
        if not run.featured and (not places or offered):
            self._request = self._map = None
            self.forget_answer()
            self.said.value = "" if offered else NO_FEATURES
        elif request != self._request:
            self._request, self._map = request, None
            self.said.value = "Making the map ..."
            self.when(
                self.latest.ask(run, method, places),
                lambda answer: self._receive(places, answer),
                failed=self._fail,
                wanted=lambda: self._request is request,  # else it is outdated
            )
        self._show()

    def _offer_colours(self) -> None:
        """Colour by species where the species of each breed is known."""
        known = bool(species_of(self.interpretation.vocab))
        colours = [*map(list, COLOURS if known else COLOURS[:1])]
        if colours != next(f["options"] for f in self.form.fields if f["name"] == "colour"):
            self.form.change("colour", options=colours, hidden=not known)

    def _take_all(self) -> None:
        self.session.interpretation.cell = ("", "")

    def _fail(self) -> None:
        self._request, self.said.value = None, ""

    def _receive(self, places: list[tuple[str, str]], answer: Embedded | Missing) -> None:
        if isinstance(answer, Missing):
            self._fail()
            left = [places[i][1] for i in answer.positions]
            self.gather.offer(self.run, left, answer.seconds, "validation photographs")
        else:
            self._map = answer
            self._show()

    # --- what is drawn ---

    def _show(self) -> None:
        """The map, what stands out on it, and the photographs around what is looked at."""
        found, made = self.interpretation, self._map
        if made is None:
            self._drawn = None
            self.points.show(None)
            self.every.offer("")
            self.shots.lay([], "")
            worst = worst_first(found, self.session.interpretation.cell)[:SHEET]
            self.table.rows = [_row(found, int(i), "no map") for i in worst]
            return
        at = np.array([found.files.index(name) for name in made.names])
        drawn = (self._request, id(found), self.form["colour"])
        if drawn != self._drawn:
            self._drawn = drawn
            self.points.show(_cloud(found, at, made.points, self.form["colour"]))
            self.said.value = _said(
                made, self.form["method"], sources.kind(self.run.recipe.data, many=False)
            )
            self.every.offer(
                "All of the map as a table",
                lambda: ([*_columns(found), "x", "y"], _placed(found, at, made.points)),
            )
        self._emphasise(found, at, made.points)

    def _emphasise(self, found: Any, at: np.ndarray, points: np.ndarray) -> None:
        cell, place = self.session.interpretation.cell, {int(i): k for k, i in enumerate(at)}
        within = [int(i) for i in worst_first(found, cell) if int(i) in place]
        names = [found.files[i] for i in within]
        looked = self.session.interpretation.looked_at
        if not within:
            self.points.emphasise([], [])
            self.shots.lay([], f"No photograph of the map is {worded(cell, found.noun)}.")
            self.table.rows = []
            return
        chosen = within[names.index(looked) if looked in names else 0]
        ringed = [place[i] for i in within] if any(cell) else []
        self.points.emphasise(ringed, [place[chosen]])
        near, far = around(points, place[chosen], SHEET)
        positions = [int(at[k]) for k in near]
        many = counted(len(within), "photograph is", "photographs are")
        many = f" {many} {worded(cell, found.noun)}." if any(cell) else ""
        caption = f"{found.files[chosen]}, and what lies nearest to it on the map.{many}"
        self.shots.show(found, positions, self.places, caption)
        self.table.rows = [_row(found, i, f"{d:.2f}") for i, d in zip(positions, far, strict=True)]

    def _click(self, k: int) -> None:
        found, made = self.interpretation, self._map
        if made is not None:
            name = made.names[k]
            chosen = self.session.interpretation
            with chosen.hold_trait_notifications():
                chosen.looked_at = name
                chosen.cell = cell_of(found, found.files.index(name))


def _cloud(found: Any, at: np.ndarray, points: np.ndarray, colour: str) -> Cloud:
    right, targets = found.right[at], found.targets[at]
    if colour == "species":
        kinds = species_of(found.vocab)
        cats = np.array([kinds[breed] == CAT for breed in found.vocab])[targets]
        groups = [("cat; cross: wrong", "#e69f00", np.flatnonzero(cats)),
                  ("dog; cross: wrong", "#0072b2", np.flatnonzero(~cats))]  # fmt: skip
    else:
        groups = [("right", "#0072b2", np.flatnonzero(right)),
                  ("wrong", "#d55e00", np.flatnonzero(~right))]  # fmt: skip
    names = [(readable(found.vocab[b]), x, y) for b, x, y in tops(points, targets)]
    said = [_hovered(found, i) for i in at]
    return Cloud(points, groups, right, said, names, plural(found.noun))


def _hovered(found: Any, i: int) -> str:
    taken = "" if found.right[i] else f", taken for {_predicted(found, i)}"
    own = readable(found.vocab[found.targets[i]])
    return f"{own}{taken}; loss {float(found.losses[i]):.3f}; {found.files[i]}"


def _predicted(found: Any, i: int) -> str:
    return readable(found.vocab[found.predictions[i]])


def _row(found: Any, i: int, distance: str) -> list[str]:
    own = readable(found.vocab[found.targets[i]])
    loss = f"{float(found.losses[i]):.4f}"
    return [found.files[i], own, _predicted(found, i), loss, distance]


def _placed(found: Any, at: np.ndarray, points: np.ndarray) -> list[list[str]]:
    rows = zip(at.tolist(), points.tolist(), strict=True)
    return [[*_row(found, i, f"{x:.2f}"), f"{y:.2f}"] for i, (x, y) in rows]


def _columns(found: Any) -> list[str]:
    return ["photograph", found.noun, "predicted", "loss"]


def _said(made: Embedded, method: str, kind: str) -> str:
    dropped = f", {made.dropped:,} more being left out" if made.dropped else ""
    return SAID[method].format(
        of=counted(len(made.names), kind), dropped=dropped, share=percent(made.share)
    )

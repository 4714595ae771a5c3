"""What no page of ours sends: our widgets pass it over, and no traceback comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from petwidgets import BrowsePanel, PetLab, TrainPanel
from petwidgets.common.errors import UNEXPECTED
from petwidgets.engine.queue import position_and_eta
from petwidgets.panels.shared.photo_grid import PhotoGrid
from petwidgets.panels.training.live import Live
from petwidgets.recipes.presets import fine_tune
from petwidgets.runs.store import RunStore
from petwidgets.widgets.folds import Folds
from petwidgets.widgets.thumbnail_grid import ThumbnailGrid

if TYPE_CHECKING:
    from fakes import OurSession

NONE = (None, True, 7, "text", ["go"], [[]], {}, {"go": ["up"]}, {"into": {}}, {"kind": {}})


@pytest.mark.parametrize("content", NONE)
def test_widgets_pass_over_what_is_no_message(session: OurSession, content: Any) -> None:
    Folds(code="a")._hear(None, content, [])
    ThumbnailGrid()._hear(None, content, [])
    PetLab()._frame.children[0]._hear(content)
    BrowsePanel(session).source.folders.hear(content)


def test_an_arrow_over_no_photographs_shows_none(session: OurSession) -> None:
    panel = BrowsePanel(session)
    panel.viewer._hear(None, 1, [])
    assert panel.heading.problem == ""
    assert not panel.viewer.opened
    shots = PhotoGrid(panel)
    shots._open(1)
    assert not shots.viewer.opened


EVENTS: list[dict[str, Any]] = [
    {"event": "unheard of", "done": 1},
    {"event": "progress", "done": 1, "of": 2, "stage": "another"},
    {"event": "queued", "place": 2},
    {"event": "queued", "place": 2, "seconds": None},
]


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_of_another_version_is_shown_or_passed_over(
    session: OurSession, event: dict[str, Any]
) -> None:
    panel = TrainPanel(session)
    session.training.train(fine_tune())
    session.training.hear([event])
    assert panel.heading.problem != UNEXPECTED


GROUP = {"first": "0", "last": "1", "parameters": 2, "trained": 2, "norms": 0, "norms_trained": 0}


def test_batches_with_fewer_rates_than_groups_are_drawn_without() -> None:
    """A file may tell of more groups than it has rates."""
    batch = {"event": "batch", "done": 1, "of": 2, "loss": 1.0, "rates": [0.1]}
    whole = {**batch, "done": 2, "rates": [0.1, 0.2]}
    live = Live()
    live.draw_batches(fine_tune(), [batch, whole], [{"groups": [GROUP, GROUP]}])
    real = [line for line in live.rates.lines if not line.get("dashed")]
    assert [len(line["points"]) for line in real] == [1, 1]


def test_a_run_without_figures_is_nothing_to_learn_from() -> None:
    store = RunStore()
    store.create(fine_tune()).update(state="finished")
    running, waiting = (store.create(fine_tune()) for _ in range(2))
    line = [running.id, waiting.id]
    assert position_and_eta(waiting, line) == (1, None)
    store.create(fine_tune()).update(state="finished", results={"seconds": 9.0})
    assert position_and_eta(waiting, line) == (1, 9.0)

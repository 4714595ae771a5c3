"""What no page of ours sends: our widgets pass it over, and no traceback comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from petwidgets import BrowsePanel, PetLab, TrainPanel
from petwidgets.problem import UNEXPECTED
from petwidgets.recipes import fine_tune
from petwidgets.runs import RunStore
from petwidgets.ui.folds import Folds
from petwidgets.ui.interpreted import Shots
from petwidgets.ui.live import Live
from petwidgets.ui.scroller import Scroller
from petwidgets.waiting import outlook

if TYPE_CHECKING:
    from fakes import OurSession

NONE = (None, True, 7, "text", ["go"], [[]], {}, {"go": ["up"]}, {"into": {}}, {"kind": {}})


@pytest.mark.parametrize("content", NONE)
def test_widgets_pass_over_what_is_no_message(session: OurSession, content: Any) -> None:
    Folds(code="a")._hear(None, content, [])
    Scroller()._hear(None, content, [])
    PetLab()._frame.children[0]._hear(content)
    BrowsePanel(session).folders.hear(content)


def test_an_arrow_over_no_photographs_shows_none(session: OurSession) -> None:
    panel = BrowsePanel(session)
    panel.viewer._hear(None, 1, [])
    assert panel.heading.problem == ""
    assert not panel.viewer.opened
    shots = Shots(panel)
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
    session.train(fine_tune())
    session._hear([event])
    assert panel.heading.problem != UNEXPECTED


def test_batches_with_fewer_rates_than_groups_are_drawn_without() -> None:
    """A file may tell of more groups than it has rates."""
    batch = {"event": "batch", "done": 1, "of": 2, "loss": 1.0, "rates": [0.1]}
    whole = {**batch, "done": 2, "rates": [0.1, 0.2]}
    live = Live()
    live.draw_batches(fine_tune(), [batch, whole], [{"groups": [{}, {}]}])
    real = [line for line in live.rates.lines if not line.get("dashed")]
    assert [len(line["points"]) for line in real] == [1, 1]


def test_a_run_without_figures_is_nothing_to_learn_from() -> None:
    store = RunStore()
    waiting, running, ended = (store.create(fine_tune()) for _ in range(3))
    line = [running.update(state="running").id, waiting.id]
    ended.update(state="finished")
    assert outlook(waiting, line) == (1, None)
    ended.update(results={"seconds": 9.0})
    assert outlook(waiting, line) == (1, 9.0)

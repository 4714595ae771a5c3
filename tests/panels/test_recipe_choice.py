"""Recipes as cards: what each costs, from what was measured, and what a person changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from made import trained
from waiting import hidden, wait_for_reading

from petwidgets import TrainPanel
from petwidgets.common.formatting import duration
from petwidgets.jobs.model_cost import recorded_costs
from petwidgets.panels.training.recipe_choice import CARDS, TITLES
from petwidgets.panels.training.train import LESS, MORE
from petwidgets.recipes.chapter import BOOK

if TYPE_CHECKING:
    from pathlib import Path

    from fakes import OurSession


def costs(panel: TrainPanel) -> dict[str, str]:
    return {card["key"]: card["costs"] for card in panel.cards.cards}


@pytest.fixture
def read(session: OurSession, few: Path) -> OurSession:
    """32 photographs: 26 to train on and 6 to validate on."""
    session.data.read(str(few), session.data.pattern)
    wait_for_reading()
    return session


def test_each_card_begins_its_recipe(session: OurSession) -> None:
    panel = TrainPanel(session)
    assert [card["key"] for card in panel.cards.cards] == list(CARDS) == list(TITLES)
    assert panel.cards.chosen == "baseline"
    for key in reversed(CARDS):
        panel.cards.chosen = key  # as a click does
        expected = BOOK[key].make() if key in BOOK else None
        assert expected is None or panel.recipe().stages == expected.stages
        assert session.plan.preset == key
    assert panel.recipe().name == "baseline"
    panel.cards.chosen = "no such recipe"
    assert session.plan.preset == "baseline"
    assert panel.heading.problem == ""


def test_time_is_that_of_what_was_recorded(read: OurSession) -> None:
    panel = TrainPanel(read)
    said = costs(panel)
    assert said["baseline"].endswith("as recorded on another machine.")
    lite0 = next(row for row in recorded_costs() if row["arch"] == "tf_efficientnet_lite0")
    mean = {body: sum(lite0[body]["seconds"]) / len(lite0[body]["seconds"]) for body in BODIES}
    batches = 26 // lite0["batch_size"]
    seconds = batches * (mean["frozen"] + 2 * mean["unfrozen"])
    assert said["first"] == f"About {duration(seconds)}, as recorded on another machine."


BODIES = ("frozen", "unfrozen")


def test_time_is_that_of_what_was_measured_here(read: OurSession) -> None:
    lite0 = next(row for row in recorded_costs() if row["arch"] == "tf_efficientnet_lite0")
    slow: dict[str, Any] = {**lite0, **{b: {**lite0[b], "seconds": [10.0]} for b in BODIES}}
    panel = TrainPanel(read)
    read.settings = {**read.settings, "costs": [slow]}
    batches = 26 // lite0["batch_size"]
    assert costs(panel)["first"] == f"About {duration(30 * batches)}, as measured here."
    panel.planning.form.set(arch="resnet200d")
    panel.planning.draw()
    assert "Its time is not known: measure it in Choose an architecture." in costs(panel)["first"]


def test_without_photographs_the_time_is_not_known(session: OurSession) -> None:
    said = costs(TrainPanel(session)).values()
    assert all("not known before there are photographs" in one for one in said)


def test_what_one_like_it_came_to_is_said(read: OurSession) -> None:
    panel = TrainPanel(read)
    assert "Last time" not in costs(panel)["baseline"]
    run = trained(read)
    run.update(recipe=panel.recipe().to_json())
    read.runs.refresh()
    assert "Last time: 25.0 % error." in costs(panel)["baseline"]
    assert "Last time" not in costs(panel)["first"]


def test_settings_are_shown_when_asked_for_or_changed(session: OurSession) -> None:
    panel = TrainPanel(session)
    assert hidden(panel.planning)
    panel.more.press("more")
    assert not hidden(panel.planning)
    assert panel.more.fields[0]["label"] == LESS
    panel.more.press("more")
    assert hidden(panel.planning)
    assert panel.more.fields[0]["label"] == MORE
    session.plan = session.plan.taking(1e-3, frozen=True)  # as the finder's "Take it" does
    other = TrainPanel(session)
    assert not hidden(other.planning)
    assert "With your changes." in other.cards.cards[0]["text"]

"""One photograph, followed from where it is shown large through the lessons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from petwidgets import BatchPanel, BrowsePanel, LayersPanel, OwnPanel, PresizePanel
from petwidgets.jobs import loss_batch, network_blocks, presize, show_batch
from petwidgets.jobs.network_blocks import FeatureMaps
from petwidgets.panels.shared.follow import WAYS, follow, ways
from petwidgets.recipes.labelling import CHAPTER_PATTERN
from petwidgets.runs.run import DRAWN_ID, SHIPPED_ID

if TYPE_CHECKING:
    from pathlib import Path

    from fakes import FakeEngine, OurSession


@pytest.fixture
def read(session: OurSession, few: Path) -> OurSession:
    """A page that looks at the few photographs, through the shipped model."""
    session.lesson = "browse"
    session.data.read(str(few), CHAPTER_PATTERN)
    session.data.settle()
    return session


def photo(session: OurSession, *, validated: bool) -> Path:
    """One that the shipped model was validated on, or was not."""
    known = set(session.runs.get(SHIPPED_ID).info["files"])
    return next(p for p in session.data.paths if (p.name in known) == validated)


def last(engine: FakeEngine, job: Any) -> tuple[Any, ...]:
    return [request[1:] for request in engine.requests if request[0] is job][-1]


def test_the_menu_has_what_can_show_it(read: OurSession) -> None:
    keys = [key for key, _ in ways(read, photo(read, validated=True))]
    assert keys == [*WAYS]
    keys = [key for key, _ in ways(read, photo(read, validated=False))]
    assert keys == ["presize", "batch", "layers", "own"]
    read.lesson = "presize"
    assert "presize" not in [key for key, _ in ways(read, photo(read, validated=True))]
    read.lesson = ""  # a panel by itself has no lessons to go to
    assert ways(read, photo(read, validated=True)) == []


def test_it_is_chosen_where_it_is_shown_large(read: OurSession) -> None:
    panel = BrowsePanel(read)
    panel.scroller._opened(5)
    assert panel.viewer.ways
    panel.viewer._handle_custom_msg("classify", [])  # no way of it
    assert read.lesson == "browse"
    panel.viewer._handle_custom_msg("presize", [])
    assert (read.lesson, panel.viewer.opened) == ("presize", False)
    assert read.data.followed == str(panel.scroller.photographs[5][0])


def test_every_lesson_asks_about_it(read: OurSession, engine: FakeEngine) -> None:
    followed = photo(read, validated=True)
    panels = {kind.key: kind(read) for kind in (PresizePanel, BatchPanel, LayersPanel, OwnPanel)}
    read.runs.chosen_id = SHIPPED_ID
    for key in panels:
        follow(read, followed, key)
    assert last(engine, presize.microscope)[0] == str(followed)
    settings = last(engine, show_batch.show)[2]
    assert (settings.first, settings.unique) == (followed.name, True)
    assert last(engine, network_blocks.feature_maps)[1] == str(followed)
    assert last(engine, loss_batch.batch)[1][0] == str(followed)
    follow(read, followed, "inside")
    assert read.interpretation.looked_at == followed.name


def test_its_maps_are_drawn_in_place_of_the_recorded_ones(
    read: OurSession, engine: FakeEngine
) -> None:
    panel = LayersPanel(read)
    recorded = panel.network.maps
    engine.answer = FeatureMaps(("a", "b"), b"\xff\xd8", "the weights of drawn37")
    read.runs.chosen_id = DRAWN_ID
    followed = photo(read, validated=False)
    follow(read, followed, "layers")
    assert (panel.network.maps, panel.network.tiles) == (b"\xff\xd8", 2)
    assert panel.seen.value == (
        f"Live: in each block the map that varies most, of {followed.name}, with the weights of"
        " drawn37."
    )
    panel.form.set(arch="resnet34")  # another network has none of it
    assert panel.network.maps == b""
    panel.form.set(arch="tf_efficientnet_lite0")
    assert panel.network.maps == b"\xff\xd8"
    read.data.followed = ""
    assert panel.network.maps == recorded


def test_one_that_is_gone_is_followed_no_longer(read: OurSession, few: Path) -> None:
    read.data.followed = str(few / "gone_1.jpg")
    assert read.data.followed_path is None
    panel = LayersPanel(read)
    assert (panel.heading.problem, panel.seen.value[:9]) == ("", "Recorded:")


def test_another_network_may_be_looked_at_meanwhile(read: OurSession, engine: FakeEngine) -> None:
    """Maps are shown of the network that was asked, and what one chooses stays chosen."""
    engine.answer = FeatureMaps(("a",), b"RIFF", "the weights of drawn37")
    read.runs.chosen_id = DRAWN_ID
    panel = LayersPanel(read)
    follow(read, photo(read, validated=False), "layers")
    panel.form.set(arch="resnet50")
    asked = len(engine.requests)
    read.lesson = "train"
    read.lesson = "layers"
    assert panel.form["arch"] == "resnet50"
    assert panel.network.maps == b""
    assert len(engine.requests) == asked


def test_a_slice_the_wrong_way_round_is_called_so(session: OurSession) -> None:
    panel = LayersPanel(session)
    panel.form.set(step="slice", first=-1, last=-5)
    assert "the wrong way round" in panel.said.value

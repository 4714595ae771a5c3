"""What a training leaves out of a set is said before it starts, and asked when it is much."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from waiting import wait_for_reading

from petwidgets.panels.interpretation.per_breed import BreedsPanel
from petwidgets.panels.training.train import TrainPanel
from petwidgets.runs.run import SHIPPED_ID

if TYPE_CHECKING:
    from pathlib import Path

    from fakes import OurSession


def anyway(panel: TrainPanel) -> bool:
    (field,) = [field for field in panel.buttons.fields if field["name"] == "anyway"]
    return not field.get("hidden")


@pytest.fixture
def halved(few: Path, tmp_path: Path, session: OurSession) -> TrainPanel:
    """A set of which the expression matches a half."""
    for photo in few.iterdir():
        name = photo.name.replace(
            ".jpg", ".JPEG" if photo.name.startswith(("pug", "S")) else ".jpg"
        )
        shutil.copy(photo, tmp_path / name)
    session.data.read(str(tmp_path), session.data.pattern)
    wait_for_reading()
    return TrainPanel(session)


def test_the_set_is_told_before_a_training(halved: TrainPanel) -> None:
    assert "32 photographs found, 16 are used: 13 to train on, 3 to validate on." in (
        halved.status.value
    )
    assert "Without them these are missing: Siamese (8) and pug (8)." in halved.status.value


def test_much_is_left_out_only_when_that_is_confirmed(halved: TrainPanel) -> None:
    session = halved.session
    assert not anyway(halved)
    halved.buttons.press("start")
    assert halved.heading.problem.startswith("Only 50 % of the photographs would be used.")
    assert session.training.worker is None
    assert anyway(halved)
    halved.buttons.press("anyway")
    assert halved.heading.problem == ""
    assert session.training.worker.run.info["incomplete_ok"] is True
    assert not anyway(halved)


def test_what_only_a_training_finds_out_is_asked_after_it(halved: TrainPanel) -> None:
    halved.buttons.press("start")
    halved.buttons.press("anyway")
    halved.session.training.worker.run.update(state="failed")
    halved.session.training.worker.heard(
        {"event": "failed", "problem": "Only 40 % would be used.", "incomplete": True}
    )
    assert halved.heading.problem == "Only 40 % would be used."
    assert anyway(halved)


def test_the_account_of_a_training_stays_on_the_page(halved: TrainPanel) -> None:
    halved.buttons.press("start")
    halved.buttons.press("anyway")
    halved.session.training.worker.heard(
        {"event": "skipped", "files": ["pug_1.jpg"], "t": 0.1},
        {"event": "inventory", "sentence": "32 photographs found, 15 are used.", "t": 0.2},
    )
    assert halved.remarks.value == "32 photographs found, 15 are used."


def test_every_breed_says_which_were_never_trained_on(session: OurSession) -> None:
    source = session.store.get(SHIPPED_ID).folder
    session.store.folder.mkdir(parents=True)
    shutil.copytree(source, session.store.folder / "odd")
    run = session.store.get("odd")
    breeds = {breed: [80, 20] for breed in run.info["vocab"]}
    run.update(inventory={"breeds": {**breeds, "pug": [0, 20], "boxer": [80, 0]}})
    session.runs.chosen_id = "odd"
    said = BreedsPanel(session).said.value
    assert said.startswith("pug is validated on but not trained on")
    assert "boxer is trained on but not validated on" in said
    session.runs.chosen_id = SHIPPED_ID
    assert "trained on" not in BreedsPanel(session).said.value

"""Which run is looked into, and where its photographs lie."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from petwidgets.common.errors import Problem
from petwidgets.common.paths import cache
from petwidgets.data.sources import located
from petwidgets.data.synthetic.sample import VERSION, names
from petwidgets.panels.interpretation.top_losses import TopLossesPanel
from petwidgets.recipes.presets import fine_tune
from petwidgets.runs.predictions import Validation
from petwidgets.runs.run import DRAWN_ID, SHIPPED_ID
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakes import OurSession

    from petwidgets.runs.run import Run


def validated(data: Path, wrong: int = 1) -> Run:
    run = RunStore().create(fine_tune(data=str(data)))
    rows = np.array([[0.9, 0.1]] * 3, np.float32)
    targets = np.array([1] * wrong + [0] * (3 - wrong), np.int64)
    files = ("pug_1.jpg", "in/pug_2.jpg", "../pug_3.jpg")
    run.save_validation(Validation(files, rows, targets, np.ones(3, np.float32)))
    return run.update(state="finished", vocab=["pug", "Persian"], files=list(files))


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    folder = tmp_path / "photographs"
    (folder / "in").mkdir(parents=True)
    for name in ("pug_1.jpg", "in/pug_2.jpg", "../pug_3.jpg"):
        (folder / name).write_bytes(b"x")
    return folder


def test_predictions_are_read_once_until_they_change(
    session: OurSession, photographs: Path
) -> None:
    run = validated(photographs)
    session.runs.chosen_id = run.id
    first = session.interpretation.predictions
    assert session.interpretation.predictions is first
    assert (first.run, first.errors, first.vocab) == (run.id, 1, ("pug", "Persian"))
    assert first.right.tolist() == [False, True, True]
    kept = run.validation()
    targets = np.array([1, 1, 0], np.int64)
    run.save_validation(Validation(kept.files, kept.probabilities, targets, kept.losses))
    assert session.interpretation.predictions.errors == 2
    assert session.interpretation.versus is None


def test_without_photographs_of_real_pets_the_drawn_run_is_looked_into(
    session: OurSession, tmp_path: Path
) -> None:
    assert session.interpretation.run_id == DRAWN_ID
    assert session.runs.chosen.id == SHIPPED_ID, "which classifies photographs"
    session.data.source = str(tmp_path)  # read or not, no picture of the drawn run is here
    assert session.interpretation.run_id == SHIPPED_ID
    drawn = cache(f"drawn-{VERSION}")
    drawn.mkdir(parents=True)
    for name in names():
        (drawn / name).touch()
    assert session.interpretation.run_id == DRAWN_ID
    session.data.paths = (tmp_path / RunStore().get(SHIPPED_ID).info["files"][0],)
    assert session.interpretation.run_id == SHIPPED_ID
    session.runs.chosen_id = "recorded-head-5"
    assert session.interpretation.run_id == "recorded-head-5"


def test_a_panel_goes_with_the_photographs_until_a_run_is_chosen(session: OurSession) -> None:
    panel = TopLossesPanel(session)
    assert panel.run_form["run"] == DRAWN_ID
    session.data.source = "/srv/pets"
    session.data.paths = (Path("/srv/pets") / RunStore().get(SHIPPED_ID).info["files"][0],)
    assert panel.run_form["run"] == SHIPPED_ID
    assert session.runs.chosen_id == "", "nobody chose it"
    panel.run_form.values = {**panel.run_form.values, "run": DRAWN_ID}
    assert session.runs.chosen_id == DRAWN_ID
    session.data.paths = ()
    assert panel.run_form["run"] == DRAWN_ID


def test_a_run_without_predictions_says_so(session: OurSession) -> None:
    session.runs.chosen_id = RunStore().create(fine_tune()).id
    with pytest.raises(Problem, match="has no validation predictions"):
        _ = session.interpretation.predictions


def test_photographs_are_found_where_the_run_has_them_from(
    session: OurSession, photographs: Path
) -> None:
    run = validated(photographs)
    found = {n: photographs / n for n in ("pug_1.jpg", "in/pug_2.jpg")}
    assert session.interpretation.places(run) == found
    assert located(str(photographs), ["/etc/passwd", "../pug_3.jpg", "no.jpg"]) == {}
    assert located("/nowhere", ["pug_1.jpg"]) == {}


def test_else_they_are_found_by_name_among_the_pages_own(
    session: OurSession, photographs: Path
) -> None:
    run = validated(photographs / "gone")
    session.data.paths = (photographs / "in" / "pug_2.jpg", photographs / "other.jpg")
    assert session.interpretation.places(run) == {"in/pug_2.jpg": photographs / "in" / "pug_2.jpg"}


@pytest.mark.usefixtures("multi_user")
def test_visitors_see_no_folder_that_is_not_offered(
    session: OurSession, photographs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = validated(photographs)
    assert session.interpretation.places(run) == {}
    monkeypatch.setenv("PETWIDGETS_DATA", str(photographs))
    assert session.interpretation.places(run) != {}


def test_what_is_looked_at_comes_back(arriving: Callable[..., OurSession]) -> None:
    before = arriving()
    before.runs.chosen_id, before.interpretation.cell = "recorded-head-5", ("pug", "boxer")
    after = arriving(before.visit.id if before.visit else "")
    assert (after.interpretation.run_id, after.interpretation.cell) == (
        "recorded-head-5",
        ("pug", "boxer"),
    )


def test_a_deleted_run_is_looked_into_no_more(session: OurSession, photographs: Path) -> None:
    run = validated(photographs)
    session.runs.chosen_id = session.interpretation.versus_id = run.id
    session.delete_run(run.id)
    assert (session.runs.chosen_id, session.interpretation.versus_id) == ("", "")


def test_files_of_the_same_name_are_not_taken_for_each_other(
    session: OurSession, tmp_path: Path
) -> None:
    """The run's own folder is gone: its photographs may be among those of the page."""
    run = validated(tmp_path / "gone")
    names = ["cats/1.jpg", "dogs/1.jpg", "birds/1.jpg", "1.jpg", "2.jpg", ""]
    cats, dogs, two = (tmp_path / "moved" / name for name in ("cats/1.jpg", "dogs/1.jpg", "2.jpg"))
    session.data.paths = (cats, dogs, two)
    assert session.interpretation.places(run, names) == {
        "cats/1.jpg": cats,
        "dogs/1.jpg": dogs,
        "2.jpg": two,
    }

"""Which run is looked into, and where its photographs lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from petwidgets.common.errors import Problem
from petwidgets.data.sources import located
from petwidgets.recipes.presets import fine_tune
from petwidgets.runs.predictions import Validation
from petwidgets.runs.run import SHIPPED_ID
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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
    session.interpretation.run_id = run.id
    first = session.interpretation.predictions
    assert session.interpretation.predictions is first
    assert (first.run, first.errors, first.vocab) == (run.id, 1, ("pug", "Persian"))
    assert first.right.tolist() == [False, True, True]
    kept = run.validation()
    targets = np.array([1, 1, 0], np.int64)
    run.save_validation(Validation(kept.files, kept.probabilities, targets, kept.losses))
    assert session.interpretation.predictions.errors == 2
    assert session.interpretation.versus is None


def test_a_run_without_predictions_says_so(session: OurSession) -> None:
    session.interpretation.run_id = RunStore().create(fine_tune()).id
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
    before.interpretation.run_id, before.interpretation.cell = "recorded-head-5", ("pug", "boxer")
    after = arriving(before.visit.id if before.visit else "")
    assert (after.interpretation.run_id, after.interpretation.cell) == (
        "recorded-head-5",
        ("pug", "boxer"),
    )


def test_a_deleted_run_is_looked_into_no_more(session: OurSession, photographs: Path) -> None:
    run = validated(photographs)
    session.interpretation.run_id = session.interpretation.versus_id = run.id
    session.delete_run(run.id)
    assert (session.interpretation.run_id, session.interpretation.versus_id) == (SHIPPED_ID, "")

"""Confusion matrix, top losses and every breed, without a browser and without an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from waiting import wait_for

from petwidgets import BreedsPanel, ConfusionPanel, TopLossesPanel
from petwidgets.metrics.comparison import ELSEWHERE
from petwidgets.panels import PANELS
from petwidgets.panels.interpretation.base import InterpretingPanel
from petwidgets.panels.training.live import Live
from petwidgets.recipes.presets import fine_tune
from petwidgets.runs.predictions import Validation
from petwidgets.runs.run import SHIPPED_ID
from petwidgets.runs.store import RunStore
from petwidgets.widgets.plotly import PlotlyBundle

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fakes import FakeEngine, OurSession

    from petwidgets.runs.run import Run
    from petwidgets.widgets.form import Form

MARKUP = "<img src=x onerror=alert(1)>"
VOCAB = ["Bombay", "pug", MARKUP]
ROWS = [[0.9, 0.05, 0.05], [0.2, 0.7, 0.1], [0.1, 0.8, 0.1], [0.3, 0.6, 0.1], [0.1, 0.1, 0.8]]
TARGETS = [0, 1, 0, 0, 2]


def validated(folder: Path, rows: list[list[float]] = ROWS, vocab: list[str] = VOCAB) -> Run:
    """A run on five small pictures in a folder; on two of them a Bombay is taken for a pug."""
    folder.mkdir(exist_ok=True)
    files = [f"{i}.jpg" for i in range(len(TARGETS))]
    for name in files:
        Image.new("RGB", (8, 8), "tan").save(folder / name)
    given, targets = np.array(rows, np.float32), np.array(TARGETS)
    losses = -np.log(given[np.arange(5), targets])
    run = RunStore().create(fine_tune(data=str(folder)))
    run.save_validation(Validation(tuple(files), given, targets, losses))
    return run.update(state="finished", vocab=vocab, files=files)


@pytest.fixture
def run(session: OurSession, tmp_path: Path) -> Run:
    run = validated(tmp_path / "photographs")
    session.runs.chosen_id = run.id
    return run


def drawn(panel: ConfusionPanel) -> ConfusionPanel:
    """The panel, its matrix made in its thread."""
    wait_for("matrix")
    assert panel.matrix.figure is not None
    return panel


def hidden(form: Form, name: str) -> bool:
    return any(field["name"] == name and field.get("hidden") for field in form.fields)


def cells(panel: ConfusionPanel) -> list[list[float]]:
    """What is written in the matrix; nan is an empty cell."""
    assert panel.matrix.figure is not None
    diagonal, errors = (np.array(trace.z, float) for trace in panel.matrix.figure.data)
    assert not (np.isfinite(diagonal) & np.isfinite(errors)).any()
    return np.where(np.isfinite(diagonal), diagonal, errors).tolist()


@pytest.mark.parametrize(
    "key", [key for key, panel in PANELS.items() if issubclass(panel, InterpretingPanel)]
)
def test_the_menu_of_runs_chooses_one(key: str, session: OurSession) -> None:
    session.lesson = key
    panel = PANELS[key](session)
    panel.run_form.set(run="recorded-head-5")
    assert session.runs.chosen_id == "recorded-head-5"
    if key != "export":  # says no more than that it has no weights
        assert "recorded-head-5" in panel.status.value


@pytest.mark.usefixtures("run")
def test_no_panel_asks_the_engine_for_anything(session: OurSession, engine: FakeEngine) -> None:
    session.interpretation.versus_id = SHIPPED_ID
    panels = [kind(session) for kind in (ConfusionPanel, TopLossesPanel, BreedsPanel)]
    drawn(panels[0])  # type: ignore[arg-type]
    session.interpretation.cell = ("Bombay", "pug")
    session.interpretation.versus_id, session.runs.chosen_id = "", "recorded-head-5"
    assert [panel.heading.problem for panel in panels] == ["", "", ""]
    assert engine.requests == []


@pytest.mark.usefixtures("run")
def test_the_matrix_shows_errors_apart_from_the_diagonal(session: OurSession) -> None:
    panel = drawn(ConfusionPanel(session))
    at = [VOCAB.index(name) for name in panel.vocab]
    nan = pytest.approx(np.nan, nan_ok=True)
    expected = np.array([[1, 2, nan], [nan, 1, nan], [nan, nan, 1]], object)
    assert cells(panel) == expected[np.ix_(at, at)].tolist()
    figure: Any = panel.matrix.figure
    assert not figure.layout.shapes, "one of them is known neither as a cat nor as a dog"
    assert "&lt;img src=x onerror=alert(1)>" in figure.layout.xaxis.ticktext
    panel.form.set(shown="rates")
    assert cells(panel)[at.index(0)][at.index(1)] == pytest.approx(200 / 3)
    panel.form.set(order="alphabetical")
    assert panel.vocab == (MARKUP, "Bombay", "pug")


def test_cats_and_dogs_are_parted_where_they_are_known(session: OurSession, tmp_path: Path) -> None:
    known = validated(tmp_path / "known", vocab=["pug", "Bombay", "samoyed"])
    ours = validated(tmp_path / "ours", vocab=["Golden Retriever", "persian cat", "Pug"])
    session.runs.chosen_id = known.id
    panel = drawn(ConfusionPanel(session))
    figure: Any = panel.matrix.figure
    assert panel.vocab[0] == "Bombay", "cats come first"
    assert len(figure.layout.shapes) == 2, "a cross between cats and dogs"
    assert panel.about.value.endswith(
        "Cats taken for other cats: 0; dogs for other dogs: 0; cats for dogs: 0; dogs for cats: 2."
    )
    session.runs.chosen_id = ours.id
    texts = [text for _, text in panel.form.fields[0]["options"]]
    assert texts == ["those confused beside each other", "by name"]
    assert not figure.layout.shapes
    assert panel.about.value == "2 errors in 1 of 6 cells."
    session.runs.chosen_id = known.id
    assert panel.form["order"] == "grouped", "as it was before"
    assert len(figure.layout.shapes) == 2
    session.interpretation.versus_id = ours.id
    assert not figure.layout.shapes, "of all breeds that are shown some are not known"
    assert len(panel.form.fields[0]["options"]) == 2


@pytest.mark.usefixtures("run")
def test_plotlys_code_is_sent_when_a_page_asks(session: OurSession) -> None:
    live = Live()
    live.draw_epochs(
        [{"epoch": 1, "t": 1.0, "train_loss": 1.0, "valid_loss": 1.0, "error_rate": 0.5}]
    )
    panel = drawn(ConfusionPanel(session))
    figures = (live.figure, panel.matrix.figure)
    before = PlotlyBundle.newest
    assert all(len(figure._esm) < 4000 for figure in figures)  # type: ignore[union-attr]
    live.figure._handle_custom_msg({"plotly": "nonsense"}, [])
    assert PlotlyBundle.newest is before
    live.figure._handle_custom_msg({"plotly": "wanted"}, [])
    first = PlotlyBundle.newest
    assert first is not before
    assert first is not None
    assert len(first.bundle) > 4_000_000
    live.figure._handle_custom_msg({"plotly": "wanted"}, [])
    assert PlotlyBundle.newest is not first
    assert first.comm is None, "what did not arrive is not kept beside what is sent again"


@pytest.mark.usefixtures("run")
def test_the_matrix_is_not_drawn_before_it_is_looked_at(session: OurSession) -> None:
    session.lesson = "train"
    panel = ConfusionPanel(session)
    assert panel.places
    assert not panel._loading
    session.lesson = "confusion"
    assert cells(drawn(panel))


@pytest.mark.usefixtures("run")
def test_a_click_a_choice_and_a_pair_lead_to_the_same_photographs(session: OurSession) -> None:
    panel = drawn(ConfusionPanel(session))
    shown = panel.cell.shots[0].scroller
    assert shown.caption.startswith("Bombay, taken for pug: 2 of 3"), "the worst cell, unasked"
    assert session.interpretation.cell == ("", "")
    panel.matrix._opened(panel.vocab.index("pug"), panel.vocab.index("pug"))
    assert session.interpretation.cell == ("pug", "pug")
    assert (panel.cell_form["true"], panel.cell_form["predicted"]) == ("pug", "pug")
    assert shown.caption.startswith("Pug, recognised: 1 of 1")
    assert len(panel.cell.columns.children) == 1
    panel.cell_form.set(true="Bombay")
    assert session.interpretation.cell == ("Bombay", "pug")
    assert [path.name for path, _ in shown.photographs] == ["2.jpg", "3.jpg"]
    captions = [shots.scroller.caption for shots in panel.cell.columns.children]
    assert captions[1:] == ["Bombay, recognised best", "pug, recognised best"]
    assert panel.pairs.said.value.startswith("No pair is confused in 5 photographs or more, as in")
    panel.pairs.form.set(min_val=2)
    assert panel.pairs.bars.chosen == "Bombay/pug"
    session.interpretation.cell = ("", "")
    panel.pairs.bars.chosen = ""
    panel.pairs.bars.chosen = "Bombay/pug"  # as a press does
    assert session.interpretation.cell == ("Bombay", "pug")
    panel.cell.shots[0]._open(1)
    assert panel.cell.shots[0].viewer.title == "60.0 % sure: 3.jpg"
    assert "min_val=2" in panel.folds.code


@pytest.mark.usefixtures("multi_user")
def test_without_photographs_there_are_figures_and_no_plotly_until_asked(
    session: OurSession,
) -> None:
    session.runs.chosen_id = SHIPPED_ID
    panel = ConfusionPanel(session)
    assert not panel._loading
    assert panel.lead_there.sentence
    assert len(panel.cell.table.rows) == 4
    assert panel.cell.table.caption.startswith("British Shorthair, taken for Russian Blue: 4 of 20")
    assert panel.pairs.bars.items[0]["text"] == "4 of 20 (8.1 % to 41.6 %)"
    assert "greatest number is 4: pairs of" in panel.pairs.said.value
    assert len(panel.pairs.bars.items) >= 5
    assert panel.pairs.book.rows[0] == ["Egyptian Mau", "Bengal", "8", "1 of 20"]
    panel.form.press("draw")
    drawn(panel)
    assert hidden(panel.form, "draw")
    top = TopLossesPanel(session)
    assert top.table.rows[0][0] == "Persian_145.jpg"
    assert "34.5 % of their whole loss" in top.said.value


def test_two_runs_are_told_apart_photograph_by_photograph(
    session: OurSession, run: Run, tmp_path: Path
) -> None:
    better = [*ROWS[:2], [0.8, 0.1, 0.1], ROWS[3], [0.8, 0.1, 0.1]]
    other = validated(tmp_path / "photographs", better)
    panel = drawn(ConfusionPanel(session))
    session.interpretation.versus_id = other.id
    at = {name: i for i, name in enumerate(panel.vocab)}
    now = cells(panel)
    assert now[at["Bombay"]][at["pug"]] == -1
    assert now[at["Bombay"]][at["Bombay"]] == 1
    assert now[at[MARKUP]][at["Bombay"]] == 1
    assert np.isnan(now[at["pug"]][at["pug"]]), "nothing changed"
    figure: Any = panel.matrix.figure
    assert (figure.data[1].zmin, figure.data[1].zmax) == (-1, 1)
    assert "alone is right on 1 and" in panel.changes.verdict.value
    assert f"Cells show {other.id} less {run.id}, on 5 photographs" in panel.about.value
    sides = [[path.name for path, _ in shots.scroller.photographs] for shots in panel.changes.shots]
    assert sides == [["2.jpg"], ["4.jpg"]]
    assert panel.changes.shots[0].scroller.photographs[0][1] == "pug,\nnow Bombay"
    breeds = BreedsPanel(session)
    gains = {one["label"]: one["value"] for one in breeds.gains.items}
    assert gains == {MARKUP: -1, "Bombay": pytest.approx(1 / 3), "pug": 0}
    session.interpretation.versus_id = ""
    assert (panel.changes.verdict.value, breeds.gains.items) == ("", [])
    session.interpretation.versus_id = session.interpretation.run_id
    assert "Nothing tells them apart" in panel.changes.verdict.value


@pytest.mark.usefixtures("run")
def test_photographs_of_another_folder_are_taken_for_the_same_with_a_reserve(
    session: OurSession, tmp_path: Path
) -> None:
    panel = drawn(ConfusionPanel(session))
    session.interpretation.versus_id = validated(tmp_path / "photographs").id
    assert ELSEWHERE not in panel.about.value
    session.interpretation.versus_id = validated(tmp_path / "copies").id
    assert f"that both were validated on. {ELSEWHERE} Blue is better" in panel.about.value


def test_a_comparison_ends_with_the_run_that_was_deleted_elsewhere(
    session: OurSession, tmp_path: Path
) -> None:
    panel = BreedsPanel(session)
    other = validated(tmp_path / "photographs")
    session.runs.refresh()
    session.interpretation.versus_id = other.id
    RunStore().delete(other.id)
    session.lesson = "breeds"
    assert session.interpretation.versus_id == ""
    assert panel.heading.problem == ""
    assert panel.run_form["versus"] == ""
    assert other.id not in str(panel.run_form.fields)


def test_sentences_call_runs_as_the_lists_do(session: OurSession, run: Run, tmp_path: Path) -> None:
    better = [*ROWS[:2], [0.8, 0.1, 0.1], *ROWS[3:]]
    other = validated(tmp_path / "photographs", better).update(name="fine-tune 1")
    run.update(name="baseline 1")
    session.runs.refresh()
    panel, breeds = drawn(ConfusionPanel(session)), BreedsPanel(session)
    session.interpretation.versus_id = other.id
    said = (
        panel.about.value,
        panel.changes.verdict.value,
        *(shots.scroller.caption for shots in panel.changes.shots if shots.scroller.photographs),
        breeds.gains.caption,
    )
    assert said[0].startswith("Cells show fine-tune 1 less baseline 1, on")
    assert "baseline 1 alone is right on 0 and fine-tune 1 alone on 1." in said[1]
    assert "recall under baseline 1" in said[-1]
    assert not [sentence for sentence in said for one in (run, other) if one.id in sentence]


def test_the_least_losses_of_a_sure_run_have_no_sign(session: OurSession) -> None:
    session.runs.chosen_id = "recorded-head-20"
    panel = TopLossesPanel(session)
    panel.form.set(way="least")
    assert {row[-1] for row in panel.table.rows} == {"0.0000"}


@pytest.mark.usefixtures("run")
def test_top_losses_are_filtered_and_add_up(session: OurSession) -> None:
    panel = TopLossesPanel(session)
    assert [row[0] for row in panel.table.rows][:2] == ["2.jpg", "3.jpg"]
    label = panel.shots.scroller.photographs[0][1]
    assert label == "Bombay\nnot pug\n80.0 %, loss 2.30"
    assert "100.0 % of their whole loss" in panel.said.value
    panel.form.set(k=1, way="least")
    assert [row[0] for row in panel.table.rows] == ["0.jpg"]
    assert hidden(panel.form, "seed")
    panel.form.set(k=2, way="random")
    assert not hidden(panel.form, "seed")
    panel.form.press("another")
    assert panel.form["seed"] == 1
    panel.cell_form.set(true="pug", predicted="Bombay")
    assert session.interpretation.cell == ("pug", "Bombay")
    assert panel.table.rows == []
    assert panel.shots.scroller.caption == "No photograph matches."


@pytest.mark.usefixtures("run")
def test_breeds_are_sorted_and_carry_intervals(session: OurSession) -> None:
    panel = BreedsPanel(session)
    assert panel.dots.items[0]["label"] == "Bombay"
    assert panel.dots.items[0]["text"] == "1 of 3, 33.3 % (6 to 79)"
    assert panel.table.rows[-1][:2] == ["mean of classes (macro avg)", f"{(1 / 3 + 2) / 3:.4f}"]
    panel.form.set(measure="precision", by="precision")
    assert panel.dots.items[0]["text"] == "1 of 3, 33.3 % (6 to 79)"
    assert panel.dots.items[0]["label"] == "pug"
    assert session.settings["breeds"] == {"measure": "precision", "by": "precision"}


def test_a_breed_that_is_never_predicted_has_no_dot(session: OurSession, tmp_path: Path) -> None:
    session.runs.chosen_id = validated(tmp_path / "a", [ROWS[0]] * 5).id
    panel = BreedsPanel(session)
    panel.form.set(measure="precision")
    dots = {one["label"]: one["value"] for one in panel.dots.items}
    assert dots == {"Bombay": 0.6, "pug": None, MARKUP: None}
    assert [row[3] for row in panel.table.rows] == ["none", "none", "0.6000", "0.6000"]


def test_controls_and_the_cell_come_back_after_a_reload(
    arriving: Callable[..., OurSession], tmp_path: Path
) -> None:
    before = arriving()
    before.runs.chosen_id = validated(tmp_path / "photographs").id
    panel = ConfusionPanel(before)
    panel.form.set(order="alphabetical", shown="rates")
    panel.pairs.form.set(min_val=2)
    before.interpretation.cell = ("Bombay", "pug")
    again = ConfusionPanel(arriving(before.visit.id if before.visit else ""))
    assert (again.form["order"], again.form["shown"]) == ("alphabetical", "rates")
    assert again.pairs.form["min_val"] == 2
    assert again.cell_form.values == {"true": "Bombay", "predicted": "pug"}
    assert again.session.interpretation.cell == ("Bombay", "pug")
    again.session.runs.chosen_id = SHIPPED_ID  # it knows no such cell, but both breeds
    assert again.session.interpretation.cell == ("Bombay", "pug")
    assert again.heading.problem == ""


def test_a_run_that_is_damaged_says_so_and_another_is_shown(session: OurSession, run: Run) -> None:
    panels = [kind(session) for kind in (ConfusionPanel, TopLossesPanel, BreedsPanel)]
    (run.folder / "validation.safetensors").write_bytes(b"no tensors")
    session.runs.chosen_id = SHIPPED_ID
    session.runs.chosen_id = run.id
    for panel in panels:
        assert "are damaged: train it again" in panel.heading.problem
    session.runs.chosen_id = SHIPPED_ID
    assert [panel.heading.problem for panel in panels] == ["", "", ""]

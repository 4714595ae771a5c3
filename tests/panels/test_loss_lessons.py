"""The loss workbench without a browser: one batch for all its panels, edits, guesses."""

from __future__ import annotations

import shutil
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from waiting import hidden, wait_for_reading

from petwidgets import (
    GradientPanel,
    LogPanel,
    LossPanel,
    OwnPanel,
    PetLab,
    SoftmaxPanel,
    TrapsPanel,
    WherePanel,
)
from petwidgets.common.errors import Problem
from petwidgets.data.dataset import Dataset
from petwidgets.jobs.loss_batch import Looked
from petwidgets.jobs.loss_batch import batch as look
from petwidgets.metrics.loss_batch import OWN, PRESETS, TITLES, Workbench
from petwidgets.panels.loss import guessing
from petwidgets.panels.loss.base import NO_NUMBER, NONE_YET, LossTablePanel
from petwidgets.recipes.labelling import PARENT_FOLDER
from petwidgets.runs.run import SHIPPED_ID

if TYPE_CHECKING:
    from pathlib import Path

    from fakes import FakeEngine, OurSession

    from petwidgets.runs.run import Run
    from petwidgets.widgets.number_table import NumberTable

BENCHES = (LossPanel, SoftmaxPanel, WherePanel, TrapsPanel, GradientPanel)


def numbers(sheet: NumberTable, name: str) -> np.ndarray:
    """A group's numbers, read as the page reads them."""
    n, c = len(sheet.rows), len(sheet.columns)
    everything, offset = np.frombuffer(sheet.numbers, np.float32), 0
    for group in sheet.groups:
        shape = {"table": (n, c), "column": (n,), "one": ()}[group["kind"]]
        size = int(np.prod(shape))
        if group["name"] == name:
            return everything[offset : offset + size].reshape(shape)
        offset += size
    raise AssertionError(name)


def page(sheet: NumberTable, *edits: Any) -> None:
    """What a page sends when somebody has edited."""
    sheet._hear(sheet, {"edits": [list(edit) for edit in edits]}, [])


# --- the chapter's figures ----------------------------------------------------------------------


def test_the_step_table_ends_at_the_chapters_loss(session: OurSession) -> None:
    panel = LossPanel(session)
    picked = [0.6025, 0.4979, 0.1332, 0.0034, 0.4041, 0.3661]
    losses = [0.5067, 0.6973, 2.0160, 5.6958, 0.9062, 1.0048]
    assert numbers(panel.sheet, "picked").round(4).tolist() == pytest.approx(picked)
    assert numbers(panel.sheet, "loss").round(4).tolist() == pytest.approx(losses)
    assert round(float(numbers(panel.sheet, "mean_loss")), 4) == 1.8045


def test_the_chapters_bear(session: OurSession) -> None:
    panel = LossPanel(session)
    panel.choice.set(preset="bears")
    assert panel.sheet.columns == ["teddy", "grizzly", "brown"]
    assert numbers(panel.sheet, "exp").round(2).tolist() == [pytest.approx([1.02, 0.08, 3.49])]
    assert numbers(panel.sheet, "total").round(1).tolist() == pytest.approx([4.6])
    assert numbers(panel.sheet, "softmax").round(2).tolist() == [pytest.approx([0.22, 0.02, 0.76])]


def test_sigmoid_of_the_difference_is_softmax(session: OurSession) -> None:
    panel = SoftmaxPanel(session)
    expected = [0.6025, 0.5021, 0.1332, 0.9966, 0.5959, 0.3661]
    found = numbers(panel.sheet, "sigmoid_away")
    assert found[:, 0].round(4).tolist() == pytest.approx(expected)
    np.testing.assert_allclose(found, numbers(panel.sheet, "softmax"), atol=1e-6)
    for name, columns in (("chapter", 2), ("chapter", 7), ("ties", 4)):
        session.bench = Workbench(name, columns=columns)
        found, softmax = (numbers(panel.sheet, key) for key in ("sigmoid_away", "softmax"))
        np.testing.assert_allclose(found, softmax, atol=1e-6)


# --- one batch for all --------------------------------------------------------------------------


def test_an_edit_in_one_panel_is_seen_in_all(session: OurSession) -> None:
    panels = [kind(session) for kind in BENCHES]
    for panel in panels:
        page(panel.sheet, ("acts", 1, 0, "2,5"), ("targ", 2, 0, 1))
        for other in panels:
            assert numbers(other.sheet, "acts")[1, 0] == 2.5
        assert panel.batch.targets.tolist() == [0, 1, 1, 1, 1, 0]
        panel.choice.press("undo")
        for other in panels:
            assert numbers(other.sheet, "acts")[1, 0] == np.float32(0.46892473)


def test_a_panel_out_of_sight_waits_until_it_is_opened() -> None:
    lab = PetLab()
    loss, traps = lab.panels["loss"], lab.panels["traps"]
    assert isinstance(loss, LossPanel)
    assert isinstance(traps, TrapsPanel)
    lab.show("traps")
    lab.show("loss")
    before = traps.sheet.numbers
    page(loss.sheet, ("acts", 0, 0, 9))
    assert traps.sheet.numbers == before
    lab.show("traps")
    assert numbers(traps.sheet, "acts")[0, 0] == 9


def test_shape_and_preset_are_chosen(session: OurSession) -> None:
    panel = LossPanel(session)
    panel.choice.set(rows=64, columns=37)
    assert numbers(panel.sheet, "acts").shape == (64, 37)
    assert numbers(panel.sheet, "acts")[3, 0] == np.float32(4.416403)  # what was there stays
    page(panel.sheet, ("acts", 63, 36, -1))
    panel.choice.set(rows=1)
    panel.choice.set(rows=64)
    assert numbers(panel.sheet, "acts")[63, 36] == -1, "an edit out of sight is kept"
    panel.choice.press("undo")
    for name in PRESETS:
        panel.choice.set(preset=name)
        assert panel.sheet.source == PRESETS[name].source
        assert panel.heading.problem == ""
        assert (panel.choice["rows"], panel.choice["columns"]) == (
            len(panel.sheet.rows),
            len(panel.sheet.columns),
        )


@pytest.mark.parametrize("typed", ["nan", "two", "", "1e"])
def test_what_is_no_number_gets_a_sentence_and_changes_nothing(
    session: OurSession, typed: str
) -> None:
    panel = LossPanel(session)
    before = panel.sheet.numbers
    page(panel.sheet, ("acts", 0, 0, typed))
    assert panel.heading.problem == NO_NUMBER
    assert panel.sheet.numbers == before
    page(panel.sheet, ("acts", 0, 0, "inf"))
    assert panel.heading.problem == ""
    assert np.isinf(numbers(panel.sheet, "acts")[0, 0])


def test_a_page_that_sends_nonsense_is_answered(session: OurSession) -> None:
    panel = LossPanel(session)
    said: list[Any] = []
    panel.sheet.send = lambda content, _buffers=None: said.append(content)
    before = panel.sheet.numbers
    for content in ({"edits": [1]}, {"edits": 3}, {"edits": [["acts"]]}, {}, {"edits": None}):
        panel.sheet._hear(panel.sheet, content, [])
    page(panel.sheet, ("acts", 99, 0, 1), ("targ", 0, 0, 7), ("exp", 0, 0, 1))
    assert panel.sheet.numbers == before
    assert said == [{"done": True}] * 6


def test_a_reload_comes_back_to_the_batch(session: OurSession, engine: FakeEngine) -> None:
    panel = LossPanel(session)
    identity = session.arrive("")
    panel.choice.set(preset="bears")
    panel.strip.at = 2
    page(panel.sheet, ("acts", 0, 1, "-inf"))
    again = type(session)(engine, session.store)
    again.arrive(identity)
    reloaded = LossPanel(again)
    assert numbers(reloaded.sheet, "acts")[0, 1] == -np.inf
    assert reloaded.strip.at == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"edits": {"1,0": 2.5}}, "Changed by you: 1 activation. Before that: The book's"),
        ({"edits": {"0,0": 1.0, "5,1": 2.0}, "aims": {"2": 1}},
         "Changed by you: 2 activations; 1 target. Before that: The book's"),
        ({"rows": 64}, "Changed by you: 64 rows instead of 6, filled up at random. Before that"),
        ({"rows": 1}, "Changed by you: 1 row instead of 6. Before that: The book's"),
        ({"columns": 3}, "Changed by you: 3 columns instead of 2, filled up at random. Before"),
    ],
)  # fmt: skip
def test_numbers_that_were_changed_are_the_books_no_more(
    session: OurSession, change: dict[str, Any], said: str
) -> None:
    panels = [kind(session) for kind in BENCHES]
    session.bench = Workbench(**change)
    for panel in panels:
        assert panel.sheet.source.startswith(said)
        panel.choice.press("undo")
        assert panel.sheet.source.startswith("The book's: six photographs")
        session.bench = Workbench(**change)


def test_places_that_were_changed_are_marked(session: OurSession) -> None:
    panel = LossPanel(session)
    page(panel.sheet, ("acts", 1, 0, "2.5"), ("targ", 2, 0, 1), ("targ", 0, 0, 0))
    assert panel.sheet.changed == [["acts", 1, 0], ["targ", 2, 0]], "a target of 0 was 0"
    panel.choice.set(columns=4)
    assert panel.sheet.begun == [6, 2], "what is beyond was filled in"
    page(panel.sheet, ("acts", 1, 0, "0.46892473"), ("targ", 2, 0, 0))
    assert panel.sheet.changed == []
    session.bench = Workbench("bears", columns=2)
    assert panel.sheet.changed == [["targ", 0, 0]], "its target's column was taken away"


def test_a_rows_name_gives_way_when_its_numbers_are_changed(session: OurSession) -> None:
    session.bench = Workbench("sure")
    panel = LossPanel(session)
    page(panel.sheet, ("acts", 0, 0, "-9"))
    assert panel.sheet.rows == ["0", "right", "wrong", "wrong and sure"]
    panel.choice.press("undo")
    assert panel.sheet.rows[0] == "right and sure"


def test_as_it_was_brings_all_of_a_lesson_back(session: OurSession) -> None:
    softmax, gradient, loss = SoftmaxPanel(session), GradientPanel(session), LossPanel(session)
    first = [dict(panel.form.values) for panel in (softmax, gradient, loss)]
    bars = [item["value"] for item in softmax.softmax.items]
    softmax.form.set(shift=3, temperature=4)
    softmax.mover.set(row="2", column="1")
    softmax.mover.set(moved=5)
    gradient.form.set(rate=2, steps=50)
    loss.form.set(way="shift", say=True)
    loss.strip.at = 3
    for panel in (softmax, gradient, loss):
        panel.choice.press("undo")
    assert [panel.form.values for panel in (softmax, gradient, loss)] == first
    assert (softmax.mover["row"], softmax.mover["column"], softmax.sheet.row) == ("0", "0", 0)
    assert [item["value"] for item in softmax.softmax.items] == bars
    assert (loss.strip.at, loss.sheet.hidden, loss.sheet.shown) == (0, [], 2)
    assert session.settings["softmax"]["temperature"] == 1


def test_without_its_batch_a_lesson_shows_nothing_under_anothers_name(
    session: OurSession,
) -> None:
    OwnPanel(session)
    panels = [kind(session) for kind in BENCHES]
    session.bench = Workbench(OWN)
    assert all(panel.sheet.source.startswith("Recorded") for panel in panels)
    session.model_batch = None  # as a reload has it
    for panel in panels:
        assert panel.lead_there.sentence == NONE_YET
        assert hidden(panel.result)
        sheet = panel.sheet
        assert (sheet.source, sheet.rows, sheet.groups, panel.folds.code) == ("", [], [], "")
    for panel in panels:
        panel.choice.set(preset="chapter")
        assert not hidden(panel.result)
        assert panel.sheet.source.startswith("The book's")


def test_a_damaged_workbench_begins_anew(session: OurSession) -> None:
    huge = {"edits": {"9" * 5000 + ",0": 1.0}}  # Python refuses to read such a number
    odd = [huge, {"edits": {"0,0": 10**400}}, {"aims": {"\u0663" * 9: 1}}, {"\n" * 999: 1}, [None]]
    for damaged in (
        *({"preset": 3}, {"edits": {"x": 1}}, [], {"nothing": 1}, {"edits": [[1]]}),
        *odd,
    ):
        session.settings = {"bench": damaged}
        assert session.bench == Workbench()
    with pytest.raises(Problem, match="not a number"):
        Workbench(edits={"0,0": float("nan")})


# --- the steps, and guesses ---------------------------------------------------------------------


def test_stepping_adds_a_group_at_a_time(session: OurSession) -> None:
    panel = LossPanel(session)
    assert panel.sheet.shown == 2
    for at, title in enumerate(panel.strip.titles):
        panel.strip.at = at
        assert panel.sheet.shown == at + 2
        assert panel.sheet.groups[at + 1]["title"] == title
        assert panel.strip.says
    panel.form.set(way="log_softmax")
    assert "log_softmax" in panel.strip.titles
    assert round(float(numbers(panel.sheet, "mean_loss")), 4) == 1.8045


def test_large_activations_overflow_until_the_largest_is_taken_away(session: OurSession) -> None:
    panel = LossPanel(session)
    panel.choice.set(preset="large")
    assert np.isinf(numbers(panel.sheet, "exp")[0]).all()
    assert np.isnan(numbers(panel.sheet, "mean_loss"))
    panel.form.set(way="shift")
    assert numbers(panel.sheet, "loss")[0] == pytest.approx(np.log1p(np.exp(-1)))
    assert np.isinf(numbers(panel.sheet, "loss")[1]), "its softmax is zero all the same"
    panel.form.set(way="log_softmax")
    assert numbers(panel.sheet, "loss")[1] == 1000


def test_a_number_is_hidden_until_it_is_guessed(session: OurSession) -> None:
    panel = LossPanel(session)
    panel.form.set(say=True)
    panel.strip.at = 1
    name, row, column = panel.sheet.hidden
    truth = float(numbers(panel.sheet, name)[row, column])
    panel.strip.at = 2
    assert panel.strip.at == 1
    assert "Say first" in panel.heading.problem
    panel.guess.set(guess="lots")
    panel.guess.press("say")
    assert "not a number" in panel.heading.problem
    assert panel.sheet.hidden
    panel.guess.set(guess=str(truth * 1.05))
    panel.guess.press("say")
    assert panel.sheet.hidden == []
    assert panel.verdict.value.endswith("1 of 1 right so far.")
    panel.strip.at = 2
    panel.guess.set(guess="-100")
    panel.guess.press("say")
    assert panel.verdict.value.endswith("1 of 2 right so far.")
    panel.strip.at = 3
    panel.guess.press("reveal")
    assert panel.verdict.value.endswith("1 of 3 right so far.")
    panel.form.set(say=False)
    assert panel.verdict.value == ""
    assert "right so far" not in str(session.settings)


@pytest.mark.parametrize(
    ("guess", "truth", "right"),
    [(1.05, 1, True), (1.2, 1, False), (0.02, 0.0034, True), (-5, -5.6958, False)],
)
def test_a_tenth_or_two_hundredths_is_close_enough(guess: float, truth: float, right: bool) -> None:  # noqa: FBT001
    assert guessing.right(guess, truth) is right


# --- the other panels ---------------------------------------------------------------------------


def test_sliders_move_one_activation_and_shift_and_temper_all(session: OurSession) -> None:
    panel = SoftmaxPanel(session)
    softmax = [item["value"] for item in panel.softmax.items]
    sigmoid = [item["value"] for item in panel.sigmoids.items]
    panel.form.set(shift=5)
    assert [item["value"] for item in panel.softmax.items] == pytest.approx(softmax, abs=1e-6)
    assert all(a["value"] > b for a, b in zip(panel.sigmoids.items, sigmoid, strict=True))
    panel.form.set(shift=0, temperature=10)
    assert panel.softmax.items[0]["value"] == pytest.approx(0.5104, abs=1e-4)
    panel.form.set(temperature=1)
    panel.mover.set(row="3", column="1")
    assert panel.mover["moved"] == pytest.approx(-1.28)
    assert session.bench == Workbench(), "looking at a row changes nothing"
    panel.mover.set(moved=4.42)
    assert numbers(panel.sheet, "acts")[3, 1] == np.float32(4.42)
    assert panel.softmax.items[0]["value"] == pytest.approx(0.4991, abs=1e-4)
    panel.sheet.row = 1
    assert panel.mover["row"] == "1"


def test_where_is_wrong_with_three_columns(session: OurSession) -> None:
    panel = WherePanel(session)
    assert "agree in all 6" in panel.verdict.value
    panel.shapes.press("to37")
    session.bench = session.bench.aimed(0, 20)
    assert "disagree in" in panel.verdict.value
    assert panel.counts.rows == [["where inside where", "36", "yes"], ["indexing", "1", "yes"]]


def test_logs_are_live_and_say_when_there_is_none(session: OurSession) -> None:
    panel = LogPanel(session)
    rows = {row[0]: row[1:] for row in panel.values.rows}
    assert rows["0.0100"] == ["-4.6052", "4.6052"]
    assert rows["0.0010"] == ["-6.9078", "6.9078"]
    assert rows["0.0000"] == ["-inf", "inf"]
    assert rows["-2.0000"] == ["nan", "nan"]
    panel.curve.at = 0.01
    assert panel.form["p"] == 0.01
    assert "after 19 factors of 0.01" in panel.runs_out.value
    products = {row[0]: row[1:] for row in panel.products.rows}
    assert products["30"] == ["0.0000", "-138.155"]
    panel.rule.a, panel.rule.b = 0.5, 0.25
    assert panel.identity.rows[2:] == [
        ["a x b", "0.1250", "-2.0794"],
        ["log(a) + log(b)", "", "-2.0794"],
    ]
    panel.form.set(more="a lot")
    assert "type one such as -2" in panel.heading.problem
    panel.form.set(more="100")
    assert panel.heading.problem == ""
    assert panel.values.rows[-1] == ["100.000", "4.6052", "-4.6052"]


def test_traps_stand_beside_what_is_right(session: OurSession) -> None:
    panel = TrapsPanel(session)
    assert (numbers(panel.sheet, "unlogged") <= 0).all()
    np.testing.assert_allclose(
        numbers(panel.sheet, "right"), numbers(panel.sheet, "loss"), atol=1e-6
    )
    assert [row[1] for row in panel.forms.rows[:4]] == ["1.8045"] * 3 + ["10.8268"]
    assert panel.forms.rows[4][1] == "0.5067, 0.6973, 2.0160, 5.6958, 0.9062, 1.0048"


def test_cross_entropy_learns_where_squared_error_does_not(session: OurSession) -> None:
    session.bench = Workbench("sure")
    panel = GradientPanel(session)
    slope, squared = numbers(panel.sheet, "slope"), numbers(panel.sheet, "squared")
    assert slope[3, 0] == pytest.approx(-1, abs=1e-4)
    assert abs(squared[3]).max() < 1e-5
    panel.form.set(steps=0)
    panel.form.press("step")
    assert panel.form["steps"] == 1
    right, wrong = panel.losses.rows
    assert right[1] == wrong[1]
    assert float(right[2]) < float(wrong[2]) < float(wrong[1])
    assert [len(line["points"]) for line in panel.curve.lines] == [2, 2]
    panel.form.press("again")
    np.testing.assert_array_equal(numbers(panel.sheet, "after"), numbers(panel.sheet, "acts"))


def test_one_step_is_one_step(session: OurSession) -> None:
    panel = GradientPanel(session)
    panel.form.set(steps=1)
    titles = [group["title"] for group in panel.sheet.groups]
    assert "activations after 1 step" in titles


# --- your own model -----------------------------------------------------------------------------


def test_without_photographs_the_runs_own_predictions_are_shown(session: OurSession) -> None:
    panel = OwnPanel(session)
    assert panel.sheet.source.startswith("Recorded: 16 of 740")
    assert len(panel.sheet.rows) == 16
    assert len(panel.bars.items) == 37
    shares = numbers(panel.sheet, "share")
    assert shares.sum() == pytest.approx(1, abs=1e-5)
    first = panel.sheet.rows
    panel.form.press("another")
    assert panel.sheet.rows != first
    assert session.bench == Workbench(), "what the others work on is as it was"
    page(panel.sheet, ("acts", 0, 0, 50))
    assert session.bench.preset == OWN
    assert numbers(LossPanel(session).sheet, "acts").shape == (16, 37)


def test_photographs_go_through_the_chosen_run(
    session: OurSession, engine: FakeEngine, few: Path
) -> None:
    panel = OwnPanel(session)
    paths = tuple(sorted(few.iterdir()))
    breeds = tuple(path.name.rpartition("_")[0] for path in paths)
    count = sum(path.name in session.runs.chosen.info["files"] for path in paths) or len(paths)
    n = min(16, count)
    engine.problem = "The engine does not answer just now."
    session.data.paths = paths
    session.data.dataset = Dataset("few", few, paths, breeds)
    assert panel.heading.problem == engine.problem
    job, run, files = engine.requests[-1]
    assert job == look
    assert run == session.runs.chosen
    assert len(files) == n
    engine.problem, engine.answer = (
        "",
        Looked(
            files=tuple(files),
            read=tuple(range(1, n)),
            activations=np.eye(37, dtype=np.float32)[: n - 1],
            pictures=(b"jpeg",) * (n - 1),
            problem="x.jpg: cut off.",
        ),
    )
    panel._take()
    assert panel.heading.problem == ""
    assert panel.status.value == "Left out: x.jpg: cut off."
    assert len(panel.sheet.rows) == n - 1
    assert panel.sheet.source.startswith(f"Live: {n - 1} photographs")


def test_photographs_in_folders_are_told_apart(
    session: OurSession, engine: FakeEngine, few: Path, tmp_path: Path
) -> None:
    """Each folder has the same names; the run has validated one file of each."""
    folder, elsewhere = tmp_path / "folder", tmp_path / "elsewhere"
    for breed in ("Siamese", "pug"):
        (folder / breed).mkdir(parents=True)
        for n, path in enumerate(sorted(few.glob(f"{breed}_*"))):
            shutil.copy(path, folder / breed / f"IMG 00{n}.jpg")
    session.store.folder.mkdir(parents=True)
    shutil.copytree(session.runs.get(SHIPPED_ID).folder, session.store.folder / "folders")
    run = session.store.get("folders")
    recipe = {**run.info["recipe"], "data": str(folder), "pattern": PARENT_FOLDER}
    run.update(recipe=recipe, files=["Siamese/IMG 000.jpg", "pug/IMG 003.jpg"])
    session.runs.refresh()
    session.runs.chosen_id = run.id
    engine.answer = looked
    panel = OwnPanel(session)
    session.data.read(str(folder), PARENT_FOLDER)
    wait_for_reading()
    assert sorted(panel.sheet.rows) == ["Siamese/IMG 000.jpg", "pug/IMG 003.jpg"]
    assert "2 photographs that it was not trained on" in panel.sheet.source
    shutil.copytree(folder, elsewhere)
    session.data.read(str(elsewhere), PARENT_FOLDER)
    wait_for_reading()
    assert "16 photographs that it may have been trained on" in panel.sheet.source


def test_a_model_that_knows_none_of_the_breeds_says_so(session: OurSession, few: Path) -> None:
    panel = OwnPanel(session)
    session.data.dataset = Dataset("few", few, tuple(few.iterdir()), ("Bumblehound",) * 32)
    assert "knows none of these photographs' classes" in panel.heading.problem


def test_an_own_batch_that_is_gone_leads_to_where_it_is_taken(session: OurSession) -> None:
    session.settings = {"bench": Workbench(OWN).to_json()}
    panel = LossPanel(session)
    assert "take one again" in panel.lead_there.sentence
    assert panel.sheet.shown == 0
    panel.choice.set(preset="chapter")
    assert panel.lead_there.sentence == ""
    assert panel.sheet.shown == 2


def test_every_preset_has_a_title_and_every_panel_is_a_bench(session: OurSession) -> None:
    assert set(TITLES) == {*PRESETS, OWN}
    for kind in (*BENCHES, OwnPanel):
        panel = kind(session)
        assert isinstance(panel, LossTablePanel)
        assert panel.folds.code


def of_three(session: OurSession, few: Path) -> Dataset:
    """Photographs that the shipped run was not trained on, or any."""
    paths = tuple(sorted(few.iterdir()))
    return Dataset("few", few, paths, tuple(path.name.rpartition("_")[0] for path in paths))


def looked(_run: Run, files: list[str]) -> Looked:
    """What an engine says of photographs."""
    n = len(files)
    acts = np.eye(37, dtype=np.float32)[:n]
    return Looked(tuple(files), tuple(range(n)), acts, (b"jpeg",) * n, problem="")


def test_photographs_that_come_later_are_looked_at(
    session: OurSession, engine: FakeEngine, few: Path
) -> None:
    """Opened before there are any, left, and come back to."""
    session.lesson = "own"
    panel = OwnPanel(session)
    assert panel.sheet.source.startswith("Recorded")
    session.lesson = "browse"
    session.data.dataset = of_three(session, few)
    engine.problem = "The engine is away."
    session.lesson = "own"
    assert panel.heading.problem == "The engine is away."
    assert hidden(panel.result), "what was recorded is of no photograph that is here"
    session.lesson = "browse"
    before = len(engine.requests)
    engine.problem, engine.answer = "", looked
    session.lesson = "own"
    assert len(engine.requests) == before + 1, "who comes again asks again"
    assert panel.sheet.source.startswith("Live: ")
    assert not hidden(panel.result)
    assert panel.picture.pictures[0]["jpeg"] == b"jpeg"


def test_a_batch_that_fails_takes_the_last_one_away(
    session: OurSession, engine: FakeEngine, few: Path
) -> None:
    panel = OwnPanel(session)
    engine.answer = looked
    session.data.dataset = of_three(session, few)
    assert not hidden(panel.result)
    engine.problem = "The engine is away."
    panel.form.press("another")
    assert panel.heading.problem == "The engine is away."
    assert session.model_batch is None
    assert hidden(panel.result)
    assert panel.sheet.source == ""


def test_photographs_that_are_gone_when_the_answer_comes_are_not_shown(
    session: OurSession, engine: FakeEngine, few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = OwnPanel(session)
    future: Future[Looked] = Future()
    monkeypatch.setattr(engine, "quick", lambda *_: future)
    session.data.dataset = of_three(session, few)
    files = [str(path) for path, _ in panel._drawn]
    session.data.dataset = None
    assert panel.sheet.source.startswith("Recorded")
    assert panel.status.value == ""
    future.set_result(looked(session.runs.chosen, files))
    assert panel.sheet.source.startswith("Recorded")


def test_edits_of_a_models_batch_are_undone_where_they_are_made(session: OurSession) -> None:
    panel = OwnPanel(session)
    before = panel.sheet.numbers
    page(panel.sheet, ("acts", 3, 0, 50))
    assert panel.sheet.source.startswith("Changed by you: 1 activation. Before that: Recorded")
    panel.form.press("undo")
    assert panel.sheet.numbers == before
    assert panel.sheet.source.startswith("Recorded")


def test_a_batchs_targets_and_predictions_are_printed(session: OurSession) -> None:
    panel = OwnPanel(session)
    assert panel.printed.rows == []
    panel.printed.opened = True
    found = dict(map(tuple, panel.printed.rows))  # type: ignore[arg-type]
    targets = panel.batch.targets.tolist()
    printed = found["y"].removeprefix("TensorCategory(").removesuffix(")")
    assert [int(cell) for cell in printed.strip("[]").split(",")] == targets
    assert found["dls.vocab[y[0]]"] == repr(panel.batch.columns[targets[0]])
    validation = session.store.get(session.runs.chosen.id).validation()
    row = validation.files.index(panel.batch.rows[0])
    predictions = [float(p) for p in found["preds[0]"][len("tensor([") : -2].split(",")]
    assert predictions == pytest.approx(validation.probabilities[row].tolist(), rel=1e-3, abs=1e-4)
    assert found["len(preds[0]), preds[0].sum()"].startswith("(37, tensor(1.")
    panel.sheet.row = 2
    assert panel.printed.rows[2][0] == "preds[2]"


def test_another_base_scales_the_logarithm(session: OurSession) -> None:
    panel = LogPanel(session)
    assert len(panel.curve.lines) == 2
    panel.form.set(base="2", p=0.25)
    assert panel.values.header == ["x", "log2(x)", "-log2(x)"]
    assert panel.values.rows[0] == ["0.2500", "-2.0000", "2.0000"]
    assert panel.values.caption.endswith(
        "log2(0.25) = log(0.25) / log(2) = -1.3863 / 0.6931 = -2.0000"
    )
    curve, _, natural = (dict(line["points"]) for line in panel.curve.lines)
    for x, y in curve.items():
        assert y == pytest.approx(natural[x] / np.log(2), abs=2e-4)
    assert "print(x.log2(), -x.log2())" in panel.folds.code
    panel.form.set(base="10")
    assert panel.values.rows[2][1] == "-3.0000"
    assert panel.values.rows[1][0] == "0.0100"


def test_curves_of_sigmoid_and_exp_have_the_rows_activations(session: OurSession) -> None:
    panel = SoftmaxPanel(session)
    assert panel.curves.charts == []
    panel.form.press("curves")
    sigmoid, exp = panel.curves.charts
    assert [round(y, 4) for _, y in sigmoid.lines[1]["points"]] == [0.5641, 0.6623]
    assert [round(y, 4) for _, y in exp.lines[1]["points"]] == [1.2938, 1.9609]
    assert sigmoid.marks == [{"x": pytest.approx(0.6734, abs=1e-4), "label": "3"}]
    panel.form.set(shift=2.0)
    assert exp.lines[1]["points"][1][1] == pytest.approx(float(np.exp(2.67338)), rel=1e-4)
    panel.sheet.row = 3
    assert sigmoid.marks[0]["x"] == pytest.approx(6.4164, abs=1e-4)
    panel.choice.set(preset="large")
    assert all(np.isfinite(y) for line in exp.lines for _, y in line["points"])
    panel.form.press("curves")
    assert list(panel.curves.children) == []

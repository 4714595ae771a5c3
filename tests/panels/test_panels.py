"""The panels without a browser: what their controls lead to, and what their pictures show."""

import ast
import doctest
import importlib
import pkgutil
import shutil
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pytest
from fakes import FakeEngine, OurSession, in_a_thread
from made import MARKUP, an_answer, drop, finish, trained
from waiting import hidden, wait_for, wait_for_reading

import petwidgets
from petwidgets import BrowsePanel, ClassifyPanel, PetLab, TrainPanel
from petwidgets.common.errors import Problem
from petwidgets.panels import PANELS
from petwidgets.panels.base import Panel
from petwidgets.panels.training.network_drawing import groups_of_training
from petwidgets.recipes.chapter import BOOK
from petwidgets.recipes.labelling import CHAPTER_PATTERN, PARENT_FOLDER
from petwidgets.recipes.presets import fine_tune, make
from petwidgets.recipes.recipe import Recipe
from petwidgets.recipes.stage import Stage
from petwidgets.runs.run import SHIPPED_ID, WITH_WEIGHTS, Run, shipped
from petwidgets.session.session import Session
from petwidgets.widgets.theme import theme

LESSONS = [
    *("classify", "browse", "label", "check", "presize", "batch", "summary"),
    *("layers", "train"),
    *("softmax", "where", "log", "loss", "traps", "gradient", "own"),
    *("confusion", "top", "breeds", "inside", "map", "clean"),
    *("rate", "epochs", "runs", "architecture", "calibration", "export", "questions"),
]


def tree(widget: widgets.Widget) -> Iterator[widgets.Widget]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from tree(child)


# --- the app ------------------------------------------------------------------------------------


def test_panels_are_built_when_they_are_first_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[str] = []
    before = Panel.__init__

    def counted(self: Panel, session: Session | None = None) -> None:
        built.append(self.key)
        before(self, session)

    monkeypatch.setattr(Panel, "__init__", counted)
    lab = PetLab()
    assert list(lab.panels) == list(PANELS) == LESSONS
    assert len(lab.panels) == len(LESSONS)
    assert built == ["classify"]
    assert lab.panels["train"] is lab.panels["train"]
    assert built == ["classify", "train"]
    assert all(panel.session is lab.session for panel in lab.panels.values())
    assert not lab.session.engine.started


def test_show_goes_to_a_lesson_and_says_when_there_is_none() -> None:
    lab = PetLab()
    lab.show("train")
    assert lab._course.stage.children[1] is lab.panels["train"]
    assert lab._course.list.chosen == "train"
    with pytest.raises(Problem, match="no lesson 'cooking': choose classify, browse, label"):
        lab.show("cooking")
    assert lab._course.stage.children[1] is lab.panels["train"]
    lab._course.list.chosen = "browse"  # as a click does
    assert lab._course.stage.children[1] is lab.panels["browse"]


def test_the_app_can_be_displayed() -> None:
    shown = PetLab()._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in (
        shown[0] if isinstance(shown, tuple) else shown
    )


def test_the_chosen_run_is_said_in_one_place(tmp_path: Path) -> None:
    lab = PetLab(home=tmp_path)
    assert lab._course.list.run == "Model: pets37, 4.3 % error"
    run = trained(lab.session)
    lab.session.runs.chosen_id = run.id
    assert lab._course.list.run == f"Model: {run.id}, 25.0 % error"
    lab.session.runs.chosen_id = "recorded-head-40"
    assert lab._course.list.run == "Model: recorded-head-40, 11.9 % error"


def test_two_apps_share_no_state(tmp_path: Path, few: Path) -> None:
    one, other = PetLab(home=tmp_path / "one"), PetLab(home=tmp_path / "other")
    assert one.session is not other.session
    assert one.session.engine is not other.session.engine
    trained(one.session)
    one.session.runs.refresh()
    assert (len(one.session.runs.usable), len(other.session.runs.usable)) == (3, 2)
    for lab in (one, other):
        assert len(lab.panels) == len(list(lab.panels.values()))
    panel = one.panels["train"]
    panel.planning.form.set(preset="3+12")  # type: ignore[attr-defined]
    one.session.data.read(str(few), CHAPTER_PATTERN)
    wait_for_reading()
    one.session.training.hear([{"event": "epoch", **EPOCH, "epoch": 1, "t": 1.0}])
    one.session.runs.chosen_id = one.session.runs.usable[0].id
    one.show("train")
    fresh = PetLab(home=tmp_path / "other")
    data = ("data.source", "data.pattern", "data.dataset", "runs.chosen_id")
    for name in (*data, "training.event", "training.epochs", "training.state"):
        value = attrgetter(name)
        assert value(other.session) == value(fresh.session), name
    assert other.panels["train"].recipe() == make("baseline")  # type: ignore[attr-defined]
    assert other._course.list.chosen == "classify"
    mine, yours = ({id(w) for w in tree(lab._frame)} for lab in (one, other))
    assert mine & yours == {id(theme())}


@pytest.mark.parametrize("kind", PANELS.values())
def test_a_panel_stands_alone(kind: type[Panel]) -> None:
    panel = kind()
    assert panel.heading.problem == ""
    assert panel.title
    assert panel.lead
    assert panel.why
    ast.parse(panel.folds.code)
    assert panel.session is not kind().session


def modules() -> list[str]:
    names = [m.name for m in pkgutil.walk_packages(petwidgets.__path__, "petwidgets.")]
    heavy = ("petwidgets.learning", "petwidgets.engine.worker", "petwidgets.__main__")
    return [name for name in names if not name.startswith(heavy)]


@pytest.mark.parametrize("name", modules())
def test_the_documented_examples_run(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_every_public_widget_has_an_example() -> None:
    kinds = [PetLab, *PANELS.values()]
    for name in modules():
        if name.startswith(("petwidgets.widgets.", "petwidgets.panels.")):
            module = importlib.import_module(name)
            kinds += [
                value
                for key, value in vars(module).items()
                if isinstance(value, type)
                and value.__module__ == name
                and not key.startswith("_")
                and issubclass(value, widgets.DOMWidget)
                and getattr(value, "_esm", None)
                and key not in ("Part", "PlotlyBundle")
            ]
    assert len(kinds) > 9
    assert [kind.__name__ for kind in kinds if ">>>" not in (kind.__doc__ or "")] == []


# --- train --------------------------------------------------------------------------------------

EPOCH = {"of": 2, "train_loss": 1.25, "valid_loss": 0.75, "error_rate": 0.125}


def say(panel: TrainPanel, stage: int = 0, **values: Any) -> None:
    """As a person changes a stage's fields."""
    panel.planning.stages.forms[stage].set(**values)


def test_the_recipe_follows_the_controls(session: OurSession) -> None:
    panel = TrainPanel(session)
    assert panel.recipe() == make("baseline")
    say(panel, epochs=5, rate="0.02")
    panel.planning.form.set(limit=30, size=640, batch_size=16)
    settings = {"size": 640, "presize": 640, "batch_size": 16, "limit_per_breed": 30}
    assert panel.recipe() == make("baseline", epochs=5, base_lr=0.02, **settings)
    session.data.source, session.data.pattern = "/srv/pets", PARENT_FOLDER
    assert (panel.recipe().data, panel.recipe().pattern) == ("/srv/pets", PARENT_FOLDER)


@pytest.mark.parametrize("name", ["baseline", "fine-tune"])
def test_a_preset_sets_the_stages(name: str) -> None:
    panel = TrainPanel()
    say(panel, epochs=99, rate="0.5")
    panel.planning.form.set(preset="fine-tune" if name == "baseline" else "baseline")
    panel.planning.form.set(preset=name)
    assert panel.recipe() == make(name)
    assert len(panel.planning.stages.forms) == len(make(name).stages)
    assert panel.heading.problem == ""


@pytest.mark.parametrize("key", BOOK)
def test_a_preset_of_the_book_shows_its_figures_as_the_books(key: str) -> None:
    panel, printed = TrainPanel(), BOOK[key]
    panel.planning.form.set(preset=key)
    assert panel.recipe().stages == printed.make().stages
    assert panel.book.caption.startswith("The book's figures, not yours")
    assert printed.arch in panel.book.caption
    first = [[f"{figure:.6f}" for figure in row] for row in printed.rows[:1]]
    assert [row[1:] for row in panel.book.rows[:1]] == first
    assert panel.recipe().arch == ("resnet50" if key == "resnet50" else "tf_efficientnet_lite0")
    panel.planning.form.set(preset="baseline")
    assert panel.book.rows == []


def test_stages_are_added_changed_and_taken_away(session: OurSession) -> None:
    panel = TrainPanel(session)
    panel.planning.form.set(preset="3+12")
    panel.planning.stages.more.press("add")
    say(panel, 2, rate="slice(1e-7, 1e-5)", epochs=2, size=96)
    assert panel.recipe().stages[2] == Stage(2, frozen=False, rate=(1e-7, 1e-5), size=96)
    assert panel.recipe().name == "stages"
    assert TrainPanel(session).recipe() == panel.recipe()
    panel.planning.stages.more.press("remove")
    assert panel.recipe().stages == BOOK["3+12"].make().stages


def test_what_cant_be_read_is_a_sentence_and_is_not_overwritten(session: OurSession) -> None:
    panel = TrainPanel(session)
    before = panel.folds.code
    say(panel, rate="slice(1e-3")
    assert panel.heading.problem.startswith("'slice(1e-3' is not a learning rate. Write")
    assert panel.planning.stages.forms[0]["rate"] == "slice(1e-3"
    panel.buttons.press("start")
    assert "is not a learning rate" in panel.heading.problem
    assert session.training.worker is None
    assert panel.folds.code == before
    say(panel, rate="slice(1e-3)")
    assert panel.heading.problem == ""


def test_the_code_follows_the_controls_and_the_session(session: OurSession) -> None:
    panel = TrainPanel(session)
    panel.planning.form.set(preset="fine-tune")
    say(panel, 1, epochs=7)
    assert "fit_one_cycle(7, slice(" in panel.folds.code
    panel.planning.form.set(limit=25)
    assert ".limited(25)" in panel.folds.code
    session.data.source = "/srv/it's here"
    assert "/srv/it's here" in panel.folds.code
    ast.parse(panel.folds.code)
    assert "def fine_tune(" in panel.folds.source
    panel.planning.form.set(preset="3+6")
    assert "def fit_one_cycle(" in panel.folds.source


@pytest.mark.parametrize("rate", ["-0.1", "0.0", "nan"])
def test_a_bad_rate_is_a_sentence_on_the_panel(session: OurSession, rate: str) -> None:
    panel = TrainPanel(session)
    before = panel.folds.code
    say(panel, rate=rate)
    assert panel.heading.problem.startswith("A learning rate is a number above 0")
    assert panel.folds.code == before
    panel.buttons.press("start")
    assert panel.heading.problem.startswith("A learning rate is a number above 0")
    assert session.training.worker is None
    assert session.store.list() == [*map(shipped, WITH_WEIGHTS)]
    say(panel, rate="0.5")
    assert panel.heading.problem == ""
    assert ", 0.5," in panel.folds.code


def test_no_epochs_at_all_is_a_sentence(session: OurSession) -> None:
    panel = TrainPanel(session)
    say(panel, epochs=0)
    assert panel.heading.problem == "A training needs at least one epoch."


def test_the_planned_schedule_is_drawn_before(session: OurSession) -> None:
    panel = TrainPanel(session)
    panel.planning.form.set(preset="3+12")
    lines = panel.live.rates.lines
    assert [line["dashed"] for line in lines] == [True] * 2  # fastai's groups of a timm network
    assert panel.live.rates.log_y
    assert max(rate for _, rate in lines[-1]["points"]) == pytest.approx(3e-3, rel=0.01)
    panel.planning.form.set(preset="3+6")
    assert len(panel.live.rates.lines) == 1
    assert not panel.live.rates.log_y


def hidden_button(panel: TrainPanel, name: str) -> bool:
    field = next(f for f in panel.buttons.fields if f["name"] == name)
    return bool(field.get("hidden"))


GROUPS = [
    {"first": f"0.{i}", "last": f"0.{i}", "parameters": 10, "trained": 10 * i, "norms": 1,
     "norms_trained": 1}
    for i in range(3)
]  # fmt: skip


def test_a_training_from_start_to_end(session: OurSession) -> None:
    panel = TrainPanel(session)
    assert panel.status.value.startswith("Trains on: Drawn sample")
    assert hidden(panel.progress)
    panel.planning.form.set(preset="fine-tune")
    panel.buttons.press("start")
    training = session.training.worker
    assert training.run.recipe == panel.recipe()
    assert session.training.state == "queued"
    assert panel.buttons.fields[0]["disabled"]
    assert panel.progress.text.value.startswith("Waiting for the engine")
    panel.buttons.press("start")
    assert "under way already" in panel.heading.problem
    with pytest.raises(Problem, match="under way already"):
        session.training.train(panel.recipe())

    def hear(**event: Any) -> None:
        in_a_thread(lambda: training.heard(event))

    hear(event="stage", stage="check", sentence="Looking at every photograph", t=0.1)
    assert panel.progress.text.value == "Looking at every photograph"
    hear(event="progress", stage="check", done=50, of=200, t=0.2)
    assert panel.progress.text.value.startswith("Looking at every photograph: 50 of 200")
    assert panel.progress.bar.value == 0.25
    hear(event="stage", stage="unfrozen", sentence="2 epochs", t=0.3, groups=GROUPS)
    pace = {"loss": 1.5, "images_per_second": 44.4, "seconds_left": 75.0, "mom": 0.9}
    hear(event="batch", done=10, of=20, t=3.0, rates=[1e-6, 1e-5, 1e-4], **pace)
    assert panel.progress.bar.value == 0.5
    assert panel.progress.text.value == (
        "Training: batch 10 of 20, loss 1.500, 44 photographs a second, 1 min 15 s left"
    )
    assert panel.live.groups.groups == groups_of_training(GROUPS, panel.recipe().arch)
    assert panel.live.groups.rates == [1e-6, 1e-5, 1e-4]
    real = [line for line in panel.live.rates.lines if not line.get("dashed")]
    assert [line["points"] for line in real] == [[(0.9, 1e-6)], [(0.9, 1e-5)], [(0.9, 1e-4)]]
    assert panel.live.losses.lines[0]["points"] == [(1.0, 1.5)]
    hear(event="epoch", epoch=1, t=10.0, **EPOCH)
    hear(event="epoch", epoch=2, t=30.0, **{**EPOCH, "error_rate": 0.0625})
    assert panel.live.table.rows == [
        ["1", "1.250000", "0.750000", "0.125000", "10 s"],
        ["2", "1.250000", "0.750000", "0.062500", "20 s"],
    ]
    [figure] = panel.live.chart.children
    curves = {trace.name: (list(trace.x), list(trace.y)) for trace in figure.data}
    assert curves == {
        "train_loss": ([1, 2], [1.25, 1.25]),
        "valid_loss": ([1, 2], [0.75, 0.75]),
        "error_rate": ([1, 2], [0.125, 0.0625]),
    }
    finish(training.run)
    hear(event="finished", t=31.0)
    assert hidden(panel.progress)
    assert not panel.buttons.fields[0]["disabled"]
    assert panel.heading.problem == ""
    assert panel.status.value.startswith(
        "Finished after 2 min 5 s: live, 25.0 % error on 4 drawn pictures (95 % interval"
    )
    assert "go on using pets37, which is wrong on 4.3 % of 740 photographs" in panel.status.value
    assert session.runs.chosen_id == "", "25 % is worse"
    panel.buttons.press("use")
    assert f"Every lesson uses {training.run.title} now." in panel.status.value
    assert session.runs.chosen_id == training.run.id
    assert hidden_button(panel, "use")
    assert hidden_button(panel, "again")


def test_pause_and_go_on(session: OurSession) -> None:
    panel = TrainPanel(session)
    panel.buttons.press("start")
    run = session.training.worker.run
    assert hidden_button(panel, "pause")
    session.training.worker.heard(
        {"event": "stage", "stage": "frozen", "sentence": "now", "t": 0.1}
    )
    assert not hidden_button(panel, "pause")
    panel.buttons.press("pause")
    assert run.control.asked_to_pause
    session.training.worker.heard({"event": "paused", "sentence": "Paused: ...", "t": 0.2})
    assert panel.progress.text.value == "Paused: ..."
    assert panel.buttons.fields[2]["label"] == "Go on"
    panel.buttons.press("pause")
    assert not run.control.asked_to_pause


def test_behind_a_paused_training_no_time_is_promised(session: OurSession) -> None:
    panel = TrainPanel(session)
    panel.buttons.press("start")
    waits = {"event": "queued", "place": 1, "seconds": 131.0, "paused": False}
    session.training.worker.heard(waits)
    assert panel.progress.text.value == (
        "Position 1 in the queue, about 2 min 11 s from now: the engine has other work first."
        " You lose nothing by waiting."
    )
    session.training.worker.heard({**waits, "seconds": None, "paused": True})
    assert panel.progress.text.value == (
        "Position 1 in the queue: the work ahead is paused, and goes on by itself"
        " after 10 minutes at most. You lose nothing by waiting."
    )
    session.training.worker.heard({**waits, "place": 2, "seconds": None, "paused": True})
    assert "queue: a training ahead is paused" in panel.progress.text.value


def test_batches_that_are_trained_again_are_drawn_once(session: OurSession) -> None:
    session.lesson = "train"
    panel = TrainPanel(session)
    panel.buttons.press("start")

    def batch(done: int, of: int = 24) -> dict[str, Any]:
        figures = {"loss": 1.0 / done, "rates": [1e-3], "mom": 0.9, "images_per_second": 9.0}
        return {"event": "batch", "t": 1.0 * done, "done": done, "of": of, **figures}

    first, again = map(batch, range(1, 13)), [batch(done, 48) for done in range(1, 25)]
    session.training.worker.heard(*first, {"event": "resumed", "epoch": 0, "t": 1.0}, *again)
    at = [x for x, _ in panel.live.losses.lines[0]["points"]]
    assert len(at) == 24
    assert at == sorted(set(at))


def test_a_stopped_training_goes_on(session: OurSession) -> None:
    panel = TrainPanel(session)
    panel.buttons.press("start")
    first = session.training.worker
    panel.progress.button.click()
    first.run.control.ask_to_stop()
    first.heard({"event": "epoch", "epoch": 1, "t": 1.0, **EPOCH})
    finish(first.run, "stopped")
    first.heard({"event": "stopped", "t": 2.0})
    assert not hidden_button(panel, "go_on")
    panel.buttons.press("go_on")
    assert panel.heading.problem == ""
    run = session.training.worker.run
    assert (run.id, run.state, run.info["attempt"]) == (first.run.id, "queued", 1)
    assert not run.control.asked_to_stop
    assert run.events()[-1]["event"] == "continued"
    assert hidden_button(panel, "go_on")


def test_again_with_the_epochs_of_the_best(session: OurSession) -> None:
    panel = TrainPanel(session)
    panel.planning.form.set(preset="3+6")
    panel.buttons.press("start")
    run = session.training.worker.run
    for number, error in enumerate([0.3, 0.2, 0.15, 0.1, 0.05, 0.07], 1):
        event = {**EPOCH, "event": "epoch", "epoch": number, "t": float(number)}
        session.training.worker.heard({**event, "error_rate": error})
    finish(run)
    session.training.worker.heard({"event": "finished", "t": 9.0})
    assert panel.buttons.fields[-1]["label"] == "Again with 5 epochs, as of the best"
    panel.buttons.press("again")
    asked = session.training.worker.run.recipe
    assert [stage.epochs for stage in asked.stages] == [3, 2]
    assert session.training.worker.run.id != run.id


def test_train_on_from_here_begins_with_its_weights(session: OurSession) -> None:
    panel = TrainPanel(session)
    panel.planning.form.set(preset="3+6")
    panel.buttons.press("start")
    run = session.training.worker.run
    session.training.worker.heard({"event": "epoch", "epoch": 1, "t": 1.0, **EPOCH})
    finish(run)
    run.update(keeps="all")
    session.training.worker.heard({"event": "finished", "t": 9.0})
    panel.buttons.press("on_from")
    assert panel.heading.problem == ""
    assert panel.planning.form["parent"] == run.id
    panel.buttons.press("start")
    assert session.training.worker.run.info["parent"] == run.id


def test_a_replay_is_marked_and_chooses_nothing(session: OurSession) -> None:
    panel = TrainPanel(session)
    assert hidden(panel.mark)
    session.training.replay(session.store.get(SHIPPED_ID), 1000)
    assert not hidden(panel.mark)
    assert panel.mark.value.startswith("REPLAY of pets37, 1000 times as fast")
    wait_for("replay pets37")
    assert len(panel.live.table.rows) == 12
    assert panel.status.value.startswith("Finished after")
    assert ": recorded, 4.3 % error on 740 photographs" in panel.status.value
    assert [hidden_button(panel, name) for name in ("on_from", "again", "go_on")] == [True] * 3
    panel.buttons.press("start")
    assert hidden(panel.mark)
    assert session.training.state == "queued"


def test_a_replays_speed_is_changed_as_it_goes(session: OurSession) -> None:
    panel = TrainPanel(session)
    session.training.replay(session.store.get(SHIPPED_ID), 1)
    panel.buttons.set(speed="100")
    assert session.training.worker.speed == 100
    assert "100 times" in panel.mark.value
    panel.progress.button.click()
    wait_for("replay pets37")
    assert session.training.state == "stopped"


def test_another_training_begins_with_an_empty_table(session: OurSession) -> None:
    panel = TrainPanel(session)
    panel.buttons.press("start")
    session.training.worker.heard({"event": "epoch", "epoch": 1, "t": 1.0, **EPOCH})
    session.training.worker.heard({"event": "failed", "problem": "The memory did not suffice."})
    assert panel.heading.problem == "The memory did not suffice."
    assert not panel.buttons.fields[0]["disabled"]
    assert session.runs.chosen.id == SHIPPED_ID
    chart = panel.live.chart.children
    panel.buttons.press("start")
    assert panel.heading.problem == ""
    assert panel.live.table.rows == []
    assert panel.live.chart.children == chart
    assert [len(trace.x) for trace in chart[0].data] == [0, 0, 0]


def test_stop_asks_the_training_and_says_what_was_kept(session: OurSession) -> None:
    panel = TrainPanel(session)
    panel.buttons.press("start")
    panel.progress.button.click()
    assert session.training.worker.stopped
    session.training.worker.heard({"event": "stopped", "t": 1.0})
    assert panel.status.value.startswith("Stopped before the first epoch ended")
    panel.buttons.press("start")
    finish(session.training.worker.run, "stopped")
    session.training.worker.heard({"event": "epoch", "epoch": 1, "t": 1.0, **EPOCH})
    session.training.worker.heard({"event": "stopped", "t": 1.0})
    assert panel.status.value.startswith("Stopped after 2 min 5 s")


def test_a_run_that_can_not_be_written_is_a_sentence(
    session: OurSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Recipe, **asked: Any) -> Run:
        raise Problem("The disk is full: free some space.")

    monkeypatch.setattr(session.store, "create", full)
    panel = TrainPanel(session)
    panel.buttons.press("start")
    assert panel.heading.problem == "The disk is full: free some space."
    assert not panel.buttons.fields[0]["disabled"]


# --- what is not ours ---------------------------------------------------------------------------


def test_no_string_from_outside_reaches_html(
    real: Path, tmp_path: Path, session: OurSession, engine: FakeEngine
) -> None:
    folder = tmp_path / "pets"
    folder.mkdir()
    photo = real / "odd-images" / "cat_chelsea.png"
    for name in (f"{MARKUP}_0", f"{MARKUP}_1", "pug_0"):
        shutil.copy(photo, folder / f"{name}.jpg")
    finish(session.store.create(fine_tune(data=MARKUP)))
    session.runs.refresh()
    by_key = {key: kind(session) for key, kind in PANELS.items()}
    panels = [*by_key.values()]
    classify, browse, train = (by_key[key] for key in ("classify", "browse", "train"))
    assert isinstance(classify, ClassifyPanel)
    assert isinstance(browse, BrowsePanel)
    assert isinstance(train, TrainPanel)
    session.data.read(str(folder), CHAPTER_PATTERN)
    wait_for_reading()
    assert browse.scroller.photographs[0][1] == MARKUP
    engine.answer = an_answer(breed=MARKUP)
    drop(classify, f"{MARKUP}.jpg")
    assert classify.answer.answer.value == f"{MARKUP}, 91.0 %"
    train.buttons.press("start")
    session.training.worker.heard({"event": "epoch", "epoch": 1, "t": 1.0, **EPOCH})
    session.training.worker.heard({"event": "failed", "problem": f"{MARKUP} is damaged."})
    assert train.heading.problem == f"{MARKUP} is damaged."
    everything = [widget for panel in panels for widget in tree(panel)]
    assert len(everything) > 40
    risky = (widgets.HTML, widgets.HTMLMath, widgets.Output)
    assert [type(widget) for widget in everything if isinstance(widget, risky)] == []
    allowing = ("description_allow_html", "tooltip_allow_html")
    assert not any(getattr(widget, name, False) for widget in everything for name in allowing)

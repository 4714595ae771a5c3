"""The panels without a browser: what their controls lead to, and what their pictures show."""

import ast
import doctest
import importlib
import io
import pkgutil
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import numpy as np
import pytest
import traitlets
from fakes import WAIT, FakeEngine, OurSession, in_a_thread
from PIL import Image
from safetensors.numpy import save_file

import petwidgets
from petwidgets import ClassifyPanel, DataPanel, PetLab, TrainPanel
from petwidgets.data import dataset as datasets
from petwidgets.data.archive import Stopped
from petwidgets.panels import PANELS
from petwidgets.panels.data import ALL, OWN, PAGE
from petwidgets.problem import Problem
from petwidgets.recipes import CHAPTER_PATTERN, PARENT_FOLDER, Recipe, fine_tune, make
from petwidgets.runs import SHIPPED_ID, Run, Validation
from petwidgets.session import UNEXPECTED, Session
from petwidgets.ui.panel import Panel
from petwidgets.ui.theme import theme

MARKUP = "<img src=x onerror=alert(1)>"


def wait_until(what: traitlets.HasTraits, name: str, holds: Callable[[], bool]) -> None:
    """Wait for a condition that a change of this trait may bring about."""
    changed = threading.Event()

    def look(_: object) -> None:
        if holds():
            changed.set()

    what.observe(look, name)
    look(None)
    assert changed.wait(WAIT), f"{name} is {getattr(what, name)}"
    what.unobserve(look, name)


def wait_for_reading() -> None:
    """Wait for the thread that reads photographs, and with it for all that it sets."""
    for thread in threading.enumerate():
        if thread.name == "read photographs":
            thread.join(WAIT)
            assert not thread.is_alive()


def hidden(widget: widgets.DOMWidget) -> bool:
    return "petwidgets-hidden" in widget._dom_classes


def tree(widget: widgets.Widget) -> Iterator[widgets.Widget]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from tree(child)


def trained(session: Session, **settings: Any) -> Run:
    """A run of two breeds that can classify; wrong on 1 of 4."""
    return finish(session.store.create(fine_tune(data="/srv/pets", **settings)))


def finish(run: Run, state: str = "finished") -> Run:
    files = ("pug_1.jpg", "pug_2.jpg", "Bombay_1.jpg", "Bombay_2.jpg")
    probabilities = np.array([[0.1, 0.9], [0.2, 0.8], [0.9, 0.1], [0.4, 0.6]], np.float32)
    targets = np.array([1, 1, 0, 0])
    losses = -np.log(probabilities[np.arange(4), targets])
    run.save_validation(Validation(files, probabilities, targets, losses))
    save_file({"weight": np.ones(3, np.float32)}, run.folder / "model.safetensors")
    run.update(vocab=["Bombay", "pug"], files=list(files), results={"seconds": 125.0})
    return run.update(state=state)


# --- the app ------------------------------------------------------------------------------------


def test_panels_are_built_when_they_are_first_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[str] = []
    before = Panel.__init__

    def counted(self: Panel, session: Session | None = None) -> None:
        built.append(self.key)
        before(self, session)

    monkeypatch.setattr(Panel, "__init__", counted)
    lab = PetLab()
    assert list(lab.panels) == list(PANELS) == ["classify", "data", "train"]
    assert len(lab.panels) == 3
    assert built == ["classify"]
    assert lab.panels["train"] is lab.panels["train"]
    assert built == ["classify", "train"]
    assert all(panel.session is lab.session for panel in lab.panels.values())
    assert not lab.session.engine.started


def test_show_goes_to_a_lesson_and_says_when_there_is_none() -> None:
    lab = PetLab()
    lab.show("train")
    assert lab._stage.children == (lab.panels["train"],)
    assert lab._lessons.chosen == "train"
    with pytest.raises(Problem, match="no lesson 'cooking': choose classify, data, train"):
        lab.show("cooking")
    assert lab._stage.children == (lab.panels["train"],)
    lab._lessons.chosen = "data"  # as a click does
    assert lab._stage.children == (lab.panels["data"],)


def test_the_app_can_be_displayed() -> None:
    shown = PetLab()._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in (
        shown[0] if isinstance(shown, tuple) else shown
    )


def test_two_apps_share_no_state(tmp_path: Path, few: Path) -> None:
    one, other = PetLab(home=tmp_path / "one"), PetLab(home=tmp_path / "other")
    assert one.session is not other.session
    assert one.session.engine is not other.session.engine
    trained(one.session)
    one.session.refresh_runs()
    assert (len(one.session.runs), len(other.session.runs)) == (2, 1)
    for lab in (one, other):
        assert len(lab.panels) == len(list(lab.panels.values()))
    panel = one.panels["train"]
    panel.name.value, panel.rate.value = "one-cycle", 0.5  # type: ignore[attr-defined]
    one.session.read(str(few), CHAPTER_PATTERN)
    wait_for_reading()
    one.session._hear([{"event": "epoch", **EPOCH, "epoch": 1, "t": 1.0}])
    one.session.run_id = one.session.runs[0].id
    one.show("train")
    fresh = PetLab(home=tmp_path / "other")
    for name in ("source", "pattern", "dataset", "run_id", "event", "epochs", "training_state"):
        assert getattr(other.session, name) == getattr(fresh.session, name), name
    assert other.panels["train"].recipe() == make("baseline")  # type: ignore[attr-defined]
    assert other._lessons.chosen == "classify"
    mine, yours = ({id(w) for w in tree(lab._frame)} for lab in (one, other))
    assert mine & yours == {id(theme())}


@pytest.mark.parametrize("kind", [ClassifyPanel, DataPanel, TrainPanel])
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
    heavy = ("petwidgets.learning", "petwidgets.worker", "petwidgets.__main__")
    return [name for name in names if not name.startswith(heavy)]


@pytest.mark.parametrize("name", modules())
def test_the_documented_examples_run(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_every_public_widget_has_an_example() -> None:
    kinds = [PetLab, *PANELS.values()]
    for name in modules():
        if name.startswith("petwidgets.ui."):
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


# --- data ---------------------------------------------------------------------------------------


def shown(panel: DataPanel) -> list[str]:
    return [picture["name"] for picture in panel.gallery.pictures]


def choose_folder(panel: DataPanel, folder: object, pattern: str = CHAPTER_PATTERN) -> None:
    panel.source.value, panel.folder.value, panel.pattern.value = OWN, str(folder), pattern
    panel.read.click()
    wait_for_reading()
    assert not panel.session.reading


def wait_for_pictures(panel: DataPanel, first: str) -> None:
    wait_until(panel.gallery, "pictures", lambda: shown(panel)[:1] == [first])


@pytest.fixture
def many(real: Path, tmp_path: Path) -> Path:
    """Thirty photographs of pugs and two of each of two other breeds."""
    folder = tmp_path / "many"
    folder.mkdir()
    images = real / "pets-512" / "images"
    for path in [
        *sorted(images.glob("pug_*.jpg"))[:30],
        *sorted(images.glob("Bombay_*.jpg"))[:2],
        *sorted(images.glob("beagle_*.jpg"))[:2],
    ]:
        (folder / path.name).symlink_to(path)
    return folder


def test_a_folder_is_read_counted_and_shown(few: Path, session: OurSession) -> None:
    panel = DataPanel(session)
    assert hidden(panel.found)
    choose_folder(panel, few)
    assert panel.heading.problem == ""
    assert not hidden(panel.found)
    assert hidden(panel.progress)
    assert not panel.read.disabled
    assert panel.summary.value == "Live, counted just now: 32 photographs of 4 breeds."
    assert [(bar["label"], bar["value"], bar["tone"]) for bar in panel.counts.items] == [
        ("Siamese", 8, "cat"),
        ("beagle", 8, "dog"),
        ("pug", 8, "dog"),
        ("samoyed", 8, "dog"),
    ]
    assert panel.breed.options == (ALL, "Siamese", "beagle", "pug", "samoyed")
    wait_until(panel.gallery, "pictures", lambda: len(shown(panel)) == PAGE)
    assert [p["label"] for p in panel.gallery.pictures[:4]] == [
        "Siamese",
        "beagle",
        "pug",
        "samoyed",
    ]
    with Image.open(io.BytesIO(panel.gallery.pictures[0]["jpeg"])) as picture:
        assert (picture.format, max(picture.size)) == ("JPEG", 200)
    assert repr(str(few)) in panel.folds.code


def test_pages_turn_and_stop_at_their_ends(many: Path, session: OurSession) -> None:
    panel = DataPanel(session)
    choose_folder(panel, many)
    panel.breed.value = "pug"
    pugs = sorted(path.name for path in many.glob("pug_*.jpg"))
    wait_for_pictures(panel, pugs[0])
    assert shown(panel) == pugs[:PAGE]
    assert (panel.gallery.caption, panel.back.disabled, panel.on.disabled) == (
        "Page 1 of 2",
        True,
        False,
    )
    panel.on.click()
    wait_for_pictures(panel, pugs[PAGE])
    assert shown(panel) == pugs[PAGE:]
    assert (panel.gallery.caption, panel.back.disabled, panel.on.disabled) == (
        "Page 2 of 2",
        False,
        True,
    )
    panel.on.click()
    assert panel.page == 1
    panel.back.click()
    panel.back.click()
    assert panel.page == 0
    wait_for_pictures(panel, pugs[0])


def test_another_breed_begins_at_its_first_page(many: Path, session: OurSession) -> None:
    panel = DataPanel(session)
    choose_folder(panel, many)
    panel.breed.value = "pug"
    panel.on.click()
    assert panel.page == 1
    panel.breed.value = "Bombay"
    cats = sorted(path.name for path in many.glob("Bombay_*.jpg"))
    wait_for_pictures(panel, cats[0])
    assert (panel.page, shown(panel), panel.gallery.caption) == (0, cats, "Page 1 of 1")
    assert panel.back.disabled
    assert panel.on.disabled
    panel.breed.value = "pug"
    panel.on.click()
    panel.breed.value = ALL
    assert (panel.page, panel.gallery.caption) == (0, "Page 1 of 2")


def test_a_slow_page_never_takes_the_place_of_a_later_one(
    many: Path, session: OurSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = DataPanel(session)
    choose_folder(panel, many)
    slow, begun, over = threading.Event(), threading.Event(), threading.Event()
    fill = panel._fill

    def filling(part: list[tuple[Path, str]]) -> None:
        if part[0][1] == "pug" and panel.breed.value == "pug":
            begun.set()
            slow.wait(WAIT)
            fill(part)
            over.set()
        else:
            fill(part)

    monkeypatch.setattr(panel, "_fill", filling)
    panel.breed.value = "pug"
    assert begun.wait(WAIT)
    panel.breed.value = "Bombay"
    cats = sorted(path.name for path in many.glob("Bombay_*.jpg"))
    wait_for_pictures(panel, cats[0])
    slow.set()
    assert over.wait(WAIT)
    assert shown(panel) == cats


def test_what_is_wrong_is_said_and_the_controls_are_kept(
    few: Path, session: OurSession, tmp_path: Path
) -> None:
    panel = DataPanel(session)
    choose_folder(panel, few)
    for folder, pattern, words in [
        (tmp_path / "gone", CHAPTER_PATTERN, "There is no folder"),
        ("~nobody-of-this-name/x", CHAPTER_PATTERN, "There is no folder"),
        (few, r"(\d+)-x", "matches none of 32 names"),
        (few, "(", "can't be read"),
        (few, ".+", "captures nothing"),
    ]:
        choose_folder(panel, folder, pattern)
        assert words in panel.heading.problem
        assert (panel.source.value, panel.folder.value) == (OWN, str(folder))
        assert panel.pattern.value == pattern
        assert not panel.read.disabled
        assert hidden(panel.progress)
        assert hidden(panel.found)
    choose_folder(panel, few)
    assert panel.heading.problem == ""
    assert not hidden(panel.found)


def test_no_folder_typed_is_a_sentence_and_starts_nothing(session: OurSession) -> None:
    panel = DataPanel(session)
    panel.source.value, panel.folder.value = OWN, "   "
    panel.read.click()
    assert panel.heading.problem == "Type the path of a folder that holds photographs."
    assert not session.reading
    assert session.source == datasets.SAMPLE


def test_names_that_do_not_match_are_counted(few: Path, session: OurSession) -> None:
    panel = DataPanel(session)
    choose_folder(panel, few, r"^([a-z]+)_\d+.jpg$")
    assert panel.summary.value.endswith("of 3 breeds. 8 don't match and are left out.")
    choose_folder(panel, few, PARENT_FOLDER)
    assert panel.summary.value.endswith(" of 1 breeds.")


def test_a_picture_that_can_not_be_read_says_so_in_its_place(
    real: Path, tmp_path: Path, session: OurSession
) -> None:
    shutil.copy(real / "odd-images" / "derived_zero_bytes.jpg", tmp_path / "pug_1.jpg")
    shutil.copy(real / "odd-images" / "cat_chelsea.png", tmp_path / "pug_2.jpg")
    shutil.copy(real / "odd-images" / "cat_chelsea.png", tmp_path / "pug_3.jpg")
    panel = DataPanel(session)
    choose_folder(panel, tmp_path)
    wait_for_pictures(panel, "pug_1.jpg")
    bad, good, _ = panel.gallery.pictures
    assert bad["problem"] == "This file is empty: choose another one."
    assert "jpeg" not in bad
    assert "problem" not in good
    (tmp_path / "pug_3.jpg").unlink()
    panel.breed.value = "pug"
    wait_until(panel.gallery, "pictures", lambda: "problem" in panel.gallery.pictures[2])
    assert "can't be read any more" in panel.gallery.pictures[2]["problem"]


def test_reading_shows_progress_and_can_be_stopped(
    session: OurSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = DataPanel(session)

    def prepare(_: str, progress: Callable[[int, int], None], stop: Callable[[], bool]) -> Path:
        progress(500, 2000)
        asked.set()
        assert stopped.wait(WAIT)
        assert stop()
        raise Stopped("The drawing was stopped.")

    asked, stopped = threading.Event(), threading.Event()
    monkeypatch.setattr(datasets, "prepare", prepare)
    panel.source.value = datasets.SAMPLE
    panel.read.click()
    assert asked.wait(WAIT)
    assert not hidden(panel.progress)
    assert panel.progress.bar.value == 0.25
    assert panel.progress.text.value.startswith("500 of 2,000")
    assert panel.read.disabled
    with pytest.raises(Problem, match="being fetched already"):
        session.read("/x", CHAPTER_PATTERN)
    panel.progress.button.click()
    stopped.set()
    wait_for_reading()
    assert panel.heading.problem == "The drawing was stopped."
    assert hidden(panel.progress)


def test_a_bug_shows_a_sentence_and_logs_its_traceback(
    session: OurSession, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    panel = DataPanel(session)
    monkeypatch.setattr(datasets, "prepare", lambda *_: 1 / 0)
    choose_folder(panel, "/x")
    assert panel.heading.problem == UNEXPECTED
    assert "ZeroDivisionError" in caplog.text
    assert not session.reading


def test_what_the_environment_names_is_offered_first(
    few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PETWIDGETS_DATA", str(few))
    panel = DataPanel()
    assert panel.source.value == str(few)
    assert panel.read.description == "Show"
    panel.source.value = datasets.SAMPLE
    assert panel.read.description == "Get them (drawn in half a minute)"
    for gone in ("/nowhere", "~nobody-of-this-name/x", "x" * 5000):
        monkeypatch.setenv("PETWIDGETS_DATA", gone)
        assert DataPanel().source.value == gone


# --- train --------------------------------------------------------------------------------------

EPOCH = {"of": 2, "train_loss": 1.25, "valid_loss": 0.75, "error_rate": 0.125}


def test_the_recipe_follows_the_controls(session: OurSession) -> None:
    panel = TrainPanel(session)
    assert panel.recipe() == make("baseline")
    panel.epochs.value, panel.rate.value, panel.limit.value = 5, 0.02, 30
    panel.size.value, panel.batch.value = 640, 16
    settings = {"size": 640, "presize": 640, "batch_size": 16, "limit_per_breed": 30}
    assert panel.recipe() == make("baseline", epochs=5, base_lr=0.02, **settings)
    session.source, session.pattern = "/srv/pets", PARENT_FOLDER
    assert (panel.recipe().data, panel.recipe().pattern) == ("/srv/pets", PARENT_FOLDER)


@pytest.mark.parametrize("name", ["baseline", "fine-tune", "one-cycle"])
def test_a_preset_sets_the_controls_to_the_chapters(name: str) -> None:
    panel = TrainPanel()
    panel.epochs.value, panel.rate.value = 99, 0.5
    panel.name.value = "fine-tune" if name == "baseline" else "baseline"
    panel.name.value = name
    assert panel.recipe() == make(name)
    assert hidden(panel.freeze_epochs) == (name == "baseline")
    assert panel.heading.problem == ""


def test_the_code_follows_the_controls_and_the_session(session: OurSession) -> None:
    panel = TrainPanel(session)
    panel.name.value = "fine-tune"
    panel.epochs.value = 7
    assert "fit_one_cycle(7, slice(" in panel.folds.code
    panel.limit.value = 25
    assert ".limited(25)" in panel.folds.code
    session.source = "/srv/it's here"
    assert "/srv/it's here" in panel.folds.code
    ast.parse(panel.folds.code)


@pytest.mark.parametrize("rate", [-0.1, 0.0, float("nan")])
def test_a_bad_rate_is_a_sentence_on_the_panel(session: OurSession, rate: float) -> None:
    panel = TrainPanel(session)
    before = panel.folds.code
    panel.rate.value = rate
    assert panel.heading.problem.startswith("A learning rate is a number above 0")
    assert panel.folds.code == before
    panel.start.click()
    assert panel.heading.problem.startswith("A learning rate is a number above 0")
    assert session.training is None
    assert session.store.list() == [session.run]
    panel.rate.value = 0.5
    assert panel.heading.problem == ""
    assert ", 0.5," in panel.folds.code


def test_no_epochs_at_all_is_a_sentence(session: OurSession) -> None:
    panel = TrainPanel(session)
    panel.epochs.value = 0
    assert panel.heading.problem == "A training needs at least one epoch."


def test_a_training_from_start_to_end(session: OurSession) -> None:
    panel = TrainPanel(session)
    assert panel.status.value.startswith("Trains on: Drawn sample")
    assert hidden(panel.progress)
    panel.name.value = "fine-tune"
    panel.start.click()
    training = session.training
    assert training.run.recipe == panel.recipe()
    assert (session.training_state, panel.start.disabled) == ("queued", True)
    assert panel.progress.text.value.startswith("Waiting for the engine")
    panel.start.click()
    assert "under way already" in panel.heading.problem
    with pytest.raises(Problem, match="under way already"):
        session.train(panel.recipe())

    def hear(**event: Any) -> None:
        in_a_thread(lambda: training.heard(event))

    hear(event="stage", stage="check", sentence="Looking at every photograph", t=0.1)
    assert panel.progress.text.value == "Looking at every photograph"
    hear(event="progress", stage="check", done=50, of=200, t=0.2)
    assert panel.progress.text.value.startswith("Looking at every photograph: 50 of 200")
    assert panel.progress.bar.value == 0.25
    pace = {"loss": 1.5, "images_per_second": 44.4, "seconds_left": 75.0, "rates": [0.001]}
    hear(event="batch", done=10, of=20, t=3.0, **pace)
    assert panel.progress.bar.value == 0.5
    assert panel.progress.text.value == (
        "Training: batch 10 of 20, loss 1.500, 44 photographs a second, 1 min 15 s left"
    )
    hear(event="epoch", epoch=1, t=10.0, **EPOCH)
    hear(event="epoch", epoch=2, t=30.0, **{**EPOCH, "error_rate": 0.0625})
    assert panel.table.rows == [
        ["1", "1.250000", "0.750000", "0.125000", "10 s"],
        ["2", "1.250000", "0.750000", "0.062500", "20 s"],
    ]
    _, figure = panel.chart.children
    curves = {trace.name: (list(trace.x), list(trace.y)) for trace in figure.data}
    assert curves == {
        "train_loss": ([1, 2], [1.25, 1.25]),
        "valid_loss": ([1, 2], [0.75, 0.75]),
        "error_rate": ([1, 2], [0.125, 0.0625]),
    }
    finish(training.run)
    hear(event="finished", t=31.0)
    assert hidden(panel.progress)
    assert not panel.start.disabled
    assert panel.heading.problem == ""
    assert panel.status.value.startswith(
        "Finished after 2 min 5 s: live, 25.0 % error on 4 drawn pictures (95 % interval"
    )
    assert training.run.id in panel.status.value
    assert session.run_id == training.run.id


def test_another_training_begins_with_an_empty_table(session: OurSession) -> None:
    panel = TrainPanel(session)
    panel.start.click()
    session.training.heard({"event": "epoch", "epoch": 1, "t": 1.0, **EPOCH})
    session.training.heard({"event": "failed", "problem": "The memory did not suffice."})
    assert panel.heading.problem == "The memory did not suffice."
    assert not panel.start.disabled
    assert session.run_id == SHIPPED_ID
    chart = panel.chart.children
    panel.start.click()
    assert panel.heading.problem == ""
    assert panel.table.rows == []
    assert panel.chart.children == chart
    assert [len(trace.x) for trace in chart[1].data] == [0, 0, 0]


def test_stop_asks_the_training_and_says_what_was_kept(session: OurSession) -> None:
    panel = TrainPanel(session)
    panel.start.click()
    panel.progress.button.click()
    assert session.training.stopped
    session.training.heard({"event": "stopped", "t": 1.0})
    assert panel.status.value.startswith("Stopped before the first epoch ended")
    panel.start.click()
    finish(session.training.run, "stopped")
    session.training.heard({"event": "stopped", "t": 1.0})
    assert panel.status.value.startswith("Stopped after 2 min 5 s")


def test_a_run_that_can_not_be_written_is_a_sentence(
    session: OurSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Recipe, **asked: Any) -> Run:
        raise Problem("The disk is full: free some space.")

    monkeypatch.setattr(session.store, "create", full)
    panel = TrainPanel(session)
    panel.start.click()
    assert panel.heading.problem == "The disk is full: free some space."
    assert not panel.start.disabled


# --- classify -----------------------------------------------------------------------------------


def png() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(buffer, "PNG")
    return buffer.getvalue()


def an_answer(**changes: Any) -> dict[str, Any]:
    top = [["great_pyrenees", 0.91], ["samoyed", 0.05], ["pug", 0.02], ["boxer", 0.01]]
    return {
        "breed": "great_pyrenees",
        "probability": 0.91,
        "top": [*top, [MARKUP, 0.01]],
        "recognised": True,
        "least_probability": 0.7,
        "run": SHIPPED_ID,
        "seen": png(),
        **changes,
    }


def drop(panel: ClassifyPanel, name: str = "dog.jpg", photo: bytes = b"a photograph") -> None:
    """As the upload does when a file has arrived."""
    panel._take(name, photo)


def test_a_recognised_photograph(session: OurSession, engine: FakeEngine) -> None:
    panel = ClassifyPanel(session)
    assert hidden(panel.result)
    engine.answer = an_answer()
    drop(panel)
    assert engine.asked == [("learning.predict:classify", session.run, b"a photograph")]
    assert panel.heading.problem == ""
    assert panel.status.value == ""
    assert not hidden(panel.result)
    assert panel.answer.value == "great pyrenees, 91.0 %"
    assert panel.reason.value.startswith("Live")
    assert panel.seen.png == png()
    assert [(bar["label"], bar["text"], bar["tone"]) for bar in panel.bars.items] == [
        ("great pyrenees", "91.0 %", "first"),
        ("samoyed", "5.0 %", "quiet"),
        ("pug", "2.0 %", "quiet"),
        ("boxer", "1.0 %", "quiet"),
        (MARKUP, "1.0 %", "quiet"),
    ]


def test_a_photograph_that_is_not_recognised(session: OurSession, engine: FakeEngine) -> None:
    panel = ClassifyPanel(session)
    engine.answer = an_answer(probability=0.4, recognised=False)
    drop(panel, "teapot.jpg")
    assert panel.answer.value == "I don't recognise this."
    assert "great pyrenees, has a probability of 40.0 %" in panel.reason.value
    assert panel.reason.value.endswith("reach 70.0 %.")
    assert {bar["tone"] for bar in panel.bars.items} == {"quiet"}


def test_problems_are_said_and_the_next_photograph_is_taken(
    session: OurSession, engine: FakeEngine
) -> None:
    panel = ClassifyPanel(session)
    engine.answer = {"problem": "This file is empty: choose another one."}
    drop(panel, "empty.jpg")
    assert panel.heading.problem == "empty.jpg: This file is empty: choose another one."
    assert hidden(panel.result)
    assert panel.status.value == ""
    engine.answer, engine.problem = None, "The engine's process died during this work."
    drop(panel)
    assert panel.heading.problem == "dog.jpg: The engine's process died during this work."
    engine.answer, engine.problem = an_answer(), ""
    drop(panel)
    assert panel.heading.problem == ""
    assert not hidden(panel.result)


def test_a_run_that_is_gone_is_said_and_the_panel_does_not_wait(
    session: OurSession, engine: FakeEngine
) -> None:
    run = trained(session)
    session.refresh_runs()
    panel = ClassifyPanel(session)
    session.run_id = run.id
    session.store.delete(run.id)
    drop(panel)
    assert panel.heading.problem.startswith(f"dog.jpg: There is no run '{run.id}'")
    assert panel.status.value == ""
    assert engine.asked == []


def test_it_says_when_the_engine_has_to_start(session: OurSession, engine: FakeEngine) -> None:
    panel = ClassifyPanel(session)
    said: list[str] = []
    panel.status.observe(lambda change: said.append(change["new"]), "value")
    engine.answer, engine.started = an_answer(), False  # type: ignore[misc]
    drop(panel)
    assert said[0] == "Looking at dog.jpg ..."
    assert "engine is starting" in said[1]
    assert said[-1] == ""


def test_the_model_and_its_error_are_shown(session: OurSession) -> None:
    panel = ClassifyPanel(session)
    assert panel.model.label == "Shipped model: 37 breeds, real photographs"
    assert panel.model_note.value.startswith("Recorded: this model was wrong on 72 of 740 photogr")
    assert "'pets37'" in panel.folds.code
    run = trained(session)
    session.refresh_runs()
    panel.model.value = run.id
    assert session.run_id == run.id
    assert "wrong on 1 of 4 photographs" in panel.model_note.value
    assert "25.0 % error" in panel.model_note.value
    assert repr(run.id) in panel.folds.code


def test_new_runs_never_change_which_one_is_chosen(
    session: OurSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter(f"20250101-00000{i}" for i in range(9))
    monkeypatch.setattr(time, "strftime", lambda _: next(times))
    panel = ClassifyPanel(session)
    chosen: list[str] = []
    session.observe(lambda change: chosen.append(change["new"]), "run_id")
    for count in (2, 3, 4):
        trained(session)
        session.refresh_runs()
        assert len(panel.model.options) == count
        assert (session.run_id, panel.model.value) == (SHIPPED_ID, SHIPPED_ID)
    assert chosen == []


def test_a_model_whose_predictions_are_damaged_is_said(session: OurSession) -> None:
    run = trained(session)
    (run.folder / "validation.safetensors").write_bytes(b"no")
    session.refresh_runs()
    panel = ClassifyPanel(session)
    panel.model.value = run.id
    assert "are damaged" in panel.heading.problem
    assert repr(run.id) in panel.folds.code


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
    session.refresh_runs()
    panels = [kind(session) for kind in PANELS.values()]
    classify, data, train = panels
    assert isinstance(classify, ClassifyPanel)
    assert isinstance(data, DataPanel)
    assert isinstance(train, TrainPanel)
    choose_folder(data, folder)
    wait_until(data.gallery, "pictures", lambda: len(shown(data)) == 3)
    assert data.gallery.pictures[0]["label"] == MARKUP
    engine.answer = an_answer(breed=MARKUP)
    drop(classify, f"{MARKUP}.jpg")
    assert classify.answer.value == f"{MARKUP}, 91.0 %"
    train.start.click()
    session.training.heard({"event": "epoch", "epoch": 1, "t": 1.0, **EPOCH})
    session.training.heard({"event": "failed", "problem": f"{MARKUP} is damaged."})
    assert train.heading.problem == f"{MARKUP} is damaged."
    everything = [widget for panel in panels for widget in tree(panel)]
    assert len(everything) > 40
    risky = (widgets.HTML, widgets.HTMLMath, widgets.Output)
    assert [type(widget) for widget in everything if isinstance(widget, risky)] == []
    allowing = ("description_allow_html", "tooltip_allow_html")
    assert not any(getattr(widget, name, False) for widget in everything for name in allowing)


def test_our_own_javascript_writes_no_html() -> None:
    risky = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(")
    found = [
        (path.name, line.strip())
        for path in sorted(Path(petwidgets.__path__[0]).rglob("*.js"))
        for line in path.read_text("utf-8").splitlines()
        if any(word in line for word in risky)
    ]
    # Two drawings of its own, that stand in the same file.
    assert found == [("upload.js", "template.innerHTML =")]

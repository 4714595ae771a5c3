"""Looking inside a run, and the map of what it was validated on, without a browser."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from fakes import FakeEngine, OurSession, in_a_thread

from petwidgets import InsidePanel, MapPanel, PetLab
from petwidgets.common.errors import Problem
from petwidgets.jobs import explain, features
from petwidgets.jobs.explain import Embedded, Heat
from petwidgets.jobs.features import Missing, Neighbour
from petwidgets.metrics import inspection
from petwidgets.metrics.predictions import read
from petwidgets.panels.shared.gather import PIECE
from petwidgets.recipes.presets import fine_tune
from petwidgets.runs.predictions import Validation
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from petwidgets.jobs.job import Job
    from petwidgets.metrics.predictions import Interpretation
    from petwidgets.runs.run import Run

MARKUP = "<img src=x onerror=alert(1)>_1.jpg"
FILES = ("pug_1.jpg", "pug_2.jpg", "Bombay_1.jpg", "Bombay_2.jpg", MARKUP)
TRAINED = tuple(f"pug_{n}.jpg" for n in range(10, 10 + 2 * PIECE))


class Answers(FakeEngine):
    """Answers by job; what it `holds` waits until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.by_job: dict[Job[..., Any], Callable[..., Any]] = {
            explain.grad_cam: seen,
            features.missing: lambda _run, _files: Missing((), 0.0),
            features.gather: lambda _run, files: len(files),
            features.nearest: near,
            explain.embed: embedded,
        }
        self.held: list[Callable[[], None]] = []
        self.holds: Job[..., Any] | None = None

    def quick(self, job: Job[..., Any], *args: Any) -> Future[Any]:
        self.requests.append((job, *args))
        future: Future[Any] = Future()

        def answer() -> None:
            try:
                future.set_result(self.by_job[job](*args))
            except ValueError as error:
                future.set_exception(Problem(str(error)))

        if job == self.holds:
            self.held.append(answer)
        else:
            answer()
        return future

    def let_go(self) -> None:
        in_a_thread(self.held.pop(0))

    def names(self) -> list[str]:
        return [job.name for job, *_ in self.requests]


def seen(_run: Run, _photo: str, breeds: tuple[str, ...]) -> Heat:
    third = tuple(map(tuple, (np.eye(3) / 3).tolist()))
    return Heat(
        size=224,
        seen=b"seen",
        maps={breed: breed.encode() for breed in breeds},
        probabilities=dict(zip(breeds, (0.9, 0.1), strict=True)),
        shares=dict.fromkeys(breeds, third),
        empty=(),
    )


def near(_run: Run, _photo: str, places: list[Any]) -> list[Neighbour]:
    return [Neighbour(name, breed, 1 - n / 100) for n, (name, _, breed) in enumerate(places[:8])]


def embedded(_run: Run, _method: str, _places: list[Any]) -> Embedded:
    points = np.array([[0, 0], [1, 0], [5, 5], [5, 6], [9, 9]], np.float32)
    return Embedded(FILES, points, dropped=0, share=0.25)


@pytest.fixture
def engine() -> Answers:
    return Answers()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Of two breeds; pug_2 is the worst, then Bombay_2; the others are right."""
    folder = tmp_path / "photographs"
    folder.mkdir()
    for name in (*FILES, *TRAINED):
        (folder / name).write_bytes(b"x")
    made = RunStore().create(fine_tune(data=str(folder)))
    rows = np.array([[0.1, 0.9], [0.95, 0.05], [0.9, 0.1], [0.2, 0.8], [0.3, 0.7]], np.float32)
    targets = np.array([1, 1, 0, 0, 1])
    losses = -np.log(rows[np.arange(5), targets])
    made.save_validation(Validation(FILES, rows, targets, losses))
    (made.folder / "model.safetensors").write_bytes(b"x")
    return made.update(
        state="finished", vocab=["Bombay", "pug"], files=list(FILES), train_files=list(TRAINED)
    )


@pytest.fixture
def ours(session: OurSession, run: Run) -> OurSession:
    session.runs.chosen_id = run.id
    return session


def chosen(panel: InsidePanel) -> str:
    return str(panel.choosing["photo"])


# --- look inside --------------------------------------------------------------------------------


def test_the_worst_comes_first_with_both_breeds(ours: OurSession, engine: Answers) -> None:
    panel = InsidePanel(ours)
    texts = [text for _, text in panel.choosing.fields[0]["options"]]
    assert texts[0] == "1. pug, taken for Bombay: loss 2.996"
    assert texts[-1] in ("5. Bombay: loss 0.105", "5. pug: loss 0.105")
    assert chosen(panel) == "pug_2.jpg"
    (_, run, path, breeds), *_ = engine.requests
    assert (run.id, breeds) == (ours.interpretation.run_id, ("Bombay", "pug"))
    assert path.endswith("pug_2.jpg")
    labels = [picture["label"] for picture in panel.pictures.pictures]
    assert labels[0] == "What the network saw: 224 by 224 pixels"
    assert labels[1] == "Predicted: Bombay, 90.0 %; 33 % of the heat is in the upper left"
    assert labels[2].startswith("Its own breed: pug, 10.0 %")
    assert [p["jpeg"] for p in panel.pictures.pictures] == [b"seen", b"Bombay", b"pug"]
    assert panel.said.value.startswith("Live: Grad-CAM of pug_2.jpg, pug.")
    assert "'pug_2.jpg'" not in panel.folds.code
    assert "pug_2.jpg" in panel.folds.code


def test_another_file_of_the_same_name_is_told_from_the_recorded_one(
    ours: OurSession, engine: Answers
) -> None:
    panel = InsidePanel(ours)
    assert "Classify divides the activations by a temperature" in panel.said.value
    assert "pixels, as in another size" in panel.said.value
    assert "Bombay has 0.9000 here, recorded 0.9500" in panel.said.value
    panel.session.interpretation.looked_at = "pug_1.jpg"
    assert "recorded" not in panel.said.value


def test_neighbours_stand_below_it(ours: OurSession, engine: Answers) -> None:
    panel = InsidePanel(ours)
    assert engine.names() == ["grad_cam", "missing", "nearest"]
    table = panel.neighbours.table.rows
    assert table[1] == ["2", "pug", "0.9900", "pug_11.jpg"]
    assert len(table) == panel.neighbours.shots.scroller.count == 8
    assert panel.neighbours.said.value == (
        "Live: the 8 nearest of 32 training photographs, by the cosine similarity of what the last"
        " layer sees; 0 of Bombay and 8 of pug are among them."
    )
    panel.choosing.press("on")
    assert engine.names()[3:] == ["grad_cam", "nearest"], "what is kept is not asked again"


def test_a_neighbour_is_called_what_the_run_was_trained_with(run: Run) -> None:
    cleaned = RunStore().create(replace(run.recipe, relabel=(("pug_11.jpg", "Bombay"),)))
    cleaned.update(vocab=["Bombay", "pug"])
    places = {name: Path(run.recipe.data) / name for name in ("pug_10.jpg", "pug_11.jpg")}
    named = [(name, breed) for name, _, breed in inspection.labelled(cleaned.fresh(), places)]
    assert named == [("pug_10.jpg", "pug"), ("pug_11.jpg", "Bombay")]


def test_photographs_are_stepped_through(ours: OurSession, engine: Answers) -> None:
    panel = InsidePanel(ours)
    panel.choosing.press("back")
    assert chosen(panel) == "pug_2.jpg"
    panel.choosing.press("on")
    assert chosen(panel) == ours.interpretation.looked_at == "Bombay_2.jpg"
    panel.choosing.values = {"photo": "pug_1.jpg"}
    assert ours.interpretation.looked_at == "pug_1.jpg"
    labels = [picture["label"] for picture in panel.pictures.pictures]
    assert labels[1].startswith("Predicted, and right: pug")
    assert labels[2].startswith("Next: Bombay")
    for _ in range(5):
        panel.choosing.press("on")
    assert chosen(panel) in ("pug_1.jpg", "Bombay_1.jpg")


def test_a_cell_narrows_the_list(ours: OurSession, engine: Answers) -> None:
    panel = InsidePanel(ours)
    ours.interpretation.cell = ("Bombay", "pug")
    assert [name for name, _ in panel.choosing.fields[0]["options"]] == ["Bombay_2.jpg"]
    assert chosen(panel) == "Bombay_2.jpg"
    ours.interpretation.cell = ("Bombay", "poodle")
    assert panel.choosing.fields[0]["options"] == []
    assert panel.said.value == (
        "No photograph of this run is Bombay, taken for poodle: look at all of them."
    )
    assert panel.pictures.pictures == []
    panel.choosing.press("all")
    assert ours.interpretation.cell == ("", "")
    assert len(panel.choosing.fields[0]["options"]) == 5


def test_features_are_computed_in_pieces_and_stopped(ours: OurSession, engine: Answers) -> None:
    every = tuple(range(len(TRAINED)))
    engine.by_job[features.missing] = lambda *_: Missing(every, 96.0)
    panel = InsidePanel(ours)
    gather = panel.neighbours.gather
    label = gather.form.fields[0]["label"]
    assert label == "Compute features of 32 training photographs, about 1 min 36 s"
    engine.holds = features.gather
    gather.form.press("gather")
    assert "petwidgets-hidden" not in gather.progress._dom_classes
    assert gather.progress.text.value.startswith("0 of 32 training photographs")
    gather._stop()
    assert gather.form.fields[0].get("disabled") is not True, "at once"
    engine.let_go()
    assert "features of 16 training" in gather.form.fields[0]["label"], "the piece is kept"
    panel.choosing.press("on")
    assert engine.names().count("missing") == 1, "what is offered is not asked again"
    gather.form.press("gather")
    engine.by_job[features.missing] = lambda *_: Missing((), 0.0)
    engine.let_go()
    assert list(gather.children) == []
    assert len(panel.neighbours.table.rows) == 8
    sizes = [len(args[2]) for args in engine.requests if args[0] == features.gather]
    assert sizes == [PIECE, PIECE]


def test_what_is_under_way_is_not_offered_again(ours: OurSession, engine: Answers) -> None:
    every = tuple(range(len(TRAINED)))
    engine.by_job[features.missing] = lambda *_: Missing(every, 96.0)
    engine.holds = features.missing
    panel = InsidePanel(ours)
    panel.choosing.press("on")  # before the first answer: asked twice
    assert engine.names().count("missing") == 2
    engine.let_go()
    engine.holds = features.gather
    gather = panel.neighbours.gather
    gather.form.press("gather")
    again, gathered = engine.held
    in_a_thread(again)
    assert gather.form.fields[0]["disabled"], "still under way"
    engine.by_job[features.missing] = lambda *_: Missing((), 0.0)
    engine.holds = None
    in_a_thread(gathered)
    assert len(panel.neighbours.table.rows) == 8


def test_an_answer_that_comes_late_is_thrown_away(ours: OurSession, engine: Answers) -> None:
    engine.holds = explain.grad_cam
    panel = InsidePanel(ours)
    panel.choosing.press("on")
    engine.let_go()  # of the first
    assert panel.pictures.pictures == []
    engine.let_go()
    assert panel.said.value.startswith("Live: Grad-CAM of Bombay_2.jpg")


@pytest.mark.parametrize(
    "job", [explain.grad_cam, features.missing, features.nearest], ids=lambda job: job.name
)
def test_what_goes_wrong_is_said(job: Job[..., Any], ours: OurSession, engine: Answers) -> None:
    def wrong(*_: Any) -> None:
        raise ValueError("It is broken: mend it.")

    engine.by_job[job] = wrong
    assert InsidePanel(ours).heading.problem == "It is broken: mend it."


def test_a_photograph_that_can_not_be_read_is_said(ours: OurSession, engine: Answers) -> None:
    def unreadable(*_: Any) -> None:
        raise ValueError("Cut off: get it again.")

    engine.by_job[explain.grad_cam] = unreadable
    panel = InsidePanel(ours)
    assert (panel.heading.problem, panel.said.value) == ("Cut off: get it again.", "")


def test_a_failed_answer_is_forgotten_where_nothing_is_asked(
    ours: OurSession, engine: Answers
) -> None:
    def unreadable(*_: Any) -> None:
        raise ValueError("Cut off: get it again.")

    engine.by_job[explain.grad_cam] = unreadable
    panel = InsidePanel(ours)
    assert panel.heading.problem == "Cut off: get it again."
    ours.runs.chosen_id = "recorded-head-5"
    assert panel.heading.problem == ""


def test_a_run_without_weights_and_one_without_photographs(
    ours: OurSession, engine: Answers, run: Run
) -> None:
    (run.folder / "model.safetensors").unlink()
    panel = InsidePanel(ours)
    assert panel.said.value.startswith("This run is recorded without its weights")
    ours.runs.chosen_id = RunStore().create(fine_tune(data="/nowhere"), files=["a.jpg"]).id
    assert "no validation predictions" in panel.heading.problem
    assert engine.requests == []


def test_without_photographs_there_are_figures(
    session: OurSession, engine: Answers, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("petwidgets.panels.interpretation.grad_cam.LISTED", 2)
    run.update(recipe={**run.info["recipe"], "data": "/nowhere"})
    session.runs.chosen_id = run.id
    panel = InsidePanel(session)
    assert "figures only" in panel.lead_there.sentence
    assert panel.facts.rows[0] == ["Breed", "pug, probability 0.0500"]
    assert len(panel.choosing.fields[0]["options"]) == 2
    for _ in range(3):
        panel.choosing.press("on")
    listed = panel.choosing.fields[0]["options"]
    assert [text[:2] for _, text in listed] == ["1.", "2.", "4."], "who is gone to is listed"
    assert chosen(panel) == session.interpretation.looked_at
    rows = MapPanel(session).table.rows
    assert rows[0] == ["pug_2.jpg", "pug", "Bombay", "2.9957", "no map"]
    assert engine.requests == []


def test_who_is_not_seen_asks_nothing(engine: Answers, run: Run) -> None:
    lab = PetLab()
    lab.session.engine = engine
    lab.session.runs.chosen_id = run.id
    assert lab.panels["inside"].pictures.pictures == []
    assert lab.panels["map"].points.children == ()
    lab.session.interpretation.cell = ("pug", "Bombay")
    assert engine.requests == []
    lab.show("inside")
    assert engine.names()[0] == "grad_cam"


def test_what_is_looked_at_comes_back(arriving: Callable[..., OurSession], run: Run) -> None:
    before = arriving()
    before.runs.chosen_id, before.interpretation.looked_at = run.id, "Bombay_1.jpg"
    after = arriving(before.visit.id if before.visit else "")
    assert after.interpretation.looked_at == "Bombay_1.jpg"


# --- the map ------------------------------------------------------------------------------------


def test_a_map_is_drawn(ours: OurSession, engine: Answers) -> None:
    panel = MapPanel(ours)
    (_, _, method, places), *_ = engine.requests
    assert method == "tsne"
    assert sorted(name for name, _ in places) == sorted(FILES)
    right, wrong, _, looked = panel.points.figure.data
    assert (list(wrong.x), list(wrong.y)) == ([1, 5], [0, 6])
    assert set(wrong.marker.symbol) == {"x"}
    assert list(right.x) == [0, 5, 9]
    assert (list(looked.x), list(looked.y)) == ([1], [0]), "the worst"
    names = [a.text for a in panel.points.figure.layout.annotations]
    assert names == ["Bombay", "pug"]
    assert panel.said.value.startswith("Live: t-SNE of 5 photographs.")
    assert panel.table.rows[0] == ["pug_2.jpg", "pug", "Bombay", "2.9957", "0.00"]
    assert panel.table.rows[1][::4] == ["pug_1.jpg", "1.00"]
    assert panel.shots.scroller.count == 5
    panel.every.opened = True
    assert len(panel.every.rows) == len(FILES)
    assert panel.every.rows[[row[0] for row in panel.every.rows].index("pug_2.jpg")] == [
        *("pug_2.jpg", "pug", "Bombay", "2.9957", "1.00", "0.00")
    ]


def test_names_of_files_are_no_markup(ours: OurSession) -> None:
    texts = [text for trace in MapPanel(ours).points.figure.data[:2] for text in trace.text]
    assert any("&lt;img" in text for text in texts)
    assert not any("<" in text for text in texts)


def test_a_click_chooses_the_cell_and_the_photograph(ours: OurSession, engine: Answers) -> None:
    panel, inner = MapPanel(ours), InsidePanel(ours)
    wrong = panel.points.figure.data[1]

    class Clicked:
        point_inds = (1,)

    asked = engine.names().count("embed")
    panel.points._hear(wrong, Clicked, None)
    assert (ours.interpretation.cell, ours.interpretation.looked_at) == (
        ("Bombay", "pug"),
        "Bombay_2.jpg",
    )
    rings = panel.points.figure.data[2:]
    assert [list(trace.x) for trace in rings] == [[5], [5]]
    assert [list(trace.y) for trace in rings] == [[6], [6]]
    assert "1 photograph is Bombay, taken for pug" in panel.shots.scroller.caption
    assert chosen(inner) == "Bombay_2.jpg", "the other lesson follows"
    assert engine.names().count("embed") == asked, "nothing is computed again"
    panel.form.press("all")
    assert ours.interpretation.cell == ("", "")
    assert list(panel.points.figure.data[2].x) == []


def test_a_cell_from_elsewhere_stands_out(ours: OurSession) -> None:
    panel = MapPanel(ours)
    ours.interpretation.cell = ("pug", "pug")
    ring = panel.points.figure.data[2]
    assert sorted(ring.x) == [0, 9]
    ours.interpretation.cell = ("pug", "poodle")
    assert list(panel.points.figure.data[2].x) == []
    assert panel.table.rows == []
    assert panel.shots.scroller.caption == "No photograph of the map is pug, taken for poodle."


def test_colours_and_methods(ours: OurSession, engine: Answers) -> None:
    panel = MapPanel(ours)
    panel.form.set(colour="species")
    cats, dogs, *_ = panel.points.figure.data
    assert (list(cats.x), list(dogs.x)) == ([5, 5], [0, 1, 9])
    assert list(cats.marker.symbol) == ["circle", "x"]
    assert engine.names() == ["embed"]
    panel.points.figure.plotly_relayout({"xaxis.range[0]": 4, "xaxis.range[1]": 6})
    panel.form.set(colour="right")
    assert panel.points.figure.layout.xaxis.range == (4, 6)
    panel.form.set(method="pca")
    assert panel.points.figure.layout.xaxis.range is None, "another map is seen whole"
    assert engine.names() == ["embed", "embed"]
    assert "keep 25.0 % of the variance" in panel.said.value
    assert "points = reduced[:, :2]" in panel.folds.code


def test_breeds_of_unknown_species_have_no_colours_of_it(ours: OurSession, run: Run) -> None:
    run.update(vocab=["Golden Retriever", "persian cat"])
    ours.settings = {"map": {"colour": "species"}}
    panel = MapPanel(ours)
    field = next(f for f in panel.form.fields if f["name"] == "colour")
    assert (field["options"], field["hidden"]) == ([["right", "right or wrong"]], True)
    assert panel.form["colour"] == "right"
    names = [trace.name for trace in panel.points.figure.data]
    assert not any(word in str(name) for name in names for word in ("cat", "dog"))
    assert panel.heading.problem == ""


def test_missing_features_are_offered(ours: OurSession, engine: Answers) -> None:
    engine.by_job[explain.embed] = lambda *_: Missing((0, 3), 4.0)
    panel = MapPanel(ours)
    label = panel.gather.form.fields[0]["label"]
    assert label == "Compute features of 2 validation photographs, about 4.0 s"
    assert list(panel.points.children) == []
    engine.by_job[explain.embed] = embedded
    panel.gather.form.press("gather")
    (_, _, files) = next(args for args in engine.requests if args[0] == features.gather)
    assert len(files) == 2
    assert panel.points.children
    assert list(panel.gather.children) == []


def test_kept_features_need_no_photographs(session: OurSession, engine: Answers, run: Run) -> None:
    run.update(recipe={**run.info["recipe"], "data": "/nowhere"})
    session.runs.chosen_id = run.id
    panel = MapPanel(session)
    assert panel.said.value.startswith("This run keeps no features of its validation photographs")
    assert engine.requests == []
    run.save_features(np.ones((5, 3)))
    panel = MapPanel(session)
    assert engine.requests[0][3] == []
    assert panel.points.children
    assert "run.features()" in panel.folds.code
    assert len(panel.table.rows) == 5
    assert panel.shots.scroller.count == 0


# --- words --------------------------------------------------------------------------------------


@pytest.fixture
def found(run: Run) -> Interpretation:
    return read(run)


def test_order_and_comparison(found: Interpretation) -> None:
    assert inspection.worst_first(found).tolist()[:3] == [1, 3, 4]
    assert inspection.worst_first(found, ("pug", "")).tolist() == [1, 4, 0]
    assert inspection.worst_first(found, ("", "Bombay")).tolist() == [1, 2]
    assert inspection.worst_first(found, ("poodle", "")).tolist() == []
    assert inspection.compared(found, 1) == ("Bombay", "pug")
    assert inspection.compared(found, 0) == ("pug", "Bombay")
    assert inspection.cell_of(found, 3) == ("Bombay", "pug")


def test_threads_change_a_panel_one_at_a_time(ours: OurSession) -> None:
    panel = InsidePanel(ours)
    steps = [threading.Thread(target=panel.choosing.press, args=(name,)) for name in ("on",) * 4]
    for thread in steps:
        thread.start()
    for thread in steps:
        thread.join(30)
    assert panel.heading.problem == ""
    assert chosen(panel) == ours.interpretation.looked_at

"""Check, presize, batch, summary: what is asked of the engine, and what its answers show."""

from __future__ import annotations

import io
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from made import png
from PIL import Image
from waiting import hidden, wait_for, wait_for_reading

from petwidgets import BatchPanel, CheckPanel, PetLab, PresizePanel, SummaryPanel
from petwidgets.common.errors import UNEXPECTED, Problem
from petwidgets.data.image import read_photo
from petwidgets.data.synthetic import sample
from petwidgets.jobs.datablock_summary import Card, Stepping, Steps, Value, steps
from petwidgets.jobs.photograph_path import Stage, follow
from petwidgets.jobs.presize import Figures, Presized, microscope
from petwidgets.jobs.show_batch import SWITCHES, Shown, ShownBatch, Spread, Tensor, show
from petwidgets.panels.data.presize import FACE
from petwidgets.recipes.labelling import CHAPTER_PATTERN

if TYPE_CHECKING:
    from fakes import FakeEngine, OurSession

    from petwidgets.panels.base import Panel


def drawn(form: str) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(data, form)
    return data.getvalue()


PNG, JPEG = drawn("PNG"), drawn("JPEG")
FIGURES = Figures(made_up=0.036, sharpness=0.85, interpolations=2, averagings=1)
SEEN = Presized(
    original=JPEG,
    width=500,
    height=375,
    train_crop=(0.2, 0, 0.95, 1),
    valid_crop=(0.125, 0, 0.875, 1),
    train=PNG,
    valid=PNG,
    composed=PNG,
    stepwise=PNG,
    steps=(("Resize", PNG), ("Warp", PNG)),
    composed_figures=FIGURES,
    stepwise_figures=replace(FIGURES, sharpness=1.22, interpolations=4),
)
BATCH = ShownBatch(
    pictures=tuple(Shown(f"great_pyrenees_{n}.jpg", "great_pyrenees", JPEG) for n in range(4)),
    x=Tensor("TensorImage", (4, 3, 224, 224), "float32"),
    spread=Spread(low=-1.0, high=1.0, mean=0.1, std=0.5),
    y=Tensor("TensorCategory", (4,), "int64"),
    values=(0, 1, 2, 3),
    vocab=("Siamese", "beagle", "pug", "samoyed"),
    transforms=("IntToFloatTensor", "Flip + Rotate", "Normalize"),
    remark="",
    seconds=0.2,
)
VALUE: Value = {
    "type": "list",
    "shape": "",
    "dtype": "",
    "range": "",
    "text": "",
    "jpeg": None,
    "stretched": False,
}
CARD: Card = {
    "stage": "collate",
    "name": "collate",
    "why": "",
    "came": VALUE,
    "went": VALUE,
    "failed": False,
    "problem": "",
    "shapes": [],
}
FAILED: Card = {**CARD, "failed": True, "went": None}


@pytest.fixture
def read(session: OurSession, few: Path) -> OurSession:
    """A session with photographs."""
    session.data.read(str(few), CHAPTER_PATTERN)
    wait_for_reading()
    return session


@pytest.mark.parametrize("kind", [CheckPanel, PresizePanel, BatchPanel, SummaryPanel])
def test_without_photographs_a_sentence_leads_to_them(
    kind: type[Panel], session: OurSession, engine: FakeEngine, few: Path
) -> None:
    panel: Any = kind(session)
    assert panel.lead_there.sentence.startswith("No photographs have been read")
    assert engine.requests == []
    engine.problem = "The engine is away."
    session.data.read(str(few), CHAPTER_PATTERN)
    wait_for_reading()
    assert panel.lead_there.sentence == ""
    assert kind is CheckPanel or panel.heading.problem == "The engine is away."


@pytest.mark.parametrize("kind", [PresizePanel, BatchPanel, SummaryPanel])
def test_an_answer_that_makes_no_sense_is_a_sentence(
    kind: type[Panel], read: OurSession, engine: FakeEngine, caplog: pytest.LogCaptureFixture
) -> None:
    engine.answer = {"nothing": "of use"}
    assert kind(read).heading.problem == UNEXPECTED
    assert "AttributeError" in caplog.text


def test_a_source_that_is_offered_no_longer_keeps_no_lesson_from_opening(
    session: OurSession, few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PETWIDGETS_VISITORS", "1")
    session.data.source = str(few)
    for kind in (CheckPanel, PresizePanel, BatchPanel, SummaryPanel):
        assert kind(session).lead_there.sentence
    assert "reads no folder of their choice" in session.data.reading.problem


# --- presize ---


def test_the_microscope_shows_both_ways(read: OurSession, engine: FakeEngine) -> None:
    engine.answer = SEEN
    panel = PresizePanel(read)
    job, path, asked = engine.requests[-1]
    assert job == microscope
    assert Path(path) in read.data.paths
    assert (asked.rotate, asked.zoom, asked.warp) == (30, 1.2, -0.2)
    assert not hidden(panel.result)
    assert "500 x 375 pixels" in panel.where.value
    assert panel.figures.rows == [
        ["composed, sampled once", "3.6 %", "85 %", "2"],
        ["one operation after another", "3.6 %", "122 %", "4"],
    ]
    assert [box["tone"] for box in panel.crops.boxes] == ["train", "valid"]
    assert [one["title"] for one in panel.steps.pictures] == ["Resize", "Warp"]
    assert "Resize(460)" in panel.loupe.pictures[0]["text"]
    for square in panel.squares.pictures:
        assert Image.open(io.BytesIO(square["jpeg"])).size == (64, 64)


def test_its_way_to_the_network_is_followed_when_asked(
    read: OurSession, engine: FakeEngine
) -> None:
    stages = (
        Stage("file", 500, 375, 40_000),
        Stage("photograph", 500, 375, 562_500, 0.004, None, "CPU"),
        Stage("square", 460, 460, 634_800, 0.006, None, "CPU"),
        Stage("batch", 224, 224, 602_112, 0.002, 0.005, "CPU"),
    )
    engine.answer = lambda *_: stages if engine.requests[-1][0] == follow else SEEN
    panel = PresizePanel(read)
    assert panel.path not in panel.result.children
    assert follow not in [job for job, *_ in engine.requests], "only when asked"
    panel.form.set(follow=True)
    assert panel.result.children[0] is panel.path
    bars = panel.path.bars.items
    assert [bar["value"] for bar in bars] == [40_000, 562_500, 634_800, 602_112]
    assert bars[0]["text"] == "500 x 375, 39 kB"
    assert bars[2]["text"] == "460 x 460, 620 kB, 6.0 ms on the CPU"
    assert "16 squares of 460 pixels are one batch of 9.69 MB" in panel.path.said.value
    assert "2.0 ms a photograph for 16 at once, and 5.0 ms for one alone" in panel.path.said.value
    assert "no GPU" in panel.path.said.value
    panel.form.set(follow=False)
    assert panel.path not in panel.result.children


def test_a_slider_asks_again_and_the_next_photograph_follows(
    read: OurSession, engine: FakeEngine
) -> None:
    engine.answer = SEEN
    panel = PresizePanel(read)
    panel.form.set(rotate=-10)
    assert engine.requests[-1][2].rotate == -10
    assert "'draw': -10" in panel.folds.code or "draw=-10" in panel.folds.code
    first = engine.requests[-1][1]
    panel.form.press("another")
    assert engine.requests[-1][1] != first
    panel.form.press("elsewhere")
    assert engine.requests[-1][2].seed == 43
    before = len(engine.requests)
    panel.form.set(size=300, presize=100)
    assert len(engine.requests) == before
    assert "300" in panel.heading.problem


def shown(panel: Any) -> tuple[Any, ...]:
    """What a panel shows of its last answer."""
    if isinstance(panel, BatchPanel):
        return (*panel.grid.pictures, *panel.tensors.rows, panel.status.value, panel.classes.value)
    if isinstance(panel, SummaryPanel):
        return (*panel.cards.cards, panel.status.value)
    crops = not hidden(panel.result) and panel.loupe in panel.result.children
    return (crops, panel.where.value)


ANSWERS: dict[type[Panel], object] = {
    PresizePanel: SEEN,
    BatchPanel: BATCH,
    SummaryPanel: Steps((CARD,), ""),
}


@pytest.mark.parametrize("kind", [PresizePanel, BatchPanel, SummaryPanel])
def test_what_fails_takes_the_last_answer_away(
    kind: type[Panel], read: OurSession, engine: FakeEngine
) -> None:
    engine.answer = ANSWERS[kind]
    panel: Any = kind(read)
    assert any(shown(panel))
    engine.problem = "There are too few photographs."
    panel._ask()
    assert panel.heading.problem == engine.problem
    assert not any(shown(panel))
    engine.problem = ""
    panel._ask()
    assert any(shown(panel))


def test_the_photograph_itself_is_in_sight_without_torch(
    read: OurSession, engine: FakeEngine
) -> None:
    engine.problem = "torch is not installed: pip install 'petwidgets[train]'."
    panel = PresizePanel(read)
    assert panel.heading.problem == engine.problem
    assert not hidden(panel.result)
    assert panel.result.children == (panel.cut,)
    assert panel.cut.children == (panel.crops,)
    assert read_photo(panel.crops.jpeg).size[0] > 0


@pytest.mark.parametrize("kind", [PresizePanel, BatchPanel, SummaryPanel])
def test_another_source_takes_the_last_ones_pictures_away(
    kind: type[Panel], read: OurSession, engine: FakeEngine, tmp_path: Path
) -> None:
    engine.answer = ANSWERS[kind]
    panel: Any = kind(read)
    read.data.read(str(tmp_path / "nowhere"), CHAPTER_PATTERN)
    wait_for_reading()
    assert (read.data.dataset, read.data.paths) == (None, ())
    assert not any(shown(panel))
    assert panel.lead_there.sentence


# --- batch ---


def test_the_range_of_y_is_of_this_batch(read: OurSession, engine: FakeEngine) -> None:
    vocab = tuple(f"breed {i}" for i in range(37))
    engine.answer = replace(BATCH, values=(7, 30, 7, 12), vocab=vocab)
    panel = BatchPanel(read)
    assert panel.tensors.rows[1][4] == "7 to 30"
    assert "of 37 classes they may be 0 to 36" in panel.classes.value


def test_a_batch_and_its_tensors_are_shown(read: OurSession, engine: FakeEngine) -> None:
    engine.answer = BATCH
    panel = BatchPanel(read)
    job, source, pattern, asked = engine.requests[-1]
    assert (job, source, pattern) == (show, read.data.source, CHAPTER_PATTERN)
    assert asked.seed == 42
    assert all(getattr(asked, switch) for switch in SWITCHES)
    assert [one["label"] for one in panel.grid.pictures] == ["great pyrenees"] * 4
    assert panel.tensors.rows == [
        ["x", "TensorImage", "(4, 3, 224, 224)", "float32", "-1.00 to 1.00", "0.10", "0.50"],
        ["y", "TensorCategory", "(4,)", "int64", "0 to 3", "", ""],
    ]
    assert "Flip + Rotate" in panel.status.value


def test_switches_and_redraw_ask_for_another_batch(read: OurSession, engine: FakeEngine) -> None:
    engine.answer = BATCH
    panel = BatchPanel(read)
    panel.form.press("redraw")
    assert engine.requests[-1][3].seed == 43
    panel.form.set(warp=False, unique=True, part="valid", ncols=5)
    asked = engine.requests[-1][3]
    assert (asked.warp, asked.unique) == (False, True)
    assert (asked.part, asked.ncols) == ("valid", 5)
    assert panel.grid.columns == 5
    assert "max_warp" in panel.folds.code


# --- summary ---


def test_the_expected_failure_is_marked_and_repaired(read: OurSession, engine: FakeEngine) -> None:
    engine.answer = Steps((CARD, CARD), "")
    panel = SummaryPanel(read)
    assert engine.requests[-1] == (steps, read.data.source, CHAPTER_PATTERN, Stepping(resize=True))
    assert panel.cards.at == 0
    engine.answer = Steps((CARD, FAILED), "No.")
    panel.form.press("fail")
    assert engine.requests[-1][3] == Stepping(resize=False)
    assert panel.status.value.startswith("Expected failure")
    assert panel.cards.at == 1
    assert "Resize(" not in panel.folds.code
    assert [f.get("hidden", False) for f in panel.form.fields] == [True, False]
    engine.answer = Steps((CARD, CARD), "")
    panel.form.press("repair")
    assert "Resize(" in panel.folds.code
    assert panel.status.value.startswith("Live")
    engine.answer = Steps((CARD,), "")
    panel.form.press("fail")
    assert "by chance" in panel.status.value


# --- check ---


@pytest.fixture
def planted(few: Path, tmp_path: Path) -> Path:
    """Thirty-two sound photographs, one that is empty, and copies on both sides of the split."""
    folder = tmp_path / "planted"
    folder.mkdir()
    for path in few.iterdir():
        shutil.copy(path, folder)
    for n, path in enumerate(sorted(few.glob("pug_*"))):
        shutil.copy(path, folder / f"pug_90{n}.jpg")
    (folder / "beagle_900.jpg").touch()
    return folder


def check(panel: CheckPanel) -> None:
    panel.form.press("check")
    wait_for("check photographs")


def test_findings_are_listed_by_kind_with_their_pictures(
    session: OurSession, planted: Path
) -> None:
    panel = CheckPanel(session)
    session.data.read(str(planted), CHAPTER_PATTERN)
    wait_for_reading()
    check(panel)
    assert panel.heading.problem == ""
    counts = {bar["key"]: bar["value"] for bar in panel.kinds.items}
    assert (counts["unreadable"], counts["duplicate"]) == (1, 8)
    train, valid = session.data.sides()
    leaks = {f.file for f in session.data.findings or [] if f.problem == "leak"}
    assert leaks <= valid
    assert counts.get("leak", 0) == len(leaks) > 0
    assert panel.leaks.value.startswith(f"{len(leaks)} photographs are trained on and validated")
    assert not hidden(panel.leaks)
    panel.kinds.chosen = "duplicate"
    assert len(panel.pictures.photographs) == 16  # each beside what it is a copy of
    assert "copy" in panel.advice.value
    assert len(panel.table.rows) == 8
    assert train


def test_the_app_draws_the_sample_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a notebook, where no server has drawn it."""
    monkeypatch.setattr("petwidgets.app.DRAWS", True)
    drawn: list[Path] = []

    def draw(folder: Path, **_: Any) -> Path:
        drawn.append(folder)
        folder.mkdir(parents=True)
        (folder / "Harlequin_1.jpg").write_bytes(png())
        return folder

    monkeypatch.setattr(sample, "draw_sample", draw)
    lab = PetLab(home=tmp_path / "home")
    assert lab.panels["classify"]
    assert drawn == [], "who classifies waits for nothing"
    assert lab.panels["browse"]
    wait_for_reading()
    assert len(drawn) == 1
    assert [path.name for path in lab.session.data.paths] == ["Harlequin_1.jpg"]


def test_before_a_check_there_is_an_example(read: OurSession) -> None:
    panel = CheckPanel(read)
    wait_for("check spoiled pictures")
    counts = {bar["key"]: bar["value"] for bar in panel.kinds.items}
    once = ("duplicate", "near-duplicate", "dark", "blurred", "shape", "format")
    assert counts == {"unreadable": 2, **dict.fromkeys(once, 1)}
    assert "some were spoiled on purpose. 8 findings in 8 files." in panel.verdict.value
    assert not hidden(panel.found)
    assert panel.kinds.chosen == "duplicate", "which has pictures to show"
    [row] = panel.table.rows
    assert row[0] == "Harlequin_2.jpg"
    assert len(panel.pictures.photographs) == 2
    check(panel)
    assert "some were spoiled" not in panel.verdict.value


def test_an_example_that_can_not_be_made_says_why(
    read: OurSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> Path:
        raise Problem("The disk is full: make room there.")

    monkeypatch.setattr("petwidgets.panels.data.check.spoiled", full)
    panel = CheckPanel(read)
    wait_for("check spoiled pictures")
    assert panel.verdict.value == "The disk is full: make room there."
    check(panel)
    assert "0 findings in 0 files" in panel.verdict.value


def test_sound_photographs_are_said_to_be_sound(read: OurSession) -> None:
    panel = CheckPanel(read)
    check(panel)
    assert "0 findings in 0 files" in panel.verdict.value
    assert hidden(panel.found)
    assert hidden(panel.leaks)


def test_a_check_can_be_stopped(read: OurSession, monkeypatch: pytest.MonkeyPatch) -> None:
    panel = CheckPanel(read)
    monkeypatch.setattr(read.data.checking._stop, "clear", panel.progress.button.click)  # at once
    check(panel)
    assert panel.heading.problem == "The check was stopped."
    assert read.data.findings is None
    assert hidden(panel.progress)


def test_another_source_forgets_what_was_found(read: OurSession, planted: Path) -> None:
    panel = CheckPanel(read)
    check(panel)
    assert read.data.findings == []
    read.data.read(str(planted), CHAPTER_PATTERN)
    wait_for_reading()
    assert read.data.findings is None
    assert "0 findings" not in panel.verdict.value


def test_the_first_photograph_shows_a_face_or_is_the_squarest(
    session: OurSession, tmp_path: Path
) -> None:
    sides = {"a_1.jpg": (300, 100), "b_1.jpg": (90, 100), "c_1.jpg": (100, 100), "d_1.jpg": (1, 99)}
    for name, side in sides.items():
        Image.new("RGB", side).save(tmp_path / name)
    (tmp_path / "e_1.jpg").write_bytes(b"no picture")
    panel = PresizePanel(session)
    session.data.read(str(tmp_path), session.data.pattern)
    wait_for_reading()
    assert panel.where.value.startswith("The engine is starting")
    assert read_photo(panel.crops.jpeg).size == (100, 100)
    assert panel.cut.children == (panel.crops,)
    assert panel.result.children == (panel.cut,)
    Image.new("RGB", (50, 100)).save(tmp_path / FACE)
    session.data.read(str(tmp_path), session.data.pattern)
    wait_for_reading()
    assert read_photo(panel.crops.jpeg).size == (50, 100)

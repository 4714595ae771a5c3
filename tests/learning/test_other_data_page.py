"""Every lesson with photographs of digits: what a student reads is tied to no pet."""

from __future__ import annotations

import re
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from digits import baseline, digits
from eventually import eventually
from texts import texts

from petwidgets import PetLab
from petwidgets.cli.main import main
from petwidgets.common.errors import Problem
from petwidgets.questions.chapter import questions
from petwidgets.recipes.labelling import CHAPTER_PATTERN, PARENT_FOLDER
from petwidgets.runs.run import SHIPPED_ID
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from petwidgets.jobs.job import Job

WAIT = 120
WORD = re.compile(r"(?i)\bbreeds?\b")

OF_PETS = (
    "Drawn sample: 37 invented breeds",
    "Oxford-IIIT Pet: 37 real breeds",
    "Shipped model: 37 breeds, real photographs",
    "Shipped model of the drawn sample: 37 breeds",
    "a cat of no breed",
    "In the Oxford set and in the drawn sample the breed stands in the file's name",
    "of them for 37 breeds",
    "more than a hundred dog breeds among them",  # of ImageNet's classes
)
"""What is said of the chapter's pets, whatever the data: the sets, their models, its numbers."""


CALLED_CLASSES = (
    "160 photographs of 10 classes", "Class from the name", "Photographs per class",
    "Classes from a CSV file", "Pictures per class (0: all)", "the same share of each class",
    "baseline, 10 classes", "True class", "true class", "of its own class", "All classes",
    "chosen classes", "mean of classes (macro avg)", "any class", "for two classes",
    "a sigmoid for each class", "taken for another class than", "weakest class",
    "relabelled as one of the classes", "Files named by class", "one of each class in turn",
    "Guessing one of 10 classes", "speaks for a class", "likeness to a class's mean features",
)  # fmt: skip
"""What follows the data, as it is said of digits."""


class HereEngine:
    """Does jobs where it stands, at once."""

    started, own, closed = True, True, False

    def __init__(self, _address: str | None = None) -> None:
        pass

    def line(self) -> tuple[list[str], int]:
        return [], 1

    def quick(self, job: Job[..., Any], *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(job.load()(*args, **kwargs))
        except Problem as problem:
            future.set_exception(problem)
        return future


class Trained(NamedTuple):
    """A folder of digits, two runs on them, and the home that keeps these."""

    folder: Path
    runs: list[str]
    home: Path


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    place = tmp_path_factory.mktemp("others")
    digits(place / "digits")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PETWIDGETS_HOME", str(place / "home"))
        for seed in (1, 2):
            assert main(baseline(place / "digits", seed)) == 0
        runs = [run.id for run in RunStore().list() if run.made_here]
    return Trained(place / "digits", runs, place / "home")


@pytest.fixture
def lab(trained: Trained, home: Path, monkeypatch: pytest.MonkeyPatch) -> PetLab:
    """A page with the digits, and every lesson open."""
    monkeypatch.setenv("PETWIDGETS_HOME", str(trained.home))
    monkeypatch.setattr("petwidgets.app.Engine", HereEngine)
    made = PetLab()
    made.session.runs.chosen_id = trained.runs[0]
    made.session.interpretation.versus_id = trained.runs[1]
    read(made, trained.folder, PARENT_FOLDER)
    return made


def settle() -> None:
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and thread.name in NAMED:
            thread.join(WAIT)
            assert not thread.is_alive()


NAMED = ("read photographs", "read headers", "check photographs", "matrix", "thumbnails")


def read(lab: PetLab, folder: Path, pattern: str) -> None:
    lab.session.data.read(str(folder), pattern)
    settle()
    assert lab.session.data.reading.problem == ""


def of_pets() -> set[str]:
    """The chapter's questions, which are about its pets."""
    return {text for one in questions() for text in (one.task, one.model, *one.options)}


def tied(found: list[str]) -> list[str]:
    """Those that speak of breeds, and not of the chapter's."""
    asked = of_pets()
    spoken = [text for text in dict.fromkeys(found) if WORD.search(text) and text not in asked]
    return [text for text in spoken if not any(known in text for known in OF_PETS)]


# --- what is done in a lesson before it is read ---


def classify(lab: PetLab) -> Iterator[None]:
    panel = lab.panels["classify"]
    folder = lab.session.data.dataset.folder
    panel._take("3.png", next(folder.rglob("*.*g")).read_bytes())
    for tab in ("heat", "nearest", "views", "rejection_rules"):
        panel.closer.form.press(tab)
        yield


def browse(lab: PetLab) -> Iterator[None]:
    lab.panels["browse"]._open(0)
    yield


def label(lab: PetLab) -> Iterator[None]:
    panel = lab.panels["label"]
    yield
    panel.form.set(pattern=r"(.+)_\d+.jpg$", name="3_1.jpg")
    panel.marked._hear(None, "parts", [])
    yield


def check(lab: PetLab) -> Iterator[None]:
    lab.session.data.check()
    settle()
    yield


def inside(lab: PetLab) -> Iterator[None]:
    for cell in (("", "3"), ("3", ""), ("3", "3"), ("", "")):
        lab.session.interpretation.cell = cell
        yield


def clean(lab: PetLab) -> Iterator[None]:
    cleaning = lab.session.cleaning
    cleaning.searches = {lab.session.data.source: lab.session.runs.chosen_id}
    yield
    card = lab.panels["clean"].review
    card._hear(card, {"do": "relabel", "breed": "no such label"}, [])
    yield


def train(lab: PetLab) -> Iterator[None]:
    run = lab.session.runs.chosen
    yield
    lab.session.training.replay(run, 1000)
    said = lab.panels["train"].status
    eventually(lambda: "Guessing" in said.value, WAIT, "the replay ended")
    yield


def runs(lab: PetLab) -> Iterator[None]:
    known = [run.id for run in lab.session.runs.validated() if run.made_here]
    lab.session.settings = {**lab.session.settings, "compared": known}
    yield


DONE: dict[str, Callable[[PetLab], Iterator[None]]] = {
    "classify": classify, "browse": browse, "label": label, "check": check, "inside": inside,
    "map": inside, "confusion": inside, "clean": clean, "train": train, "runs": runs,
}  # fmt: skip


def seen(lab: PetLab, key: str) -> list[str]:
    """All that a lesson says, and the frame around it."""
    lab.show(key)
    settle()
    found = texts(lab._frame)
    for _ in DONE.get(key, lambda _: iter(()))(lab):
        settle()
        found += texts(lab._frame)
    return found


def test_no_lesson_calls_digits_breeds(lab: PetLab) -> None:
    found = {key: seen(lab, key) for key in lab.panels}
    assert {key: tied(said) for key, said in found.items() if tied(said)} == {}
    together = "\n".join(text for said in found.values() for text in said)
    missing = [said for said in CALLED_CLASSES if said not in together]
    assert missing == []


def test_the_words_follow_the_data_and_the_run(lab: PetLab, trained: Trained, few: Path) -> None:
    words = {
        "browse": ("{} from the name", "{s} from a CSV file", "{}", "Photographs per {}"),
        "train": ("Pictures per {} (0: all)", "the same share of each {}"),
        "rate": ("Pictures per {} (0: all)",),
        "confusion": ("True {}",),
        "breeds": ("mean of {s} (macro avg)",),
        "map": ("All {s}",),
    }

    def expect(noun: str, nouns: str) -> None:
        for key, said in words.items():
            lab.show(key)
            settle()
            found = {text.lower() for text in texts(lab.panels[key])}
            assert {one.format(noun, s=nouns).lower() for one in said} <= found, (key, noun)

    for _ in range(2):
        expect("class", "classes")
        read(lab, few, CHAPTER_PATTERN)
        lab.session.runs.chosen_id, lab.session.interpretation.versus_id = SHIPPED_ID, ""
        expect("breed", "breeds")
        read(lab, trained.folder, PARENT_FOLDER)
        lab.session.runs.chosen_id = trained.runs[0]

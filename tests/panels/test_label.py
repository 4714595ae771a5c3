"""The laboratory of expressions: one name as one types, and the whole set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from comm import DummyComm
from waiting import hidden, wait_for_reading

from petwidgets import LabelPanel, PetLab
from petwidgets.data.label_report import PUZZLE
from petwidgets.panels.data.label import IN_USE, NOT_YET
from petwidgets.recipes.labelling import CHAPTER_PATTERN, PARENT_FOLDER
from petwidgets.runs.run import SHIPPED_ID
from petwidgets.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakes import OurSession


@pytest.fixture
def names() -> list[Path]:
    """7,390 names of the 37 breeds, as the Oxford set has them: about 200 a breed."""
    vocab = RunStore().get(SHIPPED_ID).info["vocab"]
    found = [Path(f"/pets/{breed}_{n}.jpg") for n in range(1, 201) for breed in vocab]
    return sorted(found[:7390])


@pytest.fixture
def labelling(session: OurSession, names: list[Path]) -> LabelPanel:
    panel = LabelPanel(session)
    session.data.paths = tuple(names)
    return panel


def faults(panel: LabelPanel) -> dict[str, tuple[str, str]]:
    return {what: (many, examples) for what, many, examples in panel.faults.rows}


def test_parts_of_a_name_are_marked_as_one_types(session: OurSession) -> None:
    panel = LabelPanel(session)
    panel.form.set(name="beagle_75.jpg")
    assert panel.marked.spans == [(0, 0, 13), (1, 0, 6)]
    panel.form.press("puzzle")
    assert panel.form["pattern"] == PUZZLE
    assert panel.marked.spans == [(0, 0, 13), (1, 0, 8)]  # beagle_7, as the chapter's misprint has
    panel.form.set(pattern=r"^(?<breed>[a-z]+)_(\d+)")
    assert panel.marked.spans == [(0, 0, 9), (1, 0, 6), (2, 7, 9)]
    panel.form.set(pattern="(cat)")
    assert panel.marked.spans == []


def test_a_name_arrives_with_its_parts(session: OurSession) -> None:
    """Without them the page would say for a moment that the name has no match."""
    panel = LabelPanel(session)
    panel.marked.comm = DummyComm()
    sent: list[set[str]] = []
    panel.marked.send_state = lambda key: sent.append({*key})  # type: ignore[method-assign, misc]
    panel.form.set(name="beagle_75.jpg")
    [first] = sent
    assert {"text", "spans"} <= first


def test_parts_of_the_expression_are_explained_once_a_page_asks(session: OurSession) -> None:
    panel = LabelPanel(session)
    panel.form.set(name="beagle_75.jpg")
    assert panel.marked.parts == ["(.+)", "_", r"\d+", ".", "jpg", "$"]
    assert panel.marked.told == []
    panel.marked._hear(None, "parts", [])
    sentence, *place = panel.marked.told[2]
    assert place == [7, 9]
    assert sentence.endswith("Here: “75”.")
    panel.form.press("puzzle")
    assert "".join(panel.marked.parts) == PUZZLE
    assert [told[1:] for told in panel.marked.told[:2]] == [(0, 8), (8, 9)]
    for pattern in ("(", PARENT_FOLDER):
        panel.form.set(pattern=pattern)
        assert (panel.marked.parts, panel.marked.told) == ([], [])


def test_seven_thousand_names_give_37_classes(labelling: LabelPanel) -> None:
    panel = labelling
    assert panel.verdict.value.startswith("Live: 7,390 names labelled in ")
    found = "All 37 breeds that the names speak of are found, and nothing else."
    assert panel.verdict.value.endswith(f" ms. {found} {NOT_YET}")
    by_name, by_folder = panel.compared.rows
    assert by_name[1:5] == ["7,390", "0", "37", "37"]
    assert by_name[5].endswith(": 199")
    assert by_name[6].endswith(": 200")
    assert by_folder[1:] == ["7,390", "0", "1", "37", "pets: 7,390", "pets: 7,390"]
    assert panel.faults.rows == []
    assert len(panel.counts.items) == 37


def test_the_puzzle_is_shown_and_not_hidden(labelling: LabelPanel, names: list[Path]) -> None:
    panel = labelling
    panel.form.press("puzzle")
    by_name, _ = panel.compared.rows
    assert len({path.stem[:-1] for path in names}) == 767  # one digit is enough for the rest
    assert by_name[1:5] == ["7,390", "0", "767", "37"]
    assert "767 classes, but the names speak of 37 breeds" in panel.verdict.value
    found = faults(panel)
    assert found["classes that are no breed"][0] == "767"
    assert found["breeds that are not found"][0] == "37"
    assert len(panel.counts.items) == 45
    assert "45 largest of 767" in panel.counts.caption
    panel.form.press("chapter")
    assert panel.form["pattern"] == CHAPTER_PATTERN
    assert panel.faults.rows == []


def test_colours_by_species_are_those_of_known_breeds(labelling: LabelPanel) -> None:
    assert {bar["tone"] for bar in labelling.counts.items} == {"cat", "dog"}
    labelling.session.data.paths = (
        *labelling.session.data.paths,
        Path("/pets/Golden Retriever_1.jpg"),
    )
    assert {bar["tone"] for bar in labelling.counts.items} == {""}


def test_what_does_not_match_is_counted_with_examples(labelling: LabelPanel) -> None:
    labelling.form.set(pattern=r"^([a-z].*)_\d+.jpg$")  # dogs only
    by_name, _ = labelling.compared.rows
    assert by_name[3] == "25"
    many, examples = faults(labelling)["names without a match"]
    assert many == by_name[2]
    assert examples.startswith("Abyssinian_1.jpg, Abyssinian_10.jpg")
    assert faults(labelling)["breeds that are not found"][0] == "12"


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("(", "can't be read"),
        (".+", "captures nothing"),
        ("(a+)+$", ""),
        (r"([a-z_]|[a-z])*(?<![a-z0-9g])$", "too many ways"),
        ("(x{9999}){9999}", "over 10,000 times"),
        ("", "captures nothing"),
    ],
)
def test_bad_expressions_get_a_sentence(labelling: LabelPanel, pattern: str, words: str) -> None:
    panel = labelling
    before = panel.compared.rows
    panel.form.set(pattern=pattern)
    assert words in panel.heading.problem
    # What is shown is what the expression in the field makes: of a bad one, nothing.
    assert hidden(panel.whole) is bool(words)
    shown = (panel.verdict.value, panel.compared.rows, panel.counts.items, panel.folds.code)
    assert any(shown) is not bool(words)
    if words:
        assert (panel.marked.text, panel.marked.spans, panel.faults.rows) == ("", [], [])
    panel.form.set(pattern=CHAPTER_PATTERN)
    assert panel.heading.problem == ""
    assert panel.compared.rows == before
    assert panel.marked.spans
    assert not hidden(panel.whole)


def test_by_folder_the_folder_is_marked(labelling: LabelPanel, names: list[Path]) -> None:
    labelling.form.set(pattern=PARENT_FOLDER, name=names[0].name)
    assert labelling.marked.text == f"pets/{names[0].name}"
    assert labelling.marked.spans == [(0, 0, 4), (1, 0, 4)]
    labelling.form.set(name="not_there.jpg")
    assert labelling.marked.text == ""


def test_an_expression_is_put_to_use(session: OurSession, few: Path) -> None:
    panel = LabelPanel(session)
    session.data.read(str(few), CHAPTER_PATTERN)
    wait_for_reading()
    panel.form.set(pattern="(")
    panel.form.press("use")
    assert "can't be read" in panel.heading.problem
    assert session.data.pattern == CHAPTER_PATTERN
    assert panel.verdict.value == ""
    panel.form.set(pattern="(z)")
    panel.form.press("use")
    assert "matches no name" in panel.heading.problem
    wait_for_reading()
    assert session.data.dataset is not None
    panel.form.set(pattern=CHAPTER_PATTERN)
    assert panel.verdict.value.endswith(IN_USE)
    panel.form.set(pattern=r"^(.)")
    assert panel.verdict.value.endswith(NOT_YET)
    panel.form.press("use")
    wait_for_reading()
    assert panel.verdict.value.endswith(IN_USE)
    assert session.data.pattern == r"^(.)"
    assert session.data.dataset is not None
    assert session.data.dataset.vocab == ("S", "b", "p", "s")


def test_a_set_without_known_breeds_expects_nothing(session: OurSession) -> None:
    panel = LabelPanel(session)
    session.data.paths = tuple(Path(f"/x/car_{n}.jpg") for n in range(5))
    assert "expected" not in panel.compared.header
    assert panel.compared.rows[0] == ["by this expression", "5", "0", "1", "car: 5", "car: 5"]
    session.data.paths = tuple(Path(f"/x/pug_{n}.jpg") for n in range(5))
    assert panel.compared.header[4] == "expected"
    assert panel.compared.rows[0][4] == "1"
    assert panel.faults.rows == []


def test_without_photographs_a_button_leads_to_them() -> None:
    lab = PetLab()
    lab.show("label")
    panel = lab.panels["label"]
    assert panel.lead_there.sentence  # type: ignore[attr-defined]
    assert hidden(panel.whole)  # type: ignore[attr-defined]
    panel.lead_there._go(None, "go", [])  # type: ignore[attr-defined]
    assert lab._course.list.chosen == "browse"
    assert LabelPanel().lead_there.label == ""


def test_labels_are_quick_enough_to_follow_typing(
    labelling: LabelPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not timed: one change labels each name twice, by expression and by folder, and no more."""
    asked: list[int] = []
    module = "petwidgets.data.label_report.labels"
    from petwidgets.data import label_report as lesson

    before: Callable[..., list[str | None]] = lesson.labels

    def counted(paths: list[Path], pattern: str) -> list[str | None]:
        asked.append(len(paths))
        return before(paths, pattern)

    monkeypatch.setattr(module, counted)
    labelling.form.set(pattern=PUZZLE)
    assert asked == [7390, 7390]

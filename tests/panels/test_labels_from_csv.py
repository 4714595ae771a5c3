"""Breeds from a CSV file on the page: sent, matched, its columns chosen, kept, and put aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from waiting import hidden, wait_for_reading

from petwidgets import BrowsePanel, LabelPanel, TrainPanel
from petwidgets.recipes.labelling import CHAPTER_PATTERN, PARENT_FOLDER, table_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from fakes import OurSession


class Browser:
    """The other end of the upload: sends a file as `file_transfer.js` does, hears the answer."""

    def __init__(self, panel: BrowsePanel) -> None:
        self.panel, self.heard = panel, []
        panel.source.label_file.transfer.send = self.heard.append

    def send(self, content: bytes, name: str = "breeds.csv") -> dict[str, Any]:
        transfer = self.panel.source.label_file.transfer
        transfer._hear(None, {"kind": "start", "id": "1", "name": name, "size": len(content)}, [])
        while (asked := self.heard[-1])["kind"] == "next":
            at, end = asked["from"], asked["to"]
            piece = {"kind": "piece", "id": "1", "from": at}
            transfer._hear(None, piece, [memoryview(content[at:end])])
        wait_for_reading()
        return self.heard[-1]


def show(panel: BrowsePanel, folder: Path, pattern: str = CHAPTER_PATTERN) -> None:
    panel.source.form.set(source="own", folder=str(folder), pattern=pattern)
    panel.source.form.press("read")
    wait_for_reading()


def table(few: Path, *more: str) -> bytes:
    rows = [f"{path.stem};{path.name[0].lower()};x" for path in sorted(few.iterdir())[:30]]
    return "\r\n".join(["id;kind;note", *rows, *more]).encode("utf-16")


def field(panel: Any, name: str) -> dict[str, Any]:
    return next(f for f in panel.fields if f["name"] == name)


def test_a_file_labels_what_is_shown(few: Path, session: OurSession) -> None:
    panel = BrowsePanel(session)
    show(panel, few)
    answer = Browser(panel).send(table(few))
    assert (answer["kind"], answer["sentence"]) == ("taken", "30 rows of breeds.csv.")
    assert panel.source.label_file.said.value.endswith("choose the label column, kind and note.")
    assert session.data.pattern == CHAPTER_PATTERN
    assert [one for one, _ in field(panel.source.label_file.form, "label")["options"]] == [
        "",
        "id",
        "kind",
        "note",
    ]
    panel.source.label_file.form.set(file="id", label="kind")
    wait_for_reading()
    assert table_id(session.data.pattern)
    assert session.data.dataset.counts() == {"b": 8, "p": 8, "s": 14}
    assert panel.heading.problem == ""
    assert "30 drawn" not in panel.summary.value
    assert "30 photographs of 3 classes. The labels come from breeds.csv" in panel.summary.value
    assert "2 photographs have no label there and are left out: samoyed_" in panel.summary.value
    assert "don't match" not in panel.summary.value
    assert field(panel.source.form, "pattern")["hidden"]
    assert panel.source.label_file.said.value == "In use: labels from breeds.csv."
    panel.source.label_file.form.press("aside")
    wait_for_reading()
    assert (session.data.pattern, len(session.data.dataset.vocab)) == (CHAPTER_PATTERN, 4)
    assert not field(panel.source.form, "pattern")["hidden"]
    assert panel.source.label_file.said.value == ""


def test_clear_columns_are_taken_at_once(few: Path, session: OurSession) -> None:
    panel = BrowsePanel(session)
    show(panel, few)
    content = "file,breed\n" + "".join(f"{p.name},{p.name[0]}\n" for p in few.iterdir())
    answer = Browser(panel).send((content + "gone.jpg,x\n").encode())
    assert answer["kind"] == "taken"
    assert answer["sentence"] == (
        "32 of 32 photographs labelled by breeds.csv (names from the column 'file', labels from"
        " 'breed')."
    )
    assert "1 of 33 rows names a file that is not here: gone.jpg." in panel.summary.value
    assert len(session.data.dataset.paths) == 32
    form = panel.source.label_file.form
    assert (form["file"], form["label"]) == ("file", "breed")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"file,breed\nother.jpg,pug\n", "no row about a photograph that is here"),
        (b"file\nother.jpg\n", "breeds.csv: There is only one column"),
        (b"\x89PNG\r\n", "breeds.csv: This is a picture"),
        (b"", "empty"),
    ],
)
def test_what_does_not_fit_changes_nothing(
    few: Path, session: OurSession, content: bytes, words: str
) -> None:
    panel = BrowsePanel(session)
    show(panel, few)
    before = session.data.dataset
    answer = Browser(panel).send(content)
    assert answer["kind"] == "refused"
    assert words in answer["sentence"]
    assert session.data.dataset is before
    assert session.data.pattern == CHAPTER_PATTERN


def test_a_file_that_comes_first_waits_for_photographs(few: Path, session: OurSession) -> None:
    panel = BrowsePanel(session)
    answer = Browser(panel).send(b"file,breed\npug_1,a\n" + table_of(few))
    assert "Press Show" in answer["sentence"]
    show(panel, few, PARENT_FOLDER)
    assert session.data.dataset.counts() == {"a": 16, "b": 16}
    assert panel.heading.problem == ""


def test_a_file_that_waits_labels_a_folder_of_the_list_too(few: Path, session: OurSession) -> None:
    panel = BrowsePanel(session)
    Browser(panel).send(b"file,breed\n" + table_of(few))
    panel.source._take_folder(str(few))
    wait_for_reading()
    assert table_id(session.data.pattern)
    assert session.data.dataset.counts() == {"a": 16, "b": 16}
    assert not panel.source.label_file.waiting


def table_of(few: Path) -> bytes:
    names = sorted(path.name for path in few.iterdir())
    return "".join(f"{name},{'ab'[i % 2]}\n" for i, name in enumerate(names)).encode()


@pytest.mark.usefixtures("multi_user")
def test_a_reload_brings_the_labels_back(
    few: Path, arriving: Callable[..., OurSession], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PETWIDGETS_DATA", str(few))
    session = arriving()
    panel = BrowsePanel(session)
    wait_for_reading()
    assert Browser(panel).send(b"file,breed\n" + table_of(few))["kind"] == "taken"
    again = arriving(session.visit.id)
    wait_for_reading()
    assert again.data.pattern == session.data.pattern
    assert again.data.dataset.labels() == session.data.dataset.labels()
    panel = BrowsePanel(again)
    assert panel.source.label_file.said.value == "In use: labels from breeds.csv."
    panel.source.label_file.form.press("aside")
    wait_for_reading()
    assert (again.data.pattern, len(again.data.dataset.vocab)) == (CHAPTER_PATTERN, 4)


def test_the_expression_lesson_stands_beside_the_table(few: Path, session: OurSession) -> None:
    panel = BrowsePanel(session)
    show(panel, few)
    Browser(panel).send(b"file,breed\n" + table_of(few))
    lesson = LabelPanel(session)
    assert lesson.form["pattern"] == CHAPTER_PATTERN
    assert lesson.heading.problem == ""
    assert lesson.compared.rows[2][:4] == ["in use: labels from breeds.csv", "32", "0", "2"]


# --- the set's own split ---


def test_the_sets_own_split_is_offered(tmp_path: Path, few: Path, session: OurSession) -> None:
    for i, path in enumerate(sorted(few.iterdir())):
        side = tmp_path / ("valid" if i % 4 == 0 else "train") / path.name.rsplit("_", 1)[0]
        side.mkdir(parents=True, exist_ok=True)
        (side / path.name).symlink_to(path)
    train = TrainPanel(session)
    assert "split" not in train.status.value
    show(BrowsePanel(session), tmp_path, PARENT_FOLDER)
    assert (
        "The set's own split (train/ 24, valid/ 8) is ignored, and its photographs are mixed:"
        " choose the split folders to keep it." in train.status.value
    )
    train.planning.form.set(split="folders")
    both = "24 to train on, 8 to validate on. The set's own split is kept."
    assert f"32 are used: {both}" in train.status.value
    assert train.recipe().split == "folders"
    train.buttons.press("start")
    assert train.heading.problem == ""
    assert session.training.worker.run.recipe.split == "folders"
    assert "FuncSplitter" in train.folds.code
    trained, validated = session.data.sides()
    assert {path.split("/")[-3] for path in trained} == {"train"}
    assert (len(trained), len(validated)) == (24, 8)


def test_a_split_that_is_not_there_is_refused(few: Path, session: OurSession) -> None:
    show(BrowsePanel(session), few)
    train = TrainPanel(session)
    train.planning.form.set(split="folders")
    train.buttons.press("start")
    assert "needs train/ and valid/" in train.heading.problem
    assert session.training.worker is None
    assert not hidden(train.planning)

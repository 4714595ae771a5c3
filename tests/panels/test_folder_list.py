"""The list of folders in the lesson that looks at the data: for its owner, and for no visitor."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest
from fakes import WAIT
from waiting import hidden, wait_for, wait_for_reading

from petwidgets import BrowsePanel
from petwidgets.data import folders as listing
from petwidgets.panels.data.source_form import OWN
from petwidgets.widgets.folder_browser import FolderBrowser, described

if TYPE_CHECKING:
    from pathlib import Path

    from fakes import OurSession


@pytest.fixture
def place(few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with 32 photographs of four breeds, and more folders."""
    place = tmp_path / "person"
    (place / "pets" / "deeper").mkdir(parents=True)
    (place / ".cache").mkdir()
    (place / "<b>bold").mkdir()
    for photo in few.iterdir():
        (place / "pets" / photo.name).symlink_to(photo)
    monkeypatch.setenv("HOME", str(place))
    return place


def tell(panel: BrowsePanel, **message: object) -> None:
    """What a page sends, and what comes of it."""
    folders = panel.source.folders
    folders._handle_custom_msg({"version": folders.version, **message}, [])
    wait_for("folders")


@pytest.fixture
def panel(session: OurSession, place: Path) -> BrowsePanel:
    """It has been told that one's own folder is to be shown."""
    assert place.is_dir()
    panel = BrowsePanel(session)
    panel.source.form.set(source=OWN)
    wait_for("folders")
    return panel


def shown(panel: BrowsePanel) -> dict[str, str]:
    found = panel.source.folders
    return dict(zip(found.rows, [one["text"] for one in found.texts], strict=True))


def test_the_list_begins_at_home_and_says_what_each_folder_holds(
    panel: BrowsePanel, place: Path
) -> None:
    assert not hidden(panel.source.folder_box)
    assert panel.source.folders.opened
    assert panel.source.folders.place == {"path": str(place), "text": "2 folders", "top": False}
    assert shown(panel) == {"<b>bold": "no photographs", "pets": "32 photographs, 1 folder"}
    assert (panel.source.folders.state, panel.source.folders.ways) == ("", [])


def test_the_list_makes_room_for_a_folder_that_was_typed(panel: BrowsePanel, place: Path) -> None:
    panel.source.form.set(folder=str(place / "pets"))
    panel.source.form.press("read")
    wait_for_reading()
    assert "32 photographs of 4 breeds." in panel.summary.value
    assert not panel.source.folders.opened


def test_one_walks_into_and_out_of_folders_and_has_one_shown(
    panel: BrowsePanel, place: Path
) -> None:
    tell(panel, into=1)
    assert panel.source.folders.place["path"] == str(place / "pets")
    assert shown(panel) == {"deeper": "no photographs"}
    assert panel.source.folders.ways == [["home", "Home folder"]]
    (place / "pets").rename(place / "pets ")  # spaces belong to a name
    tell(panel, go="up")
    assert panel.source.folders.place["path"] == str(place)
    tell(panel, into=1)
    tell(panel, choose=True)
    wait_for_reading()
    assert panel.heading.problem == ""
    assert panel.source.form["folder"] == str(place / "pets ")
    assert "32 photographs of 4 breeds." in panel.summary.value
    assert not panel.source.folders.opened
    panel.source.form.press("read")
    wait_for_reading()
    assert panel.heading.problem == ""
    tell(panel, go="start")
    assert panel.source.folders.place["path"] == str(place / "pets "), "what is shown now"
    tell(panel, go="home")
    assert panel.source.folders.ways == [["present", "Present folder"]]
    tell(panel, go="present")
    assert panel.source.folders.place["path"] == str(place / "pets ")


def test_the_root_is_the_top(panel: BrowsePanel, place: Path) -> None:
    for _ in place.parents:
        tell(panel, go="up")
    assert panel.source.folders.place["path"] == place.anchor
    assert panel.source.folders.place["top"]
    tell(panel, go="up")
    assert panel.source.folders.place["path"] == place.anchor


@pytest.mark.parametrize(
    "message",
    [{"into": 7}, {"into": -1}, {"into": "pets"}, {"into": 1, "version": 0}, {},
     {"choose": True, "version": 0}, {"into": None}, {"into": [1]}],
)  # fmt: skip
def test_what_is_asked_of_no_row_of_the_list_changes_nothing(
    panel: BrowsePanel, place: Path, message: dict[str, object]
) -> None:
    tell(panel, **message)
    assert panel.source.folders.place["path"] == str(place)
    assert panel.heading.problem == ""
    assert not panel.session.data.reading.under_way


def test_a_folder_that_can_not_be_opened_is_named_and_the_list_stays(
    panel: BrowsePanel, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "pets").rename(place / "moved")
    tell(panel, into=1)
    assert panel.source.folders.state.endswith(f"can't be opened: {listing.GONE}.")
    assert panel.source.folders.place["path"] == str(place)

    def refused(folder: str, *_: object) -> listing.Contents:
        return look(folder) if folder == str(place) else listing.Contents(problem="no entry")

    look = listing.contents
    monkeypatch.setattr(listing, "contents", refused)
    tell(panel, go="home")
    assert shown(panel) == dict.fromkeys(("<b>bold", "moved"), "can't be opened: no entry")
    assert [one["closed"] for one in panel.source.folders.texts] == [True, True]


def test_a_folder_whose_name_is_no_text_is_chosen_by_its_bytes(
    panel: BrowsePanel, place: Path
) -> None:
    os.rename(os.fsencode(place / "pets"), os.fsencode(place) + b"/caf\xe9")  # noqa: PTH104
    tell(panel, go="home")
    assert shown(panel)["caf\\xe9"] == "32 photographs, 1 folder"
    tell(panel, into=1)
    assert panel.source.folders.place["path"] == f"{place}/caf\\xe9"
    tell(panel, choose=True)
    wait_for_reading()
    assert "32 photographs of 4 breeds." in panel.summary.value


def test_a_folder_that_does_not_answer_holds_nobody_up(
    panel: BrowsePanel, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, look = threading.Event(), listing.contents

    def slow(folder: str, *more: object) -> listing.Contents:
        if folder.endswith("pets"):
            assert answer.wait(WAIT)
        return look(folder)

    monkeypatch.setattr(listing, "contents", slow)
    panel.source.folders.hear({"into": 1, "version": panel.source.folders.version})
    assert panel.source.folders.state == "Looking into the folder ..."
    panel.source.folders.hear({"into": 0, "version": panel.source.folders.version})
    answer.set()
    wait_for("folders")
    assert panel.source.folders.place["path"] == str(place / "<b>bold"), "what was asked for last"


def test_what_was_not_counted_to_its_end_says_so(
    panel: BrowsePanel, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "MOST_ENTRIES", 10)
    tell(panel, go="home")
    [text] = [text for name, text in shown(panel).items() if name == "pets"]
    assert text.endswith(" and more: counting stopped there")
    tell(panel, into=1)
    assert panel.source.folders.state.startswith(
        "The first 10 entries of this folder were looked at."
    )
    monkeypatch.setattr(listing, "MOST_FOLDERS", 1)
    tell(panel, go="home")
    assert panel.source.folders.state.startswith("The list ends here; 1 more")
    assert described(listing.UNCOUNTED) == "not counted"


@pytest.mark.usefixtures("multi_user")
def test_visitors_have_no_list_and_learn_of_no_folder(session: OurSession, place: Path) -> None:
    panel = BrowsePanel(session)
    panel.source.form.set(source=OWN)
    assert hidden(panel.source.folder_box)
    assert not panel.source.folder_box.children
    looked: list[str] = []
    made = FolderBrowser(looked.append, session.data.check_choice, lambda: str(place))
    made.on_msg(panel.guarded(lambda _widget, message, _buffers: made.hear(message)))
    for message in ({"go": "start"}, {"go": "up"}, {"into": 0, "version": 0}, {"choose": True}):
        made._handle_custom_msg(message, [])
        assert "reads no folder of their choice" in panel.heading.problem
        assert (made.place, made.rows, looked) == ({}, [], [])
    said = set()
    for folder in (place, place / "nowhere", place / "a\0b", "~", "~nobody-of-this-name", "\ud800"):
        panel.source.form.set(folder=str(folder))
        panel.source.form.press("read")
        said.add(panel.heading.problem)
    assert len(said) == 1
    assert "reads no folder of their choice" in said.pop()


@pytest.mark.usefixtures("multi_user")
def test_no_way_to_what_is_offered_tells_of_other_folders(
    session: OurSession, few: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "link").symlink_to(few)
    monkeypatch.setenv("PETWIDGETS_DATA", str(few))
    panel = BrowsePanel(session)
    up = "/.." * len(few.parts)
    said = set()
    for way in (f"{place}{up}{few}", f"{place}/nowhere{up}{few}", f"{place}/link", f"{few}/../x"):
        panel.source.form.set(source=OWN, folder=way)
        panel.source.form.press("read")
        wait_for_reading()
        said.add(panel.heading.problem)
    assert len(said) == 1
    assert "reads no folder of their choice" in said.pop()
    panel.source.form.set(folder=f"{few}/nowhere")
    panel.source.form.press("read")
    wait_for_reading()
    assert "There is no folder" in panel.heading.problem


def test_a_page_comes_back_though_its_folder_may_be_read_no_longer(
    session: OurSession, few: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = session.arrive("")
    session.data.read(str(few), session.data.pattern)
    wait_for_reading()
    monkeypatch.setenv("PETWIDGETS_VISITORS", "1")
    again = type(session)(session.engine, session.store)
    assert again.arrive(identity) == identity
    assert "reads no folder of their choice" in again.data.reading.problem
    assert again.data.dataset is None

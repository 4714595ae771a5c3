"""Browsing: a source, what it holds, and the grid that scrolls through it."""

from __future__ import annotations

import io
import shutil
import threading
from typing import TYPE_CHECKING, Any

import pytest
from fakes import WAIT, OurSession
from PIL import Image
from waiting import hidden, wait_for, wait_for_reading, wait_until

from petwidgets import BrowsePanel
from petwidgets.common.errors import UNEXPECTED, Problem
from petwidgets.data import sources
from petwidgets.data.checks.findings import Finding
from petwidgets.data.download.archive import Stopped
from petwidgets.panels.data import browse
from petwidgets.panels.data.source_form import OWN
from petwidgets.recipes.labelling import CHAPTER_PATTERN, PARENT_FOLDER
from petwidgets.session.data import STEP
from petwidgets.widgets import thumbnail_grid
from petwidgets.widgets.thumbnail_grid import MOST, PIECE, ThumbnailGrid

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def choose_folder(panel: BrowsePanel, folder: object, pattern: str = CHAPTER_PATTERN) -> None:
    panel.source.form.set(source=OWN, folder=str(folder), pattern=pattern)
    panel.source.form.press("read")
    wait_for_reading()
    assert not panel.session.data.reading.under_way


def listed(panel: BrowsePanel) -> list[str]:
    return [path.name for path, _ in panel.scroller.photographs]


def reading_disabled(panel: BrowsePanel) -> bool:
    (field,) = [f for f in panel.source.form.fields if f["name"] == "read"]
    return bool(field.get("disabled"))


@pytest.fixture
def browsing(few: Path, session: OurSession) -> BrowsePanel:
    """A panel that shows 8 photographs of each of four breeds."""
    panel = BrowsePanel(session)
    choose_folder(panel, few)
    return panel


def test_a_folder_is_read_counted_and_listed(few: Path, session: OurSession) -> None:
    panel = BrowsePanel(session)
    assert hidden(panel.found)
    choose_folder(panel, few)
    assert panel.heading.problem == ""
    assert not hidden(panel.found)
    assert hidden(panel.source.progress)
    assert not reading_disabled(panel)
    assert panel.summary.value == (
        "Live, counted just now: 32 photographs of 4 breeds. Siamese (8), beagle (8), pug (8) and"
        " samoyed (8) have fewer than 10 photographs: their figures mean little."
    )
    assert [(bar["label"], bar["value"], bar["tone"]) for bar in panel.counts.items] == [
        ("Siamese", 8, "cat"),
        ("beagle", 8, "dog"),
        ("pug", 8, "dog"),
        ("samoyed", 8, "dog"),
    ]
    breeds = [label for _, label in panel.scroller.photographs[:8]]
    assert breeds == ["Siamese", "beagle", "pug", "samoyed"] * 2
    assert panel.scroller.count == 32
    assert panel.scroller.caption == "32 of 32, one of each breed in turn"
    assert repr(str(few)) in panel.folds.code
    assert panel.tree.root["text"] == "32 .jpg"


def test_filters_narrow_what_is_listed(browsing: BrowsePanel) -> None:
    panel = browsing
    panel.filter.set(species="cat")
    assert {name.split("_")[0] for name in listed(panel)} == {"Siamese"}
    panel.filter.set(species="", breed="pug")
    assert listed(panel) == sorted(listed(panel))
    assert len(listed(panel)) == 8
    assert panel.counts.chosen == "pug"
    panel.filter.set(breed="", words="SAM 1")
    assert listed(panel)
    assert all("samoyed" in name and "1" in name for name in listed(panel))
    panel.filter.set(words="teapot")
    assert panel.scroller.count == 0
    assert panel.scroller.caption.startswith("No photograph matches")


def species_fields(panel: BrowsePanel) -> tuple[bool, list[str]]:
    """Whether species can't be chosen, and the texts of what can."""
    (field,) = [f for f in panel.filter.fields if f["name"] == "species"]
    return bool(field.get("hidden")), [text for _, text in field["options"]]


def test_no_species_is_made_up_for_breeds_of_ones_own(
    browsing: BrowsePanel, few: Path, tmp_path: Path
) -> None:
    panel = browsing
    assert species_fields(panel) == (False, ["All", "cats", "dogs"])
    panel.filter.set(species="cat")
    for n, path in enumerate(sorted(few.iterdir())):
        folder = tmp_path / ("Golden Retriever", "persian cat", "pug")[n % 3]
        folder.mkdir(exist_ok=True)
        (folder / path.name).symlink_to(path)
    choose_folder(panel, tmp_path, PARENT_FOLDER)
    assert species_fields(panel) == (True, ["All"])
    assert panel.scroller.count == 32, "the choice of a set that has species is gone with it"
    assert {bar["tone"] for bar in panel.counts.items} == {""}
    for at in range(3):
        panel.scroller._opened(at)
        breed = dict(panel.viewer.facts)["Class"]
        assert breed in ("Golden Retriever", "persian cat", "pug")


def test_a_bar_and_a_size_are_clicked(browsing: BrowsePanel) -> None:
    panel = browsing
    wait_until(panel.sizes, "items", lambda: bool(panel.sizes.items))
    assert [(bar["label"], bar["value"]) for bar in panel.sizes.items] == [("500 to 599", 32)]
    panel.counts.chosen = "beagle"
    assert panel.filter["breed"] == "beagle"
    assert panel.scroller.count == 8
    panel.sizes.chosen = "500"
    assert panel.scroller.count == 8
    panel.counts.chosen = ""
    assert panel.scroller.count == 32
    panel.filter.set(shape="portrait")
    assert panel.scroller.count == 0


def test_a_folder_of_the_tree_is_chosen(few: Path, session: OurSession, tmp_path: Path) -> None:
    for breed in ("pug", "Siamese"):
        (tmp_path / breed).mkdir()
        for path in sorted(few.glob(f"{breed}_*"))[:3]:
            (tmp_path / breed / path.name).symlink_to(path)
    (tmp_path / "notes.txt").touch()
    panel = BrowsePanel(session)
    choose_folder(panel, tmp_path)
    root = panel.tree.root
    assert root["text"] == "1 .txt"
    assert [(one["name"], one["text"]) for one in root["folders"]] == [
        ("Siamese", "3 .jpg"),
        ("pug", "3 .jpg"),
    ]
    panel.tree.chosen = "pug"
    assert {label for _, label in panel.scroller.photographs} == {"pug"}


def test_no_folder_and_no_size_of_other_photographs_filters_these(
    few: Path, session: OurSession, tmp_path: Path
) -> None:
    (tmp_path / "pug").mkdir()
    Image.new("RGB", (90, 60)).save(tmp_path / "pug" / "pug_1.jpg")
    panel = BrowsePanel(session)
    choose_folder(panel, tmp_path)
    wait_until(panel.sizes, "items", lambda: bool(panel.sizes.items))
    panel.tree.chosen, panel.sizes.chosen = "pug", "0"
    assert panel.scroller.count == 1
    choose_folder(panel, tmp_path, PARENT_FOLDER)
    assert (panel.tree.chosen, panel.sizes.chosen) == ("pug", "0"), "the folder is the same one"
    choose_folder(panel, few)
    assert (panel.tree.chosen, panel.sizes.chosen) == ("", "")
    assert panel.scroller.count == 32


def test_faults_become_a_filter(browsing: BrowsePanel) -> None:
    panel = browsing
    path = panel.session.data.paths[5]
    assert next(f for f in panel.filter.fields if f["name"] == "fault")["hidden"]
    panel.session.data.findings = [Finding(str(path), "dark", "This picture is very dark.")]
    panel.filter.set(fault="dark")
    assert listed(panel) == [path.name]
    panel.scroller._opened(0)
    assert ["Found", "This picture is very dark."] in panel.viewer.facts


def test_what_is_no_photograph_is_no_choice_of_the_filter(browsing: BrowsePanel) -> None:
    data = browsing.session.data
    notes = Finding(str(data.paths[0].with_name("notes.csv")), "odd", "This is no picture.")
    data.findings = [notes, Finding(str(data.paths[5]), "dark", "This picture is very dark.")]
    field = next(f for f in browsing.filter.fields if f["name"] == "fault")
    assert field["options"] == [["", "All"], ["dark", "Too dark"]]
    data.findings = [notes]
    assert next(f for f in browsing.filter.fields if f["name"] == "fault")["hidden"]


def test_a_photograph_opens_large_with_its_facts(browsing: BrowsePanel) -> None:
    panel = browsing
    wait_until(panel.sizes, "items", lambda: bool(panel.sizes.items))
    panel.scroller._opened(1)
    assert panel.viewer.opened
    facts = dict(panel.viewer.facts)
    name = listed(panel)[1]
    assert panel.viewer.title == f"beagle: {name}"
    assert facts["Size"] == "512 x 512 pixels, square"
    assert facts["Format"].startswith("JPEG, ")
    assert facts["Breed"] == "beagle, a dog"
    _, valid = panel.session.data.sides()
    side = "validated on" if str(panel.scroller.photographs[1][0]) in valid else "trained on"
    assert facts["Split"].startswith(side)
    with Image.open(io.BytesIO(panel.viewer.jpeg)) as picture:
        assert picture.size == (512, 512)
    panel.viewer._turned(1)
    assert panel.viewer.title.startswith("pug: ")
    for _ in range(40):
        panel.viewer._turned(1)
    assert panel.viewer.title.endswith(listed(panel)[-1])


def test_names_as_hard_as_markup_stay_text(real: Path, tmp_path: Path, session: OurSession) -> None:
    name = "<img src=x onerror=alert(1)>_1.jpg"
    shutil.copy(real / "odd-images" / "cat_chelsea.png", tmp_path / name)
    panel = BrowsePanel(session)
    choose_folder(panel, tmp_path)
    panel.scroller._opened(0)
    assert panel.viewer.title.endswith(name)


def test_what_is_wrong_is_said_and_the_controls_are_kept(
    few: Path, session: OurSession, tmp_path: Path
) -> None:
    panel = BrowsePanel(session)
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
        assert (panel.source.form["source"], panel.source.form["folder"]) == (OWN, str(folder))
        assert panel.source.form["pattern"] == pattern
        assert not reading_disabled(panel)
        assert hidden(panel.source.progress)
        assert hidden(panel.found)
    choose_folder(panel, few)
    assert panel.heading.problem == ""
    assert not hidden(panel.found)


def test_no_folder_typed_is_a_sentence_and_starts_nothing(session: OurSession) -> None:
    panel = BrowsePanel(session)
    panel.source.form.set(source=OWN, folder="   ")
    panel.source.form.press("read")
    assert panel.heading.problem == "Type the path of a folder that holds photographs."
    assert not session.data.reading.under_way
    assert session.data.source == sources.SAMPLE


def test_names_that_do_not_match_are_counted_and_still_shown(
    few: Path, session: OurSession
) -> None:
    panel = BrowsePanel(session)
    choose_folder(panel, few, r"^([a-z]+)_\d+.jpg$")
    assert "24 photographs of 3 breeds. 8 names do not match the expression" in panel.summary.value
    assert "Without them these are missing: Siamese (8)." in panel.summary.value
    assert panel.scroller.count == 32
    choose_folder(panel, few, PARENT_FOLDER)
    assert panel.summary.value.endswith(" of 1 class.")


def test_reading_shows_progress_and_can_be_stopped(
    session: OurSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = BrowsePanel(session)

    def prepare(_: str, progress: Callable[[int, int], None], stop: Callable[[], bool]) -> Path:
        progress(500, 2000)
        asked.set()
        assert stopped.wait(WAIT)
        assert stop()
        raise Stopped("The drawing was stopped.")

    asked, stopped = threading.Event(), threading.Event()
    monkeypatch.setattr(sources, "prepare", prepare)
    panel.source.form.set(source=sources.SAMPLE)
    panel.source.form.press("read")
    assert asked.wait(WAIT)
    assert not hidden(panel.source.progress)
    assert panel.source.progress.bar.value == 0.25
    assert panel.source.progress.text.value.startswith("500 of 2,000")
    assert reading_disabled(panel)
    with pytest.raises(Problem, match="being fetched already"):
        session.data.read("/x", CHAPTER_PATTERN)
    panel.source.progress.button.click()
    stopped.set()
    wait_for_reading()
    assert panel.heading.problem == "The drawing was stopped."
    assert hidden(panel.source.progress)


def test_pictures_are_seen_while_others_are_drawn(
    session: OurSession, few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel, photographs = BrowsePanel(session), sorted(few.glob("*.jpg"))
    choose_folder(panel, few)  # what is seen of another source goes
    here: list[Path] = []
    seen = []

    def prepare(_: str, progress: Callable[[int, int], None], _stop: object) -> Path:
        for n in (0, STEP, STEP + 1, 2 * STEP):
            here[:] = [few / f"{i}.jpg" for i in range(n)]
            before = panel.scroller.version
            progress(n, 1480)
            seen.append((panel.scroller.count, panel.scroller.version - before))
        assert panel.scroller.caption == f"Being drawn now. Here already: {2 * STEP}."
        assert hidden(panel.choosing)
        assert hidden(panel.rest)
        assert not hidden(panel.found)
        return few

    monkeypatch.setattr(sources, "prepare", prepare)
    monkeypatch.setattr(sources, "arrived", lambda _: here)
    panel.source.form.set(source=sources.SAMPLE)
    panel.source.form.press("read")
    wait_for_reading()
    # The second time others come behind those in sight, which are not asked for again.
    assert seen == [(0, 0), (STEP, 1), (STEP, 0), (2 * STEP, 0)]
    assert session.data.arriving == []
    assert sorted(listed(panel)) == [path.name for path in photographs]
    assert not hidden(panel.choosing)
    assert not hidden(panel.rest)


def test_a_picture_opens_while_others_are_drawn(session: OurSession, few: Path) -> None:
    panel, drawn = BrowsePanel(session), sorted(few.glob("*.jpg"))[:2]
    session.data.arriving = drawn
    panel.scroller._opened(1)
    assert panel.viewer.opened
    assert panel.viewer.title == drawn[1].name
    assert dict(panel.viewer.facts)["File"] == drawn[1].name
    assert panel.viewer.jpeg


def test_what_is_scrolled_stays_when_the_drawing_ends(browsing: BrowsePanel) -> None:
    data, version = browsing.session.data, browsing.scroller.version
    data.arriving = [*data.paths[:2]]
    data.arriving = []
    assert browsing.scroller.version == version
    dataset, data.dataset = data.dataset, None
    data.dataset = dataset
    assert browsing.scroller.version > version, "what is read anew is shown from its first one on"


def test_a_bug_shows_a_sentence_and_logs_its_traceback(
    session: OurSession, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    panel = BrowsePanel(session)
    monkeypatch.setattr(sources, "prepare", lambda *_: 1 / 0)
    choose_folder(panel, "/x")
    assert panel.heading.problem == UNEXPECTED
    assert "ZeroDivisionError" in caplog.text
    assert not session.data.reading.under_way


# --- the scroller ---


class Page(ThumbnailGrid):
    """A scroller whose page is a list."""

    def __init__(self) -> None:
        super().__init__()
        self.got: list[tuple[dict[str, Any], list[bytes]]] = []

    def send(self, content: dict[str, Any], buffers: Any = None) -> None:
        self.got.append((content, list(buffers)))

    def want(self, start: int, end: int, version: int | None = None) -> None:
        wish = {"kind": "want", "from": start, "to": end}
        self._hear(self, {**wish, "version": self.version if version is None else version}, [])
        wait_for("thumbnails")


def test_thumbnails_come_in_pieces_as_they_are_asked_for(few: Path) -> None:
    page = Page()
    paths = sorted(few.iterdir())
    page.show([(path, "a breed") for path in paths])
    page.want(3, 30)
    assert [said["from"] for said, _ in page.got] == [3, 3 + PIECE, 3 + 2 * PIECE]
    names = [item["name"] for said, _ in page.got for item in said["items"]]
    assert names == [path.name for path in paths[3:30]]
    for _, buffers in page.got:
        for jpeg in buffers:
            with Image.open(io.BytesIO(jpeg)) as picture:
                assert (picture.format, max(picture.size)) == ("JPEG", 200)


def test_a_wish_for_what_is_no_longer_shown_gets_no_answer(few: Path) -> None:
    page = Page()
    paths = sorted(few.iterdir())
    page.show([(paths[0], "pug")])
    before = page.version
    page.show([(paths[1], "pug")])
    page.want(0, 1, before)
    assert page.got == []
    page.want(0, 1)
    assert page.got[0][0]["items"][0]["name"] == paths[1].name


def test_a_newer_wish_pushes_an_older_one_aside(few: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page, begun, go = Page(), threading.Event(), threading.Event()

    def slow(_path: Path) -> bytes:
        begun.set()
        assert go.wait(WAIT)
        return b"jpeg"

    monkeypatch.setattr(thumbnail_grid, "cached", slow)
    page.show([(path, "") for path in sorted(few.iterdir())])
    page._hear(page, {"kind": "want", "from": 0, "to": 24, "version": 1}, [])
    assert begun.wait(WAIT)
    page._hear(page, {"kind": "want", "from": 26, "to": 30, "version": 1}, [])
    go.set()
    wait_for("thumbnails")
    assert [said["from"] for said, _ in page.got] == [0, 26]


@pytest.mark.parametrize(
    "wish", [{}, {"kind": "want"}, {"kind": "want", "from": "x", "to": None}, {"kind": "open"}]
)
def test_odd_wishes_do_no_harm(wish: dict[str, Any], few: Path) -> None:
    page = Page()
    page.show([(next(few.iterdir()), "")])
    page._hear(page, {"version": 1, **wish}, [])
    wait_for("thumbnails")
    assert page.got == []


def test_no_wish_is_for_thousands(few: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thumbnail_grid, "cached", lambda _: b"jpeg")
    page = Page()
    page.show([(next(few.iterdir()), "")] * 5000)
    page.want(0, 5000)
    assert sum(len(buffers) for _, buffers in page.got) == MOST


def test_an_emptied_cache_is_filled_again(
    few: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Page()
    page.show([(path, "") for path in sorted(few.iterdir())])
    page.want(0, 1)
    shutil.rmtree(home / "cache")
    page.want(0, 1)
    assert page.got[0][1] == page.got[1][1]
    monkeypatch.setattr(thumbnail_grid, "cached", lambda _: 1 / 0)
    page.want(0, 1)
    assert page.got[2][0]["items"][0]["problem"] == UNEXPECTED
    monkeypatch.undo()
    page.want(1, 2)
    assert page.got[3][1][0]


def test_a_picture_that_can_not_be_read_says_so_in_its_place(real: Path, tmp_path: Path) -> None:
    shutil.copy(real / "odd-images" / "derived_zero_bytes.jpg", tmp_path / "pug_1.jpg")
    shutil.copy(real / "odd-images" / "cat_chelsea.png", tmp_path / "pug_2.jpg")
    page = Page()
    page.show([(tmp_path / f"pug_{n}.jpg", "pug") for n in (1, 2, 3)])
    page.want(0, 3)
    ((said, buffers),) = page.got
    assert said["items"][0]["problem"] == "This file is empty: choose another one."
    assert (buffers[0], buffers[2]) == (b"", b"")
    assert buffers[1]
    assert "can't be read any more" in said["items"][2]["problem"]


def test_a_label_for_each_of_many_photographs_shows_the_first_breeds(
    few: Path, session: OurSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browse, "MOST_BREEDS", 5)
    panel = BrowsePanel(session)
    choose_folder(panel, few, "(.+)")
    assert len(panel.counts.items) == 5
    assert panel.counts.caption == "Photographs per class, of the first 5 of 32"
    choose_folder(panel, few)
    assert panel.counts.caption == "Photographs per breed"


def values(panel: BrowsePanel) -> dict[str, str]:
    panel.in_python.methods.opened = True
    return dict(map(tuple, panel.in_python.methods.rows))  # type: ignore[arg-type]


def test_the_folder_is_shown_as_python_has_it(few: Path, browsing: BrowsePanel) -> None:
    folds = browsing.in_python
    assert folds.methods.rows == folds.forms.rows == []  # nothing is sent before it is opened
    found = values(browsing)
    assert found["path.ls()"].startswith(f"(#{len([*few.iterdir()])}) [Path('")
    name = next(few.iterdir()).name
    assert found["fname.name"] == repr(name)
    folds.forms.opened = True
    assert len(folds.forms.rows) == 3
    assert folds.forms.header[2] == "A table: name,label"


def test_a_visitor_is_told_photographs_alone(
    few: Path, session: OurSession, monkeypatch: pytest.MonkeyPatch, multi_user: None
) -> None:
    monkeypatch.setenv("PETWIDGETS_DATA", str(few))
    panel = BrowsePanel(session)
    choose_folder(panel, few)
    found = values(panel)
    assert "path.ls()" not in found
    assert str(few.parent) not in str(found)
    assert found["get_image_files(path).sorted()"].startswith("(#32) ")


def test_a_folder_that_went_is_said_to_be_gone(
    few: Path, session: OurSession, tmp_path: Path
) -> None:
    there = shutil.copytree(few, tmp_path / "there")
    panel = BrowsePanel(session)
    choose_folder(panel, there)
    shutil.rmtree(there)
    panel.in_python.methods.opened = True
    assert panel.in_python.methods.rows == [
        ["The folder can't be read any more: press Show again."]
    ]

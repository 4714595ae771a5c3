"""What is found in a folder, in which order, and what is said when nothing is."""

from pathlib import Path

import pytest

from petwidgets.common.errors import Problem
from petwidgets.common.paths import cache
from petwidgets.data import oxford, sources
from petwidgets.data.dataset import Dataset, load
from petwidgets.data.sources import OXFORD, SAMPLE, photographs
from petwidgets.data.synthetic import sample
from petwidgets.recipes.labelling import CHAPTER_PATTERN, PARENT_FOLDER


def fill(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"not looked into")
    return folder


def said(source: str, pattern: str = CHAPTER_PATTERN) -> str:
    with pytest.raises(Problem) as caught:
        load(source, pattern)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def names(found: Dataset) -> list[str]:
    return [found.name(path) for path in found.paths]


def test_photographs_are_sorted_and_labelled(tmp_path: Path) -> None:
    fill(tmp_path, "pug_2.jpg", "Siamese_9.JPG", "pug_10.jpg", "beagle_1.jpg", "sub/pug_3.jpg")
    found = load(str(tmp_path), r"(.+)_\d+.(?:jpg|JPG)$")
    assert names(found) == [
        "Siamese_9.JPG",
        "beagle_1.jpg",
        "pug_10.jpg",
        "pug_2.jpg",
        "sub/pug_3.jpg",
    ]
    assert found.breeds == ("Siamese", "beagle", "pug", "pug", "pug")
    assert found.vocab == ("Siamese", "beagle", "pug")
    assert found.counts() == {"Siamese": 1, "beagle": 1, "pug": 3}
    assert list(found.counts()) == list(found.vocab)
    assert found.folder == tmp_path
    assert found.unmatched == ()


def test_what_the_pattern_does_not_match_is_left_out_and_kept_apart(tmp_path: Path) -> None:
    fill(tmp_path, "pug_1.jpg", "holiday.jpg", "pug.png", "pug_2.jpg")
    found = load(str(tmp_path))
    assert names(found) == ["pug_1.jpg", "pug_2.jpg"]
    assert [path.name for path in found.unmatched] == ["holiday.jpg", "pug.png"]


def test_hidden_and_other_files_are_ignored(tmp_path: Path) -> None:
    odd = (
        "pug_1.mat",
        "pug_2.txt",
        ".pug_3.jpg",
        "._pug_4.jpg",
        ".git/pug_5.jpg",
        "a/.b/pug_6.jpg",
    )
    fill(tmp_path, "pug_7.jpg", "pug_8.webp", "pug_9.HEIC", *odd)
    assert [path.name for path in photographs(tmp_path)] == [
        "pug_7.jpg",
        "pug_8.webp",
        "pug_9.HEIC",
    ]


def test_a_folder_below_a_hidden_one_can_be_chosen(tmp_path: Path) -> None:
    fill(tmp_path, ".fastai/data/pets/pug_1.jpg")
    assert len(photographs(tmp_path / ".fastai/data/pets")) == 1


def test_a_limit_keeps_the_first_of_each_breed(tmp_path: Path) -> None:
    fill(tmp_path, *(f"{breed}_{i}.jpg" for breed in ("pug", "Bombay") for i in range(1, 6)))
    found = load(str(tmp_path))
    assert names(found.limited(2)) == ["Bombay_1.jpg", "Bombay_2.jpg", "pug_1.jpg", "pug_2.jpg"]
    assert found.limited(2).breeds == ("Bombay", "Bombay", "pug", "pug")
    assert found.limited(99) == found.limited(None) == found


def test_a_limit_counts_breeds_whose_files_are_not_together(tmp_path: Path) -> None:
    fill(tmp_path, "a/pug_1.jpg", "b/Bombay_1.jpg", "c/pug_2.jpg", "d/pug_3.jpg")
    limited = load(str(tmp_path)).limited(2)
    assert names(limited) == ["a/pug_1.jpg", "b/Bombay_1.jpg", "c/pug_2.jpg"]


def test_labels_by_folder(tmp_path: Path) -> None:
    fill(tmp_path, "pug/1.jpg", "Siamese/1.jpg", "pug/2.jpg")
    found = load(str(tmp_path), PARENT_FOLDER)
    assert list(zip(names(found), found.breeds, strict=True)) == [
        ("Siamese/1.jpg", "Siamese"),
        ("pug/1.jpg", "pug"),
        ("pug/2.jpg", "pug"),
    ]


def test_a_missing_folder_is_one_sentence(tmp_path: Path) -> None:
    assert said(str(tmp_path / "gone")) == f"There is no folder {tmp_path}/gone: check the path."
    file = fill(tmp_path, "pug_1.jpg") / "pug_1.jpg"
    assert said(str(file)) == f"There is no folder {file}: check the path."


@pytest.mark.parametrize("source", ["~nobody-of-this-name/pets", "x" * 5000, "a\0b", ""])
def test_a_folder_that_can_not_be_is_one_sentence(source: str) -> None:
    assert said(source) == f"There is no folder {source}: check the path."
    assert not sources.prepared(source)


def test_a_home_is_found_by_its_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    fill(tmp_path, "pets/pug_1.jpg")
    assert load("~/pets").folder == tmp_path / "pets"
    assert sources.prepared("~/pets")


def test_an_empty_folder_is_one_sentence(tmp_path: Path) -> None:
    assert said(str(tmp_path)).startswith(f"There are no photographs in {tmp_path}: ")
    fill(tmp_path, "notes.txt")
    assert said(str(tmp_path)).startswith(f"There are no photographs in {tmp_path}: ")


def test_a_pattern_that_matches_nothing_is_one_sentence(tmp_path: Path) -> None:
    fill(tmp_path, "IMG 1.jpg", "IMG 2.jpg")
    said_so = said(str(tmp_path))
    assert said_so.startswith(f"The pattern {CHAPTER_PATTERN} matches none of 2 names, such as IMG")
    assert PARENT_FOLDER in said_so
    assert "captures nothing" in said(str(tmp_path), "IMG")


def test_the_folder_of_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PETWIDGETS_DATA", raising=False)
    assert sources.sources() == [SAMPLE, OXFORD]
    monkeypatch.setenv("PETWIDGETS_DATA", "/srv/pets")
    assert sources.sources() == ["/srv/pets", SAMPLE, OXFORD]
    monkeypatch.setenv("PETWIDGETS_DATA", "/srv/pets/")
    assert sources.sources() == ["/srv/pets", SAMPLE, OXFORD]
    assert sources.named("//") == sources.named("/") == "/"


def test_what_is_drawn_is_never_called_a_photograph() -> None:
    assert sources.kind(SAMPLE) == "drawn pictures"
    assert sources.kind(OXFORD) == sources.kind("/srv/pets") == "photographs"
    assert sources.kind(SAMPLE, many=False) == "drawn picture"
    assert "rawn" in sources.title(SAMPLE)
    assert sources.title("/srv/pets") == "Folder /srv/pets"


def test_special_sources_are_drawn_and_fetched(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[object] = []

    def draw(folder: Path, **options: object) -> Path:
        asked.append(folder)
        return fill(folder, "pug_1.jpg")

    monkeypatch.setattr(sample, "draw_sample", draw)
    monkeypatch.setattr(oxford, "get", lambda **_: fill(tmp_path / "oxford", "images/pug_1.jpg"))
    assert load(SAMPLE).folder == cache(f"drawn-{sample.VERSION}") == asked[0]
    assert load(OXFORD).folder == tmp_path / "oxford" / "images"
    assert not sources.prepared(SAMPLE)


def test_the_real_photographs(real: Path) -> None:
    found = load(str(real / "pets-512" / "images"))
    assert len(found.paths) == 3700
    assert set(found.counts().values()) == {100}
    assert list(found.paths) == sorted(found.paths)
    assert len(found.limited(10).paths) == 370


def test_a_label_for_each_photograph_is_no_training() -> None:
    names = tuple(Path(f"{n}.jpg") for n in range(1001))
    few = Dataset("x", Path(), names[:1000], tuple(map(str, names[:1000])))
    few.require_breeds()
    many = Dataset("x", Path(), names, tuple(map(str, names)))
    with pytest.raises(Problem, match=r"1,001 labels, .* 1,000 classes apart at most"):
        many.require_breeds()

"""Labels from a CSV file: any spreadsheet's, of any paths; and what fits nothing is counted."""

from __future__ import annotations

import os
import unicodedata
from typing import TYPE_CHECKING

import pytest

from petwidgets.common.errors import Problem
from petwidgets.data import label_store, label_table
from petwidgets.data.dataset import Dataset, load
from petwidgets.data.label_match import matched
from petwidgets.data.label_table import Table, read
from petwidgets.data.matching import Names

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = "file,breed\nbeagle_1.jpg,beagle\nBär_2.jpg,Bärenhund\n"
ROWS = (("beagle_1.jpg", "beagle"), ("Bär_2.jpg", "Bärenhund"))


def rows(text: str, encoding: str = "utf-8", **columns: str) -> Table:
    return read(text.encode(encoding), "breeds.csv", **columns)


def refused(content: bytes | str, **columns: str) -> str:
    with pytest.raises(Problem) as raised:
        read(content.encode() if isinstance(content, str) else content, "breeds.csv", **columns)
    said = str(raised.value)
    assert said.startswith("breeds.csv: ")
    assert said.endswith(".")
    return said.removeprefix("breeds.csv: ")


# --- what spreadsheets write ---


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"],
)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_spreadsheet_is_read(encoding: str, separator: str, end: str) -> None:
    text = PLAIN.replace(",", separator).replace("\n", end)
    found = rows(text, encoding)
    assert (found.rows, found.file_column, found.label_column) == (ROWS, "file", "breed")


def test_utf_16_with_its_marks_is_read() -> None:
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        assert read(mark + PLAIN.encode(encoding), "x.csv").rows == ROWS


@pytest.mark.parametrize(
    "text",
    [
        ' File ;"BREED"; ;\r\n"beagle_1.jpg";"beagle";;\r\nBär_2.jpg ; Bärenhund;;\r\n;;;\r\n\r\n',
        "\n ;;\nfile;breed\nbeagle_1.jpg;beagle\nBär_2.jpg;Bärenhund\n\n",
        "sep=;\r\nfile;breed\r\nbeagle_1.jpg;beagle\r\nBär_2.jpg;Bärenhund",
        'file,breed,note\nbeagle_1.jpg,beagle,"a, b; c\nd"\nBär_2.jpg,Bärenhund\n',
        ",file,breed\n0,beagle_1.jpg,beagle\n1,Bär_2.jpg,Bärenhund\n",
        "Breed,is_valid,File Name\nbeagle,True,beagle_1.jpg\nBärenhund,False,Bär_2.jpg\n",
        "file,breed\n\xa0beagle_1.jpg,beagle\xa0\nBär_2.jpg,Bärenhund,more,cells\n",
    ],
)
def test_blanks_quotes_and_empty_columns_do_not_matter(text: str) -> None:
    assert rows(text).rows == ROWS


def test_cells_kept_from_being_formulas_come_back() -> None:
    assert rows("file,label\n'-pug.jpg,'=pug\n").rows == (("-pug.jpg", "=pug"),)


# --- which columns ---


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("image,label", ("image", "label")),
        ("Image_ID;Class Name;score", ("Image_ID", "Class Name")),
        ("id,breed", ("id", "breed")),
        ("breed,id", ("id", "breed")),
        ("which,what", ("which", "what")),
        ("name,is_valid,what", ("name", "what")),
        ("PATH,species,breed,is_valid", ("PATH", "breed")),
    ],
)
def test_columns_are_found_by_their_names(header: str, columns: tuple[str, str]) -> None:
    separator = ";" if ";" in header else ","
    body = separator.join("xyz1"[i] for i in range(header.count(separator) + 1))
    found = rows(f"{header}\n{body}\n")
    assert (found.file_column, found.label_column) == columns


def test_columns_are_found_by_what_they_hold() -> None:
    found = rows("what,where\npug,pug_1.jpg\npug,pug_2.jpg\n")
    assert (found.file_column, found.label_column) == ("where", "what")


def test_columns_are_chosen_by_name() -> None:
    text = "file,label,cleaned label,where\na.jpg,pug,boxer,b.jpg\n"
    assert rows(text).rows == (("a.jpg", "pug"),)
    chosen = rows(text, file_column="WHERE", label_column="cleaned_label")
    assert chosen.rows == (("b.jpg", "boxer"),)
    assert chosen.said == (
        "breeds.csv (names from the column 'where', labels from 'cleaned label')"
    )
    said = refused(text, label_column="race")
    assert (
        said == "There is no column 'race': the columns are file, label, cleaned label and where."
    )
    assert "can't hold both" in refused(text, file_column="label", label_column="label")


def test_unclear_columns_are_asked_for() -> None:
    said = refused("file,x1,x2\na.jpg,1,2\n")
    assert said.startswith(
        "It is not clear which column holds the labels: choose the label column, x1 and x2."
    )


# --- what is no table ---


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n", "empty"),
        (b"file\na.jpg\n", "only one column, 'file'"),
        (b"a.jpg,pug\nb.jpg,pug\n", "no header, for the first row is about a.jpg and pug"),
        (b"file,label\n", "no rows"),
        (b";;\n ; \n", "empty"),
        (b"PK\x03\x04\x14\0\0\0", "workbook"),
        (b"\xd0\xcf\x11\xe0\xa1", "old workbook"),
        (b"\x89PNG\r\n\x1a\n\0\0", "picture"),
        (bytes(range(256)) * 9, "not text"),
        (b"\x01\x02\x03\x04\x05\x06" * 99, "not text"),
        (b"x" * (label_table.MOST + 1), "more than 16 MB"),
        (b'file,label\n"' + b"x" * 200_000, "not a CSV file that can be read"),
        (b"\xff\xfea", "damaged"),
        (b"file,label\n" + b"x" * 2000 + b",pug\n", "Row 2 has a cell of more than 1,000"),
    ],
)
def test_what_is_no_table_is_one_sentence(content: bytes, words: str) -> None:
    assert words in refused(content)


# --- which photographs ---

NESTED = ["Abyssinian/0001.jpg", "Abyssinian/0002.jpg", "beagle/0001.jpg", "beagle/0003.png"]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("beagle/0001.jpg", "beagle/0001.jpg"),
        (r"beagle\0001.jpg", "beagle/0001.jpg"),
        (r"C:\Users\me\pets\beagle\0001.JPG", "beagle/0001.jpg"),
        ("/kaggle/input/pets/beagle/0001.jpg", "beagle/0001.jpg"),
        ("./beagle/0001", "beagle/0001.jpg"),
        ("0003.png", "beagle/0003.png"),
        ("0003", "beagle/0003.png"),
        ("BEAGLE/0003", "beagle/0003.png"),
        ("0001.jpg", None),
        ("0003.jpg", None),
        ("pug/0003.png", None),
        ("/", None),
    ],
)
def test_paths_are_understood(given: str, name: str | None) -> None:
    table = Table("t.csv", "file", "label", ((given, "pug"), (NESTED[1], "boxer")))
    labels, _ = matched(table, NESTED)
    assert labels == {**({name: "pug"} if name else {}), NESTED[1]: "boxer"}


def test_names_in_other_encodings_are_understood() -> None:
    apart = unicodedata.normalize("NFD", "Bär_1.jpg")
    old = os.fsdecode("Bär_2.jpg".encode("cp1252"))
    table = Table("t.csv", "file", "label", (("Bär_1.jpg", "a"), ("Bär_2.jpg", "b"), (old, "b")))
    labels, notes = matched(table, [apart, old])
    assert labels == {apart: "a", old: "b"}
    assert len(notes) == 2


def test_everything_that_fits_nothing_is_counted_and_named() -> None:
    names = [f"pug_{i}.jpg" for i in range(9)]
    given = [(name, "pug") for name in names[:3]]
    given += [("pug_3", "pug"), ("pug_3.jpg", "boxer"), ("PUG_2.jpg", "pug"), ("pug_4.jpg", "")]
    given += [(f"gone_{i}.jpg", "pug") for i in range(7)]
    labels, notes = matched(Table("breeds.csv", "file", "breed", tuple(given)), names)
    assert labels == dict.fromkeys(names[:3], "pug")
    assert notes == [
        "The labels come from breeds.csv (names from the column 'file', labels from 'breed').",
        "3 photographs have a label.",
        (
            "5 photographs have no label there and are left out: pug_4.jpg, pug_5.jpg, pug_6.jpg,"
            " pug_7.jpg and pug_8.jpg."
        ),
        "1 photograph has two labels there and is left out: pug_3.jpg.",
        (
            "7 of 14 rows name a file that is not here: gone_0.jpg, gone_1.jpg, gone_2.jpg,"
            " gone_3.jpg, gone_4.jpg and 2 more."
        ),
        "1 row has no label: pug_4.jpg.",
    ]


def test_a_table_that_fits_nothing_is_one_sentence() -> None:
    def said(*pairs: tuple[str, str], header: str = "file") -> str:
        with pytest.raises(Problem) as raised:
            matched(Table("breeds.csv", header, "breed", pairs), ["pug/1.jpg", "boxer/1.jpg"])
        return str(raised.value)

    assert "no row about a photograph that is here: it names x.jpg, and" in said(("x.jpg", "pug"))
    assert "1 row could each be about several" in said(("1.jpg", "pug"))
    assert "1 row has no label: pug/1.jpg." in said(("pug/1.jpg", ""))
    assert "has no name of a photograph in its column" in said()
    assert "has no header, for its first row is about pug/1" in said(
        ("boxer/1", "b"), header="pug/1"
    )


# --- kept ---


@pytest.fixture
def labelled(tmp_path: Path) -> tuple[Path, str]:
    """A folder, and what stands for its labels."""
    folder = tmp_path / "pets"
    folder.mkdir()
    for i in range(4):
        (folder / f"{i}.jpg").touch()
    file = tmp_path / "breeds.csv"
    file.write_text("id,breed\n0,pug\n1,pug\n2,boxer\n", "utf-8")
    return folder, label_store.keep_file(file)


def test_a_set_is_labelled_by_a_table_whose_file_is_gone(labelled: tuple[Path, str]) -> None:
    folder, pattern = labelled
    (folder.parent / "breeds.csv").unlink()
    dataset = load(str(folder), pattern)
    assert dataset.labels() == {"0.jpg": "pug", "1.jpg": "pug", "2.jpg": "boxer"}
    assert [path.name for path in dataset.unmatched] == ["3.jpg"]
    assert dataset.notes[2].startswith("1 photograph has no label there and is left out: 3.jpg")
    assert isinstance(dataset, Dataset)
    assert label_store.said(pattern) == "labels from breeds.csv"
    assert label_store.said("(.+)_") == "(.+)_"


def test_a_damaged_table_is_one_sentence(labelled: tuple[Path, str], home: Path) -> None:
    _, pattern = labelled
    (kept,) = (home / "labels").iterdir()
    kept.write_text("{}", "utf-8")
    with pytest.raises(Problem, match="not in this home any more"):
        label_store.find(pattern)
    assert label_store.said(pattern) == "labels from a CSV file"


def test_old_tables_go_unless_a_session_has_them(labelled: tuple[Path, str], home: Path) -> None:
    _, pattern = labelled
    (kept,) = (home / "labels").iterdir()
    os.utime(kept, (0, 0))
    label_store.sweep([pattern], 7)
    assert kept.is_file()
    label_store.sweep([], 7)
    assert not kept.is_file()


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="There is no file"):
        label_store.keep_file(tmp_path / "none.csv")
    with pytest.raises(Problem, match="is a folder, not a file"):
        label_store.keep_file(tmp_path)


def test_a_name_that_no_file_can_have_fits_nothing() -> None:
    """Labels that came with a run may hold halves of pairs that stand for no byte."""
    names = Names(["pug_1.jpg", "caf\udce9_2.jpg"])
    assert names.find("\udce9\ud800.jpg") == []
    assert names.find("café_2.jpg") == ["caf\udce9_2.jpg"]
